package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

func (a *app) textOptions(f *runFlags) render.TextOptions {
	return render.TextOptions{
		Style: render.Color(a.colorOut()), Width: a.Width(), Terminal: a.OutTerminal,
		Concise: f.concise, Verbose: f.verbose,
	}
}

// showPlan prints a plan, as text or as JSON, and writes it into the files that
// are asked for.
func (a *app) showPlan(r render.Report, f *runFlags) error {
	if f.asJSON || f.jsonInto != "" {
		text, err := render.JSON(r)
		if err != nil {
			return err
		}
		if f.jsonInto != "" {
			if err := writeFile(f.jsonInto, text, 0o644); err != nil {
				return err
			}
		}
		if f.asJSON {
			return orElse(a.publish(r, f), a.print(text))
		}
	}
	if err := a.publish(r, f); err != nil {
		return err
	}
	if err := a.printPlan(r, f); err != nil || r.PlanDigest == "" {
		return err
	}
	if flags := r.Plan.Flags(); len(flags) > 0 {
		if err := a.printLine("\nPlanned with: %s", visible.Line(strings.Join(flags, " "))); err != nil {
			return err
		}
	}
	return a.printLine("\nPlan digest: %s", r.PlanDigest)
}

// printPlan prints a plan as text.
func (a *app) printPlan(r render.Report, f *runFlags) error {
	if err := render.Text(a.Out, r, a.textOptions(f)); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

func outcomes(all []apply.Outcome) []render.Outcome {
	var out []render.Outcome
	for _, o := range all {
		shown := render.Outcome{Resource: o.Resource, Action: o.Action}
		var need *apply.NeedError
		var refused *apply.CredentialsError
		var full *apply.QuotaError
		switch {
		case errors.As(o.Err, &refused) && len(o.Steps) == 0:
			shown.Because = "the credentials of account " + string(refused.Account)
		case errors.As(o.Err, &refused): // of which the start speaks
			shown.Error = "stopped before " + o.Left[0] + ": the credentials of account " + string(refused.Account) + " failed"
		case errors.As(o.Err, &full) && len(o.Steps) == 0:
			shown.Because = "CreateRole in account " + string(full.Account) + ", whose quota of roles is reached,"
		case errors.As(o.Err, &need):
			shown.Because = need.Resource
		case errors.Is(o.Err, apply.ErrInterrupted) && len(o.Steps) == 0 && o.Failed == "": // of which the end speaks
		case o.Err != nil:
			shown.Error = o.Err.Error()
		}
		out = append(out, shown)
	}
	return out
}

// counts are those of the part of a plan that was done in full.
func counts(p *plan.Plan, result apply.Result) plan.Counts {
	part := plan.Plan{}
	for _, o := range result.Done {
		part.Changes = append(part.Changes, p.Changes[o.Change])
	}
	return part.Counts()
}

// unfinished are the changes that did not come to a good end.
func unfinished(result apply.Result) map[trust.Address]bool {
	all := map[trust.Address]bool{}
	for _, o := range slices.Concat(result.Failed, result.NotTried) {
		all[o.Address] = true
	}
	return all
}

// roleARNs are the ARNs of the roles that a plan leaves, in its order, without
// those that are skipped.
func roleARNs(p *plan.Plan, skip map[trust.Address]bool) []trust.ARN {
	partitions := map[trust.AccountID]string{}
	for _, account := range p.Accounts {
		partitions[account.ID] = account.Partition
	}
	var all []trust.ARN
	for _, change := range p.Changes {
		if change.After == nil || change.After.Role == nil || change.Action == plan.Forget || change.Refused != "" || skip[change.Address] {
			continue
		}
		role := change.After.Role
		all = append(all, trust.RoleARN(partitions[role.Account], role.Account, role.Path, role.Name))
	}
	return all
}

// failure is the error of a run that did not do everything; what is wrong has
// been said.
func failure(result apply.Result) error {
	if len(result.Failed)+len(result.NotTried) > 0 || result.Interrupted || result.Unaudited != nil {
		return errReported
	}
	return nil
}

// sandboxNotice repeats in GitHub's own way that no account was touched.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-a-warning-message
func (a *app) sandboxNotice(p *plan.Plan) {
	if p.Sandbox && a.onGitHub() {
		a.say("::warning title=SANDBOX::This ran on the embedded sandbox: no AWS account was touched.")
	}
}

// leave closes a run's world, and says so if that fails.
func (a *app) leave(w *world, err *error) {
	if failed := w.close(); failed != nil {
		if *err != nil && !errors.Is(*err, errReported) {
			a.reportError(*err)
		}
		a.reportError(failed)
		*err = errReported
	}
}
