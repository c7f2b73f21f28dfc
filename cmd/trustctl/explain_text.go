package main

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/explain"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/visible"
)

// explanationText is an explanation for people.
func explanationText(e explain.Explanation, color bool) string {
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
		role = ", by the role of " + visible.Line(e.Role)
	}
	fmt.Fprintf(&out, "%s%s.\n  token: %s\n", style.Bold(head), role, e.Token)
	for _, r := range e.Refused {
		fmt.Fprintf(&out, "\nRefused before the policy is read: %s\n", r.Text)
	}
	for i, s := range e.Statements {
		fmt.Fprintf(&out, "\n%s, %s: %s\n", explain.StatementName(i, s), s.Effect, appliesText(s.Applies))
		for _, part := range [...]struct {
			name  string
			truth policy.Truth
		}{{"Principal", s.Principal}, {"Action", s.Action}, {"Resource", s.Resource}} {
			if part.name != "Resource" || part.truth != policy.Yes {
				fmt.Fprintf(&out, "  %s %s\n", mark(style, part.truth), part.name)
			}
		}
		for _, c := range s.Conditions {
			fmt.Fprintf(&out, "  %s %s %s: %s\n", mark(style, c.Holds), visible.Short(c.Operator), visible.Short(c.Key), visible.Quotes(c.Values))
			if c.Holds != policy.Yes || len(c.Values) > 1 {
				fmt.Fprintf(&out, "          %s\n", visible.Short(c.Reason))
			}
		}
	}
	if e.NearestMiss != nil {
		fmt.Fprintf(&out, "\nNearest miss (%s): %s\n", e.NearestMiss.Kind, e.NearestMiss.Text)
		if e.NearestMiss.Sub != "" {
			fmt.Fprintf(&out, "  would be admitted: sub %s, aud %s\n", visible.Quote(e.NearestMiss.Sub), visible.Quote(e.NearestMiss.Aud))
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
