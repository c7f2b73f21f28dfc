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
	p := privilege.Options{
		Stack: config.Stack, Account: account.Account, Desired: config.State, Issuers: o.Issuers,
		MaxDeletes: o.MaxDeletes, Destroy: o.Mode == plan.ModeDestroy, Writes: writes,
	}
	return privilege.Policy(p)
}

// under does something while the callers of every account may do no more than
// the policy says that is printed for it.
func (w *world) under(config *spec.Config, o plan.Options, writes bool, do func()) {
	w.t.Helper()
	if w.server == nil || o.Mode == plan.ModeTransfer || len(config.State.Roles) > mostNamed { // nil: it is another process's; for a transfer no policy is printed
		do()
		return
	}
	for _, account := range config.Accounts {
		d := policyFor(config, account, o, writes)
		if w.narrow != nil {
			d = w.narrow(d)
		}
		check(w.t, w.server.SetPolicy(string(account.ID), d.String()))
	}
	defer func() {
		for _, account := range config.Accounts {
			check(w.t, w.server.SetPolicy(string(account.ID), ""))
		}
	}()
	do()
}
