package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// Steps are the exact writes of a change, in order; none for a NoOp, a
// refused change, or one that only a plan of the accounts can tell. They follow from Before and After alone, one call for each
// field that differs.
func (c Change) Steps() []Step {
	var steps []Step
	for _, p := range c.parts() {
		steps = append(steps, p.steps...)
	}
	return steps
}

// part is a run of a change's steps that has a place of its own in a run.
type part struct {
	stage Stage
	steps []Step
}

// parts are the steps of a change, cut where the parts wait for different
// things: a provider's into what grants need and what may go only once the
// account's roles are done with it; that of a role that lets somebody in into
// what only takes away, which waits for nothing, and the rest.
func (c Change) parts() []part {
	if c.Refused != "" || c.Action == NoOp || c.Unread {
		return nil
	}
	var all []part
	switch c.Address.Kind {
	case trust.KindProvider:
		grant, retire := providerSteps(c)
		all = []part{{StageProvider, grant}, {StageRetire, retire}}
	case trust.KindRole:
		all = roleParts(c)
	default:
		stage := StageFile
		if c.Action == Forget {
			stage = StageRelease
		}
		if c.After == nil {
			return []part{{stage, []Step{RemoveEnvironmentFile{File: *c.Before.File}}}}
		}
		return []part{{stage, []Step{WriteEnvironmentFile{File: *c.After.File}}}}
	}
	return slices.DeleteFunc(all, func(p part) bool { return len(p.steps) == 0 })
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
