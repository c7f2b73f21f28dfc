package pattern

import "slices"

// quick tries words that can be read off: the least of all patterns, in which
// no * takes anything, and one in which each takes more than any row of ? asks
// for. Most cells that have a string have one of these.
func (q *question) quick() (w Witness, ok bool) {
	var m marks
	shortest, gap, row := 0, 0, 0
	var tokens []token
	for _, n := range q.none {
		tokens = n.appendTokens(tokens[:0])
		q.b.Spend(2 * len(tokens))
		for _, t := range tokens {
			m.add(t)
			if row++; t != one {
				row = 0
			}
			gap = max(gap, row)
		}
	}
	for _, p := range q.all {
		shortest = max(shortest, least(p.units()))
	}
	c := Cell{q.all, q.none}
	for i, gap := range []int{0, 1, gap + 1} {
		if i == 2 && gap == 1 {
			break
		}
		word := q.word(gap, &m)
		if q.has(c, word) {
			return Witness{text(word), len(word) <= shortest}, true
		}
	}
	return Witness{}, false
}

// has is Cell.has, counted.
func (q *question) has(c Cell, word []token) bool {
	for i, list := range [][]Pattern{c.All, c.None} {
		for _, p := range list {
			ok, steps := p.match(word)
			if !q.b.Spend(steps) || ok != (i == 0) {
				return false
			}
		}
	}
	return true
}

// word is a word that each pattern of All is likely to match: what they ask for
// at the start, laid over each other, then the middle of each, then their ends.
func (q *question) word(gap int, m *marks) []token {
	if len(q.all) == 1 {
		return spell(make([]token, 0, len(q.all[0].tokens)+gap), q.all[0].tokens, gap, m)
	}
	var head, tail, middle []token
	for _, p := range q.all {
		first := slices.IndexFunc(p.tokens, token.skips)
		if first < 0 {
			head = overlay(head, p.tokens)
			continue
		}
		last := len(p.tokens)
		for !p.tokens[last-1].skips() {
			last--
		}
		head = overlay(head, p.tokens[:first])
		tail = overlay(tail, backwards(p.tokens[last:]))
		middle = append(middle, p.tokens[first:last]...)
	}
	return spell(spell(spell(nil, head, 0, m), middle, gap, m), backwards(tail), 0, m)
}

// overlay keeps of two rows of tokens, place by place, the one that asks for more.
func overlay(row, other []token) []token {
	row = slices.Clone(row)
	for i, t := range other {
		if i == len(row) {
			row = append(row, t)
		} else if row[i].covers(t) {
			row[i] = t
		}
	}
	return row
}

func backwards(row []token) []token {
	row = slices.Clone(row)
	slices.Reverse(row)
	return row
}

// spell appends a word for tokens in which what may be skipped takes so many
// units, or none.
func spell(to, tokens []token, gap int, m *marks) []token {
	for _, t := range tokens {
		times := 1
		switch {
		case t.literal():
			to = append(to, t)
			continue
		case t.folds():
			var buffer [4]token
			to = append(to, t.members(buffer[:0])[0])
			continue
		case t.skips():
			times = gap
		}
		var buffer [8]token
		if u := m.choices(t.class(), buffer[:0]); len(u) > 0 {
			to = append(to, slices.Repeat(u[:1], times)...)
		}
	}
	return to
}

// length is the number of units of a text.
func length(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// shrink takes out of a witness what it can do without: halves, quarters, and
// so on to single letters, as far as the budget goes. Runs that a * took go
// first that way.
func (q *question) shrink(word string) string {
	c := Cell{q.all, q.none}
	letters := []rune(word)
	for size := len(letters) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(letters); {
			shorter := slices.Concat(letters[:at], letters[at+size:])
			if q.has(c, appendUnits(nil, string(shorter))) {
				letters = shorter
			} else {
				at += size
			}
			if q.b.spent {
				return string(letters)
			}
		}
	}
	return string(letters)
}
