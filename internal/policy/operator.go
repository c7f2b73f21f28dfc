package policy

import "strings"

// operator is a condition operator taken apart.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type operator struct {
	set      string // "", forAll or forAny
	base     string // StringNotLike, without prefix and suffix
	family   family
	negated  bool
	ifExists bool
}

const (
	forAll   = "ForAllValues:"
	forAny   = "ForAnyValue:"
	ifExists = "IfExists"
)

// family is a kind of comparison; its negation belongs to the same.
type family string

const (
	stringEquals     family = "StringEquals"
	stringLike       family = "StringLike"
	stringIgnoreCase family = "StringEqualsIgnoreCase"
	numeric          family = "Numeric"
	date             family = "Date"
	boolean          family = "Bool"
	binary           family = "Binary"
	ip               family = "IpAddress"
	arn              family = "Arn" // ArnEquals and ArnLike are two names of one
	null             family = "Null"
)

// parseOperator takes an operator apart; ok is false for one that IAM doesn't
// have. Names count in exact case: that IAM reads them in another is not
// documented.
func parseOperator(s string) (o operator, ok bool) {
	o.base = s
	for _, set := range [...]string{forAll, forAny} {
		if rest, found := strings.CutPrefix(s, set); found {
			o.set, o.base = set, rest
			break
		}
	}
	o.base, o.ifExists = strings.CutSuffix(o.base, ifExists)
	switch o.base {
	case "StringEquals", "StringNotEquals":
		o.family = stringEquals
	case "StringLike", "StringNotLike":
		o.family = stringLike
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		o.family = stringIgnoreCase
	case "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals":
		o.family = numeric
	case "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals":
		o.family = date
	case "IpAddress", "NotIpAddress":
		o.family = ip
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		o.family = arn
	case "Bool":
		o.family = boolean
	case "BinaryEquals":
		o.family = binary
	case "Null":
		o.family = null
		return o, o.set == "" && !o.ifExists
	default:
		return operator{}, false
	}
	o.negated = strings.Contains(o.base, "Not")
	return o, true
}

// String is the operator as a policy writes it.
func (o operator) String() string {
	if o.ifExists {
		return o.set + o.base + ifExists
	}
	return o.set + o.base
}

// as is the same operator with another base.
func (o operator) as(base string) operator {
	o.base = base
	return o
}

// isString tells StringEquals, StringLike and their negations, between which
// a value may move.
func (o operator) isString() bool { return o.family == stringEquals || o.family == stringLike }

// splits tells whether a condition with two values says the same as two
// statements with one each.
func (o operator) splits() bool { return !o.negated && o.set != forAll }

// exact and like are the names for values without and with wildcards.
func (o operator) exact() operator {
	if o.negated {
		return o.as("StringNotEquals")
	}
	return o.as("StringEquals")
}

func (o operator) like() operator {
	if o.negated {
		return o.as("StringNotLike")
	}
	return o.as("StringLike")
}
