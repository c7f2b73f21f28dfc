package pattern

import "slices"

// Covers tells whether every string of q is a string of p. A true answer is
// always right. So is a false one, as far as is known: there is no proof, but
// no search over small patterns has found a pair that it misses.
//
// It reads p as segments between gaps. A row of wildcards of p that holds a *
// is a gap of at least as many units as it has ?; anything of q fits in it, a
// * of q counting as empty. A segment must lie on units and ? of q, one for
// one. Each segment is laid as far left as it goes, which leaves the most to
// those after it. The first and the last segment are held to the ends.
func (p Pattern) Covers(q Pattern) bool {
	if !p.wild() {
		return !q.wild() && p.text == q.text
	}
	segments, gaps := split(p.tokens)
	first, rest := segments[0], q.units()
	if !lies(first, rest) {
		return false
	}
	rest = rest[len(first):]
	if len(gaps) == 0 {
		return len(rest) == 0
	}
	last := segments[len(segments)-1]
	if len(rest) < len(last) || !lies(last, rest[len(rest)-len(last):]) {
		return false
	}
	rest = rest[:len(rest)-len(last)]
	for i, segment := range segments[1 : len(segments)-1] {
		at, ok := place(segment, rest, gaps[i])
		if !ok {
			return false
		}
		rest = rest[at+len(segment):]
	}
	return least(rest) >= gaps[len(gaps)-1]
}

// split takes a pattern apart at its rows of wildcards with a *; gaps[i], the
// least length of such a row, stands between segments[i] and segments[i+1].
func split(tokens []token) (segments [][]token, gaps []int) {
	for {
		at := slices.Index(tokens, run)
		if at < 0 {
			return append(segments, tokens), gaps
		}
		end := at
		for end > 0 && tokens[end-1] == one {
			end--
		}
		segments, gaps = append(segments, tokens[:end]), append(gaps, at-end)
		tokens = tokens[at+1:]
	}
}

// place finds the leftmost place in q for a segment after a gap of at least
// so many units.
func place(segment, q []token, gap int) (at int, ok bool) {
	for length := 0; at+len(segment) <= len(q); at++ {
		if length >= gap && lies(segment, q[at:]) {
			return at, true
		}
		if at < len(q) && q[at] != run {
			length++
		}
	}
	return 0, false
}

// lies tells whether q begins with something that the segment always matches.
func lies(segment, q []token) bool {
	if len(q) < len(segment) {
		return false
	}
	for i, t := range segment {
		if q[i] == run || t != one && t != q[i] {
			return false
		}
	}
	return true
}

// least is the length of the shortest string of q.
func least(q []token) (length int) {
	for _, t := range q {
		if t != run {
			length++
		}
	}
	return length
}
