package plan

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// isBetween says whether an object is half-way: a run that was killed, or has
// failed, left each of its fields as it was before or as it is after.
func (c Change) isBetween(now *Object) bool {
	switch {
	case now == nil:
		return c.Action == Replace
	case now.Role == nil && now.Provider == nil:
		return false // a file is written whole or not at all
	case now.Provider != nil:
		return c.Before != nil && c.After != nil && providerBetween(now.Provider, c.Before.Provider, c.After.Provider)
	case c.Action == Replace:
		return roleBetween(now.Role, c.Before.Role, bare(c.Before.Role)) || roleBetween(now.Role, bare(c.After.Role), c.After.Role)
	case c.Before == nil:
		return roleBetween(now.Role, bare(c.After.Role), c.After.Role)
	case c.After == nil:
		return roleBetween(now.Role, c.Before.Role, bare(c.Before.Role))
	default:
		return roleBetween(now.Role, c.Before.Role, c.After.Role)
	}
}

// bare is a role that was just made, or is about to be deleted: the permissions
// come after the one, and go before the other.
func bare(r *trust.Role) *trust.Role {
	out := *r
	out.Managed, out.Inline = nil, nil
	return &out
}

func roleBetween(now, before, after *trust.Role) bool {
	return either(now.Path, before.Path, after.Path) && either(now.Name, before.Name, after.Name) &&
		(after.ID == "" || now.ID == after.ID) &&
		either(now.Description, before.Description, after.Description) &&
		either(now.MaxSession, before.MaxSession, after.MaxSession) &&
		either(now.Boundary, before.Boundary, after.Boundary) &&
		(now.Trust.Equal(before.Trust) || now.Trust.Equal(after.Trust)) &&
		setBetween(now.Managed, before.Managed, after.Managed) &&
		mapBetween(documents(now), documents(before), documents(after)) &&
		mapBetween(now.Tags, before.Tags, after.Tags)
}

// documents are a role's inline policies, comparable, under names without
// letter case, as IAM knows them.
func documents(r *trust.Role) map[string]string {
	out := make(map[string]string, len(r.Inline))
	for name, d := range r.Inline {
		out[strings.ToLower(name)] = d.Canonical().String()
	}
	return out
}

func providerBetween(now, before, after *trust.OIDCProvider) bool {
	return now.ARN == before.ARN && now.ARN == after.ARN &&
		setBetween(now.ClientIDs, before.ClientIDs, after.ClientIDs) &&
		(slices.Equal(now.Thumbprints, before.Thumbprints) || slices.Equal(now.Thumbprints, after.Thumbprints)) &&
		mapBetween(now.Tags, before.Tags, after.Tags)
}

func either[T comparable](now, before, after T) bool { return now == before || now == after }

// setBetween says whether a set has nothing that neither side has, and all
// that both have.
func setBetween[T ~string](now, before, after []T) bool {
	for _, x := range slices.Concat(now, before, after) {
		if !either(slices.Contains(now, x), slices.Contains(before, x), slices.Contains(after, x)) {
			return false
		}
	}
	return true
}

// mapBetween does the same by key; a key that is missing has a value of its own.
func mapBetween(now, before, after map[string]string) bool {
	at := func(m map[string]string, key string) [2]string {
		if value, there := m[key]; there {
			return [2]string{"there", value}
		}
		return [2]string{}
	}
	for key := range union(now, union(before, after)) {
		if !either(at(now, key), at(before, key), at(after, key)) {
			return false
		}
	}
	return true
}
