package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
)

// cell is a set of requests that a search ended in: for each key the strings
// that it may have.
type cell struct {
	state  *state
	shape  *shape // of the subjects, nil for any
	single []keyCell
	multi  []keyCell
}

// keyCell is the strings of one key, or of each of several values of it.
type keyCell struct {
	name  string
	cells []pattern.Cell
}

// check decides the cell that a state stands for.
func (s *solver) check(st *state) pattern.Outcome {
	out := pattern.Inhabited
	c := &cell{state: st, shape: s.shape, single: make([]keyCell, 0, len(st.keys)+1)}
	single := st.keys
	if s.shape != nil {
		var ok bool
		if single, ok = s.shape.without(st.keys); !ok {
			return pattern.Empty
		}
		subject, o := s.shape.decide(s, st)
		if o == pattern.Empty {
			return o
		}
		out, c.single = o, append(c.single, subject)
	}
	for i := range single {
		k := &single[i]
		if k.multi || k.several == yes {
			needed := k.there == yes || k.several == yes || len(k.wanted) > 0
			if !needed {
				continue // the request may do without the key
			}
			o, cells := s.severals(k)
			if o == pattern.Empty {
				return o
			}
			if o == pattern.Undecided {
				out = o
			}
			c.multi = append(c.multi, keyCell{name: k.name, cells: cells})
			continue
		}
		if k.there == no {
			continue
		}
		only := s.cellOf(k.all, k.none)
		switch s.decide(only, k.all) {
		case pattern.Empty:
			return pattern.Empty
		case pattern.Undecided:
			out = pattern.Undecided
		}
		if len(k.all) > 0 || len(k.none) > 0 || k.there == yes {
			c.single = append(c.single, keyCell{name: k.name, cells: []pattern.Cell{only}})
		}
	}
	if out == pattern.Undecided {
		s.doubt(Doubt{Why: "comparing the patterns took too long", Decides: "fewer wildcards, above all fewer ?, in one pattern"})
		return out
	}
	if open := st.doubts(); len(open) > 0 {
		for _, d := range open {
			s.doubt(d)
		}
		return pattern.Undecided
	}
	s.found = append(s.found, c)
	return out
}

// doubt notes what keeps a cell from being decided, each once and few in all.
func (s *solver) doubt(d Doubt) {
	if len(s.doubts) < 8 && !slices.Contains(s.doubts, d) {
		s.doubts = append(s.doubts, d)
	}
}

// decide tells whether a cell has a string. Where it matches one text alone
// there is nothing to search.
func (s *solver) decide(c pattern.Cell, all []value) pattern.Outcome {
	s.spend(2 + 2*len(c.All) + 2*len(c.None))
	for _, v := range all {
		text, ok := v.literal()
		if !ok {
			continue
		}
		matches := func(p pattern.Pattern) bool { return p.Match(text) }
		if slices.ContainsFunc(c.None, matches) || slices.ContainsFunc(c.All, func(p pattern.Pattern) bool { return !matches(p) }) {
			return pattern.Empty
		}
		if strings.ContainsRune(text, 'İ') {
			return c.Decide(s.b)
		}
		return pattern.Inhabited
	}
	if len(c.None) == 0 && len(c.All) <= 1 {
		return pattern.Inhabited
	}
	return c.Decide(s.b.Part(s.b.Left()/2 + 1))
}

// cellOf is the cell of values to match and lists to avoid, of which only what
// may match something in common is kept.
func (s *solver) cellOf(all []value, none []*list) pattern.Cell {
	c := pattern.Cell{All: make([]pattern.Pattern, 0, len(all))}
	longest := -1
	for i, v := range all {
		c.All = append(c.All, v.pattern)
		if longest < 0 || len(v.prefix) > len(all[longest].prefix) {
			longest = i
		}
	}
	for _, l := range none {
		near := l.values
		if longest >= 0 {
			s.room = s.index(l).near(all[longest], s.room[:0])
			near = s.room
		}
		s.spend(len(near))
		for _, v := range near {
			if !slices.ContainsFunc(all, v.apart) {
				c.None = append(c.None, v.pattern)
			}
		}
	}
	return c
}

// severals finds a cell for each value that several must hold. What each must
// be in is a union, of which every member is tried.
func (s *solver) severals(k *keyState) (pattern.Outcome, []pattern.Cell) {
	wanted := k.wanted
	if len(wanted) == 0 {
		wanted = []want{{}}
	}
	out := pattern.Inhabited
	var cells []pattern.Cell
	for _, w := range wanted {
		c, o := s.oneOfSeveral(w.in, slices.Concat(w.out, k.barred), k.within)
		if o == pattern.Empty {
			return o, nil
		}
		if o == pattern.Undecided {
			out = o
		}
		cells = append(cells, c)
	}
	return out, cells
}

func (s *solver) oneOfSeveral(all []value, none, within []*list) (pattern.Cell, pattern.Outcome) {
	if !s.spend(5) {
		return pattern.Cell{}, pattern.Undecided
	}
	if len(within) == 0 {
		c := s.cellOf(all, none)
		return c, s.decide(c, all)
	}
	out := pattern.Empty
	for _, v := range within[0].values {
		if slices.ContainsFunc(all, v.apart) {
			continue
		}
		c, o := s.oneOfSeveral(append(slices.Clip(all), v), none, within[1:])
		if o == pattern.Inhabited {
			return c, o
		}
		out = worse(out, o)
	}
	return pattern.Cell{}, out
}

// doubts are the reasons why a state may be impossible although each of its
// keys has a value: conditions that hang on the token themselves, and several
// about one key, of which nobody looked whether they go together.
func (st *state) doubts() []Doubt {
	var out []Doubt
	for i, a := range st.assumed {
		c := a.condition
		if !c.free {
			out = append(out, c.doubt())
			continue
		}
		if c.written.Operator == "Null" {
			continue
		}
		for j, b := range st.assumed {
			other := b.condition
			related := other.key == c.key && (other.written.Operator != "Null" || c.presence == nil)
			if i != j && related {
				d := c.doubt()
				d.Why = "it and another condition on " + c.written.Key + " must have certain answers at once"
				out = append(out, d)
				break
			}
		}
	}
	return out
}

// conditions are the unknown conditions that the cell takes for granted.
func (c *cell) conditions() []string {
	var out []string
	for _, a := range c.state.assumed {
		text := a.condition.String()
		if !a.holds {
			if text = "not " + text; a.condition.written.Operator == "Null" {
				text = "the request lacks " + a.condition.written.Key
			}
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}
