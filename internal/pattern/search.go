package pattern

import "slices"

// A search walks the words that all of some patterns match and none of others
// does, from the empty one on. Of a pattern to match, a state holds one place
// where it may stand; of the patterns to avoid, every place.
//
// No alphabet is needed. Only the letters that a pattern to match asks for by
// name can help it, and for the wildcards one letter that none of the others
// asks for by name at this place is as good as any: it takes those to the
// fewest places.
type search struct {
	automaton
	b      *Budget
	start  []int32 // where each pattern stands at first; the first count to match
	count  int
	need   []int32 // by position: units still to come at least
	greedy bool

	states []state
	queue  [][]int32 // states to look at, by what they promise
	low    int
	seen   map[uint64]int32
	fronts map[uint64][]int32 // by places of the patterns to match: at most antichain states
	arena  []int32

	marks   marks
	moves   [][]move
	letters []token
	avoid   []int32
	place   []int32
}

// antichain is how many states with the same places to match are kept to
// compare with. Without any, words are walked many times over; with all of
// them, comparing takes longer than walking.
const antichain = 8

// state is the end of a word. Its places are those of the patterns to match,
// then those of the patterns to avoid, sorted.
type state struct {
	places []int32
	from   int32 // the state that this one follows on
	next   int32 // the one before it with the same hash
	letter token
	length int32
	need   int32 // units that are still to come at least
}

// move is a step that a pattern to match could take.
type move struct {
	token token
	to    int32
}

func newSearch(all, none []Pattern, b *Budget, greedy bool) *search {
	s := &search{b: b, count: len(all), greedy: greedy, seen: map[uint64]int32{}, fronts: map[uint64][]int32{}}
	for _, p := range slices.Concat(all, none) {
		s.start = append(s.start, s.add(p))
	}
	b.Spend(len(s.tokens))
	s.need = s.least()
	s.moves = make([][]move, s.count)
	s.place = make([]int32, s.count)
	return s
}

// run looks for a word of less than limit units; 0 is no limit. The first that
// it finds is a shortest one, unless the search is greedy.
func (s *search) run(limit int) (Outcome, string) {
	head, covered := s.begin()
	if covered {
		return Empty, ""
	}
	s.push(s.start[:s.count], s.start[s.count:], -1, 0)
	for s.low < len(s.queue) {
		bucket := s.queue[s.low]
		if len(bucket) == 0 {
			s.low++
			continue
		}
		id := bucket[len(bucket)-1]
		s.queue[s.low] = bucket[:len(bucket)-1]
		at := s.states[id]
		switch {
		case limit > 0 && len(head)+int(at.length+at.need) >= limit && !s.greedy:
			return Empty, ""
		case s.superfluous(id):
		case s.accepted(at):
			return Inhabited, text(append(head, s.word(id)...))
		default:
			s.expand(id)
		}
		if s.b.spent {
			return Undecided, ""
		}
	}
	if s.b.spent {
		return Undecided, "" // before it began
	}
	return Empty, ""
}

// begin takes the units that all patterns to match begin with, which leave
// nothing to choose. covered tells that a pattern to avoid matches whatever
// follows them.
func (s *search) begin() (head []token, covered bool) {
	match, avoid := s.start[:s.count], s.start[s.count:]
	for {
		u := s.tokens[match[0]]
		for _, at := range match {
			if s.tokens[at] != u || !u.literal() {
				s.start = append(slices.Clip(match), avoid...)
				return head, false
			}
		}
		var steps int
		avoid, covered, steps = s.step(avoid, u, nil)
		if !s.b.Spend(s.count+steps) || covered {
			return nil, covered
		}
		head = append(head, u)
		for i := range match {
			match[i]++
		}
	}
}

func (s *search) accepted(at state) bool {
	s.b.Spend(len(at.places))
	for i := range s.count {
		if !s.accepts(at.places[i : i+1]) {
			return false
		}
	}
	return !s.accepts(at.places[s.count:])
}

// expand pushes the states that follow on one.
func (s *search) expand(id int32) {
	at := s.states[id]
	steps := 0
	s.marks.clear()
	for _, p := range at.places[s.count:] {
		steps += s.each(p, func(t token, _ int32) { s.marks.add(t) })
	}
	s.letters = s.letters[:0]
	demands := make([]Class, 0, 8)
	for i := range s.moves {
		s.moves[i] = s.moves[i][:0]
		steps += s.each(at.places[i], func(t token, to int32) {
			s.moves[i] = append(s.moves[i], move{t, to})
			switch {
			case t.literal():
				s.letters = append(s.letters, t)
			case t.folds():
				s.letters = t.members(s.letters)
			default:
				demands = meet(demands, t.class())
			}
		})
	}
	named := len(s.letters)
	s.b.Spend(steps + len(demands)*(len(demands)+len(s.marks.others)))
	for _, c := range demands {
		s.letters = s.marks.choices(c, s.letters)
	}
	for i, u := range s.letters {
		chosen := slices.Contains(s.letters[named:], u)
		if !s.b.Spend(1+i/4) || slices.Contains(s.letters[:i], u) {
			continue
		}
		var all bool
		s.avoid, all, steps = s.step(at.places[s.count:], u, s.avoid[:0])
		if s.b.Spend(steps); !all {
			s.combine(0, u, chosen, id)
		}
	}
}

// each calls f for each token that may come next, with the position behind it.
func (s *search) each(at int32, f func(t token, to int32)) (steps int) {
	for {
		steps++
		t := s.tokens[at]
		if t == end {
			return steps
		}
		f(t, s.after(at))
		if !t.skips() {
			return steps
		}
		at = s.skip(at)
	}
}

// meet adds a class to a list that holds with any two classes their common
// part: several patterns may ask for a unit of their classes at once.
func meet(list []Class, c Class) []Class {
	if slices.Contains(list, c) {
		return list
	}
	had := slices.Clone(list)
	list = append(list, c)
	for _, other := range had {
		if both := other & c; both != 0 && !slices.Contains(list, both) {
			list = append(list, both)
		}
	}
	return list
}

// combine pushes a state for each way in which the patterns to match can take
// a letter. A letter that stands for any is no use to wildcards alone, if it is
// not the one chosen for them.
func (s *search) combine(i int, u token, useful bool, from int32) {
	if i == s.count {
		if useful {
			s.push(s.place, s.avoid, from, u)
		}
		return
	}
	for _, m := range s.moves[i] {
		if s.b.Spend(1) && m.token.holds(u) {
			s.place[i] = m.to
			s.combine(i+1, u, useful || m.token < class, from)
		}
	}
}
