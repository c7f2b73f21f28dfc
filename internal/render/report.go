package render

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Report is a plan with what is said of it beside. Every format is written
// from one, so that none says what another doesn't know.
type Report struct {
	Plan       *plan.Plan
	Findings   []lint.Finding // about what the plan changes and leaves
	Timestamp  time.Time
	Version    string // trustctl's
	PlanDigest string // of the saved plan, where there is one
	Reads      int    // calls that reading took
	Folder     string // the configuration's, below the project's root: what places in files are below, with slashes
}

// accountNames are accounts as people call them.
func accountNames(accounts []trust.Account) map[trust.AccountID]string {
	names := map[trust.AccountID]string{}
	for _, a := range accounts {
		names[a.ID] = string(a.ID)
		if a.Name != "" {
			names[a.ID] = a.Name + " (" + string(a.ID) + ")"
		}
	}
	return names
}

// resourceNames are addresses as Terraform would call them.
func resourceNames(p *plan.Plan) map[trust.Address]string {
	names := map[trust.Address]string{}
	for _, ch := range slices.Concat(p.Changes, p.Drift) {
		names[ch.Address] = ch.Resource
	}
	return names
}

// notable are the findings that a reader of the plan must know: errors, and
// warnings about what the plan changes. The rest is counted: warnings about
// what stays as it is, and what asks for nothing.
func (r Report) notable() (all []lint.Finding, warnings, infos int) {
	changes := map[trust.Address]bool{}
	for _, ch := range r.Plan.Changes {
		changes[ch.Address] = ch.Action != plan.NoOp
	}
	for _, severity := range []lint.Severity{lint.Error, lint.Warning, lint.Info} {
		for _, f := range r.Findings {
			switch {
			case f.Severity != severity:
			case severity == lint.Info:
				infos++
			case severity == lint.Warning && !changes[f.Address]:
				warnings++
			default:
				all = append(all, f)
			}
		}
	}
	return all, warnings, infos
}

// unshown says in words what notable leaves out.
func unshown(warnings, infos int) string {
	switch {
	case warnings > 0 && infos > 0:
		return fmt.Sprintf("%s about what does not change, %s", count(warnings, "warning"), count(infos, "info"))
	case warnings > 0:
		return count(warnings, "warning") + " about what does not change"
	case infos > 0:
		return count(infos, "info")
	}
	return ""
}

// label is how an account is called, or what has none.
func label(names map[trust.AccountID]string, id trust.AccountID) string {
	if id == "" {
		return "ESC files"
	}
	return cmp.Or(names[id], string(id))
}
