package plan

import (
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestOverlapKeepsSubjectsAndNothingElse(t *testing.T) {
	d := role(one, "payments/prod")
	d.Lifecycle.Overlap = true
	l := live(role(one, "payments/prod"))
	l.Trust = admits(one, "aws:acme", "old")
	loose := admits(one, "acme").Statements[0]
	loose.Conditions = nil // neither audience nor subject
	audience := admits(one, "acme").Statements[0]
	audience.Conditions = audience.Conditions[:1] // no subject
	everybody := policy.Statement{Effect: policy.Allow, Principals: []policy.Principal{{Type: "AWS", Value: "*"}}, Actions: []string{"sts:AssumeRole"}}
	l.Trust.Statements = append(l.Trust.Statements, loose, audience, everybody)

	p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{d}}, trust.State{Accounts: accounts(one), Roles: []trust.Role{l}}, options())
	after := p.Changes[0].After.Role.Trust
	want := admits(one, "aws:acme", "old", d.Trust.Statements[0].Conditions[1].Values[0])
	if !after.Equal(want) {
		t.Errorf("kept %s, want %s", after, want)
	}
}

func TestAReplacementRestsOnWhatIsDeclaredAlone(t *testing.T) {
	for name, edit := range map[string]func(d, l *trust.Role){
		"permissions_boundary": func(d, l *trust.Role) {
			d.KeepBoundary, l.Boundary = true, "arn:aws:iam::aws:policy/B"
		},
		"managed_policies": func(d, l *trust.Role) {
			d.Lifecycle.IgnoreChanges, l.Managed = []string{"managed_policies"}, []trust.ARN{"arn:aws:iam::aws:policy/One"}
		},
		"trust": func(d, l *trust.Role) {
			d.Lifecycle.Overlap, l.Trust = true, admits(one, "aws:acme", "old")
		},
		"": func(d, l *trust.Role) { d.KeepBoundary = true }, // nothing live to keep
	} {
		t.Run(name, func(t *testing.T) {
			d, l := role(one, "payments/prod"), live(role(one, "payments/prod"))
			d.Path = "/elsewhere/"
			edit(&d, &l)
			p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{d}}, trust.State{Accounts: accounts(one), Roles: []trust.Role{l}}, options())
			if p.Changes[0].Action != Replace {
				t.Fatalf("the action is %s", p.Changes[0].Action)
			}
			if refused := p.Changes[0].Refused != ""; refused != (name != "") {
				t.Errorf("refused %v: %+v", refused, p.Problems)
			}
			if name != "" && !strings.Contains(p.Problems[0].Detail, name) && !strings.Contains(p.Problems[len(p.Problems)-1].Detail, name) {
				t.Errorf("the problems do not name %s: %+v", name, p.Problems)
			}
		})
	}
}
