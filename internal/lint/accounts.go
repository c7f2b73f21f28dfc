package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// accounts are the rules about providers.
func (l *linter) accounts() {
	for _, v := range l.views {
		v.unknownAudiences()
	}
	l.newOrgs()
	if l.live {
		l.unusedAudiences()
	}
}

// unknownAudiences finds audiences that the provider refuses before the policy
// is read, and providers that don't exist.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
func (v *view) unknownAudiences() {
	const pos = "trust[0].subs"
	provider := v.l.providers[trust.ProviderAddress(v.role.Account, v.issuer.URL)]
	if provider == nil && v.l.partial {
		return
	}
	for _, p := range v.otherAccounts() {
		v.report(Finding{
			Code: noAudience, Pos: v.role.Source[pos],
			Detail: fmt.Sprintf("The policy trusts the provider %s, and a role takes tokens by a provider of its own account alone.", visible.Quote(p)),
			Proof:  words("the account's own provider is " + string(v.provider)), Remedy: "Name the account's own provider.",
		})
	}
	for _, g := range v.grants {
		if provider == nil {
			v.report(Finding{
				Code: noAudience, Pos: v.role.Source[pos],
				Detail: fmt.Sprintf("The policy trusts the provider %s, which account %s does not have: every token is refused.", v.provider, v.role.Account),
				Proof:  words("the account has no provider for " + v.issuer.URL), Remedy: "Create the provider, or take the statement out.",
			})
			return
		}
		conditions, values := v.on(g.Statement, "aud"), v.values(g.Statement, "aud")
		matched := slices.ContainsFunc(provider.ClientIDs, func(id string) bool {
			return v.holds(conditions, policy.Context{v.key("aud"): policy.Is(id)})
		})
		var missing []string
		for _, value := range values {
			text, ok := v.fill(value, "*")
			if ok && (!v.wild(value) || !matched) && !slices.Contains(provider.ClientIDs, text) {
				missing = append(missing, text)
			}
		}
		for _, audience := range unique(missing) {
			v.report(Finding{
				Code: noAudience, Pos: v.role.Source[pos],
				Detail: fmt.Sprintf("The policy takes the audience %s, and the provider %s does not have it among its client ids: such tokens are refused before the policy is read.", visible.Quote(audience), provider.ARN),
				Proof:  words("client ids: " + few(quoted(provider.ClientIDs), 5)),
				Remedy: "Add the audience to the provider, or take it out of the policy.",
			})
		}
	}
}

// otherAccounts are the providers for the issuer that the policy names and
// that are not the account's own.
func (v *view) otherAccounts() []string {
	var out []string
	for _, s := range v.role.Trust.Statements {
		for _, p := range s.Principals {
			if s.Effect == policy.Allow && p.Type == "Federated" && p.Value != string(v.provider) && strings.HasSuffix(p.Value, ":oidc-provider/"+v.host) {
				out = append(out, p.Value)
			}
		}
	}
	return unique(out)
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = visible.Quote(s)
	}
	return out
}

// newOrgs finds organizations that get their first audience in an account: a
// slip in an organization's name hands a role to a stranger.
func (l *linter) newOrgs() {
	if l.in.Current == nil {
		return
	}
	read := map[trust.AccountID]bool{}
	for _, a := range l.in.Current.Accounts {
		read[a.ID] = a.Failure == ""
	}
	there := map[trust.Address][]string{}
	for _, p := range l.in.Current.Providers {
		for _, audience := range p.ClientIDs {
			there[p.Address()] = append(there[p.Address()], orgOf(audience))
		}
	}
	for i := range l.in.State.Providers {
		p := &l.in.State.Providers[i]
		if !read[p.Account] || !l.declares(p.URL) {
			continue
		}
		var orgs []string
		for _, audience := range p.ClientIDs {
			orgs = append(orgs, orgOf(audience))
		}
		for _, org := range unique(orgs) {
			if !slices.Contains(there[p.Address()], org) {
				l.newOrg(p, org, unique(there[p.Address()]))
			}
		}
	}
}

func (l *linter) declares(url string) bool {
	return slices.ContainsFunc(l.in.Issuers, func(i Issuer) bool { return trust.IssuerHost(i.URL) == trust.IssuerHost(url) })
}

func (l *linter) newOrg(p *trust.OIDCProvider, org string, had []string) {
	f := Finding{
		Code: newOrg, Address: p.Address(), Resource: l.in.Resource[p.Address()], ARN: p.ARN, Pos: p.Source[""],
		Detail: fmt.Sprintf("Organization %s gets its first audience in account %s: from now on its tokens can assume roles there.", visible.Quote(org), l.accountName(p.Account)),
		Proof:  words("organizations with an audience so far: " + orNone(few(quoted(had), 5))),
		Remedy: "Compare the name with the one in Pulumi Cloud, letter by letter; then accept the finding, or apply: it is found once.",
	}
	var roles []string
	for _, v := range l.views {
		if v.role.Account != p.Account || trust.IssuerHost(p.URL) != v.host || !slices.ContainsFunc(v.grants, func(g grant) bool {
			return slices.ContainsFunc(v.values(g.Statement, "aud"), func(t tested) bool { return orgOf(t.text) == org })
		}) {
			continue
		}
		roles = append(roles, v.role.Name)
		if name := v.environmentName(); name != "" {
			if f.Environment == "" {
				f.Environment, f.Pos = name, v.role.Source[""]
			}
			f.also = append(f.also, name)
		}
	}
	if roles != nil {
		f.Detail += " Roles that trust it: " + few(roles, 3) + "."
	}
	l.report(f)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// accountName names an account as the configuration does.
func (l *linter) accountName(id trust.AccountID) string {
	for _, a := range l.in.State.Accounts {
		if a.ID == id && a.Name != "" && a.Name != string(id) {
			return a.Name + " (" + string(id) + ")"
		}
	}
	return string(id)
}

// unusedAudiences finds client ids of a provider that no role of the account
// takes, where the whole account was read.
func (l *linter) unusedAudiences() {
	complete := map[trust.AccountID]bool{}
	for _, a := range l.in.State.Accounts {
		complete[a.ID] = a.Complete && a.Failure == ""
	}
	for i := range l.in.State.Providers {
		p := &l.in.State.Providers[i]
		if !complete[p.Account] || !l.declares(p.URL) {
			continue
		}
		for _, audience := range p.ClientIDs {
			if slices.ContainsFunc(l.in.State.Roles, func(r trust.Role) bool {
				return r.Account == p.Account && r.Trust.MayUseAudience(string(p.ARN), audience)
			}) {
				continue
			}
			l.report(Finding{
				Code: unusedAudience, Address: p.Address(), Resource: l.in.Resource[p.Address()], ARN: p.ARN,
				Detail: fmt.Sprintf("The provider takes tokens for %s, and no role of account %s does.", visible.Quote(audience), l.accountName(p.Account)),
				Proof:  words("no trust policy of the account admits a token with that audience"),
				Remedy: "Take the client id off the provider, so that the next careless policy has nothing to admit.",
			})
		}
	}
}
