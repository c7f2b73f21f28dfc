package main

import (
	"slices"

	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
)

// pushes are the files that Pulumi Cloud has to hear of: those of the whole
// plan that was approved, whichever of its runs wrote them, but for what this
// one left undone: a file, or the role that it is for. Whether what an earlier
// run wrote was pushed since is not to be known.
func (v *view) pushes(p *plan.Plan, result apply.Result) []render.Push {
	open, now := unfinishedEnvironments(p, result), render.Pushes(p)
	all := []render.Push{}
	for _, f := range render.Pushes(v.approved) {
		i := slices.IndexFunc(now, func(n render.Push) bool { return n.Environment == f.Environment })
		switch {
		case open[f.Environment]:
		case i >= 0:
			all = append(all, now[i])
		default:
			f.Earlier = true
			all = append(all, f)
		}
	}
	return all
}

// untold is how many files are as they are declared, of which a run without a
// plan file cannot tell whether one that was killed wrote them.
func (v *view) untold(a *app, p *plan.Plan) int {
	if v.saved || a.inAutomation() || p.Mode != plan.ModeApply {
		return 0
	}
	n := 0
	for _, change := range p.Changes {
		if change.Address.Kind == trust.KindFile && change.Action == plan.NoOp {
			n++
		}
	}
	return n
}

// unfinishedEnvironments are those of which the run left a role or a file
// undone.
func unfinishedEnvironments(p *plan.Plan, result apply.Result) map[string]bool {
	skip, open := unfinished(result), map[string]bool{}
	for _, change := range p.Changes {
		if !skip[change.Address] {
			continue
		}
		for _, o := range []*plan.Object{change.Before, change.After} {
			if o != nil && o.Role != nil {
				open[o.Role.Environment] = true
			}
			if o != nil && o.File != nil {
				open[o.File.Environment] = true
			}
		}
	}
	return open
}
