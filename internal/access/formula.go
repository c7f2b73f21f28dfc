package access

import (
	"slices"
	"strconv"
	"strings"
)

// formula is a set of requests: a leaf, its complement, the intersection or
// the union of formulas. An intersection of none is every request, a union of
// none is no request.
type formula struct {
	op   op
	leaf leaf
	of   []*formula
}

type op uint8

const (
	conjunction op = iota
	disjunction
	isLeaf
	notLeaf
)

// leaf is a fact about a request.
type leaf struct {
	kind    leafKind
	key     string
	list    *list
	outside bool // of someIn: some value is outside of the list
	multi   bool // the key is multivalued in every request
	unknown *condition
}

type leafKind uint8

const (
	isIn      leafKind = iota // the key has one value, which is in the list
	someIn                    // a value of the multivalued key is in the list, or outside of it
	isThere                   // the key has a value
	isNamed                   // the request names the key: what Null asks
	isSeveral                 // the key has several values
	isUnknown                 // the condition holds, whose truth is not a token's matter
)

func all(of ...*formula) *formula {
	return combine(conjunction, of)
}

func either(of ...*formula) *formula {
	return combine(disjunction, of)
}

// combine drops what changes nothing and stops at what settles everything.
func combine(by op, of []*formula) *formula {
	out := make([]*formula, 0, len(of))
	for _, f := range of {
		switch {
		case f.op == by:
			out = append(out, f.of...)
		case f.op < isLeaf && len(f.of) == 0:
			return f
		default:
			out = append(out, f)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return &formula{op: by, of: out}
}

func always() *formula { return &formula{op: conjunction} }
func never() *formula  { return &formula{op: disjunction} }

func settled(yes bool) *formula {
	if yes {
		return always()
	}
	return never()
}

func (f *formula) isNever() bool { return f.op == disjunction && len(f.of) == 0 }

// not is the complement, with every negation at a leaf.
func not(f *formula) *formula {
	switch f.op {
	case isLeaf:
		return &formula{op: notLeaf, leaf: f.leaf}
	case notLeaf:
		return &formula{op: isLeaf, leaf: f.leaf}
	}
	out := &formula{op: disjunction - f.op, of: make([]*formula, len(f.of))}
	for i, g := range f.of {
		out.of[i] = not(g)
	}
	return out
}

// signature is equal for formulas that are the same but for their order.
func (f *formula) signature() string {
	var out strings.Builder
	switch f.op {
	case isLeaf, notLeaf:
		out.WriteString(strconv.Itoa(int(f.op)) + strconv.Itoa(int(f.leaf.kind)) + strconv.FormatBool(f.leaf.outside))
		writeField(&out, f.leaf.key)
		if f.leaf.list != nil {
			f.leaf.list.signature(&out)
		}
		if f.leaf.unknown != nil {
			writeField(&out, f.leaf.unknown.id)
		}
	default:
		parts := make([]string, len(f.of))
		for i, g := range f.of {
			parts[i] = g.signature()
		}
		slices.Sort(parts)
		out.WriteString(strconv.Itoa(int(f.op)))
		for _, p := range parts {
			writeField(&out, p)
		}
	}
	return out.String()
}

// writeField writes a text so that no two rows of texts read the same.
func writeField(out *strings.Builder, text string) {
	out.WriteString(strconv.Itoa(len(text)) + ":" + text)
}

// replace is the formula with every unknown condition decided: outright by
// where it stands, so that the whole shrinks or grows.
func (f *formula) replace(grow bool) *formula {
	switch f.op {
	case isLeaf, notLeaf:
		if f.leaf.kind == isUnknown {
			return settled(grow)
		}
		return f
	}
	of := make([]*formula, len(f.of))
	for i, g := range f.of {
		of[i] = g.replace(grow)
	}
	return combine(f.op, of)
}
