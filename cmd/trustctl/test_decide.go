package main

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/explain"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// tested is a role as a test looks at it: the tokens that it admits, and those
// that it refuses, as sets of their own. What is refused is what no Allow
// admits, and what a Deny takes away.
type tested struct {
	issuer           access.Issuer
	admits           access.Set
	notAllowed, deny access.Set
	o                access.Options
}

// decideTest decides one test block.
func decideTest(c *spec.Config, t spec.Test, budget *pattern.Budget) testResult {
	r := testResult{Name: t.Name, Role: t.Role, Pos: t.Pos, Failures: []testFailure{}}
	at := slices.IndexFunc(c.State.Roles, func(role trust.Role) bool { return role.Environment == t.Role })
	if at < 0 {
		r.Failures = append(r.Failures, testFailure{Outcome: "no_role"})
		return r
	}
	role := newTested(c, &c.State.Roles[at], budget)
	for _, p := range t.Allow {
		if f, failed := role.allow(p); failed {
			r.Failures = append(r.Failures, f)
		}
	}
	r.Failures = append(r.Failures, role.denied(t.Deny)...)
	return r
}

func newTested(c *spec.Config, role *trust.Role, budget *pattern.Budget) tested {
	t := tested{issuer: access.Issuer{Host: trust.IssuerHost(defaultIssuer)}}
	for _, i := range c.Issuers {
		host := trust.IssuerHost(i.URL)
		if named := explain.ProvidersOf(role.Trust, host); len(named) > 0 {
			t.issuer = access.Issuer{Host: host, Provider: named[0]}
			break
		}
	}
	t.o = access.Options{Issuer: t.issuer, Budget: budget}
	t.admits = access.Of(role.Trust, t.issuer)
	notAllowed := policy.Document{Version: role.Trust.Version, Statements: []policy.Statement{t.statement(nil)}}
	deny := policy.Document{Version: role.Trust.Version}
	for _, s := range role.Trust.Statements {
		if s.Effect == policy.Deny {
			s.Effect = policy.Allow
			deny.Statements = append(deny.Statements, s)
		} else {
			s.Effect = policy.Deny
			notAllowed.Statements = append(notAllowed.Statements, s)
		}
	}
	t.notAllowed, t.deny = access.Of(notAllowed, t.issuer), access.Of(deny, t.issuer)
	return t
}

// statement allows the issuer's tokens under conditions.
func (t tested) statement(conditions []policy.Condition) policy.Statement {
	provider := t.issuer.Provider
	if provider == "" {
		provider = explain.AnyProvider(t.issuer.Host)
	}
	return policy.Statement{
		Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: provider}},
		Actions: []string{access.Action}, Conditions: conditions,
	}
}

// tokens are those that the issuer signs with a subject that matches one of
// some patterns, and with an audience if that is given.
func (t tested) tokens(patterns []string, audience string) access.Set {
	conditions := []policy.Condition{{Operator: "StringLike", Key: t.issuer.Host + ":sub", Values: patterns}}
	if audience != "" {
		conditions = append(conditions, policy.Condition{Operator: "StringEquals", Key: t.issuer.Host + ":aud", Values: []string{audience}})
	}
	d := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{t.statement(conditions)}}
	return access.Of(d, t.issuer).Within("")
}

// allow decides that all tokens of a pattern are admitted: those with the
// audience that a role trusts such a subject under. failed says that they
// are not, or that it was not decided.
func (t tested) allow(p string) (f testFailure, failed bool) {
	audience, _ := subject.AudienceOf(p)
	tokens := t.tokens([]string{p}, audience)
	f = testFailure{Expect: "allow", Pattern: p, Audience: audience}
	switch a := tokens.Inhabited(t.o); a.Outcome {
	case access.None:
		f.Outcome = "no_token"
		return f, true
	case access.Undecided:
		f.take("undecided", a, t.issuer)
		return f, true
	}
	undecided := false
	for _, refused := range [...]access.Set{t.notAllowed, t.deny} {
		switch a := t.overlap(tokens, refused); a.Outcome {
		case access.Some:
			f.take("refused", a, t.issuer)
			if len(a.If) > 0 { // admitted or refused, as the unknown conditions turn out
				f.Outcome = "undecided"
			}
			return f, true
		case access.Undecided:
			f.take("undecided", a, t.issuer)
			undecided = true
		}
	}
	return f, undecided
}

// overlap asks for a token of a set, and for one whose place in it depends on
// nothing that is not known, if there is one.
func (t tested) overlap(tokens, set access.Set) access.Answer {
	a := access.Overlap(tokens, set, t.o)
	if a.Outcome == access.Some && len(a.If) > 0 {
		if sure := access.Overlap(tokens, set.Least(), t.o); sure.Outcome == access.Some {
			return sure
		}
	}
	return a
}

// mostFailures bounds how many failures of a list of denials are named.
const mostFailures = 10

// denied decides that no token of any pattern is admitted. The patterns are
// asked about together: a reference stands for two thousand of them.
func (t tested) denied(patterns []string) (all []testFailure) {
	for left := slices.Clone(patterns); len(left) > 0 && len(all) < mostFailures; {
		a := t.overlap(t.tokens(left, ""), t.admits)
		if a.Outcome == access.None {
			return all
		}
		f := testFailure{Expect: "deny"}
		f.take("admitted", a, t.issuer)
		if a.Outcome == access.Undecided || len(a.If) > 0 {
			f.Outcome = "undecided"
		}
		at := -1
		if a.Witness != nil {
			at = slices.IndexFunc(left, func(p string) bool { return t.matches(p, *a.Witness) })
		}
		if at < 0 { // without a witness nobody knows which
			f.Pattern = left[0]
			if len(left) > 1 {
				f.Patterns = len(left)
			}
			return append(all, f)
		}
		f.Pattern = left[at]
		all = append(all, f)
		// A longer list of attributes says the same again.
		left = slices.DeleteFunc(left, func(p string) bool { return p == f.Pattern || strings.HasPrefix(p, f.Pattern+":") })
	}
	return all
}

// matches tells whether a witness has a subject that a pattern means.
func (t tested) matches(p string, w access.Witness) bool {
	d := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{t.statement([]policy.Condition{{
		Operator: "StringLike", Key: t.issuer.Host + ":sub", Values: []string{p},
	}})}}
	request := t.issuer.Request(w)
	request.Principal = d.Statements[0].Principals[0]
	return policy.Evaluate(d, request).Allowed
}
