package endtoend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestANoOpPlanOfAThousandRolesTakesTwelveCallsAtMost(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes a thousand roles")
	}
	const roles = 1000
	w := newWorld(t, sandbox.Options{})
	w.configure(fmt.Sprintf(`
trustctl {
  stack = "bulk"
}
account "prod" {
  id = %q
}
org "acme" {
  account = account.prod
  environment "each" {
    for_each = toset([for i in range(%d) : tostring(i)])
    name     = "bulk/env-${each.key}"
    role {
      inline_policies = { read = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${each.key}/*" }] }) }
    }
  }
}
`, prod, roles))
	r := w.compute()
	if seen := r.apply().counts(); seen["CreateRole"] != roles {
		t.Fatalf("%d roles were made, want %d: the test tests nothing", seen["CreateRole"], roles)
	}

	w.server.ResetCounts()
	next := w.computeFor(r.config)
	if next.plan.Pending() || len(next.plan.Changes) < 2*roles {
		t.Fatalf("the plan is not empty, or not whole:\n%.2000s", next.text())
	}
	total := 0
	for action, n := range w.server.Counts() {
		if action != "GetCallerIdentity" { // STS
			total += n
		}
	}
	if total > 12 || total == 0 {
		t.Errorf("planning took %d IAM calls, want 12 at most: %v", total, w.server.Counts())
	}
	if !strings.Contains(next.text(), fmt.Sprintf("Reads: %d calls.", total+1)) {
		t.Errorf("the plan does not tell of %d reads:\n%s", total+1, next.text())
	}
}
