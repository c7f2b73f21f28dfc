package lint

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestAnAcceptedFindingIsAnInfoWithItsReason(t *testing.T) {
	in, _ := declared(t)
	in.State.Roles[0].Trust = trusting(t, "aws:acme", own, "pulumi:environments:org:acme:env:<yaml>")
	pos := trust.Pos{File: "a.trust.hcl", Line: 9, Column: 5}
	in.Accepts = []Accept{{Code: yamlSubject, Environment: "acme/payments/prod", Reason: "old stacks", Pos: pos}}
	findings := Config(in)
	if len(findings) != 1 {
		t.Fatalf("found:\n%s", show(t, findings))
	}
	f := findings[0]
	if f.Severity != Info {
		t.Errorf("an accepted finding is of severity %s", f.Severity)
	}
	if diff := cmp.Diff(&Accepted{Reason: "old stacks", Severity: Warning, Pos: pos}, f.Accepted); diff != "" {
		t.Errorf("accepted (-want +got):\n%s", diff)
	}
	if r := NewReport(findings); r.Warnings != 0 || r.Infos != 1 || r.Accepted != 1 {
		t.Errorf("counted %+v", r)
	}
}

func TestAnAcceptBlockWithoutAFindingIsFound(t *testing.T) {
	accept := func(code, environment string) Accept {
		return Accept{Code: code, Environment: environment, Reason: "r", Pos: trust.Pos{File: "a.trust.hcl", Line: 7, Column: 3}}
	}
	tests := []struct {
		name   string
		accept Accept
		live   bool // the accounts were read
		want   []string
	}{
		{"of a rule that finds nothing", accept(yamlSubject, "acme/payments/prod"), false, []string{unusedAccept}},
		{"of another environment", accept(yamlSubject, "acme/payments/other"), false, []string{unusedAccept}},
		{"of no rule", accept("TRUST999", "acme/payments/prod"), false, []string{unusedAccept}},
		{"of itself", accept(unusedAccept, "acme/payments/prod"), false, []string{unusedAccept}},
		{"of a rule that had nothing to compare with", accept(newOrg, "acme/payments/prod"), false, nil},
		{"of a rule that had", accept(newOrg, "acme/payments/prod"), true, []string{unusedAccept}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, _ := declared(t)
			in.Accepts = []Accept{tt.accept}
			if !tt.live {
				in.Current = nil
			}
			findings := Config(in)
			if diff := cmp.Diff(tt.want, codes(findings)); diff != "" {
				t.Fatalf("codes (-want +got):\n%s", diff)
			}
			if tt.want != nil && findings[0].Pos != tt.accept.Pos {
				t.Errorf("it is found at %v", findings[0].Pos)
			}
		})
	}
}

func TestAnyEnvironmentOfANewOrganizationCanAcceptIt(t *testing.T) {
	in, now := declared(t)
	now.Providers[0].ClientIDs = nil
	second := in.State.Roles[0]
	second.Name, second.Environment = "role2", "acme/payments/staging"
	second.Trust = trusting(t, "aws:acme", "pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/staging")
	in.State.Roles = append(in.State.Roles, second)
	in.Accepts = []Accept{{Code: newOrg, Environment: "acme/payments/staging", Reason: "r"}}
	findings := Config(in)
	if diff := cmp.Diff([]string{newOrg}, codes(findings)); diff != "" {
		t.Fatalf("codes (-want +got):\n%s\n%s", diff, show(t, findings))
	}
	if findings[0].Accepted == nil {
		t.Error("it is not accepted")
	}
}

func TestFindingsStandWhereTheSubjectStands(t *testing.T) {
	in, _ := declared(t)
	wide := "pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/prod*"
	in.State.Roles[0].Trust = trusting(t, "aws:acme", own, wide)
	in.State.Roles[0].Source["sub:"+wide] = trust.Pos{File: "a.trust.hcl", Line: 5, Column: 7}
	lines := map[string]int{}
	for _, f := range Config(in) {
		lines[f.Code] = f.Pos.Line
	}
	if diff := cmp.Diff(map[string]int{insideName: 5, shadowed: 4}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestFindingsAreTheSameInWhateverOrderRolesCome(t *testing.T) {
	in, _ := many(t, 30)
	report := func() []byte {
		text, err := NewReport(Config(in)).JSON()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	want := report()
	if !bytes.Equal(want, report()) {
		t.Error("the second look says something else")
	}
	slices.Reverse(in.State.Roles)
	if got := report(); !bytes.Equal(want, got) {
		t.Errorf("in another order (-want +got):\n%s", cmp.Diff(string(want), string(got)))
	}
	var back Report
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Findings) == 0 || back.FormatVersion != FormatVersion {
		t.Errorf("read back: %+v", back)
	}
}
