package main

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// testReport is what test prints.
type testReport struct {
	Passed int          `json:"passed"`
	Failed int          `json:"failed"`
	Tests  []testResult `json:"tests"`
}

// testResult is one test block, decided.
type testResult struct {
	Name     string        `json:"name"`
	Role     string        `json:"role"`
	Passed   bool          `json:"passed"`
	Pos      trust.Pos     `json:"pos"`
	Failures []testFailure `json:"failures"`
}

// testFailure is an expectation that does not hold.
type testFailure struct {
	Expect   string `json:"expect,omitempty"` // allow or deny
	Pattern  string `json:"pattern,omitempty"`
	Patterns int    `json:"patterns,omitempty"` // of how many it is one, where it is not known which
	Audience string `json:"audience,omitempty"`
	// Outcome is refused or admitted; no_token, where no token is like the
	// pattern; undecided; or no_role.
	Outcome string         `json:"outcome"`
	Witness *witnessToken  `json:"witness,omitempty"`
	If      []string       `json:"if,omitempty"`
	Open    []access.Doubt `json:"open,omitempty"`
}

func (f *testFailure) take(outcome string, a access.Answer, issuer access.Issuer) {
	f.Outcome, f.Witness, f.If, f.Open = outcome, tokenOf(a.Witness, issuer), a.If, a.Open
}

func (r *testReport) add(t testResult) {
	if t.Passed = len(t.Failures) == 0; t.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
	r.Tests = append(r.Tests, t)
}

// text is the report for people.
func (r testReport) text(color bool) string {
	style := render.Color(color)
	var out strings.Builder
	for _, t := range r.Tests {
		word := style.Green("pass")
		if !t.Passed {
			word = style.Red("FAIL")
		}
		fmt.Fprintf(&out, "%s  %s (%s)\n", word, visible.Short(t.Name), visible.Short(t.Role))
		if !t.Passed {
			fmt.Fprintf(&out, "      at %s:%d\n", visible.Line(t.Pos.File), t.Pos.Line)
		}
		for _, f := range t.Failures {
			for _, line := range f.lines() {
				fmt.Fprintf(&out, "      %s\n", line)
			}
		}
	}
	fmt.Fprintf(&out, "Tests: %d passed, %d failed.\n", r.Passed, r.Failed)
	return out.String()
}

// lines say what does not hold, safe to print.
func (f testFailure) lines() []string {
	if f.Outcome == "no_role" {
		return []string{"The configuration declares no such role."}
	}
	head := f.Expect + " " + visible.Quote(f.Pattern)
	if f.Patterns > 0 {
		head = fmt.Sprintf("%s one of %d subjects, the first of them %s", f.Expect, f.Patterns, visible.Quote(f.Pattern))
	}
	switch f.Outcome {
	case "refused":
		head += ": not all of it is admitted"
	case "admitted":
		head += ": the role admits it"
	case "no_token":
		head += ": no token that the issuer signs has such a subject"
	default:
		head += ": not decided"
	}
	if f.Audience != "" {
		head += " (aud " + visible.Quote(f.Audience) + ")"
	}
	all := []string{head}
	if f.Witness != nil {
		all = append(all, "  for example "+f.Witness.String())
	}
	for _, condition := range f.If {
		all = append(all, "  it depends on: "+visible.Short(condition))
	}
	for _, d := range f.Open {
		all = append(all, "  "+doubtText(d))
	}
	return all
}

// junit is the report as JUnit XML.
func (r testReport) junit() ([]byte, error) {
	var cases []render.JUnitCase
	for _, t := range r.Tests {
		c := render.JUnitCase{Name: t.Name, Class: t.Role, Pos: t.Pos}
		for _, f := range t.Failures {
			c.Kind = t.Failures[0].Outcome
			c.Lines = append(c.Lines, f.lines()...)
		}
		cases = append(cases, c)
	}
	return render.JUnit("trustctl test", cases)
}
