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
// providers the stack still has a mark on; for a snapshot, also the other
// providers of the account.
func (s *Session) formerIssuers(ctx context.Context, want Want, roles []trust.Role) (former []Issuer, others []trust.Unread, err error) {
	hosts := want.formerHosts(s.Account, roles)
	if want.EveryProvider || want.Snapshot {
		list, err := s.IAM.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
		if err != nil {
			return nil, nil, fmt.Errorf("listing the account's providers: %w", err)
		}
		prefix := providerPrefix(s.Account)
		for _, p := range list.OpenIDConnectProviderList {
			if host, ok := strings.CutPrefix(aws.ToString(p.Arn), prefix); ok {
				hosts = append(hosts, host)
			}
		}
	}
	for _, host := range set(hosts) {
		issuer := Issuer{URL: "https://" + host}
		if want.declares(host) {
			continue
		}
		p, found, err := ReadProvider(ctx, s.IAM, s.Account, issuer)
		switch {
		case err != nil:
			return nil, nil, err
		case found && want.ours(p):
			former = append(former, issuer)
		case found && want.Snapshot:
			others = append(others, trust.Unread{Account: s.Account.ID, URL: issuer.URL})
		}
	}
	return former, others, nil
}

// formerHosts are the issuers, without their scheme, that the stack's roles trust.
func (w Want) formerHosts(account trust.Account, roles []trust.Role) []string {
	prefix := providerPrefix(account)
	var hosts []string
	for _, r := range roles {
		if r.Stack() != w.Stack {
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
	return hosts
}

// declares reports whether an issuer is a declared one.
func (w Want) declares(host string) bool {
	return slices.ContainsFunc(w.Issuers, func(i Issuer) bool { return trust.IssuerHost(i.URL) == host })
}

func providerPrefix(account trust.Account) string {
	return string(trust.ProviderARN(account.Partition, account.ID, ""))
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
