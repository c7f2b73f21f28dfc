package main

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/term"
)

// text is an explanation for people.
func (e explanation) text(color bool) string {
	style := render.Color(color)
	var out strings.Builder
	head, role := style.Red("Denied"), ""
	switch {
	case e.Allowed:
		head = style.Green("Allowed")
	case e.Unknown:
		head = style.Yellow("Not decided")
	}
	if e.Role != "" {
		role = ", by the role of " + term.Escape(e.Role)
	}
	fmt.Fprintf(&out, "%s%s.\n  token: %s\n", style.Bold(head), role, e.Token)
	for _, r := range e.Refused {
		fmt.Fprintf(&out, "\nRefused before the policy is read: %s\n", r.Text)
	}
	for i, s := range e.Statements {
		fmt.Fprintf(&out, "\n%s, %s: %s\n", statementName(i, s), s.Effect, appliesText(s.Applies))
		for _, part := range [...]struct {
			name  string
			truth policy.Truth
		}{{"Principal", s.Principal}, {"Action", s.Action}, {"Resource", s.Resource}} {
			if part.name != "Resource" || part.truth != policy.Yes {
				fmt.Fprintf(&out, "  %s %s\n", mark(style, part.truth), part.name)
			}
		}
		for _, c := range s.Conditions {
			fmt.Fprintf(&out, "  %s %s %s: %s\n", mark(style, c.Holds), shownText(c.Operator), shownText(c.Key), quotedTexts(c.Values))
			if c.Holds != policy.Yes || len(c.Values) > 1 {
				fmt.Fprintf(&out, "          %s\n", shownText(c.Reason))
			}
		}
	}
	if e.NearestMiss != nil {
		fmt.Fprintf(&out, "\nNearest miss (%s): %s\n", e.NearestMiss.Kind, e.NearestMiss.Text)
		if e.NearestMiss.Sub != "" {
			fmt.Fprintf(&out, "  would be admitted: sub %s, aud %s\n", quotedText(e.NearestMiss.Sub), quotedText(e.NearestMiss.Aud))
		}
	}
	if len(e.Notes) > 0 {
		out.WriteString("\n")
		for _, note := range e.Notes {
			fmt.Fprintf(&out, "Note: %s\n", note)
		}
	}
	return out.String()
}

// String is the claims for people, safe to print.
func (c shownClaims) String() string {
	var words []string
	add := func(name, text string) {
		if text != "" {
			words = append(words, name+" "+quotedText(text))
		}
	}
	add("sub", c.Sub)
	add("azp", c.Azp)
	if len(c.Aud) > 0 {
		words = append(words, "aud "+quotedTexts(c.Aud))
	}
	if len(c.Amr) > 0 {
		words = append(words, "amr "+quotedTexts(c.Amr))
	}
	add("iss", c.Iss)
	if len(words) == 0 {
		return "without any claim that STS looks at"
	}
	return strings.Join(words, ", ")
}

func appliesText(t policy.Truth) string {
	switch t {
	case policy.Yes:
		return "applies"
	case policy.No:
		return "does not apply"
	}
	return "not decided"
}

// mark is how an answer stands before a line.
func mark(style render.Style, t policy.Truth) string {
	switch t {
	case policy.Yes:
		return style.Green("yes    ")
	case policy.No:
		return style.Red("no     ")
	}
	return style.Yellow("unknown")
}
