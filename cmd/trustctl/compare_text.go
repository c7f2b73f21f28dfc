package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/visible"
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
			fmt.Fprintf(out, "  %s principal %s (%s)\n", sign, visible.Short(t.Principal), cmp.Or(t.Note, "its statements differ"))
			continue
		}
		audience := "aud " + visible.Quote(t.Audience)
		if t.Any {
			audience = visible.Short(t.Audience)
		}
		fmt.Fprintf(out, "  %s sub %s, %s\n", sign, visible.Quote(t.Pattern), audience)
		for _, also := range t.And {
			fmt.Fprintf(out, "      and sub %s\n", visible.Quote(also))
		}
		if len(t.Except) > 0 {
			fmt.Fprintf(out, "      except %s\n", visible.Quotes(t.Except))
		}
		for _, condition := range t.If {
			fmt.Fprintf(out, "      if %s\n", visible.Short(condition))
		}
		if t.Witness != nil {
			fmt.Fprintf(out, "      for example %s\n", t.Witness)
		}
		if t.Note != "" {
			fmt.Fprintf(out, "      (%s)\n", visible.Short(t.Note))
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
	text := visible.Short(d.Why)
	if d.Condition != "" {
		text = visible.Short(d.Condition) + ": " + text
	}
	if d.Decides != "" {
		text += "; what would decide it: " + visible.Short(d.Decides)
	}
	return text
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
