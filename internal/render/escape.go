package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
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

// wrap breaks a text between words; a width of less than 20 doesn't. Lines after
// the first are narrower by what they are indented further. Colours take no
// room; of several spaces all stay but the one at a break; a mark does not stand
// alone.
func wrap(s string, width, further int) []string {
	if width < 20 {
		return []string{s}
	}
	var lines []string
	line, begun := "", false
	for _, word := range strings.Split(s, " ") {
		if begun && lipgloss.Width(line)+1+lipgloss.Width(word) > width && lipgloss.Width(strings.TrimSpace(line)) > 1 {
			if len(lines) == 0 {
				width -= further
			}
			lines = append(lines, line)
			line, begun = "", false
		}
		if begun {
			line += " "
		}
		line, begun = line+word, true
	}
	return append(lines, line)
}
