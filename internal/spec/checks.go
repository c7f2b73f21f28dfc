package spec

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// checkOwnToken refuses an environment whose file would ask for a token that
// the role in the same file does not admit.
func (e *environment) checkOwnToken(p trustPolicy) {
	for _, own := range e.own() {
		if e.admits(p, own) {
			continue
		}
		detail := ""
		if pattern := nearest(own.text, p); pattern != "" {
			detail = " The nearest that it admits is \"" + pattern + "\"."
		}
		e.problem(mistakef(e.block.at, "Own token refused",
			"The file of environment %s would ask for a token with the subject %q and the audience %q, and its own role %s would refuse it.%s Add env_sub(%q) to its subs, or take the file out with emit = false.",
			e, own.text, own.audience, e.roleName, detail, e.id.Project+"/"+e.id.Name))
	}
}

// admits reports whether the role admits a token with the subject; of a
// pattern, whether there can be such a token.
func (e *environment) admits(p trustPolicy, own sub) bool {
	if !p.others && slices.ContainsFunc(p.grants, func(g grant) bool { return g.names(own) }) {
		return true
	}
	if !own.pattern {
		decision := policy.Evaluate(p.document, policy.Request{
			Principal: policy.Principal{Type: "Federated", Value: string(e.providerARN())},
			Action:    webIdentity,
			Context:   policy.Context{p.host + ":aud": policy.Is(own.audience), p.host + ":sub": policy.Is(own.text)},
		})
		return decision.Allowed || decision.Unknown
	}
	for _, g := range p.grants {
		for _, s := range g.subs {
			if g.audience == own.audience && meet(letters(own.text), letters(s.text)) {
				return true
			}
		}
	}
	return false
}

// names reports whether a grant names the subject itself, without exceptions.
func (g grant) names(own sub) bool {
	return g.audience == own.audience && len(g.except) == 0 &&
		slices.ContainsFunc(g.subs, func(s sub) bool { return s.text == own.text })
}

func (e *environment) providerARN() trust.ARN {
	return trust.ProviderARN(e.account.Partition, e.accountID(), e.issuer.URL)
}

// nearest is the admitted subject that is most like the given one.
func nearest(text string, p trustPolicy) string {
	best, least := "", 0
	for _, g := range p.grants {
		for _, s := range g.subs {
			if d := levenshtein.Distance(text, s.text, nil); best == "" || d < least {
				best, least = s.text, d
			}
		}
	}
	return best
}

// The two wildcards of a pattern, as letters.
const (
	anyRun rune = -1 - iota
	anyOne
)

// letters are a pattern's letters and wildcards.
func letters(pattern string) []rune {
	const escaped = "\uFDD0" // no text holds it
	text := strings.NewReplacer("${*}", escaped+"*", "${?}", escaped+"?", "${$}", "$").Replace(pattern)
	var out []rune
	literal := false
	for _, r := range text {
		switch {
		case string(r) == escaped:
			literal = true
			continue
		case r == '*' && !literal:
			r = anyRun
		case r == '?' && !literal:
			r = anyOne
		}
		literal = false
		out = append(out, r)
	}
	return out
}

// meet reports whether some text matches both patterns.
func meet(a, b []rune) bool {
	// reach[j]: the first i letters of a and the first j of b can match one text.
	reach := make([]bool, len(b)+1)
	for i := 0; i <= len(a); i++ {
		next := make([]bool, len(b)+1)
		for j := 0; j <= len(b); j++ {
			switch {
			case i == 0 && j == 0:
				next[j] = true
			case i > 0 && reach[j] && a[i-1] == anyRun, j > 0 && next[j-1] && b[j-1] == anyRun:
				next[j] = true
			case i > 0 && j > 0:
				x, y := a[i-1], b[j-1]
				next[j] = x == anyRun && next[j-1] || y == anyRun && reach[j] ||
					x != anyRun && y != anyRun && reach[j-1] && (x == y || x == anyOne || y == anyOne)
			}
		}
		reach = next
	}
	return reach[len(b)]
}
