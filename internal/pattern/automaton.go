package pattern

import "slices"

// An automaton is patterns laid one after the other, each with an end behind
// it. A position is that of the token that comes next; one before a token that
// may be skipped stands for those behind it too.
type automaton struct {
	tokens []token
	owner  []int32 // by position: where its pattern begins
}

// add lays one more pattern and tells where it begins.
func (a *automaton) add(p Pattern) int32 {
	start := int32(len(a.tokens))
	a.tokens = append(p.appendTokens(a.tokens), end)
	for len(a.owner) < len(a.tokens) {
		a.owner = append(a.owner, start)
	}
	return start
}

// skip is the position behind a token left out, and behind all like it if it
// is optional: leaving out the first of them loses nothing.
func (a *automaton) skip(at int32) int32 {
	t := a.tokens[at]
	at++
	for t&optional != 0 && a.tokens[at] == t {
		at++
	}
	return at
}

// after is the position behind a unit that the token at a position has taken.
func (a *automaton) after(at int32) int32 {
	if a.tokens[at] >= loop {
		return at
	}
	return at + 1
}

// step appends where a sorted set of positions stands after a unit, sorted.
// all tells that one of them now matches whatever follows.
//
// Behind a * a pattern asks nothing of what came before: its positions before
// the last * it has reached match no more than that * does, and are dropped.
func (a *automaton) step(set []int32, unit token, to []int32) (out []int32, all bool, steps int) {
	from := len(to)
	for _, at := range set {
		for {
			steps++
			t := a.tokens[at]
			if t == end {
				break
			}
			if t.holds(unit) {
				target := a.after(at)
				if a.tokens[target] == run && a.tokens[target+1] == end {
					return to, true, steps
				}
				to = insert(to, from, target)
			}
			if !t.skips() {
				break
			}
			at = a.skip(at)
		}
	}
	star, kept := int32(-1), len(to)
	for i := len(to) - 1; i >= from; i-- {
		if at := to[i]; star < 0 || a.owner[at] != star {
			kept--
			to[kept] = at
			if a.tokens[at] == run {
				star = a.owner[at]
			}
		}
	}
	return slices.Delete(to, from, kept), false, steps
}

// insert puts a position in its place in a sorted set that begins at from.
func insert(set []int32, from int, at int32) []int32 {
	i := len(set)
	for i > from && set[i-1] > at {
		i--
	}
	if i > from && set[i-1] == at {
		return set
	}
	return slices.Insert(set, i, at)
}

// accepts tells whether a position of the set may be the last.
func (a *automaton) accepts(set []int32) bool {
	return slices.ContainsFunc(set, func(at int32) bool {
		for a.tokens[at].skips() {
			at = a.skip(at)
		}
		return a.tokens[at] == end
	})
}

// least is, by position, how many units a pattern asks for from there on.
func (a *automaton) least() []int32 {
	out := make([]int32, len(a.tokens))
	for i := len(a.tokens) - 1; i >= 0; i-- {
		switch t := a.tokens[i]; {
		case t == end:
		case t.skips():
			out[i] = out[i+1]
		default:
			out[i] = out[i+1] + 1
		}
	}
	return out
}
