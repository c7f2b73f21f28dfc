package pattern

import "slices"

// Meets tells whether p and q have a string in common.
func (p Pattern) Meets(q Pattern, b *Budget) Outcome {
	meets, sure, steps := p.meets(q)
	switch {
	case !b.Spend(steps):
		return Undecided
	case !meets:
		return Empty
	case sure:
		return Inhabited
	}
	return Cell{All: []Pattern{p, q}}.Decide(b)
}

// meets decides it by both patterns alone. A false answer is always right; so
// is a true one if it is sure.
//
// Two patterns with a * each have a string in common when what stands before
// the first * of both agrees, and what stands behind the last: between those,
// the last * of p takes the middle of q, and the first * of q that of p. One
// with a * and one without have one when the segments of the first can be laid
// into the second, each as far left as it goes.
func (p Pattern) meets(q Pattern) (meets, sure bool, steps int) {
	if !p.wild() && !q.wild() {
		return p.text == q.text, true, 1
	}
	var room [2][64]token
	v, w := p.appendTokens(room[0][:0]), q.appendTokens(room[1][:0])
	kinds := p.kinds | q.kinds
	sure = kinds&hasLoop == 0 && (kinds&hasFold == 0 || !slices.Contains(v, dotted) && !slices.Contains(w, dotted))
	c := cover{some: true}
	switch {
	case kinds&hasLoop != 0 || p.kinds&q.kinds&hasRun != 0:
		meets = c.ends(v, w)
	case p.kinds&hasRun != 0:
		meets = c.fits(v, w)
	default:
		meets = c.fits(w, v)
	}
	return meets, sure || !meets, c.steps
}

// ends tells whether two patterns agree from either end, up to where one of
// them has something that may be skipped.
func (c *cover) ends(v, w []token) bool {
	for i := 0; i < len(v) && i < len(w) && !v[i].skips() && !w[i].skips(); i++ {
		c.steps++
		if !v[i].meets(w[i]) {
			return false
		}
	}
	for i := 1; i <= len(v) && i <= len(w) && !v[len(v)-i].skips() && !w[len(w)-i].skips(); i++ {
		c.steps++
		if !v[len(v)-i].meets(w[len(w)-i]) {
			return false
		}
	}
	return true
}
