package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/term"
)

// relationText says a relation in words.
func relationText(r access.Relation) string {
	switch r {
	case access.Same:
		return "Same access: both policies admit the same."
	case access.Narrower:
		return "Narrower: somebody loses access, nobody gains it."
	case access.Wider:
		return "Wider: somebody gains access, nobody loses it."
	case access.Both:
		return "Both: somebody gains access, and somebody loses it."
	}
	return "Unknown: who gains or loses access was not decided."
}

// text is a comparison for people.
func (c comparison) text(color bool) string {
	style := render.Color(color)
	var out strings.Builder
	out.WriteString(style.Bold(relationText(c.Relation)) + "\n")
	c.side(&out, "Gained", style.Green("+"), c.Gained)
	c.side(&out, "Lost", style.Red("-"), c.Lost)
	if c.More {
		out.WriteString("\nThere may be more than is listed.\n")
	}
	writeDoubts(&out, c.Undecided)
	return out.String()
}

func (c comparison) side(out *strings.Builder, title, sign string, tokens []comparedTokens) {
	if len(tokens) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s:\n", title)
	for _, t := range tokens {
		if t.Principal != "" {
			fmt.Fprintf(out, "  %s principal %s (%s)\n", sign, shownText(t.Principal), cmp.Or(t.Note, "its statements differ"))
			continue
		}
		audience := "aud " + quotedText(t.Audience)
		if t.Any {
			audience = shownText(t.Audience)
		}
		fmt.Fprintf(out, "  %s sub %s, %s\n", sign, quotedText(t.Pattern), audience)
		for _, also := range t.And {
			fmt.Fprintf(out, "      and sub %s\n", quotedText(also))
		}
		if len(t.Except) > 0 {
			fmt.Fprintf(out, "      except %s\n", quotedTexts(t.Except))
		}
		for _, condition := range t.If {
			fmt.Fprintf(out, "      if %s\n", shownText(condition))
		}
		if t.Witness != nil {
			fmt.Fprintf(out, "      for example %s\n", t.Witness)
		}
		if t.Note != "" {
			fmt.Fprintf(out, "      (%s)\n", shownText(t.Note))
		}
	}
}

// writeDoubts says what was not decided.
func writeDoubts(out *strings.Builder, doubts []access.Doubt) {
	if len(doubts) == 0 {
		return
	}
	out.WriteString("\nNot decided:\n")
	for _, d := range doubts {
		fmt.Fprintf(out, "  %s\n", doubtText(d))
	}
}

// doubtText is a doubt in one line.
func doubtText(d access.Doubt) string {
	text := shownText(d.Why)
	if d.Condition != "" {
		text = shownText(d.Condition) + ": " + text
	}
	if d.Decides != "" {
		text += "; what would decide it: " + shownText(d.Decides)
	}
	return text
}

// mostShown is how many characters of a text from outside are shown, and
// mostListed how many of a list.
const (
	mostShown  = 300
	mostListed = 10
)

// shownText is a text from outside, safe to print and shortened where it is long.
func shownText(s string) string {
	if n := utf8.RuneCountInString(s); n > mostShown {
		short := string([]rune(s)[:mostShown])
		return fmt.Sprintf("%s… (%d characters)", term.Escape(short), n)
	}
	return term.Escape(s)
}

// quotedText is shownText in quotes.
func quotedText(s string) string {
	return `"` + shownText(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)) + `"`
}

// quotedTexts is a list, shortened where it is long.
func quotedTexts(list []string) string {
	var words []string
	for _, s := range list[:min(len(list), mostListed)] {
		words = append(words, quotedText(s))
	}
	if more := len(list) - mostListed; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
