package spec

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
)

// provider is an issuer's provider in an account, and the audiences that the
// roles there trust.
type provider struct {
	account   *Account
	issuer    *Issuer
	audiences map[string]bool
	at        hcl.Range // of the first environment that needs it
	source    trust.Pos
}

// wrongAudience says why an audience cannot be recorded: that this stack added
// it to a provider is said by a tag, whose key holds the audience.
func wrongAudience(audience string) string {
	mark := trust.AudienceMark(audience)
	switch {
	case !trust.IsTagText(mark):
		return "trustctl records it in a tag of the provider, whose key holds letters, digits, spaces and _.:/=+-@ only"
	case utf8.RuneCountInString(mark) > trust.MaxTagKey:
		return fmt.Sprintf("trustctl records it in a tag of the provider, whose key %s… has at most %d characters", trust.TagAudiencePrefix, trust.MaxTagKey)
	}
	return ""
}

// registerAudiences notes which audiences the role's account has to know.
func (e *environment) registerAudiences(p trustPolicy) {
	address := trust.ProviderAddress(e.accountID(), e.issuer.URL)
	known := e.c.providers[address]
	if known == nil {
		known = &provider{account: e.account, issuer: e.issuer, audiences: map[string]bool{}, at: e.block.at, source: e.issuer.Pos}
		if known.source == (trust.Pos{}) { // the built-in issuer stands nowhere
			known.source = e.scope.pos(e.block.at)
		}
		e.c.providers[address] = known
	}
	for _, g := range p.grants {
		known.audiences[g.audience] = true
	}
}

// buildProviders are the providers that the declared roles need.
func (c *compiler) buildProviders() {
	for _, address := range slices.SortedFunc(maps.Keys(c.providers), trust.Address.Compare) {
		p := c.providers[address]
		audiences := slices.Sorted(maps.Keys(p.audiences))
		tags := maps.Clone(p.account.Tags)
		if tags == nil {
			tags = map[string]string{}
		}
		maps.Copy(tags, p.issuer.Tags)
		tags[trust.TagStack] = c.settings.Stack
		for _, audience := range audiences {
			tags[trust.AudienceMark(audience)] = c.settings.Stack
		}
		switch {
		case len(audiences) > trust.MaxClientIDs:
			c.report.add(mistakef(p.at, "Too many audiences",
				"The provider of issuer %q in account %s would need %d audiences, and IAM takes %d.", p.issuer.Name, p.account.Name, len(audiences), trust.MaxClientIDs), "")
		case len(tags) > trust.MaxTags:
			c.report.add(mistakef(p.at, "Too many audiences",
				"The provider of issuer %q in account %s would need %d tags, and IAM takes %d: trustctl records every audience in one. Its audiences are %d, its other tags %d.",
				p.issuer.Name, p.account.Name, len(tags), trust.MaxTags, len(audiences), len(tags)-len(audiences)), "")
		}
		c.config.State.Providers = append(c.config.State.Providers, trust.OIDCProvider{
			Account:     address.Account,
			ARN:         trust.ProviderARN(p.account.Partition, address.Account, p.issuer.URL),
			Issuer:      p.issuer.Name,
			URL:         p.issuer.URL,
			ClientIDs:   audiences,
			Thumbprints: slices.Sorted(slices.Values(p.issuer.Thumbprints)),
			Tags:        tags,
			Source:      map[string]trust.Pos{"": p.source},
		})
		c.config.Resource[address] = fmt.Sprintf("aws_iam_openid_connect_provider.%s[%q]", p.issuer.Name, address.Account)
	}
}
