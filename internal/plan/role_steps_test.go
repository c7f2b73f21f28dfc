package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// guarded allows and denies in one document.
func guarded() policy.Document {
	d := may(policy.Allow, "s3:*")
	d.Statements = append(d.Statements, may(policy.Deny, "s3:DeleteBucket").Statements...)
	return d
}

func TestWhatTakesRightsAwayComesBeforeWhatGivesThem(t *testing.T) {
	wider := func(r *trust.Role) { r.Trust = admits(one, "aws:acme", "a", "b", "c") }
	narrower := func(r *trust.Role) { r.Trust = admits(one, "aws:acme", "a") }
	others := func(r *trust.Role) { r.Trust = admits(one, "aws:acme", "a", "z") }
	const boundary, another = "arn:aws:iam::111111111111:policy/one", "arn:aws:iam::111111111111:policy/two"
	inline := func(name string, d policy.Document) func(*trust.Role) {
		return func(r *trust.Role) {
			if r.Inline == nil {
				r.Inline = map[string]policy.Document{}
			}
			r.Inline[name] = d
		}
	}
	bound := func(arn trust.ARN) func(*trust.Role) { return func(r *trust.Role) { r.Boundary = arn } }
	type edits []func(*trust.Role)
	tests := []struct {
		name          string
		before, after edits
		want          string
	}{
		{"a guard under a new name: the new Deny comes before the old one goes",
			edits{inline("a-guard", may(policy.Deny, "s3:DeleteBucket"))}, edits{inline("b-guard", may(policy.Deny, "s3:DeleteBucket"))},
			"PutRolePolicy b-guard, DeleteRolePolicy a-guard"},
		{"what it guarded goes before the guard",
			edits{inline("a-guard", may(policy.Deny, "s3:DeleteBucket")), inline("z-allow", may(policy.Allow, "s3:*"))}, nil,
			"DeleteRolePolicy z-allow, DeleteRolePolicy a-guard"},
		{"a policy narrows before subjects come",
			edits{inline("p", may(policy.Allow, "s3:*"))}, edits{wider, inline("p", may(policy.Allow, "s3:GetObject"))},
			"PutRolePolicy p, UpdateAssumeRolePolicy"},
		{"subjects go before a policy widens",
			edits{inline("p", may(policy.Allow, "s3:GetObject"))}, edits{narrower, inline("p", may(policy.Allow, "s3:*"))},
			"UpdateAssumeRolePolicy, PutRolePolicy p"},
		{"a policy becomes another before subjects come",
			edits{inline("p", may(policy.Allow, "s3:*"))}, edits{wider, inline("p", may(policy.Allow, "sqs:*"))},
			"PutRolePolicy p, UpdateAssumeRolePolicy"},
		{"a policy becomes another after subjects go",
			edits{inline("p", may(policy.Allow, "s3:*"))}, edits{narrower, inline("p", may(policy.Allow, "sqs:*"))},
			"UpdateAssumeRolePolicy, PutRolePolicy p"},
		{"a boundary comes before everything", edits{}, edits{others, bound(boundary), inline("p", may(policy.Allow, "sqs:*"))},
			"PutRolePermissionsBoundary " + boundary + ", UpdateAssumeRolePolicy, PutRolePolicy p"},
		{"a boundary goes after everything", edits{bound(boundary)}, edits{others, inline("p", may(policy.Allow, "sqs:*"))},
			"UpdateAssumeRolePolicy, PutRolePolicy p, DeleteRolePermissionsBoundary"},
		{"a boundary changes before subjects come", edits{bound(boundary)}, edits{wider, bound(another)},
			"PutRolePermissionsBoundary " + another + ", UpdateAssumeRolePolicy"},
		{"a boundary changes after subjects go", edits{bound(boundary)}, edits{narrower, bound(another)},
			"UpdateAssumeRolePolicy, PutRolePermissionsBoundary " + another},
		{"what allows and denies goes before subjects come", edits{inline("m", guarded())}, edits{wider},
			"DeleteRolePolicy m, UpdateAssumeRolePolicy"},
		{"what allows and denies goes after subjects go", edits{inline("m", guarded())}, edits{narrower},
			"UpdateAssumeRolePolicy, DeleteRolePolicy m"},
		{"a Deny is lifted last", edits{inline("d", may(policy.Deny, "s3:*"))}, edits{inline("d", may(policy.Deny, "s3:GetObject")), inline("n", may(policy.Allow, "sqs:*"))},
			"PutRolePolicy n, PutRolePolicy d"},
		{"an old Deny makes room where both do not fit",
			edits{inline("d", may(policy.Deny, "s3:"+strings.Repeat("x", 6000)))}, edits{inline("n", may(policy.Allow, "s3:"+strings.Repeat("y", 6000)))},
			"DeleteRolePolicy d, PutRolePolicy n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			was, will := role(one, "payments/prod"), role(one, "payments/prod")
			was.Trust = admits(one, "aws:acme", "a", "b")
			will.Trust = was.Trust
			for _, edit := range tt.before {
				edit(&was)
			}
			for _, edit := range tt.after {
				edit(&will)
			}
			p := Compute(
				trust.State{Accounts: accounts(one), Roles: []trust.Role{will}},
				trust.State{Accounts: accounts(one), Roles: []trust.Role{live(was)}}, options())
			if diff := cmp.Diff(tt.want, strings.Join(calls(p.Changes[0].Steps()), ", ")); diff != "" {
				t.Errorf("the calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeletedRoleLosesItsDenyLast(t *testing.T) {
	r := role(one, "payments/prod")
	r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/One"}
	r.Inline = map[string]policy.Document{"a-guard": may(policy.Deny, "s3:*"), "b": guarded(), "z": may(policy.Allow, "s3:*")}
	want := "DetachRolePolicy arn:aws:iam::aws:policy/One, DeleteRolePolicy z, DeleteRolePolicy b, DeleteRolePolicy a-guard, DeleteRole"
	if diff := cmp.Diff(want, strings.Join(calls(deleteRole(&r)), ", ")); diff != "" {
		t.Errorf("the calls (-want +got):\n%s", diff)
	}
}

// A role that loses a policy and lets somebody in through a provider that does
// not come about must lose the policy all the same.
func TestWhatARoleLosesDoesNotWaitForItsProvider(t *testing.T) {
	was, will := role(one, "payments/prod"), role(one, "payments/prod")
	was.Managed = []trust.ARN{"arn:aws:iam::aws:policy/AdministratorAccess"}
	was.Trust, will.Trust = admits(one, "aws:acme", "a"), admits(one, "aws:acme", "a", "b")
	p := Compute(
		trust.State{Accounts: accounts(one), Roles: []trust.Role{will}, Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")}},
		trust.State{Accounts: accounts(one), Roles: []trust.Role{live(was)}, Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}, options())
	tasks := p.Schedule()
	if len(tasks) != 3 || tasks[1].Stage != StageRevoke || tasks[2].Stage != StageRole {
		t.Fatalf("the tasks are %+v", tasks)
	}
	if diff := cmp.Diff([]string{"DetachRolePolicy arn:aws:iam::aws:policy/AdministratorAccess"}, calls(tasks[1].Steps)); diff != "" || len(tasks[1].Needs) > 0 {
		t.Errorf("what it loses waits for %v:\n%s", tasks[1].Needs, diff)
	}
	if diff := cmp.Diff([]int{0, 1}, tasks[2].Needs); diff != "" {
		t.Errorf("the rest waits for (-want +got):\n%s", diff)
	}
}
