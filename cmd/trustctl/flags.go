package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/trustctl/trustctl/internal/policy"
)

// runFlags are the flags of plan, apply and destroy.
type runFlags struct {
	configFlags

	// Planning options: what a saved plan has decided already.
	targets, excludes, accounts []string
	maxDeletes                  int
	allowSelf, destroy, force   bool
	allowRecentlyUsed           bool

	allowAccounts []string
	parallelism   int // in one account
	total         int // in all; 0, of commands that only read: the default
	timeout       time.Duration
	sandbox       string // "": AWS

	failOn                   gates
	asJSON, verbose, concise bool
	jsonInto, markdownInto   string
	sarifInto                string

	// transfer alone
	from, to string

	// plan and transfer
	out      string
	detailed bool

	snapshot string        // "": the accounts are read
	maxAge   time.Duration // of the snapshot; 0: any

	refreshOnly bool
	since       string // snapshot

	// apply alone
	autoApprove   bool
	planDigest    string // in the end that of the plan that is carried out
	auditLog      string
	confirmWithin time.Duration
	snapshotOut   string
}

// planningOptions are the flags that a plan file excludes.
var planningOptions = [...]string{"target", "exclude", "account", "max-deletes", "allow-self", "allow-recently-used", "force", "destroy"}

// register adds the flags that plan, apply and destroy share.
func (f *runFlags) register(cmd *cobra.Command) {
	f.registerScope(cmd)
	fs := cmd.Flags()
	maxDeletesFlag(fs, &f.maxDeletes)
	fs.BoolVar(&f.allowRecentlyUsed, "allow-recently-used", false, "let roles that were used in the last 30 days be deleted or replaced without asking for their number")
	f.forceFlag(fs)
	fs.Var(&f.failOn, "fail-on", "end with exit code 3, and apply nothing, if the plan does this: wider (somebody gains a role that exists, or it is not known), new-role, permissions (a role, or the session of a login, may do more), error or warning (a finding of lint, at least so bad); a list of `GATES`")
}

func maxDeletesFlag(fs *pflag.FlagSet, n *int) {
	fs.IntVar(n, "max-deletes", 0, "delete or replace at most `N` roles in an account, whatever the configuration says")
}

// registerScope adds the flags of every command that makes a plan.
func (f *runFlags) registerScope(cmd *cobra.Command) {
	f.registerReach(cmd, "plan only `ACCOUNT`, a declared name or an id; may be repeated")
	fs := cmd.Flags()
	fs.StringArrayVar(&f.targets, "target", nil, "plan only `ADDRESS`: org/project/environment, a pattern of it, or a resource address; may be repeated")
	fs.StringArrayVar(&f.excludes, "exclude", nil, "plan everything but `ADDRESS`; may be repeated")
	fs.BoolVar(&f.allowSelf, "allow-self", false, "let the caller's own role change")
	fs.IntVar(&f.parallelism, "parallelism", 10, "make at most `N` calls at once in one account")
	fs.IntVar(&f.total, "total-parallelism", 64, "make at most `N` calls at once in all accounts together, and read at most N accounts at once")
	fs.BoolVar(&f.asJSON, "json", false, "print JSON")
	fs.StringVar(&f.jsonInto, "json-into", "", "write JSON to `FILE` as well")
	fs.StringVar(&f.markdownInto, "markdown-into", "", "write the plan to `FILE` as Markdown as well, for a comment on a pull request")
	fs.StringVar(&f.sarifInto, "sarif-into", "", "write the findings to `FILE` as SARIF as well")
	fs.BoolVar(&f.verbose, "verbose", false, "show the exact calls, and what does not change")
	fs.BoolVar(&f.concise, "concise", false, "show only which objects change")
}

// registerReach adds the flags by which a command finds the configuration and,
// if it is asked to, the accounts.
func (f *runFlags) registerReach(cmd *cobra.Command, account string) {
	f.configFlags.register(cmd, true)
	fs := cmd.Flags()
	fs.StringSliceVar(&f.accounts, "account", nil, account)
	fs.StringSliceVar(&f.allowAccounts, "allow-accounts", nil, "stop if an account other than these `IDS` would be read")
	fs.DurationVar(&f.timeout, "timeout", 0, "give up after `DURATION`")
	sandboxFlag(fs, &f.sandbox)
}

// snapshotFlags are -snapshot and its limit.
func (f *runFlags) snapshotFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.snapshot, "snapshot", "", "read `FILE`, which trustctl snapshot wrote, in the place of the accounts: without credentials, without network")
	fs.DurationVar(&f.maxAge, "snapshot-max-age", 0, "refuse a snapshot that is older than `DURATION`")
}

// driftFlags are those of a plan that only compares.
func (f *runFlags) driftFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&f.refreshOnly, "refresh-only", false, "plan nothing: show what changed in the accounts since the snapshot of -since")
	fs.StringVar(&f.since, "since", "", "compare with the snapshot `FILE`, with -refresh-only")
}

// destroyFlag is what plan and apply have, and destroy is.
func (f *runFlags) destroyFlag(fs *pflag.FlagSet) {
	fs.BoolVar(&f.destroy, "destroy", false, "remove everything that the stack owns")
}

func (f *runFlags) planDigestFlag(fs *pflag.FlagSet) {
	fs.StringVar(&f.planDigest, "plan-digest", "", "take no other plan file than that of `DIGEST`, sha256:…, which plan -out and show print")
}

func (f *runFlags) forceFlag(fs *pflag.FlagSet) {
	fs.BoolVar(&f.force, "force", false, "write over, and remove, ESC files that trustctl did not write")
}

// sandboxFlag is -sandbox, with or without a file.
func sandboxFlag(fs *pflag.FlagSet, file *string) {
	fs.StringVar(file, "sandbox", "", "use an embedded IAM instead of AWS, with its state in `FILE`; by default "+defaultSandbox)
	fs.Lookup("sandbox").NoOptDefVal = defaultSandbox
}

// check refuses flags that contradict each other.
func (f *runFlags) check(cmd *cobra.Command) error {
	switch {
	case len(f.targets) > 0 && len(f.excludes) > 0:
		return fmt.Errorf("-target and -exclude exclude each other")
	case f.verbose && f.concise:
		return fmt.Errorf("-verbose and -concise exclude each other")
	case f.parallelism < 1:
		return fmt.Errorf("-parallelism is %d, and must be at least 1", f.parallelism)
	case f.total < 1:
		return fmt.Errorf("-total-parallelism is %d, and must be at least 1", f.total)
	case f.maxDeletes < 0:
		return fmt.Errorf("-max-deletes is %d, and must not be negative", f.maxDeletes)
	case f.confirmWithin < 0:
		return fmt.Errorf("-confirm-within is %s, and must not be negative", f.confirmWithin)
	case f.timeout < 0:
		return fmt.Errorf("-timeout is %s, and must not be negative", f.timeout)
	}
	if err := errors.Join(f.checkSnapshot(cmd), f.checkDrift()); err != nil {
		return err
	}
	return f.checkSandbox(cmd)
}

func (f *runFlags) checkSandbox(cmd *cobra.Command) error {
	if cmd.Flags().Changed("sandbox") && f.sandbox == "" {
		return fmt.Errorf("-sandbox= needs the name of a file")
	}
	return nil
}

// checkPlanFile refuses what a plan file has decided already.
func (f *runFlags) checkPlanFile(cmd *cobra.Command) error {
	for _, name := range planningOptions {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("-%s is a planning option, and a plan file is planned already\n\nGive it to `trustctl plan -out=FILE`", name)
		}
	}
	return nil
}

// allowed holds the accounts of a run against -allow-accounts. A list of none
// allows none: it may be of a variable that is not set.
func (f *runFlags) allowed(ids []string) error {
	if f.allowAccounts == nil {
		return nil
	}
	for _, id := range f.allowAccounts {
		if !policy.IsAccountID(id) {
			return fmt.Errorf("-allow-accounts has %q, which is no account id: that is 12 digits", id)
		}
	}
	for _, id := range ids {
		if !slices.Contains(f.allowAccounts, id) {
			return fmt.Errorf("the account %s is not among those of -allow-accounts; nothing was read", id)
		}
	}
	return nil
}
