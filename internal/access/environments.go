package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// Environment is a declared environment with the tokens that are its own.
type Environment struct {
	Name     string // org/project/environment
	Audience string
	Subjects []string // exact, or patterns as IAM writes them
}

// tokens are the environment's tokens.
func (e Environment) tokens(issuer Issuer) *formula {
	host := strings.ToLower(issuer.Host)
	return all(in(host+":aud", []value{exactly(e.Audience)}), in(host+":sub", written(e.Subjects)))
}

// written are patterns as IAM writes them, where ${…} is an escape.
func written(patterns []string) []value {
	d := policy.Document{Version: policy.Version2012}
	var values []value
	for _, text := range patterns {
		v := like(text)
		if strings.Contains(text, "${") {
			if pieces, ok := d.Pieces(text); ok {
				v = compose("StringLike", pieces, "")
			}
		}
		values = append(values, v)
	}
	return values
}

// Meets tells whether the environment has a token in the set.
func (s Set) Meets(e Environment, o Options) Answer { return s.among(e.tokens(s.issuer), o) }

// EnvironmentDelta names the declared environments that a change touches, each
// list in their order.
type EnvironmentDelta struct {
	Gained []string `json:"gained,omitempty"` // some token of theirs is newly admitted
	Lost   []string `json:"lost,omitempty"`
	Unsure []string `json:"unsure,omitempty"` // whether they gain or lose was not decided
}

// Named tells which of the environments a change touches. d is the change's
// Delta over all strings.
func (d Delta) Named(before, after policy.Document, environments []Environment, o Options) EnvironmentDelta {
	named := literals{}
	named.collect(before)
	named.collect(after)
	b, a := of(before, o.Issuer, named), of(after, o.Issuer, named)
	var out, lost EnvironmentDelta
	out.Gained, out.Unsure = d.Gained.touches(a, b, environments, o)
	out.Lost, lost.Unsure = d.Lost.touches(b, a, environments, o)
	for _, name := range lost.Unsure {
		if !slices.Contains(out.Unsure, name) {
			out.Unsure = append(out.Unsure, name)
		}
	}
	return out
}

// touches are the environments with a token in a that is not in b.
func (s Side) touches(a, b Set, environments []Environment, o Options) (touched, unsure []string) {
	if s.Outcome == None {
		return nil, nil
	}
	o.Budget = part(o.Budget) // for all of them together
	for _, e := range environments {
		if a.opaque || b.opaque {
			unsure = append(unsure, e.Name)
			continue
		}
		subjects := written(e.Subjects)
		if !s.More && !slices.ContainsFunc(s.Gains, func(g Gain) bool { return g.may(e.Audience, subjects) }) {
			continue
		}
		allow, goals := cancel(a, b)
		goals = append(goals, goal{f: e.tokens(a.issuer)}, goal{f: either(allow...)})
		switch (question{a.issuer, part(o.Budget), goals}).anywhere().Outcome {
		case Some:
			touched = append(touched, e.Name)
		case Undecided:
			unsure = append(unsure, e.Name)
		}
	}
	return touched, unsure
}

// may tells at a glance whether a gain may have tokens of an environment.
func (g Gain) may(audience string, subjects []value) bool {
	return !slices.ContainsFunc(g.audience, func(v value) bool { return !v.pattern.Match(audience) }) &&
		slices.ContainsFunc(subjects, func(s value) bool { return !slices.ContainsFunc(g.subject, s.apart) })
}
