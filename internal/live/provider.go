package live

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/trustctl/trustctl/internal/trust"
)

// ProviderClient is what ReadProvider asks of IAM.
type ProviderClient interface {
	GetOpenIDConnectProvider(context.Context, *iam.GetOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.GetOpenIDConnectProviderOutput, error)
}

// ReadProvider reads an issuer's provider; false where there is none. Its ARN
// follows from the issuer's URL, so no list of providers is needed.
func ReadProvider(ctx context.Context, client ProviderClient, account trust.Account, issuer Issuer) (trust.OIDCProvider, bool, error) {
	arn := trust.ProviderARN(account.Partition, account.ID, issuer.URL)
	got, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: (*string)(&arn)})
	if gone(err) {
		return trust.OIDCProvider{}, false, nil
	}
	if err != nil {
		return trust.OIDCProvider{}, false, fmt.Errorf("reading provider %s: %w", arn, err)
	}
	p := trust.OIDCProvider{
		Account:   account.ID,
		ARN:       arn,
		Issuer:    issuer.Name,
		URL:       "https://" + trust.IssuerHost(aws.ToString(got.Url)), // IAM gives it without the scheme
		ClientIDs: set(got.ClientIDList),
		Tags:      tags(got.Tags),
		Created:   aws.ToTime(got.CreateDate),
	}
	for _, t := range got.ThumbprintList {
		p.Thumbprints = append(p.Thumbprints, strings.ToLower(t))
	}
	p.Thumbprints = set(p.Thumbprints)
	return p, true, nil
}

// readQuotas asks for the account's limits. They sharpen what a plan can say;
// who may not read them still gets a plan.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func readQuotas(ctx context.Context, client *iam.Client) (trust.Quotas, error) {
	got, err := client.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if strings.HasPrefix(code(err), "AccessDenied") {
		return trust.Quotas{}, nil
	}
	if err != nil {
		return trust.Quotas{}, fmt.Errorf("reading the account's quotas: %w", err)
	}
	return trust.Quotas{
		TrustPolicySize:  int(got.SummaryMap["AssumeRolePolicySizeQuota"]),
		InlinePolicySize: int(got.SummaryMap["RolePolicySizeQuota"]),
		AttachedPolicies: int(got.SummaryMap["AttachedPoliciesPerRoleQuota"]),
		Roles:            int(got.SummaryMap["RolesQuota"]),
		RolesInUse:       int(got.SummaryMap["Roles"]),
	}, nil
}
