package pattern

import (
	"slices"
	"sort"
	"strings"
)

// List is the values of one condition: the union of some patterns, found by the
// literal text that they begin with. Most patterns of a policy begin alike up
// to a name, and so have nothing to do with most others. It does not change.
type List struct {
	patterns []Pattern
	fold     bool  // a pattern takes letters in any case: heads are in lower case
	index    []int // the patterns by head
	heads    []string
	first    map[string]int // by head: the first in heads
	lengths  []int          // of the heads of patterns that go on after them, each once
}

// NewList is a list of patterns. They keep their places.
func NewList(patterns []Pattern) *List {
	l := &List{patterns: patterns, index: make([]int, len(patterns)), first: make(map[string]int, len(patterns))}
	l.fold = slices.ContainsFunc(patterns, func(p Pattern) bool { return p.kinds&hasFold != 0 })
	heads := make([]string, len(patterns))
	var open [1 << 8]bool
	for i, p := range patterns {
		l.index[i], heads[i] = i, l.head(p)
		if n := len(heads[i]); p.wild() && n < len(open) {
			open[n] = true
		} else if p.wild() {
			l.lengths = append(l.lengths, n)
		}
	}
	for n, ok := range open {
		if ok {
			l.lengths = append(l.lengths, n)
		}
	}
	slices.Sort(l.lengths)
	l.lengths = slices.Compact(l.lengths)
	slices.SortStableFunc(l.index, func(i, j int) int { return strings.Compare(heads[i], heads[j]) })
	l.heads = make([]string, len(heads))
	for at, i := range l.index {
		l.heads[at] = heads[i]
		if at == 0 || l.heads[at-1] != heads[i] {
			l.first[heads[i]] = at
		}
	}
	return l
}

// head is what p begins with, in lower case where the list needs it.
func (l *List) head(p Pattern) string {
	if !l.fold {
		return p.text
	}
	if !p.wild() {
		return strings.ToLower(p.text)
	}
	var units []token
	for _, t := range p.tokens {
		if t.folds() {
			t = t.members(nil)[0]
		}
		if !t.literal() {
			break
		}
		units = append(units, t)
	}
	return strings.ToLower(text(units))
}

// Near is the places of the patterns that may have a string in common with p,
// in their order: all that do, and few that don't.
func (l *List) Near(p Pattern) []int {
	head := l.head(p)
	out := l.above(head)
	if p.wild() {
		for at := sort.SearchStrings(l.heads, head); at < len(l.heads) && strings.HasPrefix(l.heads[at], head); at++ {
			out = append(out, l.index[at])
		}
	} else {
		out = l.equal(out, head)
	}
	slices.Sort(out)
	return out
}

// above is the places of the patterns whose head is the beginning of a head,
// and shorter.
func (l *List) above(head string) (out []int) {
	for _, n := range l.lengths {
		if n >= len(head) {
			break
		}
		out = l.equal(out, head[:n])
	}
	return out
}

func (l *List) equal(to []int, head string) []int {
	at, ok := l.first[head]
	for ; ok && at < len(l.heads) && l.heads[at] == head; at++ {
		to = append(to, l.index[at])
	}
	return to
}

// near is the patterns at those places that don't end otherwise than p.
func (l *List) near(p Pattern, b *Budget) []Pattern {
	places := l.Near(p)
	b.Spend(1 + len(places))
	var out []Pattern
	for _, at := range places {
		if q := l.patterns[at]; len(p.tokens) == 0 || len(q.tokens) == 0 || agree(p.tokens[len(p.tokens)-1], q.tokens[len(q.tokens)-1]) {
			out = append(out, q)
		}
	}
	return out
}

// agree tells whether two tokens at the same place can match one unit, as far
// as they stand for one.
func agree(t, u token) bool { return t.skips() || u.skips() || t.meets(u) }

// Match tells whether a pattern of the list matches s.
func (l *List) Match(s string) bool {
	return slices.ContainsFunc(l.Near(Exact(s)), func(i int) bool { return l.patterns[i].Match(s) })
}

// Within tells whether p has a string that is in no pattern of the list: Empty
// if all of p is within it.
func (l *List) Within(p Pattern, b *Budget) (Outcome, Witness) {
	return Within(p, l.near(p, b), b)
}

// Meets is the places of the patterns that have a string in common with p. Where
// the budget runs out it tells so, and leaves out what it doesn't know.
func (l *List) Meets(p Pattern, b *Budget) (places []int, decided bool) {
	decided = true
	for _, i := range l.Near(p) {
		switch l.patterns[i].Meets(p, b) {
		case Inhabited:
			places = append(places, i)
		case Undecided:
			decided = false
		}
	}
	return places, decided
}
