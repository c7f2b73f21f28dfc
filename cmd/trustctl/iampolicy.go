package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/privilege"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// policyFlags are the flags of iam-policy.
type policyFlags struct {
	configFlags
	accounts, prefixes      []string
	from, to                string // of a transfer
	maxDeletes              int
	destroy, caller, asJSON bool
}

// policyCommands are the commands that a policy is printed for: the others that
// read accounts need that of plan.
var policyCommands = [...]string{"plan", "apply", "destroy", "transfer", "snapshot"}

func (a *app) policyCommand() *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use:   "iam-policy " + strings.Join(policyCommands[:], "|"),
		Short: "Print the smallest IAM policy that a command needs",
		Long: "Print the smallest IAM identity policy with which a command works with this\n" +
			"configuration: give it to whoever runs trustctl in the account, or to the role of\n" +
			"assume_role. No account is read. Each account has a policy of its own: of several\n" +
			"name one with -account, or print all with -json. Whatever else reads an account,\n" +
			"such as lint -live, needs the policy of plan.",
		Example:   "  trustctl iam-policy apply > policy.json",
		ValidArgs: policyCommands[:],
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(policyCommands[:], args[0]) {
				return fmt.Errorf("iam-policy takes the command that the policy is for: %s", strings.Join(policyCommands[:], ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.iamPolicy(cmd, &f, args[0]) },
	}
	f.register(cmd, true)
	fs := cmd.Flags()
	fs.StringSliceVar(&f.accounts, "account", nil, "print the policy of `ACCOUNT`, a declared name or an id; may be repeated, with -json")
	fs.BoolVar(&f.destroy, "destroy", false, "for plan -destroy, or for apply -destroy")
	stackFlags(fs, &f.from, &f.to)
	maxDeletesFlag(fs, &f.maxDeletes)
	fs.StringArrayVar(&f.prefixes, "role-prefix", nil, "let `PREFIX` stand for the declared roles whose path and name begin with it, as /pulumi/ or /esc-acme--; may be repeated")
	fs.BoolVar(&f.caller, "caller", false, "print what is needed to reach the accounts instead: sts:AssumeRole on the roles of assume_role")
	fs.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) iamPolicy(cmd *cobra.Command, f *policyFlags, command string) error {
	ctx, stop := a.interruptible(cmd.Context())
	defer stop()
	if err := f.check(command); err != nil {
		return err
	}
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return cause(ctx, err)
	}
	accounts, err := l.chosen(f.accounts)
	if err != nil {
		return err
	}
	if err := f.checkLoaded(l); err != nil {
		return err
	}
	if !cmd.Flags().Changed("max-deletes") {
		f.maxDeletes = l.MaxDeletes
	}
	roles := assumed(accounts)
	switch {
	case f.caller && len(roles) == 0:
		a.say("No account is reached with assume_role: the caller needs the policy of the account, and nothing besides.")
		return a.print([]byte(privilege.Caller(nil).Indent() + "\n"))
	case f.caller:
		return a.print([]byte(privilege.Caller(roles).Indent() + "\n"))
	case f.asJSON:
		return a.printPolicies(l, f, command, accounts)
	case len(accounts) == 0:
		return fmt.Errorf("the configuration declares no account")
	case len(accounts) > 1:
		var names []string
		for _, account := range accounts {
			names = append(names, account.Name)
		}
		return fmt.Errorf("each account has a policy of its own, and there are %d: %s\n\nName one with -account, or print all with -json", len(accounts), strings.Join(names, ", "))
	}
	d := a.policyOf(l, f, command, accounts[0])
	if len(roles) > 0 {
		a.say("This policy is for %s, which account %s is reached with. The caller needs sts:AssumeRole on it: -caller prints that policy.",
			visible.Line(roles[0]), accounts[0].Name)
	}
	return a.print([]byte(d.Indent() + "\n"))
}

// check refuses flags that the command does not have.
func (f *policyFlags) check(command string) error {
	switch {
	case command == "transfer" && (f.from == "" || f.to == ""):
		return fmt.Errorf("the policy of a transfer needs both stacks: trustctl iam-policy transfer -from=STACK -to=STACK")
	case command != "transfer" && f.from+f.to != "":
		return fmt.Errorf("-from and -to are for iam-policy transfer")
	case f.destroy && (command == "transfer" || command == "snapshot"):
		return fmt.Errorf("%s has no -destroy", command)
	case f.maxDeletes < 0:
		return fmt.Errorf("-max-deletes is %d, and must not be negative", f.maxDeletes)
	}
	return nil
}

// checkLoaded refuses stacks that have nothing to do with the configuration,
// and a prefix that stands for no role: they say something else than their
// writer means.
func (f *policyFlags) checkLoaded(l *loaded) error {
	if f.from != "" {
		if err := checkTransfer(f.from, f.to, l.Stack); err != nil {
			return err
		}
	}
	for _, prefix := range f.prefixes {
		if !strings.HasPrefix(prefix, "/") {
			return fmt.Errorf("-role-prefix is %q, and a role's path begins with /", prefix)
		}
		if !slices.ContainsFunc(l.State.Roles, func(r trust.Role) bool { return privilege.Covers(prefix, r) }) {
			return fmt.Errorf("-role-prefix is %q, and no declared role's path and name begin so", prefix)
		}
	}
	return nil
}

// policyOf is an account's policy. One that IAM would not take is printed all
// the same, and said to be too long.
func (a *app) policyOf(l *loaded, f *policyFlags, command string, account spec.Account) policy.Document {
	o := privilege.Options{
		Stack: cmp.Or(f.from, l.Stack), To: f.to, Account: account.Account, Desired: l.State, MaxDeletes: f.maxDeletes,
		Writes: command == "apply" || command == "destroy", Destroy: f.destroy || command == "destroy" || command == "snapshot", Prefixes: f.prefixes,
	}
	for _, i := range l.Issuers {
		o.Issuers = append(o.Issuers, i.URL)
	}
	d := privilege.Policy(o)
	if size := policy.Size(d.String()); size > privilege.Quota {
		a.warn("The policy of account %s has %d characters, and IAM takes %d in a managed policy\n\n"+
			"Each role is named in it. Give the roles a path or a beginning of their names in common, and say with -role-prefix that it stands for them, as in -role-prefix=/pulumi/.",
			account.Name, size, privilege.Quota)
	}
	return d
}

// policiesJSON is what iam-policy -json prints.
type policiesJSON struct {
	FormatVersion string                       `json:"format_version"`
	Command       string                       `json:"command"` // as in policyCommands
	Destroy       bool                         `json:"destroy"`
	Stack         string                       `json:"stack"`
	Accounts      map[string]accountPolicyJSON `json:"accounts"` // by id
	Caller        *policy.Document             `json:"caller,omitempty"`
}

type accountPolicyJSON struct {
	Name       string          `json:"name"`
	AssumeRole string          `json:"assume_role,omitempty"` // the role that has the policy, where one is assumed
	Size       int             `json:"size"`                  // in characters as IAM counts them
	Policy     policy.Document `json:"policy"`
}

func (a *app) printPolicies(l *loaded, f *policyFlags, command string, accounts []spec.Account) error {
	out := policiesJSON{FormatVersion: "1.0", Command: command, Destroy: f.destroy || command == "destroy", Stack: l.Stack, Accounts: map[string]accountPolicyJSON{}}
	for _, account := range accounts {
		d := a.policyOf(l, f, command, account)
		one := accountPolicyJSON{Name: account.Name, Size: policy.Size(d.String()), Policy: d}
		if account.AssumeRole != nil {
			one.AssumeRole = account.AssumeRole.RoleARN
		}
		out.Accounts[string(account.ID)] = one
	}
	if roles := assumed(accounts); len(roles) > 0 {
		caller := privilege.Caller(roles)
		out.Caller = &caller
	}
	return a.printJSON(out, "  ")
}

// assumed are the roles that the accounts are reached with.
func assumed(accounts []spec.Account) []string {
	var roles []string
	for _, account := range accounts {
		if account.AssumeRole != nil {
			roles = append(roles, account.AssumeRole.RoleARN)
		}
	}
	return roles
}

// chosen are the accounts of -account, or all.
func (l *loaded) chosen(words []string) ([]spec.Account, error) {
	if len(words) == 0 {
		return l.Accounts, nil
	}
	var all []spec.Account
	for _, word := range words {
		id, err := l.account(word)
		if err != nil {
			return nil, fmt.Errorf("-account: %w", err)
		}
		i := slices.IndexFunc(l.Accounts, func(a spec.Account) bool { return a.ID == id })
		if !slices.ContainsFunc(all, func(a spec.Account) bool { return a.ID == id }) {
			all = append(all, l.Accounts[i])
		}
	}
	return all, nil
}
