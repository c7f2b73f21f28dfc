package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
)

// drift compares the accounts with a snapshot. Both sides are asked for every
// role that the other has, so that one which stopped to trust the issuer is
// not taken for one that is gone.
func (a *app) drift(ctx context.Context, cmd *cobra.Command, w *world, f *runFlags) (*plan.Plan, error) {
	since, err := a.readSnapshot(f.since, f)
	if err != nil {
		return nil, err
	}
	accounts, want := accountsOf(w.targets()), w.want()
	for _, r := range since.State(accounts, want).Roles {
		want.Roles[r.Address()] = true
	}
	after, err := w.accountsNow(ctx, want)
	if err != nil {
		return nil, err
	}
	for _, r := range after.Roles {
		want.Roles[r.Address()] = true
	}
	o := w.asked(cmd, f)
	o.Snapshot = since.about()
	return within(ctx, func() *plan.Plan { return plan.Drift(w.config.State, since.State(accounts, want), after, o) })
}

// about is what a plan says of a snapshot.
func (s *snapshot) about() *plan.Snapshot {
	return &plan.Snapshot{Taken: s.Taken, Age: s.age, Digest: s.Digest}
}

// snapshotAfter writes the snapshot of -snapshot-out once an apply has ended,
// also part-way: what is there now is what a drift is to be told from.
func (a *app) snapshotAfter(ctx context.Context, abort <-chan struct{}, w *world, f *runFlags, whole bool) error {
	if f.snapshotOut == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // an interrupt ends the apply, and a second one this
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	a.background(os.Exit, func() {
		select {
		case <-abort:
			cancel()
		case <-done:
		}
	})
	if !whole {
		a.say("The apply did not end well: the snapshot has what is there now, not what the configuration asks for.")
	}
	if err := a.takeSnapshot(ctx, w, f.snapshotOut); err != nil {
		return fmt.Errorf("-snapshot-out: %w", err)
	}
	return nil
}
