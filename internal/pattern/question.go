package pattern

import (
	"slices"
	"strings"
)

// A question is a cell on its way to an answer, without what can't matter.
type question struct {
	all, none []Pattern
	b         *Budget
}

func (c Cell) search(b *Budget, shortest bool) (Outcome, Witness) {
	q := question{b: b}
	if outcome, w, done := q.reduce(c); done {
		return outcome, w
	}
	w, ok := q.quick()
	switch {
	case b.spent:
		return Undecided, Witness{}
	case !ok && q.told():
		return Empty, Witness{}
	case ok && (w.Shortest || !shortest):
		return Inhabited, w
	}
	var outcome Outcome
	if !ok {
		s := newSearch(q.all, q.none, b.Part(b.Left()/4), true)
		if outcome, w.Text = s.run(0); outcome == Empty {
			return Empty, Witness{}
		}
		if ok = outcome == Inhabited; ok && !shortest {
			return Inhabited, w
		}
	}
	limit := 0
	if ok {
		limit = length(w.Text)
	}
	s := newSearch(q.all, q.none, b.Part(b.Left()/8*7), false)
	switch outcome, text := s.run(limit); {
	case outcome == Inhabited:
		return Inhabited, Witness{text, true}
	case outcome == Empty && ok:
		return Inhabited, Witness{w.Text, true}
	case outcome == Empty:
		return Empty, Witness{}
	case !ok:
		return Undecided, Witness{}
	}
	return Inhabited, Witness{q.shrink(w.Text), false}
}

// told tells whether a failure of the quick words is a proof: one pattern of
// letters and wildcards, with a letter nobody names for each wildcard, is a
// word that patterns without ? match only if they match all of the pattern.
func (q *question) told() bool {
	for _, n := range q.none {
		if n.kinds&^hasRun != 0 {
			return false
		}
	}
	p := q.all[0]
	return len(q.all) == 1 && p.kinds&(hasFold|hasLoop) == 0 &&
		!slices.ContainsFunc(p.tokens, func(t token) bool { return t >= class && t != one && t != run })
}

// reduce leaves out every pattern of All that holds another, and every pattern
// of None that doesn't meet all of All, and finds what is decided by two
// patterns alone.
func (q *question) reduce(c Cell) (_ Outcome, _ Witness, done bool) {
	q.all = q.narrowest(c.All)
	for i, p := range q.all {
		for _, other := range q.all[:i] {
			meets, _, steps := p.meets(other)
			if q.b.Spend(steps); !meets {
				return Empty, Witness{}, true
			}
		}
	}
	if text, ok := q.all[0].Literal(); ok {
		if q.b.spent {
			return Undecided, Witness{}, true
		}
		return q.single(text, c)
	}
	for _, n := range c.None {
		matters := !slices.ContainsFunc(q.all, func(p Pattern) bool { return apart(p.text, n.text) })
		if !q.b.Spend(1) || !matters {
			continue
		}
		for _, p := range q.all {
			covers, steps := n.covers(p)
			if !q.b.Spend(steps) {
				return Undecided, Witness{}, true
			}
			if covers {
				return Empty, Witness{}, true
			}
			if matters {
				matters, _, steps = p.meets(n)
				q.b.Spend(steps)
			}
		}
		if matters {
			q.none = append(q.none, n)
		}
	}
	if q.b.spent {
		return Undecided, Witness{}, true
	}
	return 0, Witness{}, false
}

// single decides a cell of one string at most.
func (q *question) single(text string, c Cell) (Outcome, Witness, bool) {
	var buffer [128]token
	units := appendUnits(buffer[:0], text)
	for i, list := range [][]Pattern{c.All, c.None} {
		for _, p := range list {
			ok, steps := p.text == text, 1
			if p.wild() {
				ok, steps = strings.HasPrefix(text, p.text), 1
			}
			if ok && p.wild() {
				ok, steps = p.match(units)
			}
			if !q.b.Spend(steps) {
				return Undecided, Witness{}, true
			}
			if ok != (i == 0) {
				return Empty, Witness{}, true
			}
		}
	}
	return Inhabited, Witness{text, true}, true
}

// apart tells whether two texts can't begin one string.
func apart(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] != b[:n]
}

// narrowest leaves out the patterns that hold another. A literal comes first.
func (q *question) narrowest(all []Pattern) []Pattern {
	out := make([]Pattern, 0, len(all)+1)
	for _, p := range all {
		holds := func(p, other Pattern) bool {
			covers, steps := p.covers(other)
			return q.b.Spend(steps) && covers
		}
		if slices.ContainsFunc(out, func(o Pattern) bool { return holds(p, o) }) {
			continue
		}
		out = slices.DeleteFunc(out, func(o Pattern) bool { return holds(o, p) })
		if !p.wild() {
			return append(out[:0], p)
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		out = append(out, Like("*"))
	}
	return out
}
