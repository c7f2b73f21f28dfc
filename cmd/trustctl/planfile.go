package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// maxPlanFile is the most that is read of a plan file: many thousand roles.
const maxPlanFile = 256 << 20

// meta is what a plan of this world says of its making.
func (w *world) meta() plan.Meta {
	return plan.Meta{Version: version(), ConfigDigest: w.config.Digest}
}

// readPlan reads a saved plan.
func readPlan(path string) (*plan.Plan, plan.Meta, error) {
	fail := func(err error) (*plan.Plan, plan.Meta, error) {
		return nil, plan.Meta{}, fmt.Errorf("reading the plan file %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fail(err)
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return fail(errors.New("it is not a regular file"))
	}
	f, err := os.Open(path)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPlanFile+1))
	if err != nil {
		return fail(err)
	}
	if len(text) > maxPlanFile {
		return fail(fmt.Errorf("it is larger than %d bytes", maxPlanFile))
	}
	p, meta, err := plan.Decode(text)
	if err != nil {
		return fail(err)
	}
	return p, meta, nil
}

// openPlan opens a saved plan to carry it out. It reads the accounts again,
// and refuses the plan before the first write if something that it rests on
// has moved.
func (a *app) openPlan(ctx context.Context, cmd *cobra.Command, f *runFlags, path string) (_ *world, _ *plan.Plan, err error) {
	p, meta, err := readPlan(path)
	if err != nil {
		return nil, nil, err
	}
	switch onSandbox := f.sandbox != ""; {
	case p.Sandbox && !onSandbox:
		return nil, nil, fmt.Errorf("%s was planned on the sandbox, and is for nothing else: apply it with -sandbox", path)
	case !p.Sandbox && onSandbox:
		return nil, nil, fmt.Errorf("%s was planned for AWS, and cannot be applied to the sandbox", path)
	case p.Errored():
		return nil, nil, fmt.Errorf("%s is a plan with errors, which cannot be applied", path)
	}
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return nil, nil, err
	}
	if err := meta.Check(version(), l.Digest); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, account := range p.Accounts {
		f.accounts = append(f.accounts, string(account.ID))
	}
	w, err := a.reach(ctx, l, f)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			a.leave(w, &err)
		}
	}()
	current, err := w.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := stale(p, current); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return w, p, nil
}

// stale refuses a plan that the accounts no longer fit. What already is as the
// plan makes it is skipped, so that a run that was killed can be finished.
func stale(p *plan.Plan, current trust.State) error {
	for _, account := range current.Accounts {
		if account.Failure != "" || !account.Complete {
			return fmt.Errorf("account %s could not be read, so whether the plan still fits it is not known: %s", account.ID, account.Failure)
		}
	}
	done, moved := p.Recheck(current)
	if len(moved) > 0 {
		var names []string
		for _, address := range moved {
			names = append(names, "  "+nameOf(p, address))
		}
		return fmt.Errorf("the plan is stale: these objects have changed since it was made, and nothing was written:\n\n%s\n\nMake the plan again", strings.Join(names, "\n"))
	}
	if len(done) > 0 && len(done) == len(p.Base) {
		return errors.New("the plan was applied already")
	}
	for i, change := range p.Changes {
		for _, address := range done {
			if change.Address == address {
				p.Changes[i].Action = plan.NoOp
			}
		}
	}
	return nil
}

// nameOf is how the plan calls an object.
func nameOf(p *plan.Plan, address trust.Address) string {
	for _, change := range p.Changes {
		if change.Address == address {
			return change.Resource
		}
	}
	return address.String()
}
