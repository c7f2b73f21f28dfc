// Package visible makes text from outside safe to print: names, descriptions and
// policies in an account are anybody's text. It knows no terminal and no format.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is s as one line that is safe to print: every character that could
// move the cursor, change the order of the text or stay invisible is written
// out, as \n, \x1b or \u202e. Bytes that are not UTF-8 are written as \xff. What
// a build's runner could take for a command is written as \x3a: or \x23#[.
//
// A description in an account is anybody's text. Printed as it is, it could
// erase the lines above it or make a plan read as another one:
// https://trojansource.codes
func Line(s string) string { return escape(s, func(rune) bool { return false }) }

// Code is Line for a line of source: tabs stay.
func Code(s string) string { return escape(s, func(r rune) bool { return r == '\t' }) }

// Lines is Line for text of several lines: line feeds and tabs stay.
func Lines(s string) string {
	return escape(s, func(r rune) bool { return r == '\n' || r == '\t' })
}

func escape(s string, keep func(rune) bool) string { return disarm(writeOut(s, keep)) }

func writeOut(s string, keep func(rune) bool) string {
	clean := true
	for i := 0; i < len(s) && clean; {
		r, size := utf8.DecodeRuneInString(s[i:])
		clean = keep(r) || shows(r, size)
		i += size
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case keep(r), shows(r, size):
			b.WriteString(s[i : i+size])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && size == 1, r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// shows reports whether a character takes its place on the line and no
// other. unicode.IsPrint leaves out control and format characters (categories
// Cc, Cf: escape sequences, bidirectional overrides, tags) and every space but
// U+0020; it lets pass what Unicode calls ignorable by default.
func shows(r rune, size int) bool {
	if r == utf8.RuneError && size == 1 {
		return false
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
