package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// A role lets in no token whose audience its provider does not know, whatever
// its trust says:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
// What the trust names before and after is no change of the role, and is one of
// who may use it.

// standing is a role that is there before and after.
type standing struct{ before, after *trust.Role }

// may says whether a role names one of some audiences, before and after.
func (s standing) may(provider trust.ARN, audiences []string) bool {
	return slices.ContainsFunc(audiences, func(audience string) bool {
		return s.before.Trust.MayUseAudience(string(provider), audience) && s.after.Trust.MayUseAudience(string(provider), audience)
	})
}

// openings notes on each change of a provider the roles that it lets tokens
// into, or keeps them out of, by an audience which the role's trust names
// whether that changes or not: roles of ours, also such as become narrower by
// this plan or are taken over, and of others.
func (c *comparison) openings(changes []Change) {
	all := c.standing(changes)
	for i := range changes {
		ch := &changes[i]
		if ch.Address.Kind != trust.KindProvider {
			continue
		}
		var had, has []string
		var arn trust.ARN
		if ch.Before != nil {
			had, arn = ch.Before.Provider.ClientIDs, ch.Before.Provider.ARN
		}
		if ch.After != nil {
			has, arn = ch.After.Provider.ClientIDs, ch.After.Provider.ARN
		}
		come, gone := minus(has, had), minus(had, has)
		for _, s := range all[ch.Address.Account] {
			if s.may(arn, come) {
				ch.Opens = append(ch.Opens, s.after.Name)
			}
			if s.may(arn, gone) {
				ch.Closes = append(ch.Closes, s.after.Name)
			}
		}
		for _, names := range []*[]string{&ch.Opens, &ch.Closes} {
			slices.Sort(*names)
			*names = slices.Compact(*names)
		}
	}
}

// standing are the roles of each account that are there before and after: those
// that change, those that take the place of another, and those that stay.
func (c *comparison) standing(changes []Change) map[trust.AccountID][]standing {
	all := map[trust.AccountID][]standing{}
	seen := map[trust.Address]bool{}
	going := map[trust.Address]*trust.Role{}
	for _, ch := range changes {
		if ch.Address.Kind == trust.KindRole && ch.Before != nil {
			going[ch.Address] = ch.Before.Role
		}
	}
	for _, ch := range changes {
		if ch.Address.Kind != trust.KindRole {
			continue
		}
		seen[ch.Address] = true
		before, after := roleOf(ch.Before), roleOf(ch.After)
		if before == nil && ch.Access != nil && ch.Access.Instead != "" {
			before = going[trust.RoleAddress(ch.Address.Account, ch.Access.Instead)]
		}
		if before != nil && after != nil {
			all[ch.Address.Account] = append(all[ch.Address.Account], standing{before, after})
		}
	}
	for account, roles := range c.staying {
		for _, r := range roles {
			if !seen[r.Address()] {
				all[account] = append(all[account], standing{r, r})
			}
		}
	}
	return all
}
