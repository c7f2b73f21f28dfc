package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
)

// meta is what a plan of this world says of its making.
func (w *world) meta() plan.Meta {
	return plan.Meta{Version: version(), ConfigDigest: w.config.Digest}
}

// readPlan reads a saved plan.
func readPlan(path string) (*plan.Plan, plan.Meta, error) {
	fail := func(err error) (*plan.Plan, plan.Meta, error) {
		return nil, plan.Meta{}, fmt.Errorf("reading the plan file %s: %w", path, err)
	}
	f, err := openRegular(path)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, plan.MaxSaved+1))
	if err != nil {
		return fail(err)
	}
	if len(text) > plan.MaxSaved {
		return fail(fmt.Errorf("it is larger than %d bytes", plan.MaxSaved))
	}
	p, meta, err := plan.Decode(text)
	if err != nil {
		return fail(err)
	}
	return p, meta, nil
}

// digestForm is how the digest of a plan file is written.
var digestForm = grammar.Of(`^sha256:[0-9a-f]{64}$`)

// approved holds a plan file against -plan-digest, where that was given.
func (f *runFlags) approved(cmd *cobra.Command, path string, meta plan.Meta) error {
	if !cmd.Flags().Changed("plan-digest") {
		return nil
	}
	if !digestForm.MatchString(f.planDigest) {
		return fmt.Errorf("-plan-digest is %q, which is no digest: that is sha256: and 64 digits of 0 to 9 and a to f, as plan -out and show print it", f.planDigest)
	}
	if f.planDigest != meta.Digest {
		// Its own digest stays unsaid, so that nobody pastes it.
		return fmt.Errorf("%s is not the plan of -plan-digest: the file was made anew, or exchanged, since that one was approved", path)
	}
	return nil
}

// openPlan opens a saved plan to carry it out: the plan, and what is left of it
// to do, as the configuration and the accounts ask for it now. It is refused before the
// first write if they ask for anything else.
func (a *app) openPlan(ctx context.Context, cmd *cobra.Command, f *runFlags, path string) (_ *world, approved, left *plan.Plan, err error) {
	p, meta, err := readPlan(path)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := f.approved(cmd, path, meta); err != nil {
		return nil, nil, nil, err
	}
	switch onSandbox := f.sandbox != ""; {
	case p.Sandbox && !onSandbox:
		return nil, nil, nil, fmt.Errorf("%s was planned on the sandbox, and is for nothing else: apply it with -sandbox", path)
	case !p.Sandbox && onSandbox:
		return nil, nil, nil, fmt.Errorf("%s was planned for AWS, and cannot be applied to the sandbox", path)
	case p.Errored():
		return nil, nil, nil, fmt.Errorf("%s is a plan with errors, which cannot be applied", path)
	}
	f.planDigest = meta.Digest
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := meta.Check(version(), l.Digest); err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if p.Declared != nil && !p.Declared.Same(l.declared(p, "")) {
		return nil, nil, nil, fmt.Errorf("%s: the plan says of the configuration's accept blocks, or of where they stand, something else than the configuration: make the plan again", path)
	}
	if p.Mode == plan.ModeTransfer {
		if err := checkTransfer(p.Stack, p.To, l.Stack); err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	for _, id := range p.Choices.InAccounts {
		f.accounts = append(f.accounts, string(id))
	}
	w, err := a.reach(ctx, l, f)
	if err != nil {
		return nil, nil, nil, err
	}
	left, err = w.remaining(ctx, p)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
		if errors.Is(err, plan.ErrApplied) && len(render.Pushes(p)) > 0 {
			err = fmt.Errorf("%w\n\nWhether Pulumi Cloud has its files is not known here: `trustctl show -push=before` and\n`-push=after` name those that it is to have", err)
		}
		a.leave(w, &err)
		return nil, nil, nil, err
	}
	return w, p, left, nil
}

// remaining is what is left to do of a plan that was approved. It reads and
// plans again.
func (w *world) remaining(ctx context.Context, p *plan.Plan) (*plan.Plan, error) {
	w.destroy = p.Mode != plan.ModeApply
	if p.Mode == plan.ModeTransfer {
		w.stack = p.Stack
	}
	for _, ch := range p.Changes {
		if ch.Action == plan.Forget && ch.After.File != nil {
			w.forgotten = append(w.forgotten, trust.EnvironmentFile{Environment: ch.After.File.Environment})
		}
	}
	current, err := w.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, account := range current.Accounts {
		if account.Failure != "" || !account.Complete {
			return nil, fmt.Errorf("account %s could not be read, so whether the plan still fits it is not known: %s", account.ID, account.Failure)
		}
	}
	return p.Remaining(w.plan(current, w.options().With(p)), current)
}

// nameOf is how the plan calls an object; "" of none.
func nameOf(p *plan.Plan, address trust.Address) string {
	if address == (trust.Address{}) {
		return ""
	}
	for _, change := range p.Changes {
		if change.Address == address {
			return change.Resource
		}
	}
	return address.String()
}
