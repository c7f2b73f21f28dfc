package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
)

// compiler turns the statements of one document into formulas.
type compiler struct {
	document policy.Document
	version  string
	issuer   Issuer
	named    literals
}

func newCompiler(d policy.Document, issuer Issuer, named literals) *compiler {
	c := &compiler{document: d, version: policy.Version2008, issuer: issuer, named: named}
	if d.Version == policy.Version2012 {
		c.version = policy.Version2012
	}
	return c
}

// statement is the set of requests with a token of the issuer to which a
// statement applies.
func (c *compiler) statement(s policy.Statement) *formula {
	of := []*formula{c.action(s)}
	if !of[0].isNever() {
		of = append(of, c.principal(s), c.resource(s))
	}
	for _, written := range s.Conditions {
		if slices.ContainsFunc(of, (*formula).isNever) {
			return never()
		}
		of = append(of, c.condition(written))
	}
	return all(of...)
}

// action decides whether Action, or NotAction, takes in what a token is
// exchanged by, in any letter case. IAM takes no policy without one.
func (c *compiler) action(s policy.Statement) *formula {
	if len(s.Actions) == 0 && len(s.NotActions) == 0 {
		return c.lacking("Action")
	}
	named := func(a string) bool {
		return pattern.Like(strings.ToLower(a)).Match(strings.ToLower(Action))
	}
	if s.NotActions != nil {
		return settled(!slices.ContainsFunc(s.NotActions, named))
	}
	return settled(slices.ContainsFunc(s.Actions, named))
}

// lacking is the unknown for an element that every statement of a trust policy
// has: IAM refuses one without it.
func (c *compiler) lacking(element string) *formula {
	return c.variable(policy.Condition{Operator: elementOperator, Key: element}, false,
		"IAM takes no statement without "+element, "adding "+element).formula()
}

// providerKey is where a request's provider stands, if the issuer's is not told.
const providerKey = "provider"

// principal decides Principal or NotPrincipal. AWS: "*" is no identity
// provider (observed). Where the account of the provider isn't told, which
// provider it is is a fact of the request.
func (c *compiler) principal(s policy.Statement) *formula {
	list, negated := s.Principals, false
	if list == nil {
		list, negated = s.NotPrincipals, true
	}
	if len(list) == 0 {
		return c.lacking("Principal")
	}
	var holds *formula
	if c.issuer.Provider != "" {
		holds = settled(slices.ContainsFunc(list, c.issuer.names))
	} else {
		var values []value
		for _, p := range list {
			if c.issuer.names(p) {
				values = append(values, exactly(p.Value))
			}
		}
		holds = in(providerKey, values)
	}
	if negated {
		return not(holds)
	}
	return holds
}

// resource decides Resource or NotResource, which a trust policy doesn't have.
func (c *compiler) resource(s policy.Statement) *formula {
	list, name := s.Resources, "Resource"
	if list == nil {
		list, name = s.NotResources, "NotResource"
	}
	if list == nil {
		return always()
	}
	holds := settled(slices.Contains(list, "*"))
	if holds.isNever() && len(list) > 0 {
		holds = c.variable(policy.Condition{Operator: elementOperator, Key: "Resource", Values: list}, false,
			"a trust policy has no resources", "removing "+name).formula()
	}
	if name == "NotResource" {
		return not(holds)
	}
	return holds
}

// elementOperator marks the unknown for an element of a statement.
const elementOperator = "Element"

func in(key string, values []value) *formula {
	if len(values) == 0 {
		return never()
	}
	return &formula{op: isLeaf, leaf: leaf{kind: isIn, key: key, list: listOf(values)}}
}

// in is in for a key that may be a constant.
func (k key) in(values []value) *formula {
	if k.kind == constant {
		return settled(slices.ContainsFunc(values, func(v value) bool { return v.pattern.Match(k.value) }))
	}
	return in(k.name, values)
}

func fact(what leafKind, k key) *formula {
	return &formula{op: isLeaf, leaf: leaf{kind: what, key: k.name, multi: k.kind == multivalued}}
}

// condition decides one condition, by what is known of its key.
func (c *compiler) condition(written policy.Condition) *formula {
	o, ok := readOperator(written.Operator)
	if !ok {
		return c.variable(written, false, "IAM has no operator "+written.Operator, "an operator that IAM has").formula()
	}
	if len(written.Values) == 0 {
		return c.variable(written, false, "what IAM makes of an empty list of values is not documented", "a value, or no condition").formula()
	}
	k := c.issuer.key(written.Key)
	if k.kind == unknown {
		return c.unknownKey(o, written)
	}
	there := always()
	switch k.kind {
	case absent:
		there = never()
	case optional, multivalued:
		there = fact(isThere, k)
	}
	if o.positive == "Null" {
		if there.op == isLeaf {
			there = fact(isNamed, k)
		}
		return c.null(written, there)
	}
	var holds *formula
	switch {
	case k.kind == absent:
		holds = never()
	case k.kind == multivalued:
		holds = c.several(o, k, written)
	case k.kind == audiences:
		several := fact(isSeveral, k)
		holds = either(all(not(several), c.single(o, k, written)), all(several, c.several(o, k, written)))
	default:
		holds = c.single(o, k, written)
	}
	if o.whenMissing() {
		return either(not(there), holds)
	}
	return all(there, holds)
}

// null decides whether a key is missing.
func (c *compiler) null(written policy.Condition, there *formula) *formula {
	holds := never()
	for _, v := range written.Values {
		switch strings.ToLower(v) {
		case "true":
			holds = either(holds, not(there))
		case "false":
			holds = either(holds, there)
		default:
			one := written
			one.Values = []string{v}
			holds = either(holds, c.variable(one, false, "Null takes true or false", "one of the two").formula())
		}
	}
	return holds
}

// single decides a condition on a key with one value, for which the prefixes
// change nothing.
func (c *compiler) single(o operator, k key, written policy.Condition) *formula {
	values := make([]value, 0, len(written.Values))
	holds := never()
	for _, v := range written.Values {
		known, ok, open := c.value(o, k, v)
		if ok {
			values = append(values, known)
		} else {
			holds = either(holds, open)
		}
	}
	holds = either(k.in(values), holds)
	if o.negated {
		return not(holds)
	}
	return holds
}

// several decides a condition on a key with several values, of which there is
// one at least. A plain operator never matches.
func (c *compiler) several(o operator, k key, written policy.Condition) *formula {
	if o.plain() {
		return never()
	}
	values := make([]value, 0, len(written.Values))
	for _, v := range written.Values {
		known, ok, _ := c.value(o, k, v)
		if !ok {
			return c.variable(written, false, fmt.Sprintf("%s on a key with several values is not worked out", written.Operator), "String operators and values without variables").formula()
		}
		values = append(values, known)
	}
	f := &formula{op: isLeaf, leaf: leaf{kind: someIn, key: k.name, list: listOf(values), outside: o.anyValue == o.negated, multi: k.kind == multivalued}}
	if o.anyValue {
		return f // some value in the list, or, negated, outside of it
	}
	return not(f) // no value outside of the list, or, negated, in it
}

// value is a value of a condition as a pattern; if it isn't one, open is the
// formula of the condition with this value alone.
func (c *compiler) value(o operator, k key, v string) (known value, ok bool, open *formula) {
	doubt := func(why, decides string) *formula {
		one := policy.Condition{Operator: o.positive, Key: k.name, Values: []string{v}}
		return c.variable(one, false, why, decides).formula()
	}
	switch o.positive {
	case "StringEquals", "StringLike", "StringEqualsIgnoreCase":
		if o.positive == "StringEqualsIgnoreCase" && strings.ContainsRune(v, 'İ') {
			return value{}, false, doubt("what IAM takes as the lower case of İ is not documented", "another letter")
		}
		if !strings.Contains(v, "${") {
			return plainValue(o.positive, v), true, nil
		}
		return c.variables(o, k, v, doubt)
	case "Bool":
		if lower := strings.ToLower(v); lower == "true" || lower == "false" {
			return truthOf(lower), true, nil
		}
		return value{}, false, doubt("Bool takes true or false", "one of the two")
	}
	return value{}, false, doubt(o.positive+" is not worked out for what tokens carry", "a String operator")
}

func plainValue(operator, v string) value {
	switch operator {
	case "StringLike":
		return like(v)
	case "StringEqualsIgnoreCase":
		return anyCase(v)
	}
	return exactly(v)
}
