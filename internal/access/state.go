package access

import (
	"slices"

	"github.com/trustctl/trustctl/internal/pattern"
)

// state is what a search has assumed of a request so far.
type state struct {
	keys    []keyState
	assumed []assumption
	chosen  []*formula // of the values to be told apart
}

// keyState is what is assumed of one condition key. What a state shares with
// the one that it was made from is never written to.
type keyState struct {
	name    string
	multi   bool // multivalued in every request
	there   answer
	several answer

	all  []value // what the one value matches
	none []*list // and what it matches nothing of

	wanted []want  // values that there are, of a key with several
	within []*list // each holds every one of them
	barred []*list // and these hold none
}

// want is one value of several.
type want struct {
	in  []value // what it matches; none for any
	out []*list // and what it matches nothing of
}

// assumption is an unknown condition taken for true or false.
type assumption struct {
	condition *condition
	holds     bool
}

type answer uint8

const (
	open answer = iota
	yes
	no
)

func answered(b bool) answer {
	if b {
		return yes
	}
	return no
}

func (st *state) clone() *state {
	keys := append(make([]keyState, 0, len(st.keys)+1), st.keys...) // with room for the next assumption
	return &state{keys, slices.Clip(st.assumed), slices.Clip(st.chosen)}
}

// key is what is assumed of a key; nil for nothing.
func (st *state) key(name string) *keyState {
	for i := range st.keys {
		if st.keys[i].name == name {
			return &st.keys[i]
		}
	}
	return nil
}

// touch is key, for writing.
func (st *state) touch(name string) *keyState {
	if k := st.key(name); k != nil {
		return k
	}
	st.keys = append(st.keys, keyState{name: name})
	return &st.keys[len(st.keys)-1]
}

func (st *state) assumes(c *condition) answer {
	for _, a := range st.assumed {
		if a.condition.id == c.id {
			return answered(a.holds)
		}
	}
	return open
}

// set writes an answer; false if it contradicts.
func (a *answer) set(b bool) bool {
	if *a == open {
		*a = answered(b)
	}
	return *a == answered(b)
}

// choose assumes that a key's value, or one of its several, matches a value.
func (st *state) choose(l leaf, v value) bool {
	k := st.touch(l.key)
	k.multi = k.multi || l.multi
	if !k.there.set(true) {
		return false
	}
	if l.kind == someIn {
		k.wanted = append(slices.Clip(k.wanted), want{in: []value{v}})
		return true
	}
	if !k.several.set(false) {
		return false
	}
	if !slices.ContainsFunc(k.all, func(a value) bool { return v.id == a.id }) {
		k.all = append(slices.Clip(k.all), v)
	}
	return true
}

// assume takes a leaf for true or false. A list of which one value is enough
// is not settled by that: the caller has to choose.
func (st *state) assume(l leaf, holds bool) bool {
	if l.kind == isUnknown {
		switch st.assumes(l.unknown) {
		case open:
			st.assumed = append(slices.Clip(st.assumed), assumption{l.unknown, holds})
		case answered(!holds):
			return false
		}
		if p := l.unknown.presence; p != nil && holds {
			return st.assume(leaf{kind: isUnknown, unknown: p}, true)
		}
		return true
	}
	k := st.touch(l.key)
	k.multi = k.multi || l.multi
	switch l.kind {
	case isThere, isNamed:
		return k.there.set(holds)
	case isSeveral:
		return k.several.set(holds)
	case isIn:
		k.none = append(slices.Clip(k.none), l.list)
	case someIn:
		switch {
		case holds: // l.outside
			k.wanted = append(slices.Clip(k.wanted), want{out: []*list{l.list}})
			return k.there.set(true)
		case l.outside:
			k.within = append(slices.Clip(k.within), l.list)
		default:
			k.barred = append(slices.Clip(k.barred), l.list)
		}
	}
	return true
}

// verdict is what a state says of a formula.
type verdict int

const (
	maybe verdict = iota
	dead
	entailed
)

// value judges the choice of a value.
func (s *solver) value(st *state, l leaf, v value) verdict {
	k := st.key(l.key)
	if k == nil {
		return maybe
	}
	if k.there == no {
		return dead
	}
	if l.kind == someIn {
		return verdictOf(s.barred(k.barred, v), false)
	}
	if k.several == yes || s.barred(k.none, v) {
		return dead
	}
	for _, a := range k.all {
		s.spend(2)
		if v.covers(a) {
			return entailed
		}
	}
	return verdictOf(slices.ContainsFunc(k.all, v.apart), false)
}

// barred tells whether lists cover a value.
func (s *solver) barred(lists []*list, v value) bool {
	for _, l := range lists {
		covered, asked := s.index(l).covering(v)
		s.spend(2 + 2*asked)
		if covered {
			return true
		}
	}
	return false
}

func verdictOf(isDead, isEntailed bool) verdict {
	switch {
	case isDead:
		return dead
	case isEntailed:
		return entailed
	}
	return maybe
}

// judge judges a formula by what can be told at a glance.
func (s *solver) judge(st *state, f *formula) verdict {
	s.spend(1)
	switch f.op {
	case isLeaf:
		return s.judgeLeaf(st, f.leaf)
	case notLeaf:
		switch s.judgeLeaf(st, f.leaf) {
		case dead:
			return entailed
		case entailed:
			return dead
		}
		return maybe
	}
	settles, settled := dead, 0
	if f.op == disjunction {
		settles = entailed
	}
	for _, g := range f.of {
		switch v := s.judge(st, g); v {
		case settles:
			return settles
		case maybe:
		default:
			settled++
		}
	}
	if settled == len(f.of) {
		return dead + entailed - settles
	}
	return maybe
}

func (s *solver) judgeLeaf(st *state, l leaf) verdict {
	if l.kind == isUnknown {
		holds := st.assumes(l.unknown)
		if p := l.unknown.presence; holds == open && p != nil && st.assumes(p) == no {
			holds = no
		}
		return verdictOf(holds == no, holds == yes)
	}
	k := st.key(l.key)
	if k == nil {
		return maybe
	}
	switch l.kind {
	case isThere, isNamed:
		return verdictOf(k.there == no, k.there == yes)
	case isSeveral:
		return verdictOf(k.several == no, k.several == yes)
	case someIn:
		return verdictOf(k.there == no, false)
	}
	if k.there == no || k.several == yes {
		return dead
	}
	if len(k.none) > 0 && len(l.list.values) <= fewValues &&
		!slices.ContainsFunc(l.list.values, func(v value) bool { return !s.barred(k.none, v) }) {
		return dead
	}
	for _, a := range k.all {
		x := s.index(l.list)
		covered, asked := x.covering(a)
		s.spend(2 + 2*asked)
		if covered {
			return entailed
		}
		s.room = x.near(a, s.room[:0])
		if s.spend(len(s.room)); len(s.room) == 0 {
			return dead
		}
	}
	return maybe
}

// fewValues is up to where a list is looked through value by value.
const fewValues = 32

func (s *solver) index(l *list) *index {
	x, ok := s.indexes[l]
	if !ok {
		x = newIndex(l.values)
		s.spend(len(l.values))
		if s.indexes == nil {
			s.indexes = map[*list]*index{}
		}
		s.indexes[l] = x
	}
	return x
}

func (s *solver) spend(n int) bool { return s.b.Spend(n) }

// worse keeps what is more certain to matter: found, then undecided.
func worse(a, b pattern.Outcome) pattern.Outcome {
	switch {
	case a == pattern.Inhabited || b == pattern.Inhabited:
		return pattern.Inhabited
	case a == pattern.Undecided || b == pattern.Undecided:
		return pattern.Undecided
	}
	return pattern.Empty
}
