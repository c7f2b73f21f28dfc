package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// detail is that of the one problem with a summary.
func detail(t *testing.T, p *Plan, summary string) string {
	t.Helper()
	var found []string
	for _, problem := range p.Problems {
		if problem.Summary == summary {
			found = append(found, problem.Detail)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d problems %q among %+v", len(found), summary, p.Problems)
	}
	return found[0]
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in\n%s", word, text)
		}
	}
}

func roles(all ...trust.Role) trust.State { return trust.State{Accounts: accounts(one), Roles: all} }

func TestAdoptionNamesWhatItTakesAway(t *testing.T) {
	const read, admin = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"
	d := role(one, "payments/prod")
	d.Lifecycle.Adopt = true
	d.Managed = []trust.ARN{read}
	d.Inline = map[string]policy.Document{"logs": may(policy.Allow, "logs:PutLogEvents")}
	there := live(d)
	there.Tags = map[string]string{"team": "x"}
	there.Managed = []trust.ARN{admin, read}
	there.Inline = map[string]policy.Document{"logs": may(policy.Allow, "logs:*"), "old": may(policy.Allow, "s3:*")}
	there.InstanceProfiles = []string{"web"}
	there.Trust.Statements = append([]policy.Statement{
		{Effect: policy.Allow, Principals: []policy.Principal{{Type: "Service", Value: "ec2.amazonaws.com"}}, Actions: []string{"sts:AssumeRole"}},
	}, admits(one, "aws:acme", "pulumi:environments:old").Statements...)

	p := Compute(roles(d), roles(there), options())
	got := detail(t, p, "An adopted role is in use as it is")
	contains(t, got, "principal Service: ec2.amazonaws.com", `subject "pulumi:environments:old"`, "managed policy "+admin, "inline policies logs, old", "instance profile web")
	if strings.Contains(got, read) {
		t.Errorf("what stays is named: %s", got)
	}

	there.Managed, there.Inline, there.Trust, there.InstanceProfiles = d.Managed, d.Inline, d.Trust, nil
	if p := Compute(roles(d), roles(there), options()); len(p.Problems) > 0 {
		t.Errorf("nothing is taken away, and the plan says %+v", p.Problems)
	}
}

func TestARenamedEnvironmentKeepsItsRoleAndNamesItsOldPlace(t *testing.T) {
	d := role(one, "payments/production")
	d.Name = "payments"
	d.Tags[trust.TagRole] = "payments"
	there := live(d)
	there.Tags[trust.TagEnvironment] = "acme/payments/prod"

	p := Compute(roles(d), roles(there), options())
	ch := p.Changes[0]
	if ch.Action != Update || ch.Previous != prodRole || ch.Resource != `aws_iam_role.acme["payments/production"]` || ch.ChangesMore() {
		t.Errorf("%s %s, from %q, fields %+v", ch.Action, ch.Resource, ch.Previous, ch.Fields)
	}
	if diff := cmp.Diff([]string{"TagRole trustctl:environment=acme/payments/production"}, calls(ch.Steps())); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	// The old name is still declared, for another role: nothing has moved.
	p = Compute(roles(d, role(one, "payments/prod")), roles(there, live(role(one, "payments/prod"))), options())
	for _, ch := range p.Changes {
		if ch.Previous != "" {
			t.Errorf("%s has moved from %s, which is declared", ch.Resource, ch.Previous)
		}
	}
}

func TestARenamedEnvironmentThatWouldGetANewRoleIsHintedAt(t *testing.T) {
	const hint = "Was an environment renamed?"
	with := func(name string, arn trust.ARN) trust.Role {
		r := role(one, name)
		r.Managed = []trust.ARN{arn}
		return r
	}
	p := Compute(roles(with("payments/production", "arn:x"), with("web/new", "arn:z")), roles(live(with("payments/prod", "arn:x")), live(with("web/old", "arn:y"))), options())
	contains(t, detail(t, p, hint), `role { name = "esc-acme--payments--prod" }`, "acme/payments/prod", "acme/payments/production")

	pinned := with("payments/production", "arn:x")
	pinned.Trust = admits(one, "aws:acme", "pulumi:environments:org:acme:env:payments/production", "pulumi:environments:org:acme:env:payments/more")
	for name, tt := range map[string]struct{ desired, live trust.State }{
		"they share neither project nor name": {roles(with("billing/live", "arn:x")), roles(live(with("payments/prod", "arn:x")))},
		"others get in as well":               {roles(pinned), roles(live(with("payments/prod", "arn:x")))},
		"its role was given another name": {roles(func() trust.Role {
			r := with("payments/prod", "arn:x")
			r.Name, r.Tags[trust.TagRole] = "other", "other"
			return r
		}()), roles(live(with("payments/prod", "arn:x")))},
		"there are two to choose from": {roles(with("payments/production", "arn:x")), roles(live(with("payments/prod", "arn:x")), live(with("web/prod", "arn:x")))},
		"it may do something else":     {roles(with("payments/production", "arn:x")), roles(live(with("payments/prod", "arn:y")))},
	} {
		for _, problem := range Compute(tt.desired, tt.live, options()).Problems {
			if problem.Summary == hint {
				t.Errorf("%s: %s", name, problem.Detail)
			}
		}
	}
}

func TestAnotherConfigurationWithTheStacksNameIsToldByItsEnvironments(t *testing.T) {
	const question = "Another configuration with this stack's name?"
	other := []trust.Role{live(role(one, "web/a")), live(role(one, "web/b"))}
	other[0].Managed = []trust.ARN{"arn:x"}
	p := Compute(roles(role(one, "payments/prod"), role(one, "payments/dev")), roles(other...), options())
	contains(t, detail(t, p, question), "acme/web/a, acme/web/b", `stack "acme-platform"`)

	kept := append(other, live(role(one, "payments/dev")))
	for _, problem := range Compute(roles(role(one, "payments/prod"), role(one, "payments/dev")), roles(kept...), options()).Problems {
		if problem.Summary == question {
			t.Errorf("a role of this configuration is there: %s", problem.Detail)
		}
	}
}

func TestAFileOfAnotherStackIsNamed(t *testing.T) {
	theirsFile := file(one, "payments/prod", "x")
	theirsFile.Stack, theirsFile.Foreign = theirs, true
	p := Compute(trust.State{Accounts: accounts(one), Files: []trust.EnvironmentFile{file(one, "payments/prod", "y")}},
		trust.State{Accounts: accounts(one), Files: []trust.EnvironmentFile{theirsFile}}, options())
	contains(t, detail(t, p, "The file is not ours"), `belongs to stack "beta-platform"`)
}

func TestAPlanThatIsHeldUpNamesEnvironments(t *testing.T) {
	o := options()
	o.MaxDeletes = 0
	p := Compute(roles(), roles(live(role(one, "web/a"))), o)
	contains(t, detail(t, p, "Too many deletions"), "esc-acme--web--a of acme/web/a")
}

func TestASavedPlanCannotInventAMove(t *testing.T) {
	p := Compute(roles(with(role(one, "payments/prod"), func(r *trust.Role) { r.Description = "x" })), roles(live(role(one, "payments/prod"))), options())
	p.Changes[0].Previous = `aws_iam_role.acme["web/prod"]`
	text, _, err := Encode(p, Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Decode(text); err == nil {
		t.Error("it is read")
	}
}
