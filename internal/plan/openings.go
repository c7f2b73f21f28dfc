package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// openings notes on each provider that comes, or gains an audience, the roles
// which that lets tokens into although they stay as they are: roles of others,
// and roles of ours whose provider was gone.
func (c *comparison) openings(changes []Change) {
	moving := map[trust.Address]bool{}
	for _, ch := range changes {
		if ch.Address.Kind == trust.KindRole && ch.Access != nil {
			moving[ch.Address] = true
		}
	}
	for i := range changes {
		ch := &changes[i]
		if ch.Address.Kind != trust.KindProvider || ch.After == nil {
			continue
		}
		p := ch.After.Provider
		come := p.ClientIDs
		if ch.Before != nil {
			come = minus(p.ClientIDs, ch.Before.Provider.ClientIDs)
		}
		for _, r := range c.staying[p.Account] {
			if !moving[r.Address()] && slices.ContainsFunc(come, func(audience string) bool { return r.Trust.MayUseAudience(string(p.ARN), audience) }) {
				ch.Opens = append(ch.Opens, r.Name)
			}
		}
		slices.Sort(ch.Opens)
		ch.Opens = slices.Compact(ch.Opens)
	}
}
