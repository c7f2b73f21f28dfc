package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// Drift is what changed in the accounts between two readings, and who gained
// or lost access by that: a plan in which nothing is planned. desired gives
// the declared accounts, the names and the environments. Of the roles those
// are compared that carry the stack's mark or trust a declared issuer, on one
// side or the other.
//
//	before  after  what happened
//	no      yes    Create
//	yes     no     Delete
//	yes     yes    Replace, if it is another role of the same name; Update, if a field differs
//	yes     name   Update, Unread: after is a snapshot that has the role's name alone
func Drift(desired, before, after trust.State, o Options) *Plan {
	o.Mode = ModeRefresh
	c := newComparison(desired, after, o)
	c.plan.Snapshot, c.plan.Since = nil, o.Snapshot
	c.nameDeclared()
	c.accounts()
	c.accountsBefore(before)
	c.roleDrift(before, after)
	c.providerDrift(before, after)
	slices.SortStableFunc(c.plan.Drift, func(a, b Change) int { return a.Address.Compare(b.Address) })
	c.plan.NewOrganizations = c.accessFacts().say(c.plan.Drift)
	c.openings(c.plan.Drift)
	c.scope.unmatched(c.problem)
	return c.finish()
}

// accountsBefore leaves out the accounts of which the state before is not known.
func (c *comparison) accountsBefore(before trust.State) {
	for _, a := range before.Accounts {
		if _, compared := c.read[a.ID]; compared && a.Failure != "" {
			delete(c.read, a.ID)
			c.problem(Problem{Severity: Error, Summary: "Account not in the snapshot",
				Detail: "Of account " + accountName(a) + " is not known how it was: " + a.Failure + ". It is not compared."})
		}
	}
}

// concerns says whether a role's drift is a matter of this configuration.
func (c *comparison) concerns(r *trust.Role) bool {
	return r != nil && (r.Stack() == c.o.Stack || c.trustsIssuer(r, c.read[r.Account]))
}

func (c *comparison) trustsIssuer(r *trust.Role, account trust.Account) bool {
	return slices.ContainsFunc(c.issuers(), func(url string) bool {
		return r.Trust.Trusts(string(trust.ProviderARN(account.Partition, account.ID, url)))
	})
}

func (c *comparison) roleDrift(before, after trust.State) {
	names, later := unreadByAddress(before), unreadByAddress(after)
	for _, p := range pairs(before.Roles, after.Roles) {
		was, is := p.desired, p.live
		if _, compared := c.read[p.address.Account]; !compared {
			continue
		}
		c.stay(is)
		if !c.concerns(was) && !c.concerns(is) {
			continue
		}
		ch := Change{Address: p.address, Before: c.seen(was), After: c.seen(is)}
		if is != nil {
			ch.Resource = c.roleResource(is)
		} else {
			ch.Resource = c.roleResource(was)
		}
		if !c.scope.includes(ch.Resource, environment(was), environment(is)) {
			continue
		}
		_, named := names[p.address]
		u, remains := later[p.address]
		switch {
		case is == nil && remains:
			left := &trust.Role{Account: u.Account, Path: u.Path, Name: u.Name, ARN: trust.RoleARN(c.read[u.Account].Partition, u.Account, u.Path, u.Name)}
			ch.Action, ch.After, ch.Unread = Update, &Object{Role: left}, true
			ch.Reason = "it carries no mark and trusts no declared issuer any more"
		case is == nil:
			ch.Action = Delete
		case was == nil:
			ch.Action = Create
			if named {
				ch.Reason = "it was there, and did not trust a declared issuer"
			}
		case was.ID != is.ID:
			ch.Action, ch.Reason = Replace, "it was deleted, and another was made"
		default:
			ch.Action = Update
		}
		c.drifted(ch)
	}
}

func (c *comparison) providerDrift(before, after trust.State) {
	names, later := unreadByAddress(before), unreadByAddress(after)
	unknown := func(a trust.Address, url string) {
		c.problem(Problem{Severity: Error, Address: a, Summary: "The snapshot does not know this issuer",
			Detail: fmt.Sprintf("It was taken with a configuration that does not declare %s: how its provider was, and who trusted it, is not known. Take a new one.", url)})
	}
	for _, u := range after.Unread {
		if _, compared := c.read[u.Account]; compared && u.URL != "" && !u.Absent &&
			c.scope.includes(c.resourceOf(&trust.OIDCProvider{Account: u.Account, URL: u.URL})) {
			unknown(u.Address(), u.URL)
		}
	}
	for _, p := range pairs(before.Providers, after.Providers) {
		was, is := p.desired, p.live
		if _, compared := c.read[p.address.Account]; !compared {
			continue
		}
		ch := Change{Address: p.address, Action: Update}
		for _, side := range []struct {
			provider *trust.OIDCProvider
			at       **Object
		}{{was, &ch.Before}, {is, &ch.After}} {
			if side.provider != nil {
				*side.at = &Object{Provider: cleanProvider(side.provider)}
				ch.Resource = c.resourceOf(side.provider)
			}
		}
		if !c.scope.includes(ch.Resource) {
			continue
		}
		switch {
		case is == nil:
			ch.Action = Delete
		case was == nil:
			ch.Action = Create
		}
		if _, unread := names[p.address]; unread && was == nil {
			unknown(p.address, is.URL)
			continue
		}
		if u, unread := later[p.address]; unread && is == nil && !u.Absent {
			continue // it was said
		}
		c.drifted(ch)
	}
}

// resourceOf names a provider the same on both sides of a drift.
func (c *comparison) resourceOf(p *trust.OIDCProvider) string {
	address := p.Address()
	if _, named := c.resource[address]; !named {
		c.resource[address] = c.providerResource(p)
	}
	return c.resource[address]
}

// drifted notes a change, if it is one.
func (c *comparison) drifted(ch Change) {
	ch.Fields = ch.fields()
	if ch.Action == Update && len(ch.Fields) == 0 && !ch.Unread {
		return
	}
	c.plan.Drift = append(c.plan.Drift, ch)
}

// seen is a role as it is compared: without the tags that are left alone.
func (c *comparison) seen(r *trust.Role) *Object {
	if r == nil {
		return nil
	}
	out := clean(r)
	out.Environment = environmentOf(r)
	out.Tags = maps.Clone(out.Tags)
	maps.DeleteFunc(out.Tags, func(key, _ string) bool { return !trust.IsMark(key) && c.o.IgnoreTags.match(key) })
	return &Object{Role: out}
}
