package visible

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longest is how many characters of a text are shown, and mostListed how many
// of a list.
const (
	longest    = 300
	mostListed = 10
)

// Short is Line, shortened where it is long.
func Short(s string) string { return short("", s) }

// short is Short behind a lead, which is no part of what is counted.
func short(lead, s string) string {
	n := utf8.RuneCountInString(s)
	if n <= longest {
		return Line(lead + s)
	}
	return fmt.Sprintf("%s… (%d characters)", Line(lead+string([]rune(s)[:longest])), n)
}

// Quote is Short in quotes.
func Quote(s string) string {
	return short(`"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)) + `"`
}

// Quotes is a list of Quote, shortened where it is long.
func Quotes(list []string) string {
	var words []string
	for _, s := range list[:min(len(list), mostListed)] {
		words = append(words, Quote(s))
	}
	if more := len(list) - mostListed; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}
