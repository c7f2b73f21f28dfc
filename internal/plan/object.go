package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// fingerprint of an object; a nil one is absent. against are the roles that
// speak against what a change takes away.
func (o *Object) fingerprint(against []string) trust.Fingerprint {
	switch {
	case o == nil:
		return trust.Absent
	case o.Provider != nil:
		return o.Provider.Fingerprint(against)
	case o.Role != nil:
		return o.Role.Fingerprint()
	default:
		return o.File.Fingerprint()
	}
}

// address is what an object is; the zero Address for none, or several at once.
func (o *Object) address() trust.Address {
	switch {
	case o.Provider != nil && o.Role == nil && o.File == nil:
		return o.Provider.Address()
	case o.Role != nil && o.Provider == nil && o.File == nil:
		return o.Role.Address()
	case o.File != nil && o.Provider == nil && o.Role == nil:
		return o.File.Address()
	}
	return trust.Address{}
}

// fields are those in which two sides of a change differ.
func (c Change) fields() []FieldChange {
	if c.Before == nil || c.After == nil || c.Action == NoOp || c.Unread {
		return nil
	}
	switch before, after := c.Before, c.After; c.Address.Kind {
	case trust.KindProvider:
		return providerFields(before.Provider, after.Provider)
	case trust.KindRole:
		return roleFields(before.Role, after.Role)
	default:
		return fileFields(before.File, after.File)
	}
}

// Recheck holds the objects that a plan touches against what is there now:
// done are those that already are what the plan makes them, moved those that
// are neither that nor what the plan was made from.
func (p *Plan) Recheck(current trust.State) (done, moved []trust.Address) {
	live := objects(current)
	for _, ch := range p.Changes {
		base, touched := p.Base[ch.Address]
		if !touched {
			continue
		}
		now := live[ch.Address]
		switch {
		case ch.isDone(now):
			done = append(done, ch.Address)
		case now.fingerprint(p.against(ch, current)) != base:
			moved = append(moved, ch.Address)
		}
	}
	return done, moved
}

// Unlike are those of some changes, by index, whose objects are not, in
// current, what the changes make of them. It looks at no other objects, so
// current needs to hold none.
func (p *Plan) Unlike(current trust.State, changes []int) []int {
	live := objects(current)
	return slices.DeleteFunc(slices.Clone(changes), func(i int) bool { return p.Changes[i].isDone(live[p.Changes[i].Address]) })
}

// isDone says whether an object is what the change makes it.
func (c Change) isDone(now *Object) bool { return now.is(c.After) }

// is says whether an object is what a plan makes of it. What IAM chooses
// itself (a new role's id, thumbprints that are not pinned) doesn't count.
func (o *Object) is(after *Object) bool {
	if o == nil || after == nil {
		return o == nil && after == nil
	}
	seen := *o
	switch {
	case seen.Role != nil && after.Role != nil && after.Role.ID == "":
		role := *seen.Role
		role.ID = ""
		seen.Role = &role
	case seen.Provider != nil && after.Provider != nil && after.Provider.Thumbprints == nil:
		provider := *seen.Provider
		provider.Thumbprints = nil
		seen.Provider = &provider
	}
	return seen.fingerprint(nil) == after.fingerprint(nil)
}

// against are the roles that speak against what a change takes from a
// provider, and that this plan doesn't touch: those that trust one that goes,
// and those that may use an audience that goes. A plan is made with none.
func (p *Plan) against(ch Change, current trust.State) []string {
	if ch.Address.Kind != trust.KindProvider || ch.Before == nil {
		return nil
	}
	before, needs := ch.Before.Provider, func(r *trust.Role) bool { return false }
	if ch.After == nil {
		needs = func(r *trust.Role) bool { return r.Trust.Trusts(string(before.ARN)) }
	} else if gone := minus(before.ClientIDs, ch.After.Provider.ClientIDs); len(gone) > 0 {
		needs = func(r *trust.Role) bool {
			return slices.ContainsFunc(gone, func(id string) bool { return r.Trust.MayUseAudience(string(before.ARN), id) })
		}
	}
	touched := map[trust.Address]bool{}
	for _, other := range p.Changes {
		if other.Refused == "" && other.Action != NoOp {
			touched[other.Address] = true
		}
	}
	var names []string
	for i := range current.Roles {
		if r := &current.Roles[i]; r.Account == ch.Address.Account && !touched[r.Address()] && needs(r) {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return names
}

// objects is a state by address.
func objects(s trust.State) map[trust.Address]*Object {
	all := make(map[trust.Address]*Object, len(s.Providers)+len(s.Roles)+len(s.Files))
	for i := range s.Providers {
		all[s.Providers[i].Address()] = &Object{Provider: cleanProvider(&s.Providers[i])}
	}
	for i := range s.Roles {
		all[s.Roles[i].Address()] = &Object{Role: clean(&s.Roles[i])}
	}
	for i := range s.Files {
		all[s.Files[i].Address()] = &Object{File: &s.Files[i]}
	}
	return all
}
