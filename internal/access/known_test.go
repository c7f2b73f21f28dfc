package access_test

import (
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
)

const provider = "arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"

var pulumi = access.Issuer{Host: "api.pulumi.com/oidc", Provider: provider}

// allowing is a statement that admits tokens of Pulumi Cloud.
func allowing(conditions ...policy.Condition) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: provider}},
		Actions: []string{access.Action}, Conditions: conditions}
}

// TestHostilePoliciesAreDecidedOrGivenUp holds the cases of the benchmark to a
// time that no machine should need.
func TestHostilePoliciesAreDecidedOrGivenUp(t *testing.T) {
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			d := access.Compare(c.before, c.after, access.Options{Issuer: pulumi})
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v", took)
			}
			t.Logf("%s in %v", d.Relation, time.Since(start))
			if d.Relation == access.Unknown && len(d.Gained.Open)+len(d.Lost.Open) == 0 {
				t.Error("undecided, and no reason is given")
			}
		})
	}
}
