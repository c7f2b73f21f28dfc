package subject

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// Reachable reports whether any token can carry a subject that the pattern
// matches. It may say true where none can, in fine points (lengths, reserved
// words, an attribute listed twice), never false where one can.
func Reachable(pattern string) bool {
	if !strings.ContainsAny(pattern, "*?$") {
		return literals().MatchString(pattern)
	}
	return meets(program(), tokens(pattern))
}

// ReachableBy is Reachable for the tokens of one organization.
func ReachableBy(org, pattern string) bool {
	return meets(compile(grammarOf(regexp.QuoteMeta(org))), tokens(pattern))
}

// literals decides subjects without a wildcard, which nearly all are.
var literals = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^(" + grammarOf(anyOrg) + ")$") })

// anyOrg is every organization.
const anyOrg = `[a-z0-9][a-z0-9_-]+[a-z0-9]`

// grammarOf is every subject of every family, of some organizations. An
// attribute's value may be empty: a token that is no team's has no team.
func grammarOf(org string) string {
	const (
		name    = `[a-zA-Z0-9._-]+`
		anyName = `(` + name + `/)?` + name
	)
	names := `currentEnvironment\.name:` + anyName + `|rootEnvironment\.name:` + anyName
	others := `pulumi\.(organization\.login:` + org + `|(user\.login|token\.type|token\.team):[^:]*)`
	return strings.Join([]string{
		`pulumi:environments:org:` + org + `:env:(` + anyName + `|<yaml>)`,
		`pulumi:environments:pulumi\.organization\.login:` + org + `(:(` + names + `|` + others + `))+`,
		`pulumi:deploy:org:` + org + `:project:` + name + `:stack:` + name + `:operation:[a-z-]+:scope:write`,
		`pulumi:cmk:pulumi\.organization\.login:` + org,
	}, "|")
}

// program decides patterns.
var program = sync.OnceValue(func() *syntax.Prog { return compile(grammarOf(anyOrg)) })

func compile(expression string) *syntax.Prog {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		panic(err)
	}
	p, err := syntax.Compile(re.Simplify())
	if err != nil {
		panic(err)
	}
	return p
}

// token is a rune of a pattern, or one of the two wildcards.
type token rune

const (
	anyRun token = -1 - iota
	anyOne
)

// tokens reads an IAM pattern. A policy variable could be anything.
func tokens(pattern string) []token {
	var out []token
	for pattern != "" {
		if body, ok := strings.CutPrefix(pattern, "${"); ok {
			if name, rest, closed := strings.Cut(body, "}"); closed {
				switch name {
				case "*", "?", "$":
					out = append(out, token(name[0]))
				default:
					out = append(out, anyRun)
				}
				pattern = rest
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(pattern)
		pattern = pattern[size:]
		switch r {
		case '*':
			out = append(out, anyRun)
		case '?':
			out = append(out, anyOne)
		default:
			out = append(out, token(r))
		}
	}
	return out
}

// meets reports whether a program and a pattern have a string in common: it
// walks both at once, each pair of positions once.
func meets(p *syntax.Prog, pattern []token) bool {
	type pair struct {
		pc uint32
		at int
	}
	seen := map[pair]bool{}
	next := []pair{{uint32(p.Start), 0}}
	for len(next) > 0 {
		s := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		open := s.at < len(pattern)
		if open && pattern[s.at] == anyRun {
			next = append(next, pair{s.pc, s.at + 1})
		}
		switch inst := &p.Inst[s.pc]; inst.Op {
		case syntax.InstMatch:
			if !open {
				return true
			}
		case syntax.InstAlt, syntax.InstAltMatch:
			next = append(next, pair{inst.Out, s.at}, pair{inst.Arg, s.at})
		case syntax.InstCapture, syntax.InstNop:
			next = append(next, pair{inst.Out, s.at})
		case syntax.InstFail, syntax.InstEmptyWidth: // the grammar has none
		default: // one rune
			switch {
			case !open:
			case pattern[s.at] == anyRun:
				next = append(next, pair{inst.Out, s.at})
			case pattern[s.at] == anyOne || inst.MatchRune(rune(pattern[s.at])):
				next = append(next, pair{inst.Out, s.at + 1})
			}
		}
	}
	return false
}
