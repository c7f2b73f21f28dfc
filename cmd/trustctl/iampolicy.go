package main

import (
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
	destroy, caller, asJSON bool
}

func (a *app) policyCommand() *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use:   "iam-policy plan|apply",
		Short: "Print the smallest IAM policy that a command needs",
		Long: "Print the smallest IAM identity policy with which plan, or apply, works with this\n" +
			"configuration: give it to whoever runs trustctl in the account, or to the role of\n" +
			"assume_role. No account is read. Each account has a policy of its own: of several\n" +
			"name one with -account, or print all with -json.",
		Example:   "  trustctl iam-policy apply > policy.json",
		ValidArgs: []string{"plan", "apply"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] != "plan" && args[0] != "apply" {
				return fmt.Errorf("iam-policy takes the command that the policy is for: plan or apply")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.iamPolicy(cmd, &f, args[0]) },
	}
	f.register(cmd, true)
	fs := cmd.Flags()
	fs.StringSliceVar(&f.accounts, "account", nil, "print the policy of `ACCOUNT`, a declared name or an id; may be repeated, with -json")
	fs.BoolVar(&f.destroy, "destroy", false, "for plan -destroy, or for destroy")
	fs.StringArrayVar(&f.prefixes, "role-prefix", nil, "let `PREFIX` stand for the declared roles whose path and name begin with it, as /pulumi/ or /esc-acme--; may be repeated")
	fs.BoolVar(&f.caller, "caller", false, "print what is needed to reach the accounts instead: sts:AssumeRole on the roles of assume_role")
	fs.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) iamPolicy(cmd *cobra.Command, f *policyFlags, command string) error {
	ctx, stop := a.interruptible(cmd.Context())
	defer stop()
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return cause(ctx, err)
	}
	accounts, err := l.chosen(f.accounts)
	if err != nil {
		return err
	}
	if err := f.check(l); err != nil {
		return err
	}
	caller, assumes := privilege.Caller(assumed(accounts))
	switch {
	case f.caller && !assumes:
		return fmt.Errorf("no account is reached with assume_role, so the caller needs nothing but the policy of the account")
	case f.caller:
		return a.print([]byte(caller.Indent() + "\n"))
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
	d := a.policyOf(l, f, command == "apply", accounts[0])
	if assumes {
		a.say("This policy is for %s, which account %s is reached with. The caller needs sts:AssumeRole on it: -caller prints that policy.",
			visible.Line(accounts[0].AssumeRole.RoleARN), accounts[0].Name)
	}
	return a.print([]byte(d.Indent() + "\n"))
}

// check refuses a prefix that stands for no role, which says something else
// than its writer means.
func (f *policyFlags) check(l *loaded) error {
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
func (a *app) policyOf(l *loaded, f *policyFlags, writes bool, account spec.Account) policy.Document {
	o := privilege.Options{
		Stack: l.Stack, Account: account.Account, Desired: l.State, MaxDeletes: l.MaxDeletes,
		Writes: writes, Destroy: f.destroy, Prefixes: f.prefixes,
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
	Command       string                       `json:"command"` // plan or apply
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
	out := policiesJSON{FormatVersion: "1.0", Command: command, Destroy: f.destroy, Stack: l.Stack, Accounts: map[string]accountPolicyJSON{}}
	for _, account := range accounts {
		d := a.policyOf(l, f, command == "apply", account)
		one := accountPolicyJSON{Name: account.Name, Size: policy.Size(d.String()), Policy: d}
		if account.AssumeRole != nil {
			one.AssumeRole = account.AssumeRole.RoleARN
		}
		out.Accounts[string(account.ID)] = one
	}
	if caller, ok := privilege.Caller(assumed(accounts)); ok {
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
