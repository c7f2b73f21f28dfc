package endtoend_test

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// picture is all that IAM tells of an account's roles and providers, byte for
// byte as it tells it, by ARN.
func (w *world) picture(account string) map[string]string {
	w.t.Helper()
	ctx, client := context.Background(), w.iam(account)
	all := map[string]string{}
	add := func(arn *string, v any) {
		text, err := json.Marshal(v)
		check(w.t, err)
		all[aws.ToString(arn)] += string(text) + "\n"
	}
	details := iam.NewGetAccountAuthorizationDetailsPaginator(client, &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeRole}})
	for details.HasMorePages() {
		page, err := details.NextPage(ctx)
		check(w.t, err)
		for _, r := range page.RoleDetailList {
			add(r.Arn, r)
		}
	}
	roles := iam.NewListRolesPaginator(client, &iam.ListRolesInput{})
	for roles.HasMorePages() {
		page, err := roles.NextPage(ctx)
		check(w.t, err)
		for _, r := range page.Roles {
			add(r.Arn, r)
		}
	}
	providers, err := client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	check(w.t, err)
	for _, p := range providers.OpenIDConnectProviderList {
		got, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: p.Arn})
		check(w.t, err)
		add(p.Arn, []any{got.Url, got.ClientIDList, got.ThumbprintList, got.Tags, got.CreateDate})
	}
	return all
}
