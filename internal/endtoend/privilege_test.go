package endtoend_test

import (
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/privilege"
	"github.com/trustctl/trustctl/internal/spec"
)

// mostNamed is how many roles a policy may name for the sandbox to enforce it
// here: it reads the whole policy at every call, and a world of thousands is
// for other things.
const mostNamed = 100

// policyFor is what iam-policy prints for an account.
func policyFor(config *spec.Config, account spec.Account, o plan.Options, writes bool) policy.Document {
	return privilege.Policy(privilege.Options{
		Stack: o.Stack, Account: account.Account, Desired: config.State, Issuers: o.Issuers,
		MaxDeletes: o.MaxDeletes, Destroy: o.Mode == plan.ModeDestroy, To: o.To, Writes: writes,
	})
}

// command is what iam-policy is given for that policy.
func command(o plan.Options, writes bool) string {
	switch {
	case o.Mode == plan.ModeTransfer:
		return "transfer"
	case o.Mode == plan.ModeDestroy && writes:
		return "destroy"
	case o.Mode == plan.ModeDestroy:
		return "plan -destroy"
	case writes:
		return "apply"
	}
	return "plan"
}

// under does something while the callers of every account may do no more than
// the policy says that is printed for it. Within another it changes nothing:
// an apply plans under its own policy.
func (w *world) under(config *spec.Config, o plan.Options, writes bool, do func()) {
	w.t.Helper()
	if w.server == nil || w.held || len(config.State.Roles) > mostNamed { // nil: it is another process's
		do()
		return
	}
	w.held = true
	for _, account := range config.Accounts {
		d := policyFor(config, account, o, writes)
		if w.narrow != nil {
			d = w.narrow(command(o, writes), d)
		}
		check(w.t, w.server.SetPolicy(string(account.ID), d.String()))
	}
	defer func() {
		w.held = false
		for _, account := range config.Accounts {
			check(w.t, w.server.SetPolicy(string(account.ID), ""))
		}
	}()
	do()
}
