// Package pattern knows the languages of IAM's string patterns: which strings
// one pattern matches, which patterns hold another, and whether any string,
// and which short one, matches all of some patterns and none of others.
//
// It reads units of UTF-16, as IAM does, and knows nothing of policies: what
// of a value is a wildcard, an escape or a variable is decided by its caller.
// What could take long is asked with a Budget and answered with Undecided
// when that runs out: nothing here looks at a clock.
package pattern

import (
	"strings"
	"unicode/utf16"
)

// Pattern is a compiled StringLike pattern: literal text, * (any run of
// characters, also an empty one) and ? (one unit of UTF-16, so that an emoji
// takes two). Beside those it may hold what Fold and Name make. It is in normal
// form: in a row of wildcards the ? come first and at most one * follows. The
// zero Pattern matches the empty string alone.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type Pattern struct {
	text   string  // the literal text before the first token that is none
	tokens []token // nil where text is all
	kinds  kinds
}

// kinds says which tokens beside literal ones a pattern holds.
type kinds uint8

const (
	hasRun kinds = 1 << iota
	hasClass
	hasFold
	hasLoop // a loop that is no *, or an optional unit
)

// Exact is the pattern of one string: * and ? in it are letters.
func Exact(text string) Pattern { return Pattern{text: text} }

// Like is the pattern of a text in which each * and ? is a wildcard.
func Like(text string) Pattern {
	at := strings.IndexAny(text, "*?")
	if at < 0 {
		return Exact(text)
	}
	tokens := appendUnits(make([]token, 0, len(text)), text)
	var has kinds
	for i, t := range tokens {
		switch t {
		case '*':
			tokens[i] = run
			has |= hasRun
		case '?':
			tokens[i] = one
			has |= hasClass
		}
	}
	return Pattern{text: text[:at], tokens: normal(tokens), kinds: has}
}

// Join is the pattern of all parts, one after the other.
func Join(parts ...Pattern) Pattern {
	if len(parts) == 1 {
		return parts[0]
	}
	var tokens []token
	for _, part := range parts {
		tokens = part.appendTokens(tokens)
	}
	return compiled(tokens)
}

// compiled is the pattern of tokens, which it takes over.
func compiled(tokens []token) Pattern {
	var p Pattern
	at := 0
	for at < len(tokens) && tokens[at].literal() {
		at++
	}
	p.text = text(tokens[:at])
	if at > 0 && at < len(tokens) && tokens[at] > fold|0xFFFF && tokens[at].folds() {
		p.text = text(tokens[:at-1]) // the last is half a letter
	}
	if at == len(tokens) {
		return p
	}
	for _, t := range tokens[at:] {
		switch {
		case t == run:
			p.kinds |= hasRun
		case t.skips():
			p.kinds |= hasLoop
		case t.folds():
			p.kinds |= hasFold
		case !t.literal():
			p.kinds |= hasClass
		}
	}
	p.tokens = normal(tokens)
	return p
}

func (p Pattern) wild() bool { return p.tokens != nil }

// appendTokens appends the whole pattern.
func (p Pattern) appendTokens(to []token) []token {
	if p.wild() {
		return append(to, p.tokens...)
	}
	return appendUnits(to, p.text)
}

// units is the whole pattern as tokens.
func (p Pattern) units() []token {
	if p.wild() {
		return p.tokens
	}
	return appendUnits(make([]token, 0, len(p.text)), p.text)
}

// Literal is the only string that p matches; ok is false for a pattern that
// matches any other, or none but in one letter case.
func (p Pattern) Literal() (text string, ok bool) { return p.text, !p.wild() }

// String is p as the text of an IAM value: * and ? where they are wildcards,
// ${*}, ${?} and ${$} where they are letters. A letter in any case is written
// in lower case, and a name as ? and *, which hold more than it does.
func (p Pattern) String() string {
	if !p.wild() && !strings.ContainsAny(p.text, "*?$") {
		return p.text
	}
	units := p.units()
	out := make([]token, 0, len(units)+8)
	for i, t := range units {
		switch {
		case t == '*', t == '?', t == '$' && i+1 < len(units) && strings.ContainsRune("{$*?", rune(units[i+1])):
			out = append(out, '$', '{', t, '}')
		case t.literal():
			out = append(out, t)
		case t.folds():
			out = append(out, t.members(nil)[0])
		case !t.skips():
			out = append(out, '?')
		case i == 0 || !units[i-1].skips():
			out = append(out, '*')
		}
	}
	return text(out)
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

// text is the string of units.
func text(units []token) string {
	var out strings.Builder
	out.Grow(len(units))
	for i := 0; i < len(units); i++ {
		r := rune(uint16(units[i]))
		if utf16.IsSurrogate(r) && i+1 < len(units) {
			if pair := utf16.DecodeRune(r, rune(uint16(units[i+1]))); pair != '\uFFFD' {
				r, i = pair, i+1
			}
		}
		out.WriteRune(r) // half an astral letter becomes U+FFFD
	}
	return out.String()
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
