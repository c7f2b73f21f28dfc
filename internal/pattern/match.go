package pattern

import "strings"

// Match tells whether s is one of the strings of p.
func (p Pattern) Match(s string) bool {
	if !p.wild() || !strings.HasPrefix(s, p.text) {
		return !p.wild() && p.text == s
	}
	var buffer [128]token
	ok, _ := p.match(appendUnits(buffer[:0], s))
	return ok
}

// match also counts its steps, of which there are at most len(units)·len(p):
// only the last * can ever have to take one unit more.
func (p Pattern) match(units []token) (ok bool, steps int) {
	if p.kinds&hasLoop != 0 {
		return p.walk(units)
	}
	tokens := p.units()
	at, star, resume := 0, -1, 0
	for i := 0; i < len(units); steps++ {
		switch {
		case at < len(tokens) && tokens[at] == run:
			star, resume = at, i
			at++
		case at < len(tokens) && (tokens[at] == one || tokens[at].holds(units[i])):
			at++
			i++
		case star >= 0:
			resume++
			at, i = star+1, resume
		default:
			return false, steps + 1
		}
	}
	for at < len(tokens) && tokens[at] == run {
		at++
	}
	return at == len(tokens), steps + 1
}

// walk is match for a pattern of names: where those end can't be told from
// what comes next alone, so it follows every position at once.
func (p Pattern) walk(units []token) (ok bool, steps int) {
	a := automaton{}
	at := []int32{a.add(p)}
	var next []int32
	for _, u := range units {
		out, all, n := a.step(at, u, next[:0])
		at, next, steps = out, at, steps+n+1
		if all || len(at) == 0 {
			return all, steps
		}
	}
	return a.accepts(at), steps + 1
}
