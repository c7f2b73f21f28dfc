package endtoend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// twoAccounts is an environment in each of two accounts.
const twoAccounts = `
trustctl {
  stack = "two"
}
account "prod" {
  id = "` + prod + `"
}
account "dev" {
  id = "` + dev + `"
}
org "acme" {
  environment "web/prod" {
    account = account.prod
    role { description = %q }
  }
  environment "web/dev" {
    account = account.dev
    role { description = %[1]q }
  }
}
`

func TestAnAccountThatRefusesDoesNotSpoilTheOthersPlan(t *testing.T) {
	for _, action := range []string{"GetCallerIdentity", "ListRoles", "GetAccountAuthorizationDetails", "GetOpenIDConnectProvider"} {
		t.Run(action, func(t *testing.T) {
			w := newWorld(t, sandbox.Options{})
			w.configure(fmt.Sprintf(twoAccounts, "before"))
			w.apply()
			refusing := false
			w.wire.refuse = func(c call) bool { return refusing && c.account == dev && c.action == action }

			refusing = true
			// What is gone from the configuration stays in an account that was not read.
			w.configure(strings.ReplaceAll(fmt.Sprintf(twoAccounts, "after"), `"web/dev"`, `"web/moved"`))
			r := w.compute()
			if !r.plan.Errored() || !r.plan.Pending() {
				t.Errorf("errored %v, pending %v, want both: exit code 1, and a plan", r.plan.Errored(), r.plan.Pending())
			}
			for _, ch := range r.plan.Changes {
				if ch.Address.Account == dev || strings.HasPrefix(ch.Address.Name, "acme/web/dev") || strings.HasPrefix(ch.Address.Name, "acme/web/moved") {
					if ch.Action != plan.NoOp {
						t.Errorf("%s is planned: %s", ch.Resource, ch.Action)
					}
				}
			}
			text := r.text()
			for _, part := range []string{
				`# aws_iam_role.acme["web/prod"] will be updated in-place`, "Error: Account not read\n",
				"dev (" + dev + ")", action + ": AccessDenied: not today", "\nPlan: 0 to add, 1 to change, 0 to destroy.", "The plan has errors",
			} {
				if !strings.Contains(text, part) {
					t.Errorf("the plan does not say %q:\n%s", part, text)
				}
			}

			refusing = false
			w.configure(fmt.Sprintf(twoAccounts, "after"))
			w.apply()
		})
	}
}
