package access

import "strings"

// operator is a condition operator taken apart. Package policy has a reading
// of its own: the tests hold the two against each other.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type operator struct {
	anyValue, allValues bool   // the prefix
	positive            string // the operator without prefix, suffix and negation
	negated             bool
	ifExists            bool
}

// readOperator takes an operator apart; ok is false for one that IAM doesn't have.
func readOperator(written string) (o operator, ok bool) {
	name, anyValue := strings.CutPrefix(written, "ForAnyValue:")
	name, allValues := strings.CutPrefix(name, "ForAllValues:")
	if anyValue && allValues {
		return operator{}, false
	}
	name, ifExists := strings.CutSuffix(name, "IfExists")
	o = operator{anyValue: anyValue, allValues: allValues, positive: name, ifExists: ifExists}
	switch name {
	case "StringEquals", "StringLike", "StringEqualsIgnoreCase",
		"NumericEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
		"IpAddress", "ArnEquals", "ArnLike", "Bool", "BinaryEquals":
		return o, true
	case "Null":
		return o, !anyValue && !allValues && !ifExists
	case "StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase", "NumericNotEquals", "DateNotEquals",
		"NotIpAddress", "ArnNotEquals", "ArnNotLike":
		o.negated, o.positive = true, strings.Replace(name, "Not", "", 1)
		return o, true
	}
	return operator{}, false
}

// plain tells an operator without a prefix.
func (o operator) plain() bool { return !o.anyValue && !o.allValues }

// whenMissing is what the operator says of a request without the key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (o operator) whenMissing() bool {
	return o.allValues || o.ifExists || o.negated && !o.anyValue
}
