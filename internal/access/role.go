package access

import "github.com/trustctl/trustctl/internal/policy"

// RoleAccess is what a role says of who may use it and what for.
type RoleAccess struct {
	Trust    policy.Document
	Managed  []string // ARNs
	Inline   map[string]policy.Document
	Boundary string // ARN, "" for none
}

// ChangeDelta is what a change of a role does to access, in three parts.
type ChangeDelta struct {
	Headline    Relation        `json:"headline"` // the worst of the three
	Tokens      Delta           `json:"tokens"`
	Principals  PrincipalDelta  `json:"principals"`
	Permissions PermissionDelta `json:"permissions"`
}

// Role compares a role before and after a change; nil stands for no role, which
// admits nobody and permits nothing.
func Role(before, after *RoleAccess, o Options) ChangeDelta {
	var none RoleAccess
	comes, goes := before == nil, after == nil
	if comes {
		before = &none
	}
	if goes {
		after = &none
	}
	c := ChangeDelta{
		Tokens:      Compare(before.Trust, after.Trust, o),
		Principals:  principals(before.Trust, after.Trust, o.Issuer),
		Permissions: permissions(before, after),
	}
	// A role that was not there takes nothing from anybody, whatever it denies.
	c.Permissions.Relation = alone(c.Permissions.Relation, comes, Wider, Narrower)
	c.Permissions.Relation = alone(c.Permissions.Relation, goes, Narrower, Wider)
	c.Headline = Worst(c.Tokens.Relation, c.Principals.Relation, c.Permissions.Relation)
	return c
}

// alone keeps of a relation the one direction in which a role that comes, or
// goes, can change anything.
func alone(r Relation, applies bool, direction, other Relation) Relation {
	switch {
	case applies && r == Both:
		return direction
	case applies && r == other:
		return Same
	}
	return r
}
