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

// Admits tells which of the environments have a token in the set, in their
// order; unsure are those for which that was not decided.
func Admits(s Set, environments []Environment, o Options) (admitted, unsure []string) {
	for _, e := range environments {
		switch s.Meets(e, o).Outcome {
		case Some:
			admitted = append(admitted, e.Name)
		case Undecided:
			unsure = append(unsure, e.Name)
		}
	}
	return admitted, unsure
}

// Meets tells whether the environment has a token in the set.
func (s Set) Meets(e Environment, o Options) Answer { return s.among(e.tokens(s.issuer), o) }

// Named tells which of the environments gain a token by a change, and which
// lose one, each in its order. d is the change's Delta over all strings.
func (d Delta) Named(before, after policy.Document, environments []Environment, o Options) (gained, lost []string) {
	named := literals{}
	named.collect(before)
	named.collect(after)
	b, a := of(before, o.Issuer, named), of(after, o.Issuer, named)
	return d.Gained.touches(a, b, environments, o), d.Lost.touches(b, a, environments, o)
}

// touches are the environments with a token in a that is not in b.
func (s Side) touches(a, b Set, environments []Environment, o Options) []string {
	var out []string
	if s.Outcome == None || a.opaque || b.opaque {
		return nil
	}
	for _, e := range environments {
		subjects := written(e.Subjects)
		if !s.More && !slices.ContainsFunc(s.Gains, func(g Gain) bool { return g.may(e.Audience, subjects) }) {
			continue
		}
		allow, rest := cancel(a, b)
		rest = append(rest, goal{f: e.tokens(a.issuer)}, goal{f: either(allow...)})
		if (question{a.issuer, part(o.Budget), rest}).anywhere().Outcome == Some {
			out = append(out, e.Name)
		}
	}
	return out
}

// may tells at a glance whether a gain may have tokens of an environment.
func (g Gain) may(audience string, subjects []value) bool {
	return !slices.ContainsFunc(g.audience, func(v value) bool { return !v.pattern.Match(audience) }) &&
		slices.ContainsFunc(subjects, func(s value) bool { return !slices.ContainsFunc(g.subject, s.apart) })
}
