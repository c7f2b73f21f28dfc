package live

import (
	"context"
	"fmt"
	"slices"
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

// formerIssuers are the issuers that are declared no longer and whose
// providers the stack still has a mark on.
func (s *Session) formerIssuers(ctx context.Context, want Want, roles []trust.Role) ([]Issuer, error) {
	prefix := string(trust.ProviderARN(s.Account.Partition, s.Account.ID, ""))
	var hosts []string
	for _, r := range roles {
		if r.Stack() != want.Stack {
			continue
		}
		for _, statement := range r.Trust.Statements {
			for _, p := range statement.Principals {
				if host, ok := strings.CutPrefix(p.Value, prefix); ok && p.Type == "Federated" {
					hosts = append(hosts, host)
				}
			}
		}
	}
	if want.EveryProvider {
		list, err := s.IAM.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
		if err != nil {
			return nil, fmt.Errorf("listing the account's providers: %w", err)
		}
		for _, p := range list.OpenIDConnectProviderList {
			if host, ok := strings.CutPrefix(aws.ToString(p.Arn), prefix); ok {
				hosts = append(hosts, host)
			}
		}
	}
	var former []Issuer
	for _, host := range set(hosts) {
		issuer := Issuer{URL: "https://" + host}
		if slices.ContainsFunc(want.Issuers, func(i Issuer) bool { return trust.IssuerHost(i.URL) == host }) {
			continue
		}
		p, found, err := ReadProvider(ctx, s.IAM, s.Account, issuer)
		if err != nil {
			return nil, err
		}
		if found && p.TouchedBy(want.Stack) {
			former = append(former, issuer)
		}
	}
	return former, nil
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
