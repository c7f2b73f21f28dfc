package policy

import (
	"slices"
	"strings"
)

// reading is a statement on its way to canonical form.
type reading struct {
	language
	Statement
}

// boxes are the boxes whose union says what the statement says. One is
// enough, but for values that StringEquals and StringLike share no place for,
// and for audiences, which are kept apart.
func (r reading) boxes(spelling map[string]string) []box {
	b := box{fixed: Statement{Effect: r.Effect}}
	b.fixed.NotPrincipals = principals(r.NotPrincipals)
	b.fixed.NotActions = actions(r.NotActions, spelling)
	b.fixed.NotResources = set(r.NotResources, strings.Compare)
	b.dimensions = make([]dimension, 0, 3+len(r.Conditions))
	if b.fixed.Principals = principals(r.Principals); len(b.fixed.Principals) > 0 {
		values := make([]string, len(b.fixed.Principals))
		for i, p := range b.fixed.Principals {
			values[i] = p.Type + " " + p.Value
		}
		b.dimensions, b.fixed.Principals = append(b.dimensions, dimension{element: "Principal", values: values}), nil
	}
	if b.fixed.Actions = actions(r.Actions, spelling); len(b.fixed.Actions) > 0 {
		b.dimensions, b.fixed.Actions = append(b.dimensions, dimension{element: "Action", values: set(b.fixed.Actions, strings.Compare)}), nil
	}
	if b.fixed.Resources = set(r.Resources, strings.Compare); len(b.fixed.Resources) > 0 {
		b.dimensions, b.fixed.Resources = append(b.dimensions, dimension{element: "Resource", values: b.fixed.Resources}), nil
	}
	boxes := []box{b}
	split := r.splits() <= maxBoxes
	for _, c := range r.Conditions {
		boxes = r.narrow(boxes, c, split)
	}
	for i := range boxes {
		slices.SortFunc(boxes[i].dimensions, dimension.compare)
		slices.SortFunc(boxes[i].fixed.Conditions, compareConditions)
	}
	return boxes
}

// splits is the number of boxes that the statement comes to, or more than
// maxBoxes.
func (r reading) splits() int {
	n := 1
	for _, c := range r.Conditions {
		if n *= max(1, len(c.Values)); n > maxBoxes {
			break
		}
	}
	if n <= maxBoxes {
		return n // at most, and mostly far less
	}
	n = 1
	for _, c := range r.Conditions {
		if o, ok := parseOperator(c.Operator); ok && o.splits() {
			if n *= max(1, len(r.alternatives(o, c))); n > maxBoxes {
				break
			}
		}
	}
	return n
}

// narrow adds a condition to each box. A condition that is true when any of
// its values matches becomes a dimension, or with split several, each for a
// box; the others are sets that stay whole.
func (r reading) narrow(boxes []box, c Condition, split bool) []box {
	o, known := parseOperator(c.Operator)
	c.Key = lower(c.Key)
	switch {
	case !known || len(c.Values) == 0:
		c.Values = set(c.Values, strings.Compare)
		return each(boxes, func(b *box) { b.hold(c) })
	case o.negated && o.set != forAny:
		return each(boxes, func(b *box) { r.exclude(b, o, c) })
	case !o.splits():
		whole := r.whole(o, c)
		return each(boxes, func(b *box) { b.hold(whole) })
	}
	alternatives := r.alternatives(o, c)
	if len(alternatives) == 1 {
		return each(boxes, func(b *box) { b.dimensions = append(b.dimensions, alternatives[0]) })
	}
	if !split {
		c.Values = set(c.Values, strings.Compare)
		return each(boxes, func(b *box) { b.hold(c) })
	}
	out := make([]box, 0, len(boxes)*len(alternatives))
	for _, b := range boxes {
		for _, a := range alternatives {
			b := b.clone()
			b.dimensions = append(b.dimensions, a)
			out = append(out, b)
		}
	}
	return out
}

func each(boxes []box, f func(*box)) []box {
	for i := range boxes {
		f(&boxes[i])
	}
	return boxes
}

// exclude adds a condition under which none of the values may match. Two of
// them on one key are one with the values of both, and IfExists adds nothing:
// such a condition holds where the key is missing.
func (r reading) exclude(b *box, o operator, c Condition) {
	o.ifExists = false
	switch {
	case o.isString():
		var exact, like []string
		for _, v := range c.Values {
			if text, ok := r.text(o, v); ok {
				exact = append(exact, r.quoteEquals(text))
			} else if o.family == stringLike {
				like = append(like, r.normalLike(v))
			} else {
				exact = append(exact, v)
			}
		}
		b.unite(Condition{o.exact().String(), c.Key, exact})
		b.unite(Condition{o.like().String(), c.Key, like})
	case o.family == arn:
		b.unite(Condition{o.as("ArnNotLike").String(), c.Key, c.Values})
	default:
		b.unite(Condition{o.String(), c.Key, r.values(o, c.Values)})
	}
}

// text is the one text that a value of StringEquals or StringLike matches.
func (r reading) text(o operator, value string) (string, bool) {
	if o.family == stringLike {
		return r.isExact(value)
	}
	return r.plain(value)
}

// whole is the canonical form of a condition whose values stay together. It
// keeps its operator where the better name is taken on this key.
func (r reading) whole(o operator, c Condition) Condition {
	c.Operator, c.Values = r.best(o, c), r.values(o, c.Values)
	if o.family == stringLike && strings.Contains(c.Operator, "Equals") {
		for i, v := range c.Values {
			text, _ := r.isExact(v)
			c.Values[i] = r.quoteEquals(text)
		}
	}
	c.Values = set(c.Values, strings.Compare)
	return c
}

// best is the operator under which a whole condition is written.
func (r reading) best(o operator, c Condition) string {
	better := o
	better.ifExists = o.ifExists && o.set != forAll
	switch {
	case o.family == arn && o.negated:
		better.base = "ArnNotLike"
	case o.family == arn && o.base == "ArnEquals":
		better.base = "ArnLike"
	case o.family == stringLike && !slices.ContainsFunc(c.Values, func(v string) bool { _, ok := r.isExact(v); return !ok }):
		better = better.exact()
	}
	if better == o || r.taken(o, c.Key) {
		return o.String()
	}
	return better.String()
}

// taken tells whether another operator of the same kind and prefix tests the key.
func (r reading) taken(o operator, key string) bool {
	return slices.ContainsFunc(r.Conditions, func(c Condition) bool {
		p, ok := parseOperator(c.Operator)
		return ok && p != o && p.set == o.set && (p.ifExists == o.ifExists || o.set == forAll) &&
			p.negated == o.negated && compareFold(c.Key, key) == 0 && (p.family == o.family || p.isString() && o.isString())
	})
}

// alternatives are the dimensions one of which must hold for a condition of
// which one value is enough. A value of StringEquals stands as its StringLike
// spelling, so that both operators meet in one list, but for a key that the
// statement tests by both: there both must hold.
func (r reading) alternatives(o operator, c Condition) []dimension {
	values := r.values(o, c.Values)
	switch {
	case r.taken(o, c.Key):
		return apart(dimension{o.String(), c.Key, values})
	case o.family == arn && o.base == "ArnEquals":
		return apart(dimension{o.as("ArnLike").String(), c.Key, values})
	case o.family != stringEquals:
		return apart(dimension{o.String(), c.Key, values})
	}
	var like, equals []string
	for _, v := range values {
		if moved, ok := r.movable(v); ok {
			like = append(like, moved)
		} else {
			equals = append(equals, v)
		}
	}
	out := apart(dimension{o.like().String(), c.Key, set(like, strings.Compare)})
	return append(out, apart(dimension{o.String(), c.Key, equals})...)
}

// apart gives each audience a dimension of its own.
func apart(d dimension) []dimension {
	if len(d.values) == 0 {
		return nil
	}
	if len(d.values) == 1 || !d.apart() {
		return []dimension{d}
	}
	out := make([]dimension, len(d.values))
	for i := range out {
		out[i] = dimension{d.element, d.key, d.values[i : i+1 : i+1]}
	}
	return out
}

// values brings the values of a condition to one spelling, sorted.
func (r reading) values(o operator, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		switch o.family {
		case stringEquals:
			if text, ok := r.plain(v); ok {
				v = r.quoteEquals(text)
			}
		case stringLike:
			v = r.normalLike(v)
		case stringIgnoreCase:
			if !strings.Contains(v, "${") {
				v = lower(v)
			}
		case boolean, null:
			v = lower(v)
		}
		out[i] = v
	}
	return set(out, strings.Compare)
}
