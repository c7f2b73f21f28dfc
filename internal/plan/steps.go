package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// Steps are the exact writes of a change, in order; none for a NoOp or a
// refused change. They follow from Before and After alone, one call for each
// field that differs.
func (c Change) Steps() []Step {
	grant, retire := c.parts()
	return append(grant, retire...)
}

// parts are the steps of a change, those of a provider cut in two: what grants
// need, and what may go only once the account's roles are done with it.
func (c Change) parts() (grant, retire []Step) {
	if c.Refused != "" || c.Action == NoOp {
		return nil, nil
	}
	switch c.Address.Kind {
	case trust.KindProvider:
		return providerSteps(c)
	case trust.KindRole:
		return roleSteps(c), nil
	default:
		if c.After == nil {
			return []Step{RemoveEnvironmentFile{File: *c.Before.File}}, nil
		}
		return []Step{WriteEnvironmentFile{File: *c.After.File}}, nil
	}
}

// providerSteps: a mark is written before its audience is added and taken off
// after the audience is gone, so a mark alone means "finish adding".
func providerSteps(c Change) (grant, retire []Step) {
	if c.Before == nil {
		p := c.After.Provider
		return []Step{CreateOpenIDConnectProvider{ARN: p.ARN, URL: p.URL, ClientIDs: p.ClientIDs, Thumbprints: p.Thumbprints, Tags: p.Tags}}, nil
	}
	before := c.Before.Provider
	if c.After == nil {
		return nil, []Step{DeleteOpenIDConnectProvider{ARN: before.ARN}}
	}
	after := c.After.Provider
	set, gone := tagDifference(before.Tags, after.Tags)
	if len(set) > 0 {
		grant = append(grant, TagOpenIDConnectProvider{ARN: before.ARN, Tags: set})
	}
	for _, id := range minus(after.ClientIDs, before.ClientIDs) {
		grant = append(grant, AddClientIDToOpenIDConnectProvider{ARN: before.ARN, ClientID: id})
	}
	if !slices.Equal(before.Thumbprints, after.Thumbprints) {
		grant = append(grant, UpdateOpenIDConnectProviderThumbprint{ARN: before.ARN, Thumbprints: after.Thumbprints})
	}
	for _, id := range minus(before.ClientIDs, after.ClientIDs) {
		retire = append(retire, RemoveClientIDFromOpenIDConnectProvider{ARN: before.ARN, ClientID: id})
	}
	if len(gone) > 0 {
		retire = append(retire, UntagOpenIDConnectProvider{ARN: before.ARN, Keys: gone})
	}
	return grant, retire
}

func roleSteps(c Change) []Step {
	switch {
	case c.Before == nil:
		return createRole(c.After.Role)
	case c.After == nil:
		return deleteRole(c.Before.Role)
	case c.Action == Replace:
		return append(deleteRole(c.Before.Role), createRole(c.After.Role)...)
	default:
		return updateRole(c.Before.Role, c.After.Role, c.Action == Adopt)
	}
}

// createRole carries all it can in the one call.
func createRole(r *trust.Role) []Step {
	steps := []Step{CreateRole{Path: r.Path, RoleName: r.Name, Description: r.Description, MaxSession: r.MaxSession, Boundary: r.Boundary, Trust: r.Trust, Tags: r.Tags}}
	return append(steps, grantPolicies(&trust.Role{Name: r.Name}, r)...)
}

// deleteRole empties a role first: IAM deletes no other.
func deleteRole(r *trust.Role) []Step {
	return append(takePolicies(r, &trust.Role{}), DeleteRole{RoleName: r.Name})
}

// updateRole orders the calls so that at every moment each pair of who may
// enter and what they may do was there before or will be there after: what
// goes goes first, then who may enter changes, then what is new comes.
func updateRole(before, after *trust.Role, adopt bool) []Step {
	name := before.Name
	set, gone := tagDifference(before.Tags, after.Tags)
	var steps []Step
	if adopt {
		own := marks(set)
		steps = append(steps, TagRole{RoleName: name, Tags: own})
		for key := range own {
			delete(set, key)
		}
	}
	steps = append(steps, takePolicies(before, after)...)

	boundary := boundaryStep(before, after)
	if same(before.Trust, after.Trust) {
		steps = append(steps, boundary...)
	} else {
		entry := UpdateAssumeRolePolicy{RoleName: name, Trust: after.Trust}
		if policy.Narrows(before.Trust, after.Trust) {
			steps = append(append(steps, entry), boundary...)
		} else {
			steps = append(append(steps, boundary...), entry)
		}
	}

	steps = append(steps, grantPolicies(before, after)...)
	if before.Description != after.Description || before.MaxSession != after.MaxSession {
		steps = append(steps, UpdateRole{RoleName: name, Description: after.Description, MaxSession: after.MaxSession})
	}
	if len(gone) > 0 { // first, to make room: a role has fifty tags at most
		steps = append(steps, UntagRole{RoleName: name, Keys: gone})
	}
	if len(set) > 0 {
		steps = append(steps, TagRole{RoleName: name, Tags: set})
	}
	return steps
}

func boundaryStep(before, after *trust.Role) []Step {
	switch {
	case before.Boundary == after.Boundary:
		return nil
	case after.Boundary == "":
		return []Step{DeleteRolePermissionsBoundary{RoleName: before.Name}}
	default:
		return []Step{PutRolePermissionsBoundary{RoleName: before.Name, Boundary: after.Boundary}}
	}
}

// takePolicies takes off the policies that go.
func takePolicies(before, after *trust.Role) []Step {
	var steps []Step
	for _, arn := range minus(before.Managed, after.Managed) {
		steps = append(steps, DetachRolePolicy{RoleName: before.Name, Policy: arn})
	}
	for _, name := range sortedKeys(before.Inline) {
		if _, stays := after.Inline[name]; !stays {
			steps = append(steps, DeleteRolePolicy{RoleName: before.Name, PolicyName: name})
		}
	}
	return steps
}

// grantPolicies puts the inline policies that differ, those that take
// something away first, and attaches the managed ones that are new.
func grantPolicies(before, after *trust.Role) []Step {
	var denying, others []Step
	for _, name := range sortedKeys(after.Inline) {
		document := after.Inline[name]
		if was, had := before.Inline[name]; had && same(was, document) {
			continue
		}
		put := PutRolePolicy{RoleName: before.Name, PolicyName: name, Document: document}
		if carriesDeny(document) {
			denying = append(denying, put)
		} else {
			others = append(others, put)
		}
	}
	steps := append(denying, others...)
	for _, arn := range minus(after.Managed, before.Managed) {
		steps = append(steps, AttachRolePolicy{RoleName: before.Name, Policy: arn})
	}
	return steps
}
