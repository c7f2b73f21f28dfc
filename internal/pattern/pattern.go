// Package pattern knows the languages of IAM's string patterns: which strings
// one pattern matches, and which patterns hold another.
//
// It reads units of UTF-16, as IAM does, and knows nothing of policies: what
// of a value is a wildcard, an escape or a variable is decided by its caller.
package pattern

import (
	"slices"
	"strings"
	"unicode/utf16"
)

// A token is a unit of UTF-16, or one of the two wildcards.
type token int32

const (
	one token = 1 << 16   // ?, exactly one unit
	run token = 1<<16 + 1 // *, any number of units
)

// Pattern is a compiled StringLike pattern: literal text, * (any run of
// characters, also an empty one) and ? (one unit of UTF-16, so that an emoji
// takes two). It is in normal form: in a row of wildcards the ? come first
// and at most one * follows. The zero Pattern matches the empty string alone.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type Pattern struct {
	text   string  // what it stands for, where it has no wildcard
	tokens []token // nil without a wildcard
}

// Exact is the pattern of one string: * and ? in it are letters.
func Exact(text string) Pattern { return Pattern{text: text} }

// Like is the pattern of a text in which each * and ? is a wildcard.
func Like(text string) Pattern {
	if !strings.ContainsAny(text, "*?") {
		return Exact(text)
	}
	tokens := appendUnits(make([]token, 0, len(text)), text)
	for i, t := range tokens {
		switch t {
		case '*':
			tokens[i] = run
		case '?':
			tokens[i] = one
		}
	}
	return Pattern{tokens: normal(tokens)}
}

// Join is the pattern of all parts, one after the other.
func Join(parts ...Pattern) Pattern {
	if len(parts) == 1 {
		return parts[0]
	}
	if !slices.ContainsFunc(parts, Pattern.wild) {
		var text strings.Builder
		for _, part := range parts {
			text.WriteString(part.text)
		}
		return Exact(text.String())
	}
	var tokens []token
	for _, part := range parts {
		tokens = append(tokens, part.units()...)
	}
	return Pattern{tokens: normal(tokens)}
}

func (p Pattern) wild() bool { return p.tokens != nil }

// units is the whole pattern as tokens.
func (p Pattern) units() []token {
	if p.wild() {
		return p.tokens
	}
	return appendUnits(nil, p.text)
}

// Literal is the only string that p matches; ok is false for a pattern with a
// wildcard.
func (p Pattern) Literal() (text string, ok bool) { return p.text, !p.wild() }

// Match tells whether s is one of the strings of p. It takes at most
// len(s)·len(p) steps: only the last * can ever have to take one unit more.
func (p Pattern) Match(s string) bool {
	if !p.wild() {
		return p.text == s
	}
	var buffer [128]token
	units := appendUnits(buffer[:0], s)
	at, star, resume := 0, -1, 0
	for i := 0; i < len(units); {
		switch {
		case at < len(p.tokens) && p.tokens[at] == run:
			star, resume = at, i
			at++
		case at < len(p.tokens) && (p.tokens[at] == one || p.tokens[at] == units[i]):
			at++
			i++
		case star >= 0:
			resume++
			at, i = star+1, resume
		default:
			return false
		}
	}
	for at < len(p.tokens) && p.tokens[at] == run {
		at++
	}
	return at == len(p.tokens)
}

// appendUnits appends the units of UTF-16 that s is made of.
func appendUnits(to []token, s string) []token {
	for _, r := range s {
		if high, low := utf16.EncodeRune(r); high != '\uFFFD' {
			to = append(to, token(high), token(low))
		} else {
			to = append(to, token(r))
		}
	}
	return to
}

// normal brings every row of wildcards to its normal form, in place.
func normal(tokens []token) []token {
	out := tokens[:0]
	star := false
	for _, t := range tokens {
		if t == run {
			star = true
			continue
		}
		if t != one && star {
			out, star = append(out, run), false
		}
		out = append(out, t)
	}
	if star {
		out = append(out, run)
	}
	return out
}
