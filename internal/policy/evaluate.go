package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
)

// Truth is the answer to a question about a request that may lack a fact, or
// ask for one that AWS doesn't document.
type Truth string

// The answers.
const (
	No      Truth = "no"
	Yes     Truth = "yes"
	Unknown Truth = "unknown"
)

// Request is what a policy is asked: may this principal do this action, with
// these facts about the request. For AssumeRoleWithWebIdentity the principal is
// {Federated, ARN of the provider}; the caller fills the context, also with
// what STS makes of aud and azp.
type Request struct {
	Principal Principal
	Action    string
	Resource  string // "" for a trust policy, which speaks of its own role alone
	Context   Context
}

// Context holds the condition keys of a request, in any letter case. A key
// that isn't there is missing from the request.
type Context map[string]Fact

// Fact is what is known of one condition key.
type Fact struct {
	Values      []string
	Multivalued bool // the key can hold several values, even where it holds one
	Unknown     bool // the request may have it, with any value
}

// Is is the fact that a key has one value.
func Is(value string) Fact { return Fact{Values: []string{value}} }

// Are is the fact that a multivalued key has these values.
func Are(values ...string) Fact { return Fact{Values: values, Multivalued: true} }

// Decision is a policy's answer to a request, and how it comes about.
type Decision struct {
	Allowed    bool                `json:"allowed"`
	Unknown    bool                `json:"unknown,omitempty"` // not decided; Allowed is false then
	Statements []StatementDecision `json:"statements"`        // in the document's order
}

// StatementDecision says whether one statement applies to the request.
type StatementDecision struct {
	Sid        string              `json:"sid,omitempty"`
	Effect     Effect              `json:"effect"`
	Applies    Truth               `json:"applies"`
	Principal  Truth               `json:"principal"`
	Action     Truth               `json:"action"`
	Resource   Truth               `json:"resource"`
	Conditions []ConditionDecision `json:"conditions,omitempty"`
}

// ConditionDecision says whether one condition holds, and why.
type ConditionDecision struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Values   []string `json:"values"`
	Holds    Truth    `json:"holds"`
	Reason   string   `json:"reason"`
}

// Evaluate decides a request by the document alone: a Deny that applies wins,
// else an Allow that applies allows. An opaque document decides nothing.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func Evaluate(d Document, r Request) Decision {
	if d.opaque != "" {
		return Decision{Unknown: true}
	}
	e := evaluator{language: Version2008, request: r, facts: make(map[string]Fact, len(r.Context))}
	if d.Version == Version2012 {
		e.language = Version2012
	}
	for key, fact := range r.Context {
		e.facts[lower(key)] = fact
	}
	out := Decision{Statements: make([]StatementDecision, len(d.Statements))}
	allow, deny := No, No
	for i, s := range d.Statements {
		decided := e.statement(s)
		out.Statements[i] = decided
		if s.Effect == Deny {
			deny = or(deny, decided.Applies)
		} else {
			allow = or(allow, decided.Applies)
		}
	}
	answer := and(allow, not(deny))
	out.Allowed, out.Unknown = answer == Yes, answer == Unknown
	return out
}

type evaluator struct {
	language
	request Request
	facts   map[string]Fact // by key in lower case
}

func (e evaluator) statement(s Statement) StatementDecision {
	out := StatementDecision{
		Sid: s.Sid, Effect: s.Effect,
		Principal: e.principal(s), Action: e.action(s), Resource: e.resource(s),
	}
	out.Applies = and(out.Principal, and(out.Action, out.Resource))
	for _, c := range s.Conditions {
		holds, reason := e.condition(c)
		out.Conditions = append(out.Conditions, ConditionDecision{c.Operator, c.Key, c.Values, holds, reason})
		out.Applies = and(out.Applies, holds)
	}
	return out
}

// principal decides Principal or NotPrincipal. A request of nobody is put to an
// identity policy, which has neither and speaks of its owner; IAM takes no trust
// policy without.
func (e evaluator) principal(s Statement) Truth {
	named := func(p Principal) bool { return p.includes(e.request.Principal) }
	switch {
	case len(s.Principals) > 0:
		return truth(slices.ContainsFunc(s.Principals, named))
	case len(s.NotPrincipals) > 0:
		return truth(!slices.ContainsFunc(s.NotPrincipals, named))
	case e.request.Principal == Principal{}:
		return Yes
	}
	return Unknown
}

// includes tells whether p, of a policy, names who asks. AWS: "*" is every
// principal of AWS, but no token of an identity provider (observed).
func (p Principal) includes(who Principal) bool {
	if p == who {
		return true
	}
	if who.Type != "AWS" || p.Type != "AWS" && p.Type != "*" {
		return false
	}
	if p.Value == "*" {
		return true
	}
	account := accountOf(who.Value)
	return account != "" && (p.Value == account || strings.HasSuffix(p.Value, ":iam::"+account+":root"))
}

// accountOf is the account of a principal of AWS, which its number or the ARN
// of its root stand for.
func accountOf(value string) string {
	if IsAccountID(value) {
		return value
	}
	if fields := strings.SplitN(value, ":", 6); len(fields) == 6 && fields[0] == "arn" {
		return fields[4]
	}
	return ""
}

// action decides Action or NotAction, without regard to letter case. IAM
// takes no policy without one.
func (e evaluator) action(s Statement) Truth {
	if len(s.Actions) == 0 && len(s.NotActions) == 0 {
		return Unknown
	}
	wanted := lower(e.request.Action)
	named := func(a string) bool { return pattern.Like(lower(a)).Match(wanted) }
	if s.NotActions != nil {
		return truth(!slices.ContainsFunc(s.NotActions, named))
	}
	return truth(slices.ContainsFunc(s.Actions, named))
}

// resource decides Resource or NotResource.
func (e evaluator) resource(s Statement) Truth {
	list := s.Resources
	if s.NotResources != nil {
		list = s.NotResources
	}
	if list == nil {
		return Yes
	}
	any := No
	for _, v := range list {
		any = or(any, e.resourceMatches(v))
	}
	if s.NotResources != nil {
		return not(any)
	}
	return any
}

func (e evaluator) resourceMatches(value string) Truth {
	if value == "*" {
		return Yes
	}
	if e.request.Resource == "" {
		return Unknown
	}
	p, holds, _ := e.compile(value, true)
	if holds != Yes {
		return holds
	}
	return truth(p.Match(e.request.Resource))
}

// compile is the pattern of a value of this request: No if a variable in it has no
// value, so that it matches nothing, Unknown if what it stands for isn't known.
func (e evaluator) compile(value string, like bool) (p pattern.Pattern, holds Truth, reason string) {
	parts, holds, reason := e.resolve(value, like)
	patterns := make([]pattern.Pattern, len(parts))
	for i, part := range parts {
		if patterns[i] = pattern.Exact(part.exact); part.raw != "" {
			patterns[i] = pattern.Like(part.raw)
		}
	}
	return pattern.Join(patterns...), holds, reason
}

// resolve takes a value apart into exact text and, with like, text with
// wildcards: each variable becomes what the request has for it.
func (e evaluator) resolve(value string, like bool) (out []part, holds Truth, reason string) {
	if e.language == Version2008 && like && (strings.Contains(value, "${*}") || strings.Contains(value, "${?}")) {
		return nil, Unknown, fmt.Sprintf("whether the wildcard in %s counts in a policy of Version %s is not documented", shown(value), Version2008)
	}
	parts, ok := e.parts(value)
	if !ok {
		return nil, Unknown, fmt.Sprintf("the variable in %s is malformed", shown(value))
	}
	for _, p := range parts {
		switch {
		case p.variable != "":
			fact, have := e.facts[lower(p.variable)]
			switch {
			case fact.Unknown:
				return nil, Unknown, fmt.Sprintf("the value of the variable %s is not known", shown(p.variable))
			case have && (fact.Multivalued || len(fact.Values) != 1):
				return nil, Unknown, fmt.Sprintf("the variable %s has several values", shown(p.variable))
			case have:
				p = part{exact: fact.Values[0]}
			case p.defaults:
				p = part{exact: p.fallback}
			default:
				return nil, No, fmt.Sprintf("the variable %s has no value", shown(p.variable))
			}
			if like && strings.ContainsAny(p.exact, "*?") {
				return nil, Unknown, "whether a wildcard in the value of a variable counts is not documented"
			}
		case !like:
			p = part{exact: p.raw + p.exact}
		}
		out = append(out, p)
	}
	return out, Yes, ""
}

func truth(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

func and(a, b Truth) Truth {
	switch {
	case a == No || b == No:
		return No
	case a == Unknown || b == Unknown:
		return Unknown
	}
	return Yes
}

func or(a, b Truth) Truth { return not(and(not(a), not(b))) }

func not(a Truth) Truth {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}
