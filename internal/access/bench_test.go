package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
)

// roles are so many roles of so many patterns; every changed'th pattern is
// another one after.
func roles(n, patterns, changed int, shared []policy.Statement) (before, after []policy.Document) {
	for i := range n {
		var old, now []string
		for j := range patterns {
			p := fmt.Sprintf("pulumi:environments:org:acme:env:team%d-service%d/stage%d*", i, j, j%3)
			old = append(old, p)
			if j%changed == 0 {
				p = fmt.Sprintf("pulumi:environments:org:acme:env:team%d-service%d/*", i, j)
			}
			now = append(now, p)
		}
		before = append(before, role(old, shared))
		after = append(after, role(now, shared))
	}
	return before, after
}

func role(patterns []string, shared []policy.Statement) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: append([]policy.Statement{allowing(policy.Condition{Operator: "StringEquals", Key: "api.pulumi.com/oidc:aud", Values: []string{"aws:acme"}},
		policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: patterns})}, shared...)}
}

func BenchmarkRoles(b *testing.B) {
	deny := allowing(policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{"*:env:*/scratch*", "*:pulumi.user.login:mallory*"}},
		policy.Condition{Operator: "StringNotEquals", Key: "api.pulumi.com/oidc:aud", Values: []string{"aws:root"}})
	deny.Effect = policy.Deny
	for _, c := range []struct {
		name                     string
		roles, patterns, changed int
		shared                   []policy.Statement
	}{
		{"1000 of 20, one changed", 1000, 20, 20, nil},
		{"1000 of 20, all changed", 1000, 20, 1, nil},
		{"1000 of 20 with a shared Deny, one changed", 1000, 20, 20, []policy.Statement{deny}},
		{"one of 2000, one changed", 1, 2000, 2000, nil},
		{"one of 2000, all changed", 1, 2000, 1, nil},
	} {
		before, after := roles(c.roles, c.patterns, c.changed, c.shared)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				budget := pattern.NewBudget(100_000_000)
				for i := range before {
					if d := access.Compare(before[i], after[i], access.Options{Issuer: pulumi, Budget: budget}); d.Relation != access.Wider {
						b.Fatalf("%+v", d)
					}
				}
			}
		})
	}
}

// BenchmarkHostile compares policies that were written to take long.
func BenchmarkHostile(b *testing.B) {
	for _, c := range hostile() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var d access.Delta
			for b.Loop() {
				d = access.Compare(c.before, c.after, access.Options{Issuer: pulumi})
			}
			b.Log(d.Relation)
		})
	}
}

type hostileCase struct {
	name          string
	before, after policy.Document
}

func hostile() (out []hostileCase) {
	like := func(patterns ...string) policy.Document { return role(patterns, nil) }
	add := func(name string, before, after policy.Document) {
		out = append(out, hostileCase{name, before, after})
	}
	add("*a 40 times against *b*a 20 times", like(strings.Repeat("*b*a", 20)+"*"), like(strings.Repeat("*a", 40)))
	var many, guarded []string
	for i := range 10 {
		many = append(many, strings.Repeat("*a*"+string(rune('b'+i)), 20))
		guarded = append(guarded, strings.Repeat("?*a", 15)+strings.Repeat("?", i))
	}
	add("ten of 40 stars against ten others", like(guarded...), like(many...))
	var clauses []string
	for i := range 40 {
		gaps := make([]string, 14)
		for j := range gaps {
			gaps[j] = "*"
		}
		for k := range 3 {
			gaps[(i*5+k*k*3+k)%14] = []string{"", "?*"}[(i+k)%2]
		}
		clauses = append(clauses, "a"+strings.Join(gaps, "a")+"a")
	}
	add("a formula of 14 gaps", like(clauses...), like("a"+strings.Repeat("*a", 14)))
	before, after := like("*"), like("*")
	for i := range 30 {
		s := allowing(policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{fmt.Sprintf("*x%d*", i)}},
			policy.Condition{Operator: "StringLike", Key: "sts:RoleSessionName", Values: []string{fmt.Sprintf("*y%d*", i)}})
		s.Effect = policy.Deny
		before.Statements = append(before.Statements, s)
		after.Statements = append([]policy.Statement{s}, after.Statements...)
	}
	add("30 Denies in another order", before, after)
	changed := policy.Document{Version: policy.Version2012}
	for i, s := range after.Statements {
		if s.Effect == policy.Deny {
			s.Conditions = []policy.Condition{s.Conditions[0], {Operator: "StringLike", Key: "sts:RoleSessionName", Values: []string{fmt.Sprintf("*z%d*", i)}}}
		}
		changed.Statements = append(changed.Statements, s)
	}
	add("30 Denies, all changed", before, changed)
	var a, c policy.Document
	a.Version, c.Version = policy.Version2012, policy.Version2012
	for i := range 16 {
		a.Statements = append(a.Statements, allowing(policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:aud", Values: []string{fmt.Sprintf("*%c*", 'a'+i)}},
			policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{fmt.Sprintf("*%d*", i)}}))
		c.Statements = append(c.Statements, allowing(policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:aud", Values: []string{fmt.Sprintf("*%c*", 'b'+i)}},
			policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{fmt.Sprintf("*%d*", i)}}))
	}
	add("16 statements with patterns for the audience", a, c)
	several := allowing()
	for i := range 8 {
		several.Conditions = append(several.Conditions, policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{
			fmt.Sprintf("*a%d*", i), fmt.Sprintf("*b%d*", i), fmt.Sprintf("*c%d*", i), fmt.Sprintf("*d%d*", i)}})
		several.Conditions[i].Operator = []string{"StringLike", "StringLikeIfExists", "ForAnyValue:StringLike", "ForAllValues:StringLike", "ForAnyValue:StringLikeIfExists", "ForAllValues:StringLikeIfExists", "stringlike", "StringLike"}[i]
	}
	add("eight lists for one key", like("*z*"), policy.Document{Version: policy.Version2012, Statements: []policy.Statement{several}})
	add("?* 60 times against ?*a in all shifts", like(func() (l []string) {
		for i := range 40 {
			l = append(l, strings.Repeat("?", i)+"*a"+strings.Repeat("?", 40-i)+"*")
		}
		return l
	}()...), like(strings.Repeat("?*a", 30)))
	add("attributes of every order", like("pulumi:environments:pulumi.organization.login:acme:*:nowhere:*"), like("pulumi:environments:pulumi.organization.login:acme:*:nobody*:*q"))
	return out
}
