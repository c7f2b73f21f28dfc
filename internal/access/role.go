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
	if before == nil {
		before = &none
	}
	if after == nil {
		after = &none
	}
	c := ChangeDelta{
		Tokens:      Compare(before.Trust, after.Trust, o),
		Principals:  principals(before.Trust, after.Trust, o.Issuer),
		Permissions: permissions(before, after),
	}
	c.Headline = Worst(c.Tokens.Relation, c.Principals.Relation, c.Permissions.Relation)
	return c
}
