package policy

import (
	"cmp"
	"slices"
	"strings"
)

// box is a statement as a product: it says what all the statements say that
// take one value of each dimension, its atoms.
type box struct {
	fixed      Statement // effect, and what can't be taken apart
	dimensions []dimension
}

// dimension is a list of which one value is enough: of the element Principal,
// Action or Resource, or of a condition, whose operator then is the element.
type dimension struct {
	element, key string
	values       []string // a sorted set, never empty
}

const (
	maxAtoms = 20000
	maxBoxes = 1000 // that one statement is split into
)

// compare orders the dimensions of a box. Joining goes in this order: actions
// first, then conditions.
func (d dimension) compare(e dimension) int {
	return cmp.Or(cmp.Compare(d.rank(), e.rank()), strings.Compare(d.element, e.element), strings.Compare(d.key, e.key))
}

func (d dimension) rank() int {
	switch d.element {
	case "Action":
		return 0
	case "Resource":
		return 2
	case "Principal":
		return 3
	}
	return 1
}

// apart tells whether each value keeps a statement of its own.
func (d dimension) apart() bool {
	return strings.HasSuffix(d.key, ":aud") && (d.element == "StringLike" || d.element == "StringEquals")
}

func (b box) clone() box {
	b.dimensions = slices.Clone(b.dimensions)
	b.fixed.Conditions = slices.Clone(b.fixed.Conditions)
	return b
}

// hold adds a condition that stays whole.
func (b *box) hold(c Condition) { b.fixed.Conditions = append(b.fixed.Conditions, c) }

// unite adds the values of a condition to those of the same operator and key.
func (b *box) unite(c Condition) {
	if len(c.Values) == 0 {
		return
	}
	for i, have := range b.fixed.Conditions {
		if have.Operator == c.Operator && have.Key == c.Key {
			b.fixed.Conditions[i].Values = set(slices.Concat(have.Values, c.Values), strings.Compare)
			return
		}
	}
	c.Values = set(c.Values, strings.Compare)
	b.hold(c)
}

// shape is equal for boxes that differ in the values of their dimensions only.
func (b box) shape() string {
	w := writer{}
	w.statement(b.fixed)
	for _, d := range b.dimensions {
		w.out = append(w.out, '\n')
		w.out = append(append(append(w.out, d.element...), ' '), d.key...)
	}
	return string(w.out)
}

// statement is the box as a statement.
func (b box) statement(l language) Statement {
	s := b.fixed
	s.Conditions = slices.Clone(s.Conditions)
	for _, d := range b.dimensions {
		switch d.element {
		case "Principal":
			for _, v := range d.values {
				kind, value, _ := strings.Cut(v, " ")
				s.Principals = append(s.Principals, Principal{kind, value})
			}
		case "Action":
			s.Actions = set(d.values, compareFold)
		case "Resource":
			s.Resources = d.values
		default:
			s.Conditions = append(s.Conditions, b.condition(l, d))
		}
	}
	for i := range s.Conditions {
		s.Conditions[i].Key = spellKey(s.Conditions[i].Key, s.Principals)
	}
	slices.SortFunc(s.Conditions, compareConditions)
	return s
}

// condition is a dimension as a condition: values of StringLike that all are
// plain text go under StringEquals, where the box doesn't test the key by that
// as well.
func (b box) condition(l language, d dimension) Condition {
	c := Condition{d.element, d.key, d.values}
	o, _ := parseOperator(d.element)
	if o.family != stringLike {
		return c
	}
	texts := make([]string, len(d.values))
	for i, v := range d.values {
		text, ok := l.isExact(v)
		if !ok {
			return c
		}
		texts[i] = l.quoteEquals(text)
	}
	exact := o.exact().String()
	if slices.ContainsFunc(b.dimensions, func(e dimension) bool { return e.element == exact && e.key == d.key }) ||
		slices.ContainsFunc(b.fixed.Conditions, func(e Condition) bool { return e.Operator == exact && e.Key == d.key }) {
		return c
	}
	return Condition{exact, d.key, set(texts, strings.Compare)}
}
