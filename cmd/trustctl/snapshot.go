package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

func (a *app) snapshotCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Write down what a plan needs of the accounts",
		Long: "Read the accounts and write what a plan needs of them into a file. `trustctl plan\n" +
			"-snapshot=FILE` needs no credentials and no network. The file names every role of\n" +
			"the accounts: it is confidential. docs/snapshot.md says what is in it.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSnapshot(cmd, &f) },
	}
	f.registerReach(cmd, "read only `ACCOUNT`, a declared name or an id; may be repeated")
	cmd.Flags().StringVar(&f.out, "out", "", "write `FILE`")
	return cmd
}

func (a *app) runSnapshot(cmd *cobra.Command, f *runFlags) (err error) {
	if f.out == "" {
		return errors.New("-out=FILE says where the snapshot goes")
	}
	if err := f.checkReach(cmd); err != nil {
		return err
	}
	ctx, stop := a.interruptibleWithin(cmd.Context(), f.timeout)
	defer stop()
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return cause(ctx, err)
	}
	w, err := a.reach(ctx, l, f)
	if err != nil {
		return cause(ctx, err)
	}
	defer a.leave(w, &err)
	return cause(ctx, a.takeSnapshot(ctx, w, f.out))
}

// takeSnapshot reads the accounts and writes the file, whole or not at all. An
// account that does not answer is in it by its name alone, and an error.
func (a *app) takeSnapshot(ctx context.Context, w *world, path string) error {
	want := w.want()
	want.Snapshot = true
	var issuers []string
	for _, i := range want.Issuers {
		issuers = append(issuers, i.URL)
	}
	taken := a.now() // before the first call: nothing in it is older than it says
	current, err := live.Read(ctx, w.sessions, want)
	if err != nil {
		return fmt.Errorf("reading the accounts: %w", err)
	}
	var missing []string
	for _, account := range current.Accounts {
		if account.Failure != "" {
			missing = append(missing, fmt.Sprintf("account %s (%s): %s", account.Name, account.ID, account.Failure))
		}
	}
	if len(missing) == len(current.Accounts) && len(missing) > 0 {
		return fmt.Errorf("no account could be read, and no snapshot was written\n\n%s", strings.Join(missing, "\n"))
	}
	s := live.NewSnapshot(current, taken, version(), w.config.Stack, w.sandbox, issuers)
	text, err := s.Encode()
	if err != nil {
		return err
	}
	if err := writeFile(path, text, 0o600); err != nil {
		return err
	}
	a.say("Saved a snapshot of %s to: %s\nIt names every role of the accounts: keep it confidential. Its digest is %s",
		accountNames(current.Accounts), visible.Line(path), s.Digest)
	if len(missing) > 0 {
		return fmt.Errorf("the snapshot lacks what could not be read\n\n%s", strings.Join(missing, "\n"))
	}
	return nil
}

// accountNames are the accounts that were read: by name if they are few.
func accountNames(accounts []trust.Account) string {
	var names []string
	for _, account := range accounts {
		if account.Failure == "" {
			names = append(names, visible.Line(account.Name)+" ("+string(account.ID)+")")
		}
	}
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%d accounts", len(names))
	}
	return strings.Join(names, ", ")
}
