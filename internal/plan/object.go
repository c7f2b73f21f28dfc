package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// fingerprint of an object; a nil one is absent. trusting are the roles that
// trust a provider that is to go.
func (o *Object) fingerprint(trusting []string) trust.Fingerprint {
	switch {
	case o == nil:
		return trust.Absent
	case o.Provider != nil:
		return o.Provider.Fingerprint(trusting)
	case o.Role != nil:
		return o.Role.Fingerprint()
	default:
		return o.File.Fingerprint()
	}
}

// kind is what an object is; "" for none, or several at once.
func (o *Object) kind() trust.Kind {
	switch {
	case o.Provider != nil && o.Role == nil && o.File == nil:
		return trust.KindProvider
	case o.Role != nil && o.Provider == nil && o.File == nil:
		return trust.KindRole
	case o.File != nil && o.Provider == nil && o.Role == nil:
		return trust.KindFile
	}
	return ""
}

// Recheck holds the objects that a saved plan touches against what is there
// now: done are those that already are what the plan makes them, moved those
// that are neither that nor what the plan was made from. With any moved the
// plan is stale; with all done it was applied before.
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
		case now.fingerprint(p.trusting(ch, current)) != base:
			moved = append(moved, ch.Address)
		}
	}
	return done, moved
}

// isDone says whether an object is what the change makes it. What IAM chooses
// itself (a new role's id, thumbprints that are not pinned) doesn't count.
func (c Change) isDone(now *Object) bool {
	if now == nil || c.After == nil {
		return now == nil && c.After == nil
	}
	after := *c.After
	seen := *now
	switch {
	case after.Role != nil && after.Role.ID == "":
		role := *seen.Role
		role.ID = ""
		seen.Role = &role
	case after.Provider != nil && after.Provider.Thumbprints == nil:
		provider := *seen.Provider
		provider.Thumbprints = nil
		seen.Provider = &provider
	}
	return seen.fingerprint(nil) == after.fingerprint(nil)
}

// trusting are the roles that speak against a provider's deletion: those that
// trust it and that this plan doesn't take away.
func (p *Plan) trusting(ch Change, current trust.State) []string {
	if ch.Address.Kind != trust.KindProvider || ch.Action != Delete {
		return nil
	}
	touched := map[trust.Address]bool{}
	for _, other := range p.Changes {
		if other.Refused == "" && other.Action != NoOp {
			touched[other.Address] = true
		}
	}
	var names []string
	for _, r := range current.Roles {
		if r.Account == ch.Address.Account && !touched[r.Address()] && r.Trust.Trusts(string(ch.Before.Provider.ARN)) {
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
