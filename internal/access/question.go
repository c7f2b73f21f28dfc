package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/subject"
)

// Answer is whether some request is in a set, and which.
type Answer struct {
	Outcome Outcome  `json:"outcome"`
	Witness *Witness `json:"witness,omitempty"` // of some; nil if the budget didn't suffice to name one
	If      []string `json:"if,omitempty"`      // unknown conditions that it takes for granted
	Open    []Doubt  `json:"open,omitempty"`    // why it is undecided
}

// question asks for a request that fulfils all goals.
type question struct {
	issuer Issuer
	b      *pattern.Budget
	goals  []goal
}

// anywhere looks among all strings.
func (q question) anywhere() Answer {
	s := newSolver(q.b)
	out := s.solve(&state{}, slices.Clone(q.goals), nil)
	return q.answer(s, out)
}

// answer turns the end of a search into an Answer.
func (q question) answer(s *solver, out pattern.Outcome) Answer {
	if len(s.found) > 0 {
		a := Answer{Outcome: Some, If: s.found[0].conditions()}
		if w, ok := s.witness(q.issuer, s.found[0]); ok {
			w.Signed = s.shape != nil && s.shape.signed(w.Sub)
			a.Witness = &w
		}
		return a
	}
	if out == pattern.Empty {
		return Answer{Outcome: None}
	}
	if len(s.doubts) == 0 {
		s.doubt(exhausted)
	}
	return Answer{Outcome: Undecided, Open: s.doubts}
}

var exhausted = Doubt{Why: "comparing took longer than the budget allows", Decides: "fewer statements, or fewer patterns in them"}

// signed looks among the tokens that the issuer signs.
func (q question) signed(in scope) Answer {
	out := Answer{Outcome: None}
	for _, form := range in.forms {
		a := q.form(form, in.org)
		if a.Outcome == Some {
			return a
		}
		if a.Outcome == Undecided {
			out.Outcome, out.Open = Undecided, append(out.Open, a.Open...)
		}
	}
	if out.Outcome == Undecided {
		out.Open = distinct(out.Open)
	}
	return out
}

func distinct(doubts []Doubt) []Doubt {
	var out []Doubt
	for _, d := range doubts {
		if len(out) < 8 && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// form looks among the subjects of a form, and of those that it may grow to
// only where it must: a subject that is found too soon may be signed all the
// same.
func (q question) form(form subject.Form, org string) Answer {
	out := Answer{Outcome: None}
	if !form.Begun {
		for _, bare := range audiencesOf(form) {
			at := shape{form: form, host: q.issuer.Host, bare: bare, org: org}
			a := q.shape(&at)
			if a.Outcome == Some && a.Witness != nil && !a.Witness.Signed {
				at.easy = true
				if easy := q.shape(&at); easy.Outcome == Some {
					a = easy
				}
			}
			if a.Outcome == Some && a.Witness != nil && !a.Witness.Signed {
				// Lengths and reserved names are not in the forms.
				a = Answer{Outcome: Undecided, Open: []Doubt{{
					Why:     "the shortest subject found, " + a.Witness.Sub + ", has a name that Pulumi Cloud refuses",
					Decides: "a subject whose names Pulumi Cloud allows",
				}}}
			}
			if a.Outcome == Some {
				return a
			}
			if a.Outcome == Undecided {
				out.Outcome, out.Open = Undecided, append(out.Open, a.Open...)
			}
		}
	}
	longer := form.Longer()
	if len(longer) == 0 {
		return out
	}
	possible := false
	for _, bare := range [...]bool{false, true} {
		a := q.shape(&shape{form: form, host: q.issuer.Host, bare: bare, org: org, tail: true})
		if a.Outcome == Some && a.Witness != nil && a.Witness.Signed {
			return a
		}
		possible = possible || a.Outcome != None
	}
	if !possible {
		return out
	}
	for _, next := range longer {
		a := q.form(next, org)
		if a.Outcome == Some {
			return a
		}
		if a.Outcome == Undecided {
			out.Outcome, out.Open = Undecided, append(out.Open, a.Open...)
		}
		if q.b.Left() == 0 {
			return Answer{Outcome: Undecided, Open: []Doubt{exhausted}}
		}
	}
	return out
}

// audiencesOf are the rules of a form's audience: bare or not.
func audiencesOf(f subject.Form) []bool {
	switch {
	case f.Free || f.Named && !f.Bare:
		return []bool{false}
	case f.Bare && !f.Named:
		return []bool{true}
	}
	return []bool{false, true}
}

// shape looks among the subjects of one shape.
func (q question) shape(f *shape) Answer {
	if q.foreign(f) {
		return Answer{Outcome: None}
	}
	s := newSolver(q.b)
	s.shape = f
	out := s.solve(f.start(), slices.Clone(q.goals), nil)
	return q.answer(s, out)
}

// foreign tells at a glance whether what is asked of the subject begins
// otherwise than the shape.
func (q question) foreign(f *shape) bool {
	_, _, sub := f.keys()
	begins := f.form.Parts[0].Text
	for _, g := range q.goals {
		if g.f.op == isLeaf && g.f.leaf.kind == isIn && g.f.leaf.key == sub &&
			!slices.ContainsFunc(g.f.leaf.list.values, func(v value) bool {
				n := min(len(v.prefix), len(begins))
				return strings.HasPrefix(v.prefix[:n], begins[:n])
			}) {
			return true
		}
	}
	return false
}
