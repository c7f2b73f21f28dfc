package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"time"

	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

// world is what a run reaches: the accounts and the folder of ESC files, or
// the sandbox in the place of both.
type world struct {
	config   *loaded
	accounts []trust.AccountID // of the run: nil is all
	sessions *live.Sessions
	root     *os.Root
	folder   *esc.Folder
	shownDir string    // where that is, for messages
	embedded *embedded // nil: AWS, or a snapshot
	sandbox  bool      // AWS is not meant
	snapshot *snapshot // in the place of the accounts; nil: they are read
	stack    string    // whose objects are looked for
	destroy  bool      // everything of the stack is looked for
	now      func() time.Time
	// forgotten are environments whose files are looked at though they are
	// nobody's, and nowhere declared: a plan took, or will take, their first line
	// off.
	forgotten []trust.EnvironmentFile
}

func (a *app) newWorld(l *loaded, onSandbox bool) *world {
	return &world{config: l, stack: l.Stack, sandbox: onSandbox, now: a.now}
}

// reach connects to the accounts of a run. The caller closes the world.
func (a *app) reach(ctx context.Context, l *loaded, f *runFlags) (_ *world, err error) {
	w := a.newWorld(l, f.sandbox != "")
	if w.destroy = f.destroy; f.from != "" {
		w.stack, w.destroy = f.from, true
	}
	defer func() {
		if err != nil {
			a.leave(w, &err)
		}
	}()
	if f.accounts != nil && len(f.accounts) == 0 {
		return nil, errors.New("-account names no account; nothing was read")
	}
	for _, word := range f.accounts {
		id, err := l.account(word)
		if err != nil {
			return nil, fmt.Errorf("-account: %w", err)
		}
		if !slices.Contains(w.accounts, id) {
			w.accounts = append(w.accounts, id)
		}
	}
	targets := w.targets()
	var ids []string
	for _, t := range targets {
		ids = append(ids, string(t.Account.ID))
	}
	if err := f.allowed(ids); err != nil {
		return nil, err
	}
	if f.snapshot != "" {
		if w.snapshot, err = a.openSnapshot(f); err != nil {
			return nil, err
		}
		return w, w.openFolder()
	}
	o := a.aws
	if w.sandbox {
		if w.embedded, err = a.embed(f.sandbox); err != nil {
			return nil, err
		}
		o = w.embedded.options()
	}
	o.Version, o.Log, o.Parallelism, o.Retrying = version(), a.log, f.total, a.newRetrying().note
	if err := w.openFolder(); err != nil {
		return nil, err
	}
	w.folder.Pause = a.pause
	log := a.log.With("accounts", ids)
	if o.Endpoint != "" {
		log = log.With("endpoint", o.Endpoint)
	}
	log.Info("connecting")
	w.sessions, err = live.Connect(ctx, targets, o)
	if err != nil {
		return nil, a.showWrongAccounts(l, err)
	}
	return w, nil
}

// targets are the accounts to connect to. On the sandbox nobody's role is
// assumed: its keys lead straight into every account.
func (w *world) targets() []live.Target {
	var all []live.Target
	for _, account := range w.config.Accounts {
		if w.accounts != nil && !slices.Contains(w.accounts, account.ID) {
			continue
		}
		t := live.Target{Account: account.Account}
		if !w.sandbox {
			t.Settings = settings(account)
		}
		all = append(all, t)
	}
	return all
}

func settings(a spec.Account) live.Settings {
	s := live.Settings{Region: a.Region, Profile: a.Profile}
	if r := a.AssumeRole; r != nil {
		s.AssumeRole = &live.AssumeRole{RoleARN: r.RoleARN, ExternalID: r.ExternalID, SessionName: r.SessionName, Duration: r.Duration}
	}
	return s
}

// openFolder opens the folder of ESC files: below the configuration, or below
// the sandbox's own.
func (w *world) openFolder() (err error) {
	dir := w.config.ESCDir
	w.shownDir = dir
	if w.sandbox {
		dir, w.shownDir = "esc", sandboxFolder+"/esc"
		w.root, err = openSandboxFolder()
	} else {
		w.root, err = os.OpenRoot(w.config.Dir)
	}
	if err != nil {
		return fmt.Errorf("opening the folder of the ESC files: %w", err)
	}
	if w.folder, err = esc.Open(w.root, dir); err != nil {
		return fmt.Errorf("opening the folder of the ESC files: %w", err)
	}
	return nil
}

// shown is an ESC file's path as messages spell it: with the ESC folder, below
// the configuration's folder or, on the sandbox, the working directory.
func (w *world) shown(file string) string { return path.Join(w.shownDir, file) }

// want is what a plan needs of the accounts.
func (w *world) want() live.Want {
	want := live.Want{Roles: map[trust.Address]bool{}, Stack: w.stack, EveryProvider: w.destroy}
	for _, i := range w.config.Issuers {
		want.Issuers = append(want.Issuers, live.Issuer{Name: i.Name, URL: i.URL})
	}
	for _, r := range w.config.State.Roles {
		want.Roles[r.Address()] = true
	}
	return want
}

// read is what the accounts, or the snapshot, and the folder hold.
func (w *world) read(ctx context.Context) (current trust.State, err error) {
	if current, err = w.accountsNow(ctx, w.want()); err != nil {
		return trust.State{}, err
	}
	if current.Files, err = w.readFolder(); err != nil {
		return trust.State{}, err
	}
	return current, nil
}

// readFolder is what the folder holds.
func (w *world) readFolder() ([]trust.EnvironmentFile, error) {
	files, err := w.folder.Read(w.stack, slices.Concat(w.config.State.Files, w.forgotten))
	if err != nil {
		return nil, fmt.Errorf("reading the ESC files: %w", err)
	}
	return files, nil
}

// accountsNow is what the accounts, or the snapshot, hold.
func (w *world) accountsNow(ctx context.Context, want live.Want) (trust.State, error) {
	if w.snapshot != nil {
		return w.snapshot.State(accountsOf(w.targets()), want), nil
	}
	current, err := live.Read(ctx, w.sessions, want)
	if err != nil {
		return trust.State{}, fmt.Errorf("reading the accounts: %w", err)
	}
	return current, nil
}

// reads is how many calls the reading took.
func (w *world) reads() int {
	if w.sessions == nil {
		return 0
	}
	total, _ := w.sessions.Calls()
	return total
}

func accountsOf(targets []live.Target) []trust.Account {
	all := make([]trust.Account, len(targets))
	for i, t := range targets {
		all[i] = t.Account
	}
	return all
}

// close saves the sandbox, if there is one.
func (w *world) close() error {
	var errs []error
	if w.root != nil {
		errs = append(errs, w.root.Close())
	}
	if w.embedded != nil {
		errs = append(errs, w.embedded.stop())
	}
	return errors.Join(errs...)
}
