package access

import (
	"slices"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
)

// Delta is what a change does to the tokens that are admitted.
type Delta struct {
	Relation Relation `json:"relation"`
	Gained   Side     `json:"gained"`
	Lost     Side     `json:"lost"`
}

// Side is one direction of a change.
type Side struct {
	Outcome Outcome `json:"outcome"`
	Gains   []Gain  `json:"tokens,omitempty"`
	More    bool    `json:"more,omitempty"` // there may be others than Gains
	Open    []Doubt `json:"open,omitempty"` // what was not decided, and what would decide it
}

// Gain is a set of tokens that are admitted on one side of a change alone.
// They all have an audience, and a subject that matches Pattern and each of
// And, but none of Except.
type Gain struct {
	Audience string   `json:"audience"` // a text, or "any audience …"
	Any      bool     `json:"any_audience,omitempty"`
	Pattern  string   `json:"pattern"` // as IAM writes them
	And      []string `json:"and,omitempty"`
	Except   []string `json:"except,omitempty"`
	Witness  *Witness `json:"witness,omitempty"` // nil if the budget didn't suffice to name one
	If       []string `json:"if,omitempty"`      // unknown conditions that it takes for granted
	Note     string   `json:"note,omitempty"`

	audience, subject []value
}

// Widens tells whether some token gains access, or whether that is not known.
func (d Delta) Widens() bool {
	return d.Gained.Outcome != None || d.Relation == Unknown && d.Gained.Outcome == ""
}

// Compare tells what changes between two trust policies. Over all strings, or,
// with an organization, over the tokens that it can have.
func Compare(before, after policy.Document, o Options) Delta {
	named := literals{}
	named.collect(before)
	named.collect(after)
	return compare(of(before, o.Issuer, named), of(after, o.Issuer, named), o)
}

func compare(before, after Set, o Options) Delta {
	if before.opaque || after.opaque {
		side := Side{Outcome: Undecided, Open: []Doubt{unread}}
		return Delta{Unknown, side, side}
	}
	if o.Org != "" {
		before, after = before.Within(o.Org), after.Within(o.Org)
	}
	d := Delta{Gained: difference(after, before, part(o.Budget)), Lost: difference(before, after, part(o.Budget))}
	switch {
	case d.Gained.Outcome == Undecided || d.Lost.Outcome == Undecided:
		d.Relation = Unknown
	case d.Gained.Outcome == Some && d.Lost.Outcome == Some:
		d.Relation = Both
	case d.Gained.Outcome == Some:
		d.Relation = Wider
	case d.Lost.Outcome == Some:
		d.Relation = Narrower
	default:
		d.Relation = Same
	}
	return d
}

// difference is what is in a but not in b, told apart by the patterns of a.
func difference(a, b Set, budget *pattern.Budget) Side {
	side := Side{Outcome: None}
	allow, rest := cancel(a, b)
	for _, f := range allow {
		goals := append(slices.Clone(rest), goal{f, true})
		s := newSolver(budget)
		s.every = true
		out := s.solve(&state{}, slices.Clone(goals), nil)
		side.Gains = slices.Grow(side.Gains, len(s.found))
		for i, c := range s.found {
			if len(side.Gains) >= mostFound {
				break
			}
			choice := question{a.issuer, budget, slices.Clip(goals)}
			for _, chosen := range c.state.chosen {
				choice.goals = append(choice.goals, goal{f: chosen})
			}
			gain, answer := gainOf(s, c, f, choice, a.scope)
			switch answer.Outcome {
			case Some:
				side.add(gain)
			case Undecided:
				side.undecided(answer.Open)
			}
			side.More = side.More || i+1 >= mostFound
		}
		if out == pattern.Undecided || len(s.doubts) > 0 || s.spent() {
			if out != pattern.Empty {
				side.undecided(s.doubts)
			}
		}
		if len(s.found) >= mostFound && side.Outcome == None {
			side.beyond(question{a.issuer, budget, goals}, *a.scope)
		}
	}
	if side.Outcome == None && len(side.Open) > 0 {
		side.Outcome = Undecided
	}
	return side
}

// beyond looks among all tokens of a scope where it has none in any of the
// cells that were found, but there may be more of these.
func (s *Side) beyond(q question, in scope) {
	switch a := q.signed(in); a.Outcome {
	case Some:
		s.add(Gain{Audience: a.Witness.Aud, Pattern: exactly(a.Witness.Sub).pattern.String(), Witness: a.Witness, If: a.If})
	case Undecided:
		s.undecided(a.Open)
	}
}

// undecided notes that some part was not decided.
func (s *Side) undecided(open []Doubt) {
	if len(open) == 0 {
		open = []Doubt{exhausted}
	}
	s.Open, s.More = distinct(append(s.Open, open...)), true
}

func (g Gain) signed() bool { return g.Witness != nil && g.Witness.Signed }

// add takes a gain in, if it says something new.
func (s *Side) add(g Gain) {
	s.Outcome = Some
	for i, have := range s.Gains {
		if have.Audience == g.Audience && have.Pattern == g.Pattern && slices.Equal(have.And, g.And) && slices.Equal(have.If, g.If) {
			if g.signed() && !have.signed() {
				s.Gains[i] = g
			}
			return
		}
	}
	s.Gains = append(s.Gains, g)
}

// cancel is the part of a that needs to be looked at, and what has to hold
// beside it to be in a but not in b.
//
// A Deny of both sides takes nothing from b that it doesn't take from a. An
// Allow of both sides brings nothing, unless b has a Deny of its own.
func cancel(a, b Set) (allow []*formula, rest []goal) {
	denied := signatures(a.deny)
	var deny []*formula
	for _, f := range b.deny {
		if len(denied) == 0 || !denied[f.signature()] {
			deny = append(deny, f)
		}
	}
	allow = a.allow
	if len(deny) == 0 && (len(a.allow) > 1 || len(b.allow) > 1) {
		had := signatures(b.allow)
		allow = slices.DeleteFunc(slices.Clone(allow), func(f *formula) bool { return had[f.signature()] })
	}
	for _, f := range a.deny {
		rest = append(rest, goal{f: not(f)})
	}
	refused := make([]*formula, len(b.allow))
	for i, f := range b.allow {
		refused[i] = not(f)
	}
	if len(deny) == 0 {
		for _, f := range refused {
			rest = append(rest, goal{f: f})
		}
	} else {
		rest = append(rest, goal{f: either(append([]*formula{all(refused...)}, deny...)...)})
	}
	return allow, rest
}

func signatures(list []*formula) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, f := range list {
		out[f.signature()] = true
	}
	return out
}
