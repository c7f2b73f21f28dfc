package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

func (a *app) planCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change",
		Long: "Read the accounts and show what apply would change. Nothing is changed. With\n" +
			"-snapshot, a file that `trustctl snapshot` wrote stands for the accounts: no\n" +
			"credentials are needed, and nothing is asked of the network. With -refresh-only, what\n" +
			"changed in the accounts since a snapshot, and who gained or lost access by that.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPlan(cmd, &f) },
	}
	f.register(cmd)
	f.destroyFlag(cmd.Flags())
	cmd.Flags().StringVar(&f.out, "out", "", "save the plan in `FILE`, for show and apply")
	f.snapshotFlags(cmd.Flags())
	f.driftFlags(cmd.Flags())
	cmd.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "end with exit code 2 if changes are pending")
	return cmd
}

func (a *app) runPlan(cmd *cobra.Command, f *runFlags) (err error) {
	a.outputs = []output{}
	if err := f.check(cmd); err != nil {
		return err
	}
	ctx, stop := a.interruptibleWithin(cmd.Context(), f.timeout)
	defer stop()
	w, p, err := a.makePlan(ctx, cmd, f)
	if err != nil {
		return cause(ctx, err)
	}
	defer a.leave(w, &err)
	var encoded []byte
	var meta plan.Meta
	if f.out != "" && !p.Errored() { // nothing else is saved that could be approved
		p.Declared = w.config.declared(p, a.belowProject(w.config.Dir))
		if encoded, meta, err = plan.Encode(p, w.meta()); err != nil {
			return err
		}
	}
	r, err := within(ctx, func() render.Report { return a.reportOn(w, p, meta.Digest) })
	if err != nil {
		return cause(ctx, err)
	}
	if err := a.showPlan(r, f); err != nil {
		return err
	}
	a.verdict.changes = f.detailed && (p.Pending() || p.Drifted())
	through := a.hold(r, f.failOn)
	if p.Errored() {
		return errReported
	}
	if f.out == "" {
		return nil
	}
	if err := writeFile(f.out, encoded, 0o600); err != nil {
		return err
	}
	switch {
	case a.inAutomation():
	case !through: // it is there to be shown; nothing invites to carry it out
		a.say("\nSaved the plan to: %s", visible.Line(f.out))
	default:
		a.say("\nSaved the plan to: %s\n\nTo carry out exactly this plan:\n    trustctl apply%s -plan-digest=%s %s", visible.Line(f.out), f.again(cmd, w.config.Sensitive), meta.Digest, shellQuoted(f.out))
	}
	return nil
}

// makePlan loads the configuration, reads the accounts and compares.
func (a *app) makePlan(ctx context.Context, cmd *cobra.Command, f *runFlags) (_ *world, _ *plan.Plan, err error) {
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return nil, nil, err
	}
	if f.from != "" {
		if err := checkTransfer(f.from, f.to, l.Stack); err != nil {
			return nil, nil, err
		}
	}
	w, err := a.reach(ctx, l, f)
	if err != nil {
		return nil, nil, err
	}
	if f.refreshOnly {
		p, err := a.drift(ctx, cmd, w, f)
		if err != nil {
			a.leave(w, &err)
		}
		return w, p, err
	}
	current, err := w.read(ctx)
	if err != nil {
		a.leave(w, &err)
		return nil, nil, err
	}
	p, err := within(ctx, func() *plan.Plan { return w.plan(current, w.asked(cmd, f)) })
	if err != nil {
		a.leave(w, &err)
	}
	return w, p, err
}

// plan compares what is declared with what is there.
func (w *world) plan(current trust.State, o plan.Options) *plan.Plan {
	desired := w.config.State
	if o.Mode == plan.ModeTransfer {
		desired.Files = esc.Transferred(current.Files, o.Stack, o.To)
	}
	return plan.Compute(desired, current, o)
}

// asked are the options of a plan that the command line asks for.
func (w *world) asked(cmd *cobra.Command, f *runFlags) plan.Options {
	o := w.options()
	o.Mode, o.MaxDeletes = plan.ModeApply, w.config.MaxDeletes
	o.Targets, o.Excludes, o.InAccounts = f.targets, f.excludes, w.accounts
	o.AllowSelf, o.Force, o.AllowRecentlyUsed = f.allowSelf, f.force, f.allowRecentlyUsed
	switch {
	case f.from != "":
		o.Mode, o.Stack, o.To = plan.ModeTransfer, f.from, f.to
	case f.destroy:
		o.Mode = plan.ModeDestroy
	}
	if cmd.Flags().Changed("max-deletes") {
		o.MaxDeletes = f.maxDeletes
	}
	return o
}

// options are those that the configuration decides.
func (w *world) options() plan.Options {
	o := plan.Options{
		Stack: w.config.Stack, IgnoreTags: plan.IgnoreTags(w.config.IgnoreTags), Resource: w.config.Resource,
		Sandbox: w.sandbox, Folder: w.shownDir, Now: w.now(),
	}
	if w.snapshot != nil {
		o.Snapshot = w.snapshot.about()
	}
	for _, i := range w.config.Issuers {
		o.Issuers = append(o.Issuers, i.URL)
	}
	return o
}
