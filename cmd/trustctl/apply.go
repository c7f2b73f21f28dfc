package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/audit"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

func (a *app) applyCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "apply [PLANFILE]",
		Short: "Change the accounts and write the ESC files",
		Long: "Plan, show the plan, ask, and carry it out: change the accounts and write the ESC\n" +
			"files. A plan file, saved by `trustctl plan -out=FILE`, is carried out without a\n" +
			"question, if the configuration and the accounts still ask for what it says and\n" +
			"nothing that it rests on has moved. It needs the configuration, and the same\n" +
			"variables as the plan had; plan -out prints the whole line. -plan-digest makes\n" +
			"sure that it is the very file that was approved.",
		Args: atMostOneArgument("a plan file"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runApply(cmd, &f, args) },
	}
	f.registerApply(cmd)
	f.destroyFlag(cmd.Flags())
	f.planDigestFlag(cmd.Flags())
	return cmd
}

func (a *app) destroyCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Remove everything that the stack owns",
		Long: "Plan to remove everything that the stack owns, show that, ask for the stack's\n" +
			"name, and carry it out. The same as `trustctl apply -destroy`.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.destroy = true
			return a.runApply(cmd, &f, nil)
		},
	}
	f.registerApply(cmd)
	return cmd
}

// registerApply adds the flags of apply and destroy.
func (f *runFlags) registerApply(cmd *cobra.Command) {
	f.register(cmd)
	cmd.Flags().StringVar(&f.snapshotOut, "snapshot-out", "", "at the end, write a snapshot of the accounts into `FILE`, for plan -refresh-only -since")
	f.registerWrites(cmd)
}

// registerWrites adds the flags of every command that changes accounts.
func (f *runFlags) registerWrites(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.autoApprove, "auto-approve", false, "do not ask")
	cmd.Flags().StringVar(&f.auditLog, "audit-log", "", "append a line of JSON to `FILE` for every write")
	cmd.Flags().DurationVar(&f.confirmWithin, "confirm-within", 30*time.Second, "at the end, wait at most `DURATION` for IAM to show what was written; 0 does not look")
}

func (a *app) runApply(cmd *cobra.Command, f *runFlags, args []string) (err error) {
	a.outputs = []output{}
	if err := f.check(cmd); err != nil {
		return err
	}
	saved := len(args) == 1
	switch {
	case saved:
		if err := f.checkPlanFile(cmd); err != nil {
			return err
		}
	case f.planDigest != "" || cmd.Flags().Changed("plan-digest"):
		return errors.New("-plan-digest is the digest of a plan file, and none was given")
	case f.asJSON && !f.autoApprove:
		return errors.New("apply -json asks no question: it needs -auto-approve or a plan file")
	}
	log, err := a.openAuditLog(f.auditLog)
	if err != nil {
		return err
	}
	if log != nil {
		defer a.closeAuditLog(log, &err)
	}
	limit, cancel := limited(cmd.Context(), f.timeout)
	defer cancel()
	ctx, abort, stop := a.interruptibleTwice(limit)
	defer stop()

	var w *world
	var approved, p *plan.Plan
	if saved {
		w, approved, p, err = a.openPlan(ctx, cmd, f, args[0])
	} else {
		w, p, err = a.makePlan(ctx, cmd, f)
		approved = p
	}
	if err != nil {
		return cause(ctx, err)
	}
	defer a.leave(w, &err)
	v, err := a.openView(f)
	if err != nil {
		return err
	}
	v.approved, v.saved = approved, saved
	defer v.close(a, &err)
	r := a.reportOn(w, p, "")
	if err := v.plan(a, r); err != nil {
		return err
	}
	if p.Errored() {
		return errReported
	}
	if !a.hold(r, f.failOn) {
		return nil
	}
	if log != nil && !saved {
		_, meta, err := plan.Encode(p, w.meta())
		if err != nil {
			return err
		}
		f.planDigest = meta.Digest
	}
	if saved || f.autoApprove {
		if err := allowsRecentlyUsed(p, saved); err != nil {
			return err
		}
	} else if p.Pending() {
		if err := a.confirm(ctx, cmd, p, f); err != nil {
			return err
		}
		// The question may have stood for hours.
		if p, err = w.remaining(ctx, p); err != nil {
			return cause(ctx, err)
		}
	}
	return a.carryOut(ctx, abort, p, w, v, log)
}

// carryOut runs the plan and reports what became of it.
func (a *app) carryOut(ctx context.Context, abort <-chan struct{}, p *plan.Plan, w *world, v *view, log *audit.Log) error {
	clients := func(account trust.AccountID) (apply.IAM, error) { return w.sessions.IAM(account) }
	observer, say, done := v.observe(a, p)
	quiet := context.AfterFunc(ctx, func() { say(finishing(context.Cause(ctx))) })
	o := apply.Options{
		Parallelism: v.flags.parallelism, Total: v.flags.total, Force: p.Choices.Force, Observer: observer, Abort: abort, Now: a.now,
	}
	if log != nil {
		o.Audit, o.PlanDigest = log, v.flags.planDigest
		o.Unlogged = func(line []byte) { say(unlogged(line)) }
	}
	result := apply.Run(ctx, p, clients, w.folder, o)
	quiet()
	done()
	confirmed := v.confirm(ctx, a, p, w, result)
	for _, refused := range result.Refused {
		a.reportError(refused)
	}
	switch {
	case result.Unaudited != nil:
		a.reportError(fmt.Errorf("%w\n\nNothing new was begun after that. The lines that the log lacks are printed above; what was done stands below", result.Unaudited))
	case result.Interrupted:
		a.reportError(context.Cause(ctx))
	}
	if err := v.result(a, p, result, confirmed); err != nil {
		return err
	}
	a.sandboxNotice(p)
	err := failure(result)
	if failed := a.snapshotAfter(ctx, abort, w, v.flags, err == nil); failed != nil {
		a.reportError(failed)
		return errReported
	}
	return err
}
