package pattern

import "slices"

// Covers tells whether every string of q is a string of p. A true answer is
// always right. So is a false one between patterns of literals, ? and *, as far
// as is known: there is no proof, but no search over small patterns has found a
// pair that it misses. Names on the left it knows only as they stand.
//
// It reads p as segments between gaps. A row of wildcards of p that holds a *
// is a gap of at least as many units as it has ?; anything of q fits in it, a
// * of q counting as empty. A segment must lie on units and ? of q, one for
// one. Each segment is laid as far left as it goes, which leaves the most to
// those after it. The first and the last segment are held to the ends.
func (p Pattern) Covers(q Pattern) bool {
	ok, _ := p.covers(q)
	return ok
}

// covers also counts its steps.
func (p Pattern) covers(q Pattern) (ok bool, steps int) {
	switch {
	case !p.wild():
		return !q.wild() && p.text == q.text, 1
	case !q.wild():
		var buffer [128]token
		return p.match(appendUnits(buffer[:0], q.text))
	case p.kinds&hasLoop != 0:
		return slices.Equal(p.tokens, q.tokens), 1 + min(len(p.tokens), len(q.tokens))
	}
	c := cover{}
	return c.fits(p.tokens, q.tokens), 1 + c.steps
}

// cover lays one pattern into another, and counts. With some, a token need
// only share a unit with the one it lies on.
type cover struct {
	some  bool
	steps int
}

func (c *cover) fits(p, rest []token) bool {
	at := slices.Index(p, run)
	if at < 0 {
		return len(p) == len(rest) && c.lies(p, rest)
	}
	segment, gap := cut(p[:at])
	if !c.lies(segment, rest) {
		return false
	}
	rest, p = rest[len(segment):], p[at+1:]
	last := p
	for i, t := range p {
		if t == run {
			last = p[i+1:]
		}
	}
	if len(rest) < len(last) || !c.lies(last, rest[len(rest)-len(last):]) {
		return false
	}
	rest = rest[:len(rest)-len(last)]
	for len(p) > len(last) {
		end := slices.Index(p, run)
		segment, next := cut(p[:end])
		at, ok := c.place(segment, rest, gap)
		if !ok {
			return false
		}
		rest, p, gap = rest[at+len(segment):], p[end+1:], next
	}
	return least(rest) >= gap
}

// cut takes from a segment the ? before the * that follows it.
func cut(segment []token) (rest []token, gap int) {
	end := len(segment)
	for end > 0 && segment[end-1] == one {
		end--
	}
	return segment[:end], len(segment) - end
}

// place finds the leftmost place in q for a segment after a gap of at least
// so many units.
func (c *cover) place(segment, q []token, gap int) (at int, ok bool) {
	for length := 0; at+len(segment) <= len(q); at++ {
		if length >= gap && c.lies(segment, q[at:]) {
			return at, true
		}
		if at < len(q) && !q[at].skips() {
			length++
		}
	}
	return 0, false
}

// lies tells whether q begins with something that the segment always matches,
// or sometimes.
func (c *cover) lies(segment, q []token) bool {
	c.steps++
	if len(q) < len(segment) {
		return false
	}
	for i, t := range segment {
		c.steps++
		if t != q[i] && (q[i].skips() || !t.covers(q[i]) && !(c.some && t.meets(q[i]))) {
			return false
		}
	}
	return true
}

// least is the length of the shortest string of q.
func least(q []token) (length int) {
	for _, t := range q {
		if !t.skips() {
			length++
		}
	}
	return length
}
