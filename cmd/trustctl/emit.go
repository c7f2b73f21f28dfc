package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

func (a *app) emitCommand() *cobra.Command {
	var f runFlags
	var check bool
	cmd := &cobra.Command{
		Use:   "emit",
		Short: "Write the ESC files alone",
		Long: "Write the ESC files that the configuration declares, and remove those of this\n" +
			"stack that it no longer declares. No account is read, and none is needed. With\n" +
			"-sandbox it is the files that apply -sandbox writes, below " + sandboxFolder + ".",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.emit(cmd, &f, check) },
	}
	f.configFlags.register(cmd, true)
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; end with exit code 3 if something would change")
	f.forceFlag(cmd.Flags())
	sandboxFlag(cmd.Flags(), &f.sandbox)
	return cmd
}

// emit plans the files as apply does, with every account taken as read.
func (a *app) emit(cmd *cobra.Command, f *runFlags, check bool) (err error) {
	if err := f.checkSandbox(cmd); err != nil {
		return err
	}
	ctx, stop := a.interruptible(cmd.Context())
	defer stop()
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return cause(ctx, err)
	}
	w := a.newWorld(l, f.sandbox != "")
	defer a.leave(w, &err)
	if err := w.openFolder(); err != nil {
		return err
	}
	files, err := w.folder.Read(l.Stack, l.State.Files)
	if err != nil {
		return fmt.Errorf("reading the ESC files: %w", err)
	}
	desired := trust.State{Accounts: l.State.Accounts, Files: l.State.Files, Removed: l.State.Removed}
	current := trust.State{Accounts: complete(l.State.Accounts), Files: files}
	p := plan.Compute(desired, current, w.asked(cmd, f))
	for _, problem := range p.Problems {
		if problem.Severity == plan.Error {
			a.reportError(fmt.Errorf("%s\n\n%s", problem.Summary, problem.Detail))
			continue
		}
		a.warn("%s\n\n%s", problem.Summary, problem.Detail)
	}
	if p.Errored() {
		return errReported
	}
	return a.emitFiles(p, w, f, check)
}

func (a *app) emitFiles(p *plan.Plan, w *world, f *runFlags, check bool) error {
	for _, change := range p.Changes {
		sign, file, act := "", change.After, w.folder.Write
		switch change.Action {
		case plan.Create:
			sign = "+"
		case plan.Update:
			sign = "~"
		case plan.Delete:
			sign, file, act = "-", change.Before, w.folder.Remove
		default:
			continue
		}
		if check {
			a.verdict.gate = true
		} else if err := act(*file.File, f.force); err != nil {
			return err
		}
		if err := a.printLine("%s %s", sign, visible.Line(w.shown(file.File.Path))); err != nil {
			return err
		}
	}
	return nil
}

// complete are accounts as if they had been read in full.
func complete(accounts []trust.Account) []trust.Account {
	all := make([]trust.Account, len(accounts))
	for i, account := range accounts {
		account.Complete = true
		all[i] = account
	}
	return all
}
