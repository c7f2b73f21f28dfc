package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safe is s with every character written out that could move the cursor,
// reorder the text or stay unseen: descriptions and tags in an account are
// anybody's text. https://trojansource.codes
func safe(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// visible says whether a character takes its own place on the line.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// longest is how many characters of a text from outside are shown.
const longest = 160

// quote is a value from outside: quoted, escaped, shortened where it is long.
func quote(s string) string {
	n := utf8.RuneCountInString(s)
	if n <= longest {
		return `"` + inQuotes(s) + `"`
	}
	end := 0
	for range longest {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return fmt.Sprintf(`"%s…" (%d characters)`, inQuotes(s[:end]), n)
}

func inQuotes(s string) string {
	return safe(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s))
}

// wrap breaks a text between words; a width of less than 20 doesn't.
func wrap(s string, width int) []string {
	if width < 20 {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
