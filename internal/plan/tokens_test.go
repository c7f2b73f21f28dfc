package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"pgregory.net/rapid"
)

// What is named of the environments that are near must be all that is named
// of every environment.
func TestNoEnvironmentThatGainsOrLosesIsOverlooked(t *testing.T) {
	const host = "api.pulumi.com/oidc"
	prefix := "pulumi:environments:org:acme:env:"
	var all []access.Environment
	for _, name := range []string{"a/a", "a/ab", "a/b", "b/a", "payments/prod", "payments/production"} {
		all = append(all, access.Environment{Name: "acme/" + name, Audience: "aws:acme", Subjects: []string{prefix + name}})
	}
	all = append(all, access.Environment{Name: "acme/open/user", Audience: "aws:acme", Subjects: []string{"pulumi:environments:pulumi.organization.login:acme:pulumi.user.login:*"}})
	rapid.Check(t, func(t *rapid.T) {
		document := func(label string) policy.Document {
			d := policy.Document{Version: policy.Version2012}
			for range rapid.IntRange(0, 3).Draw(t, label) {
				s := admits(one, "aws:acme", "x").Statements[0]
				operator := rapid.SampledFrom([]string{"StringEquals", "StringLike", "StringNotLike", "ForAnyValue:StringLike", "StringEqualsIgnoreCase", ""}).Draw(t, "operator")
				values := rapid.SliceOfN(rapid.SampledFrom([]string{prefix + "a/a", prefix + "a/*", prefix + "*", "*", prefix + "payments/prod*", prefix + "?/a", "pulumi:*", "PULUMI:*"}), 1, 3).Draw(t, "values")
				s.Conditions = s.Conditions[:1]
				if operator != "" {
					s.Conditions = append(s.Conditions, policy.Condition{Operator: operator, Key: rapid.SampledFrom([]string{host + ":sub", "API.pulumi.com/oidc:Sub"}).Draw(t, "key"), Values: values})
				}
				if rapid.IntRange(0, 3).Draw(t, "deny") == 0 {
					s.Effect = policy.Deny
				}
				if rapid.IntRange(0, 5).Draw(t, "other") == 0 {
					s.Principals = []policy.Principal{{Type: "Service", Value: "ec2.amazonaws.com"}}
				}
				d.Statements = append(d.Statements, s)
			}
			return d
		}
		before, after := document("before"), document("after")
		o := access.Options{Issuer: access.Issuer{Host: host}}
		delta := access.Compare(before, after, o)
		want := delta.Named(before, after, all, o)
		got := delta.Named(before, after, newTokenIndex(all).near(host, before, after), o)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("named (-of all +of those near):\n%s", diff)
		}
	})
}

func TestTheSearchForNamesIsBounded(t *testing.T) {
	x := newTokenIndex(nil)
	if !x.spend(maxPairs) || x.spend(1) {
		t.Error("a plan may look at more pairs than it should, or at fewer")
	}
}
