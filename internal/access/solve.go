package access

import (
	"slices"

	"github.com/trustctl/trustctl/internal/pattern"
)

// solver looks for requests in an intersection of formulas. It splits on one
// union at a time, what can be settled before: a state grows from assumption
// to assumption until nothing is left to split, and is then one cell, a set of
// strings for each key, which package pattern decides.
type solver struct {
	b       *pattern.Budget
	shape   *shape // the subjects to look among; nil for every string
	every   bool   // look on for each choice in the formula to report
	indexes map[*list]*index
	room    []value

	found  []*cell
	doubts []Doubt // what kept a cell from being decided
}

// mostFound bounds what a solver that looks for every cell brings back.
const mostFound = 200

func newSolver(b *pattern.Budget) *solver {
	return &solver{b: b}
}

// factor is a union of which one member must hold: formulas, or the values of
// a list for a key.
type factor struct {
	of     []*formula
	leaf   leaf // whose values they are
	values []value
	report bool
}

// take chooses one of a factor's values.
func (st *state) take(f factor, v value) bool {
	if f.report {
		l := f.leaf
		l.list = &list{[]value{v}}
		st.chosen = append(slices.Clip(st.chosen), &formula{op: isLeaf, leaf: l})
	}
	return st.choose(f.leaf, v)
}

func (f factor) len() int { return len(f.of) + len(f.values) }

// goal is a formula to assume; report marks the statement whose values are to
// be told apart.
type goal struct {
	f      *formula
	report bool
}

// solve looks for requests with all goals and one member of each factor.
func (s *solver) solve(st *state, goals []goal, factors []factor) pattern.Outcome {
	factors, ok := s.settle(st, goals, factors)
	if s.spent() {
		return pattern.Undecided
	}
	if !ok {
		return pattern.Empty
	}
	i := pick(factors)
	if i < 0 {
		return s.check(st)
	}
	f := factors[i]
	rest := slices.Delete(slices.Clone(factors), i, i+1)
	out := pattern.Empty
	for j := range f.len() {
		if !s.spend(10 + len(rest) + len(st.keys)) {
			return worse(out, pattern.Undecided)
		}
		next := st.clone()
		var goals []goal
		if j < len(f.of) {
			goals = []goal{{f.of[j], f.report}}
		} else if !next.take(f, f.values[j-len(f.of)]) {
			continue
		}
		out = worse(out, s.solve(next, goals, slices.Clone(rest)))
		if out == pattern.Inhabited && (!s.every || !f.report) || len(s.found) >= mostFound {
			break
		}
	}
	return out
}

func (s *solver) spent() bool { return s.b.Left() <= 0 || !s.b.Spend(0) }

// settle assumes all goals and whatever follows from them, until only factors
// with several open members are left; ok is false for a contradiction.
func (s *solver) settle(st *state, goals []goal, factors []factor) (left []factor, ok bool) {
	for {
		for len(goals) > 0 {
			g := goals[len(goals)-1]
			goals = goals[:len(goals)-1]
			s.spend(1)
			switch f := g.f; f.op {
			case conjunction:
				for _, h := range f.of {
					goals = append(goals, goal{h, g.report})
				}
			case disjunction:
				factors = append(factors, factor{of: f.of, report: g.report})
			case isLeaf:
				switch l := f.leaf; {
				case (l.kind == isIn || l.kind == someIn) && !l.outside && len(l.list.values) == 1:
					if s.value(st, l, l.list.values[0]) == dead || !st.choose(l, l.list.values[0]) {
						return nil, false
					}
				case (l.kind == isIn || l.kind == someIn) && !l.outside:
					factors = append(factors, factor{leaf: l, values: l.list.values, report: g.report})
				case !st.assume(l, true):
					return nil, false
				}
			case notLeaf:
				if s.judge(st, f) == dead || !st.assume(f.leaf, false) {
					return nil, false
				}
			}
		}
		left = factors[:0:0]
		for _, f := range factors {
			if s.spent() {
				return nil, false
			}
			f, holds := s.narrow(st, f)
			switch {
			case holds:
			case f.len() == 0:
				return nil, false
			case len(f.of) == 1 && f.len() == 1:
				goals = append(goals, goal{f.of[0], f.report})
			case f.len() == 1:
				if !st.take(f, f.values[0]) {
					return nil, false
				}
			default:
				left = append(left, f)
			}
		}
		if len(left) == len(factors) {
			return left, true
		}
		factors = left
	}
}

// narrow drops dead members of a factor. A member that holds anyway makes the
// factor superfluous.
func (s *solver) narrow(st *state, f factor) (factor, bool) {
	of, holds := living(f.of, func(g *formula) verdict { return s.judge(st, g) })
	if holds {
		return f, true
	}
	values, holds := living(f.values, func(v value) verdict { return s.value(st, f.leaf, v) })
	f.of, f.values = of, values
	return f, holds
}

// living are the members that are not dead: the list itself where all live.
func living[E any](list []E, judge func(E) verdict) (left []E, holds bool) {
	died := false
	for i, e := range list {
		switch v := judge(e); {
		case v == entailed:
			return list, true
		case v == dead && !died:
			left, died = slices.Clone(list[:i]), true
		case v == maybe && died:
			left = append(left, e)
		}
	}
	if !died {
		return list, false
	}
	return left, false
}

// pick is the factor to split: first those to report, then those of which each
// member brings a pattern to match, which settles most; of these the shortest.
func pick(factors []factor) int {
	best, rank := -1, 0
	for i, f := range factors {
		r := f.len()
		if !f.report {
			r += 1 << 30
		}
		if len(f.of) > 0 && slices.ContainsFunc(f.of, func(g *formula) bool { return !brings(g) }) {
			r += 1 << 20
		}
		if best < 0 || r < rank {
			best, rank = i, r
		}
	}
	return best
}

// brings tells whether a formula asks for a value.
func brings(f *formula) bool {
	switch f.op {
	case isLeaf:
		return (f.leaf.kind == isIn || f.leaf.kind == someIn) && !f.leaf.outside
	case notLeaf:
		return false
	case conjunction:
		return slices.ContainsFunc(f.of, brings)
	}
	return !slices.ContainsFunc(f.of, func(g *formula) bool { return !brings(g) })
}
