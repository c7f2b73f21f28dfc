package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// literals are the texts that policies name for a key, by its name. A policy
// variable for the key is decided for each of them: where a policy pins the
// audience, ${…:aud} is exact.
type literals map[string][]string

// mostLiterals bounds what a variable is tried with.
const mostLiterals = 64

// collect gathers the texts that a document names.
func (l literals) collect(d policy.Document) {
	if !slices.ContainsFunc(d.Statements, mentionsVariable) {
		return
	}
	for _, s := range d.Statements {
		for _, c := range s.Conditions {
			name := strings.ToLower(c.Key)
			for _, v := range c.Values {
				if !strings.ContainsAny(v, "*?$") && !slices.Contains(l[name], v) && len(l[name]) < mostLiterals {
					l[name] = append(l[name], v)
				}
			}
		}
	}
}

func mentionsVariable(s policy.Statement) bool {
	return slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool {
		return slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(v, "${") })
	})
}

// variables is a value that holds a ${. A variable on a key of which nothing
// is known leaves the condition open, as does one on two keys.
func (c *compiler) variables(o operator, k key, v string, doubt func(why, decides string) *formula) (known value, ok bool, open *formula) {
	wild := o.positive == "StringLike"
	if wild && c.version != policy.Version2012 && (strings.Contains(v, "${*}") || strings.Contains(v, "${?}")) {
		return value{}, false, doubt("whether the wildcard in "+v+" counts in a policy of Version 2008-10-17 is not documented", "Version 2012-10-17")
	}
	pieces, ok := c.document.Pieces(v)
	if !ok {
		return value{}, false, doubt("the variable in "+v+" is malformed", "a variable that IAM knows")
	}
	on := ""
	for i, p := range pieces {
		if p.Variable == "" {
			continue
		}
		other := c.issuer.key(p.Variable)
		switch other.kind {
		case absent:
			if !p.HasDefault {
				return value{}, false, never()
			}
			pieces[i] = policy.Piece{Exact: p.Default}
		case constant:
			pieces[i] = policy.Piece{Exact: other.value}
		case present, optional:
			if on != "" && on != other.name || other.kind == optional && p.HasDefault {
				return value{}, false, doubt("the value hangs on several facts of the request", "a value without variables")
			}
			on = other.name
			continue
		default:
			return value{}, false, doubt("the value of the variable ${"+p.Variable+"} is not known", "a value without variables")
		}
		if wild && strings.ContainsAny(pieces[i].Exact, "*?") {
			return value{}, false, doubt("whether a wildcard in the value of a variable counts is not documented", "a value without variables")
		}
	}
	if on == "" {
		return compose(o.positive, pieces, ""), true, nil
	}
	var tried []value
	open = never()
	for _, text := range c.named[on] {
		if !strings.ContainsRune(text, 'İ') && !(wild && strings.ContainsAny(text, "*?")) {
			tried = append(tried, exactly(text))
			open = either(open, all(in(on, tried[len(tried)-1:]), k.in([]value{compose(o.positive, pieces, text)})))
		}
	}
	rest := doubt("the value follows "+on+", which no policy pins to a text", "StringEquals on "+on)
	return value{}, false, either(open, all(not(in(on, tried)), rest))
}

// compose is the value that pieces make with a text for each variable.
func compose(operator string, pieces []policy.Piece, text string) value {
	parts := make([]piece, len(pieces))
	for i, p := range pieces {
		switch {
		case p.Variable != "":
			parts[i].exact = text
		case p.Raw != "" && operator == "StringLike":
			parts[i].raw = p.Raw
		default:
			parts[i].exact = p.Raw + p.Exact
		}
	}
	if operator == "StringLike" {
		return glob(parts)
	}
	var whole strings.Builder
	for _, p := range parts {
		whole.WriteString(p.exact)
	}
	return plainValue(operator, whole.String())
}
