package policy

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
)

// Narrows tells whether after certainly allows nothing that before doesn't:
// each of its Allow atoms lies within a statement of before, and each Deny atom
// of before within one of after. False means: not shown.
func Narrows(before, after Document) bool {
	if before.Equal(after) {
		return true
	}
	if before.opaque != "" || after.opaque != "" {
		return false
	}
	b, a := before.Canonical(), after.Canonical()
	l := language(a.Version)
	if a.Version != b.Version && len(a.Statements) > 0 && len(b.Statements) > 0 {
		return false
	}
	if l == "" {
		l = language(b.Version)
	}
	return l.within(a.Statements, b.Statements, Allow) && l.within(b.Statements, a.Statements, Deny)
}

// within tells whether each atom of the statements of an effect lies within
// one statement of the others.
func (l language) within(inner, outer []Statement, effect Effect) bool {
	bounds := l.boxes(outer, effect)
	budget := maxAtoms
	for _, b := range l.boxes(inner, effect) {
		if !l.boxWithin(b, bounds, &budget) {
			return false
		}
	}
	return true
}

// boxes are the boxes of the statements of one effect.
func (l language) boxes(statements []Statement, effect Effect) (out []box) {
	spelling := spellings(statements)
	for _, s := range statements {
		if s.Effect == effect {
			out = append(out, reading{l, s}.boxes(spelling)...)
		}
	}
	return out
}

// boxWithin tells whether each atom of a box lies within one of the bounds. A
// box that lies within one bound as a whole isn't taken apart.
func (l language) boxWithin(b box, bounds []box, budget *int) bool {
	if *budget--; *budget < 0 {
		return false
	}
	if slices.ContainsFunc(bounds, func(bound box) bool { return l.holds(bound, b) }) {
		return true
	}
	longest := -1
	for i, d := range b.dimensions {
		if n := len(d.values); n > 1 && (longest < 0 || n > len(b.dimensions[longest].values)) {
			longest = i
		}
	}
	if longest < 0 {
		return false
	}
	values := b.dimensions[longest].values
	for _, half := range [...][]string{values[:len(values)/2], values[len(values)/2:]} {
		part := b.clone()
		part.dimensions[longest].values = half
		if !l.boxWithin(part, bounds, budget) {
			return false
		}
	}
	return true
}

// holds tells whether everything that the inner box says the outer one says:
// each demand of the outer is met by one of the inner.
func (l language) holds(outer, inner box) bool {
	if !l.fixedWithin(outer.fixed, inner.fixed) {
		return false
	}
	for _, d := range outer.dimensions {
		if !slices.ContainsFunc(inner.dimensions, func(e dimension) bool {
			return e.element == d.element && e.key == d.key && l.listWithin(d, e.values)
		}) {
			return false
		}
	}
	// A policy without Principal or Resource is of another kind: not compared.
	for _, d := range inner.dimensions {
		if d.key == "" && !slices.ContainsFunc(outer.dimensions, func(e dimension) bool { return e.element == d.element }) {
			return false
		}
	}
	return true
}

// listWithin tells whether each value lies within one of the dimension.
func (l language) listWithin(outer dimension, values []string) bool {
	for _, v := range values {
		if !slices.ContainsFunc(outer.values, func(o string) bool { return l.valueWithin(outer.element, o, v) }) {
			return false
		}
	}
	return true
}

func (l language) valueWithin(element, outer, inner string) bool {
	if outer == inner {
		return true
	}
	o, _ := parseOperator(element)
	switch {
	case element == "Action":
		return pattern.Like(lower(outer)).Covers(pattern.Like(lower(inner)))
	case element == "Resource" || o.family == stringLike:
		p, ok := l.compile(outer)
		q, also := l.compile(inner)
		return ok && also && p.Covers(q)
	}
	return false
}

// fixedWithin compares what can't be taken apart: the same Not… lists, and for
// each condition of the outer statement one of the inner with the same
// operator and key that excludes at least as much.
func (l language) fixedWithin(outer, inner Statement) bool {
	if compareStatements(withoutConditions(outer), withoutConditions(inner)) != 0 {
		return false
	}
	for _, c := range outer.Conditions {
		if !slices.ContainsFunc(inner.Conditions, func(d Condition) bool { return l.implies(d, c) }) {
			return false
		}
	}
	return true
}

func withoutConditions(s Statement) Statement {
	s.Conditions = nil
	return s
}

// implies tells whether one whole condition certainly makes another true.
func (l language) implies(c, d Condition) bool {
	if c.Operator != d.Operator || c.Key != d.Key {
		return false
	}
	o, ok := parseOperator(c.Operator)
	if !ok || len(c.Values) == 0 || len(d.Values) == 0 {
		return slices.Equal(c.Values, d.Values)
	}
	more, less := c.Values, d.Values // of a negated condition: what it excludes
	if !o.negated {
		more, less = d.Values, c.Values
	}
	return !slices.ContainsFunc(less, func(v string) bool {
		return !slices.ContainsFunc(more, func(w string) bool { return l.valueWithin(strings.Replace(o.base, "Not", "", 1), w, v) })
	})
}

// compile is the pattern of a StringLike value that holds no variable.
func (l language) compile(value string) (pattern.Pattern, bool) {
	if l == Version2008 {
		// Whether the * of a literal ${*} is a wildcard is not documented.
		return pattern.Like(value), !strings.Contains(value, "${*}") && !strings.Contains(value, "${?}")
	}
	parts, ok := l.parts(value)
	patterns := make([]pattern.Pattern, len(parts))
	for i, p := range parts {
		if p.variable != "" {
			return pattern.Pattern{}, false
		}
		patterns[i] = pattern.Like(p.raw)
		if p.exact != "" {
			patterns[i] = pattern.Exact(p.exact)
		}
	}
	return pattern.Join(patterns...), ok
}
