package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// many are roles with twenty subjects each, some of which overlap.
func many(t testing.TB, n int) (Input, []trust.Role) {
	in := Input{
		Stack: "stack", Issuers: []Issuer{{Name: "pulumi", URL: issuerV1}},
		State: trust.State{
			Accounts:  []trust.Account{{ID: account, Partition: "aws"}},
			Providers: []trust.OIDCProvider{{Account: account, ARN: arnV1, URL: issuerV1, ClientIDs: []string{"aws:acme"}}},
		},
	}
	for i := range n {
		var subjects []string
		for j := range 20 {
			subjects = append(subjects, fmt.Sprintf("pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:team%d/service-%d-*", i, j))
		}
		if i%10 == 3 {
			subjects[19] = fmt.Sprintf("pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:team%d/*-7-x", i-1)
		}
		in.State.Roles = append(in.State.Roles, trust.Role{Account: account, Path: "/", Name: fmt.Sprintf("role%04d", i), Trust: trusting(t, "aws:acme", subjects...), MaxSession: time.Hour})
	}
	return in, in.State.Roles
}

func TestTwoRolesThatShareASubjectAreFound(t *testing.T) {
	e := "pulumi:environments:org:acme:env:"
	tests := []struct {
		name string
		a, b policy.Document
		want bool
	}{
		{"the same text", trusting(t, "aws:acme", e+"a/b"), trusting(t, "aws:acme", e+"a/b"), true},
		{"the same text under two audiences", trusting(t, "aws:acme", e+"a/b"), trusting(t, "acme", e+"a/b"), false},
		{"a text in a pattern", trusting(t, "aws:acme", e+"a/b"), trusting(t, "aws:acme", e+"a/*"), true},
		{"a text in a pattern that begins elsewhere", trusting(t, "aws:acme", e+"a/b"), trusting(t, "aws:acme", "*/b"), true},
		{"two patterns that cross", trusting(t, "aws:acme", e+"a/x*"), trusting(t, "aws:acme", e+"*y"), true},
		{"two patterns that don't", trusting(t, "aws:acme", e+"a/x*"), trusting(t, "aws:acme", e+"b/*"), false},
	}
	for _, tt := range tests {
		for _, swap := range []bool{false, true} {
			a, b := tt.a, tt.b
			if swap {
				a, b = b, a
			}
			in := Input{Issuers: []Issuer{{URL: issuerV1}}, State: trust.State{Roles: []trust.Role{{Account: account, Name: "a", Trust: a}, {Account: account, Name: "b", Trust: b}}}}
			var found []Finding
			for _, f := range Live(in) {
				if f.Code == shared {
					found = append(found, f)
				}
			}
			if (len(found) == 1) != tt.want {
				t.Errorf("%s: found %v", tt.name, found)
			}
			if tt.want && len(found) == 1 {
				if found[0].Address.Name != "b" {
					t.Errorf("%s: found at %s", tt.name, found[0].Address.Name)
				}
				for _, d := range []policy.Document{a, b} {
					if r, ok := found[0].Proof.Request(); !ok || !policy.Evaluate(d, r).Allowed {
						t.Errorf("%s: the proof %s is not admitted by both", tt.name, found[0].Proof)
					}
				}
			}
		}
	}
}

func TestRolesOfTwoAccountsShareSubjectsToo(t *testing.T) {
	e := "pulumi:environments:org:acme:env:a/b"
	other := parse(t, strings.ReplaceAll(trusting(t, "aws:acme", e).String(), account, "210987654321"))
	in := Input{Issuers: []Issuer{{URL: issuerV1}}, State: trust.State{Roles: []trust.Role{{Account: account, Name: "a", Trust: trusting(t, "aws:acme", e)}, {Account: "210987654321", Name: "b", Trust: other}}}}
	if !slices.Contains(codes(Live(in)), shared) {
		t.Error("not found")
	}
}

// TestFourTimesTheRolesAreFourTimesTheWork holds the comparison of every two
// roles to what it allocates: role by role it would be sixteen times as much.
func TestFourTimesTheRolesAreFourTimesTheWork(t *testing.T) {
	work := func(n int) float64 {
		in, _ := many(t, n)
		return testing.AllocsPerRun(1, func() {
			l := newLinter(in)
			for i := range in.State.Roles {
				l.views = append(l.views, l.look(&in.State.Roles[i])...)
			}
			if l.overlaps(); len(l.findings) != n/10 {
				t.Errorf("%d of %d roles share a subject, want %d", len(l.findings), n, n/10)
			}
		})
	}
	few, more := work(250), work(1000)
	if t.Logf("%.0f, %.0f", few, more); more > 6*few {
		t.Errorf("250 roles took %.0f allocations, 1,000 took %.0f", few, more)
	}
}

func BenchmarkOverlaps1000(b *testing.B) {
	in, _ := many(b, 1000)
	for b.Loop() {
		l := newLinter(in)
		for i := range in.State.Roles {
			l.views = append(l.views, l.look(&in.State.Roles[i])...)
		}
		l.overlaps()
	}
}

func BenchmarkConfig1000(b *testing.B) {
	in, _ := many(b, 1000)
	for b.Loop() {
		Config(in)
	}
}
