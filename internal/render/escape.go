package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/visible"
)

// safe is s with every character written out that does not show.
func safe(s string) string { return visible.Line(s) }

// longest is how many characters of a text from outside are shown.
const longest = 160

// quote is a value from outside: quoted, escaped, shortened where it is long.
func quote(s string) string {
	n := utf8.RuneCountInString(s)
	if n <= longest {
		return inQuotes(s) + `"`
	}
	end := 0
	for range longest {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return fmt.Sprintf(`%s…" (%d characters)`, inQuotes(s[:end]), n)
}

// inQuotes is a text behind its first quote: what follows a quote begins no word.
func inQuotes(s string) string {
	return safe(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s))
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
