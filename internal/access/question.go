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
	q.goals = flat(q.goals)
	for _, form := range in.forms {
		a := q.grown(form, in.org)
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

// flat takes intersections apart, so that what is asked of the subject is seen
// at a glance.
func flat(goals []goal) []goal {
	var out []goal
	for _, g := range goals {
		if g.f.op != conjunction {
			out = append(out, g)
			continue
		}
		parts := make([]goal, len(g.f.of))
		for i, f := range g.f.of {
			parts[i] = goal{f, g.report}
		}
		out = append(out, flat(parts)...)
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

// worseAnswer joins the answers of two parts: what is found in one is found,
// and what is open in one stays open.
func worseAnswer(a, b Answer) Answer {
	switch {
	case a.Outcome == None || b.Outcome == Some:
		return b
	case b.Outcome == Undecided:
		a.Open = slices.Concat(a.Open, b.Open)
	}
	return a
}

// rules are the audience rules between which the question tells.
func (q question) rules() []bool {
	host := strings.ToLower(q.issuer.Host)
	if slices.ContainsFunc(q.goals, func(g goal) bool { return g.f.mentions(host+":aud") || g.f.mentions(host+":oaud") }) {
		return []bool{false, true}
	}
	return []bool{false}
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
	out, s := q.search(f)
	return q.answer(s, out)
}

func (q question) search(f *shape) (pattern.Outcome, *solver) {
	s := newSolver(q.b)
	if s.shape = f; q.foreign(f) {
		return pattern.Empty, s
	}
	return s.solve(f.start(), slices.Clone(q.goals), nil), s
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
