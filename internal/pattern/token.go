package pattern

import (
	"unicode"
	"unicode/utf16"
)

// A token is what a pattern is made of: a unit of UTF-16, a letter in any
// case, or units of a class, of which there is one, at most one or any number.
type token int32

const (
	fold     token = 1 << 21 // with the letter in lower case: one unit
	class    token = 1 << 22 // with the Class: one unit of it
	optional token = 1 << 23 // with the Class: one unit of it, or none
	loop     token = 1 << 24 // with the Class: any number of units of it
	end      token = -1      // behind the last token, where an automaton needs one

	one = class | token(Every) // ?
	run = loop | token(Every)  // *
)

// Class is a set of units: a union of the constants below, which are disjoint.
type Class uint16

// The classes that names are made of; Other is every unit that no other of
// them holds, and Every is all of them together.
const (
	Lower      Class = 1 << iota // a to z
	Upper                        // A to Z
	Digit                        // 0 to 9
	Hyphen                       // -
	Underscore                   // _
	Dot                          // .
	Slash                        // /
	Colon                        // :
	Other
	Every = Other<<1 - 1
)

// Name is the pattern of at least so many and at most so many units of a
// class; without a most, any number of them.
func Name(c Class, least, most int) Pattern {
	var tokens []token
	for range least {
		tokens = append(tokens, class|token(c))
	}
	if most == 0 {
		return compiled(append(tokens, loop|token(c)))
	}
	for range most - least {
		tokens = append(tokens, optional|token(c))
	}
	return compiled(tokens)
}

// Fold is the pattern of a text with its letters in any case, as
// StringEqualsIgnoreCase compares: it lowers both sides letter by letter, which
// is not full case folding. Libraries disagree on the lower case of İ (U+0130):
// Match doesn't take it for an i, and what hangs on it a search leaves
// undecided. The pattern of a text that itself holds İ matches only that İ.
func Fold(text string) Pattern {
	var tokens []token
	for _, r := range text {
		small := unicode.ToLower(r)
		switch {
		case r == dotted || !cased(small):
			tokens = appendUnits(tokens, string(r))
		case small > 0xFFFF:
			high, _ := utf16.EncodeRune(small)
			tokens = append(tokens, token(high), fold|token(small))
		default:
			tokens = append(tokens, fold|token(small))
		}
	}
	return compiled(tokens)
}

const dotted = 'İ'

// cased tells whether other letters have this one as their lower case.
func cased(small rune) bool {
	for r := unicode.SimpleFold(small); r != small; r = unicode.SimpleFold(r) {
		if unicode.ToLower(r) == small {
			return true
		}
	}
	return false
}

// members appends the units that a fold token matches, the lower case first.
// Of an astral letter it is the second unit that changes. The letter İ stands
// for the reading in which it is one of the letters i.
func (t token) members(to []token) []token {
	small := rune(t &^ fold)
	if small == dotted {
		return append(to, 'i', 'I', dotted)
	}
	add := func(r rune) {
		if r > 0xFFFF {
			_, r = utf16.EncodeRune(r)
		}
		to = append(to, token(r))
	}
	add(small)
	for r := unicode.SimpleFold(small); r != small; r = unicode.SimpleFold(r) {
		if unicode.ToLower(r) == small {
			add(r)
		}
	}
	return to
}

func (t token) literal() bool { return t >= 0 && t < fold }

func (t token) folds() bool { return t >= 0 && t&fold != 0 }

// skips tells whether a token may stand for nothing at all.
func (t token) skips() bool { return t >= optional }

func (t token) class() Class { return Class(t) & Every }

// holds tells whether a unit is one that the token matches.
func (t token) holds(unit token) bool {
	switch {
	case t < fold:
		return t == unit
	case t.folds():
		var buffer [4]token
		for _, m := range t.members(buffer[:0]) {
			if m == unit {
				return true
			}
		}
		return false
	}
	return t.class()&classOf(unit) != 0
}

// covers tells whether t, which stands for one unit, matches whatever u does,
// one unit too. It is so in every reading of İ.
func (t token) covers(u token) bool {
	switch {
	case t == u:
		return true
	case u < fold:
		return t.holds(u)
	case u.folds():
		return t&class != 0 && t.class()&spread(u) == spread(u)
	}
	return t&class != 0 && t.class()&u.class() == u.class()
}

// meets tells whether two tokens match a unit in common, both without a
// thought for number. It is true where that hangs on İ.
func (t token) meets(u token) bool {
	switch {
	case t < fold && u < fold:
		return t == u
	case t >= class && u >= class:
		return t.class()&u.class() != 0
	case t >= class:
		return t.class()&spread(u) != 0
	case u >= class:
		return u.class()&spread(t) != 0
	case t < fold:
		return u.holds(t) || t == dotted && u.holds('i')
	case u < fold:
		return t.holds(u) || u == dotted && t.holds('i')
	}
	return t == u || t.holds('i') && u.holds('i')
}

// spread is the classes of the units that a literal or a fold token may match.
func spread(t token) (c Class) {
	if t < fold {
		return classOf(t)
	}
	var buffer [4]token
	for _, m := range t.members(buffer[:0]) {
		c |= classOf(m)
	}
	if t.holds('i') {
		c |= Other
	}
	return c
}

func classOf(unit token) Class {
	switch {
	case 'a' <= unit && unit <= 'z':
		return Lower
	case 'A' <= unit && unit <= 'Z':
		return Upper
	case '0' <= unit && unit <= '9':
		return Digit
	}
	switch unit {
	case '-':
		return Hyphen
	case '_':
		return Underscore
	case '.':
		return Dot
	case '/':
		return Slash
	case ':':
		return Colon
	}
	return Other
}
