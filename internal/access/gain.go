package access

import (
	"slices"
	"strings"
)

// notSigned says that a difference is one of the policies alone.
const notSigned = "no token that the issuer signs can make use of it"

// gainOf describes a cell, by a witness that the issuer signs where there is one.
// Within a scope there must be one.
func gainOf(s *solver, c *cell, statement *formula, choice question, in *scope) (Gain, Answer) {
	g := describe(s, c, statement, choice.issuer)
	if w, ok := s.guess(choice.issuer, c, in); ok {
		g.Witness = &w
		return g, Answer{Outcome: Some, Witness: &w}
	}
	if in == nil {
		forms := choice.issuer.forms()
		if exact := g.exact(); forms == nil || exact {
			g.own(s, c, choice.issuer)
			if forms == nil || g.Witness != nil && g.Witness.Signed {
				return g, Answer{Outcome: Some}
			}
		}
		choice.b = s.b.Part(s.b.Left()/2 + 1) // the rest is for an example of another kind
		a := choice.signed(scope{forms: forms})
		switch {
		case a.Outcome == Some && a.Witness != nil:
			g.Witness, g.If = a.Witness, a.If
		default:
			if g.own(s, c, choice.issuer); a.Outcome == None {
				g.Note = notSigned
			} else {
				g.Note = "whether a token that the issuer signs can make use of it was not decided"
			}
		}
		return g, Answer{Outcome: Some}
	}
	a := choice.signed(*in)
	if g.Witness = a.Witness; a.Outcome == Some {
		g.If = a.If
	}
	return g, a
}

// own names a witness of the cell itself.
func (g *Gain) own(s *solver, c *cell, issuer Issuer) {
	if w, ok := s.witness(issuer, c); ok {
		w.Signed = issuer.signs(w)
		g.Witness = &w
	} else {
		g.Note = "no example was found within the budget"
	}
}

// exact tells whether the gain is one audience with one subject.
func (g *Gain) exact() bool {
	one := func(v value) bool { _, ok := v.literal(); return ok }
	return slices.ContainsFunc(g.audience, one) && slices.ContainsFunc(g.subject, one)
}

// describe tells what a cell holds: what its statement asks of the audience and
// the subject, and what the cell excludes. What else its example happens to be
// is left out.
func describe(s *solver, c *cell, statement *formula, issuer Issuer) Gain {
	host := strings.ToLower(issuer.Host)
	g := Gain{Audience: "any audience", Any: true, Pattern: "*", If: c.conditions()}
	asked := &state{}
	goals := []goal{{f: statement}}
	for _, f := range c.state.chosen {
		goals = append(goals, goal{f: f})
	}
	newSolver(s.b).settle(asked, goals, nil)
	if k := c.state.key(host + ":aud"); k != nil {
		if a := asked.key(k.name); a != nil {
			g.audience = a.all
		}
		g.Audience, g.Any = audienceText(g.audience, k.none)
	}
	if k := c.state.key(host + ":sub"); k != nil {
		if a := asked.key(k.name); a != nil {
			g.subject = a.all
		}
		for i, v := range g.subject {
			if text := v.pattern.String(); i == 0 {
				g.Pattern = text
			} else {
				g.And = append(g.And, text)
			}
		}
		g.Except = exceptions(s, g.subject, k.none)
	}
	return g
}

// mostExceptions bounds how many exceptions are listed.
const mostExceptions = 20

// exceptions are the patterns that take something from a key's values.
func exceptions(s *solver, all []value, none []*list) []string {
	var near []value
	for _, l := range none {
		candidates := l.values
		if len(all) > 0 {
			s.room = s.index(l).near(all[0], s.room[:0])
			candidates = s.room
		}
		for _, v := range candidates {
			if !slices.ContainsFunc(all, v.apart) && !slices.ContainsFunc(near, func(w value) bool { return w.covers(v) }) {
				near = append(slices.DeleteFunc(near, func(w value) bool { return v.covers(w) }), v)
			}
			if len(near) >= mostExceptions {
				break
			}
		}
	}
	var out []string
	for _, v := range near {
		out = append(out, v.pattern.String())
	}
	slices.Sort(out)
	return out
}

// audienceText names an audience, or describes several.
func audienceText(all []value, none []*list) (text string, several bool) {
	var like, but []string
	for _, v := range all {
		if text, ok := v.literal(); ok {
			return text, false
		}
		like = append(like, v.pattern.String())
	}
	for _, l := range none {
		for _, v := range l.values {
			if len(but) < mostExceptions && !slices.Contains(but, v.pattern.String()) {
				but = append(but, v.pattern.String())
			}
		}
	}
	slices.Sort(but)
	text = "any audience"
	if len(like) > 0 {
		text += " that matches " + strings.Join(like, " and ")
	}
	if len(but) > 0 {
		text += " but " + strings.Join(but, ", ")
	}
	return text, true
}
