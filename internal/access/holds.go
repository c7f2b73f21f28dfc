package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// holder decides formulas for one request.
type holder struct {
	request policy.Request
	facts   map[string]policy.Fact // by key in lower case
}

func (h holder) some(list []*formula) policy.Truth {
	out := policy.No
	for _, f := range list {
		if out = opposite(both(opposite(out), opposite(h.holds(f)))); out == policy.Yes {
			break
		}
	}
	return out
}

func (h holder) holds(f *formula) policy.Truth {
	switch f.op {
	case isLeaf:
		return h.leaf(f.leaf)
	case notLeaf:
		return opposite(h.leaf(f.leaf))
	case disjunction:
		return h.some(f.of)
	}
	out := policy.Yes
	for _, g := range f.of {
		if out = both(out, h.holds(g)); out == policy.No {
			break
		}
	}
	return out
}

func (h holder) leaf(l leaf) policy.Truth {
	if l.kind == isUnknown {
		return h.condition(l.unknown)
	}
	fact, have := h.facts[l.key]
	several := fact.Multivalued || len(fact.Values) > 1
	switch {
	case fact.Unknown:
		return policy.Unknown
	case l.kind == isNamed && have && fact.Multivalued && len(fact.Values) == 0:
		return policy.Unknown // whether that is missing is not documented
	case l.kind == isNamed:
		return truth(have)
	case l.kind == isThere:
		return truth(len(fact.Values) > 0)
	case l.kind == isSeveral:
		return truth(several)
	case l.kind == isIn && several:
		return policy.No
	}
	out := policy.No
	for _, v := range fact.Values {
		in := l.list.matches(v)
		if l.outside {
			in = opposite(in)
		}
		out = opposite(both(opposite(out), opposite(in)))
	}
	return out
}

// matches decides whether a text is one of a list. What İ is in lower case is
// not documented.
func (l *list) matches(text string) policy.Truth {
	if slices.ContainsFunc(l.values, func(v value) bool { return v.id[0] != foldID && v.pattern.Match(text) }) {
		return policy.Yes
	}
	folds := slices.ContainsFunc(l.values, func(v value) bool { return v.id[0] == foldID })
	if folds && strings.ContainsRune(text, 'İ') {
		return policy.Unknown
	}
	return truth(folds && slices.ContainsFunc(l.values, func(v value) bool { return v.id[0] == foldID && v.pattern.Match(text) }))
}

// condition decides what a set leaves open by the policy's own evaluator.
func (h holder) condition(c *condition) policy.Truth {
	if c.written.Operator == elementOperator {
		return policy.Unknown
	}
	ofNobody := h.request // what is asked is an identity policy
	ofNobody.Principal = policy.Principal{}
	d := policy.Evaluate(policy.Document{Version: c.version, Statements: []policy.Statement{
		{Effect: policy.Allow, Actions: []string{"*"}, Conditions: []policy.Condition{c.written}},
	}}, ofNobody)
	if d.Unknown {
		return policy.Unknown
	}
	return truth(d.Allowed)
}

func truth(b bool) policy.Truth {
	if b {
		return policy.Yes
	}
	return policy.No
}

func both(a, b policy.Truth) policy.Truth {
	switch {
	case a == policy.No || b == policy.No:
		return policy.No
	case a == policy.Unknown || b == policy.Unknown:
		return policy.Unknown
	}
	return policy.Yes
}

func opposite(a policy.Truth) policy.Truth {
	switch a {
	case policy.Yes:
		return policy.No
	case policy.No:
		return policy.Yes
	}
	return policy.Unknown
}
