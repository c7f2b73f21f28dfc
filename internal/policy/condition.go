package policy

import (
	"fmt"
	"strings"
)

// condition decides one condition of a statement.
//
//	key in the request   plain operator         ForAnyValue:            ForAllValues:
//	missing              negated or IfExists    IfExists                true
//	one value            one value matches (negated: none does), in all three
//	multivalued          false                  for one of its values   for each of them
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (e evaluator) condition(c Condition) (Truth, string) {
	o, known := parseOperator(c.Operator)
	if !known {
		return Unknown, fmt.Sprintf("IAM has no operator %s", shown(c.Operator))
	}
	if len(c.Values) == 0 {
		return Unknown, "what IAM makes of an empty list of values is not documented"
	}
	fact, have := e.facts[lower(c.Key)]
	missing := !have || len(fact.Values) == 0
	switch {
	case fact.Unknown:
		return Unknown, "the request's value is not known"
	case o.family == null:
		return e.null(c, have, fact)
	case missing && o.set == forAll:
		return Yes, "the request has no such key, and ForAllValues is true then"
	case missing && o.ifExists:
		return Yes, "the request has no such key, and IfExists is true then"
	case missing && o.set == forAny:
		return No, "the request has no such key"
	case missing && o.negated:
		return Yes, "the request has no such key, and a negated operator is true then"
	case missing:
		return No, "the request has no such key"
	case o.set == "" && (fact.Multivalued || len(fact.Values) != 1):
		return No, "the key is multivalued, which an operator without ForAnyValue or ForAllValues never matches"
	}
	result := No
	if o.set == forAll {
		result = Yes
	}
	var reason string
	for _, v := range fact.Values {
		holds, why := e.matches(o, v, c.Values)
		if o.set == forAll {
			if next := and(result, holds); next != result || reason == "" {
				result, reason = next, why
			}
		} else if next := or(result, holds); next != result || reason == "" {
			result, reason = next, why
		}
	}
	return result, reason
}

// null decides whether a key is missing.
func (e evaluator) null(c Condition, have bool, fact Fact) (Truth, string) {
	if have && fact.Multivalued && len(fact.Values) == 0 {
		return Unknown, "whether an empty list counts as missing is not documented"
	}
	reason := "the request has no such key"
	if have {
		reason = "the request has the key"
	}
	result := No
	for _, v := range c.Values {
		switch lower(v) {
		case "true":
			result = or(result, truth(!have))
		case "false":
			result = or(result, truth(have))
		default:
			result = or(result, Unknown)
			reason = fmt.Sprintf("Null takes true or false, not %s", shown(v))
		}
	}
	return result, reason
}

// matches decides one value of the request: one of the policy's must match
// it, or under a negated operator none.
func (e evaluator) matches(o operator, value string, values []string) (Truth, string) {
	result := No
	reason := fmt.Sprintf("%s matches none of the values", shown(value))
	for _, v := range values {
		holds, why := e.compare(o, value, v)
		switch {
		case holds == Yes:
			result, reason = Yes, fmt.Sprintf("%s matches %s", shown(value), shown(v))
		case holds == Unknown && result == No:
			result, reason = Unknown, why
		}
		if result == Yes {
			break
		}
	}
	if o.negated {
		result = not(result)
	}
	return result, reason
}

// compare decides whether a value of the request matches one of the policy,
// leaving negation aside.
func (e evaluator) compare(o operator, value, want string) (Truth, string) {
	switch o.family {
	case stringEquals, stringLike:
		p, holds, why := e.compile(want, o.family == stringLike)
		if holds != Yes {
			return holds, why
		}
		return truth(p.Match(value)), ""
	case stringIgnoreCase:
		p, holds, why := e.compile(want, false)
		if holds != Yes {
			return holds, why
		}
		text, _ := p.Literal()
		return equalIgnoringCase(value, text)
	case arn:
		parts, holds, why := e.resolve(want, true)
		if holds != Yes {
			return holds, why
		}
		return arnMatches(value, parts)
	case numeric:
		return compareNumbers(o.base, value, want)
	case date:
		return compareDates(o.base, value, want)
	case ip:
		return addressWithin(value, want)
	case boolean:
		if want := lower(want); want != "true" && want != "false" {
			return Unknown, fmt.Sprintf("Bool takes true or false, not %s", shown(want))
		}
		return truth(lower(value) == lower(want)), ""
	case binary:
		return truth(value == want), ""
	}
	return Unknown, fmt.Sprintf("IAM has no operator %s", shown(o.String()))
}

// equalIgnoringCase compares the lower case of both letter by letter, which is
// not full case folding (observed). The dotted capital I has a lower case on
// which libraries disagree.
func equalIgnoringCase(a, b string) (Truth, string) {
	if strings.ContainsRune(a, 'İ') || strings.ContainsRune(b, 'İ') {
		return Unknown, "what IAM takes as the lower case of İ is not documented"
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	return truth(a == b), ""
}
