package lint

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// token is what a request is made of.
type token struct {
	audience, subject string
	keys              policy.Context // further keys
}

// context is what STS makes of a token, and of a request that says no more.
func (v *view) context(t token) policy.Context {
	all := v.accessIssuer().Request(access.Witness{Aud: t.audience, Sub: t.subject}).Context
	for _, key := range sortedKeys(t.keys) {
		for have := range all {
			if strings.EqualFold(have, key) {
				delete(all, have)
			}
		}
		all[key] = t.keys[key]
	}
	return all
}

// proof asks the role's trust policy about a token.
func (v *view) proof(t token, text string) *Proof {
	request := v.request(v.context(t))
	admitted := policy.Evaluate(v.role.Trust, request).Allowed
	p := &Proof{Audience: t.audience, Subject: t.subject, Admitted: &admitted, Text: text, request: request}
	for key, fact := range t.keys {
		if p.Keys == nil {
			p.Keys = map[string][]string{}
		}
		p.Keys[key] = fact.Values
	}
	return p
}

// admits finds a token of a grant with this subject that the whole policy
// admits, under one of the grant's audiences: one that an issuer would sign if
// there is such, else one that only the policy knows.
func (v *view) admits(g grant, subjects ...string) (token, bool) {
	audiences := v.audiences(g)
	var found *token
	for _, s := range subjects {
		signed := subject.Audiences(s)
		for _, a := range audiences {
			real := slices.Contains(signed, a)
			if found != nil && !real {
				continue
			}
			for _, keys := range v.rest(g, "") {
				t := token{a, s, keys}
				if v.ask(v.role.Trust, v.context(t)).Allowed {
					if real {
						return t, true
					}
					found = &t
					break
				}
			}
		}
	}
	if found == nil {
		return token{}, false
	}
	return *found, true
}

// most bounds how many values are tried for an example.
const most = 16

// audiences are some that a grant takes, likely ones first.
func (v *view) audiences(g grant) []string {
	var out []string
	try := func(a string) {
		if a != "" && len(out) < most && !slices.Contains(out, a) && v.holds(v.on(g.Statement, "aud"), policy.Context{v.key("aud"): policy.Is(a)}) {
			out = append(out, a)
		}
	}
	for _, org := range v.orgs {
		try("aws:" + org)
		try(org)
	}
	for _, value := range v.values(g.Statement, "aud") {
		for _, run := range [...]string{"", "x"} {
			if a, ok := v.fill(value, run); ok {
				try(a)
			}
		}
	}
	try("aws:acme")
	return out
}

// rest are further keys with which a grant's other conditions may hold: none,
// or what each of them asks for, but for one key that is left out.
func (v *view) rest(g grant, without string) []policy.Context {
	keys := policy.Context{}
	for _, c := range g.Conditions {
		if strings.EqualFold(c.Key, without) || v.isKey(c.Key, "aud") || v.isKey(c.Key, "sub") || len(c.Values) == 0 || strings.Contains(c.Operator, "Not") || v.unfilled(c.Key) != "" {
			continue
		}
		value, ok := v.fill(tested{c.Values[0], c.Operator}, "x")
		if c.Operator == "Null" {
			value, ok = "x", strings.EqualFold(c.Values[0], "false")
		}
		if !ok {
			continue
		}
		if strings.HasPrefix(c.Operator, "For") || v.isKey(c.Key, "amr") {
			keys[c.Key] = policy.Are(value)
		} else if _, set := keys[c.Key]; !set {
			keys[c.Key] = policy.Is(value)
		}
	}
	if len(keys) == 0 {
		return []policy.Context{nil}
	}
	return []policy.Context{nil, keys}
}

// subjects are some that a grant names, with each * filled in several ways.
func (v *view) subjects(g grant) []string {
	var out []string
	for _, value := range v.values(g.Statement, "sub") {
		if len(out) >= most {
			break
		}
		for _, run := range [...]string{"x", "x/x", ""} {
			if s, ok := v.fill(value, run); ok && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return append(out, v.anyOf(v.orgNames()...)...)
}

// orgNames are the role's own organizations, or a name for one.
func (v *view) orgNames() []string {
	if len(v.orgs) == 0 {
		return []string{"acme"}
	}
	return v.orgs
}

// anyOf is a token of each kind of organizations: an environment's and a
// deployment's that nobody named, and that of a customer-managed key.
func (v *view) anyOf(orgs ...string) []string {
	var out []string
	for _, org := range orgs {
		out = append(out,
			subject.Environment{Org: org, Project: "any-project", Name: "any-environment"}.Subjects(nil, subject.Claims{})[0],
			subject.Deployment{Org: org, Project: "any-project", Stack: "any-stack", Operation: "update"}.Subject(),
			subject.CustomerKeySubject(org))
	}
	return out
}
