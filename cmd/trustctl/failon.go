package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/visible"
)

// The gates over findings: of this severity, or a worse one.
const (
	gateError   plan.Gate = "error"
	gateWarning plan.Gate = "warning"
)

// allGates are the values that -fail-on takes.
func allGates() gates { return append(plan.Gates(), gateError, gateWarning) }

// gates are the values of -fail-on.
type gates []plan.Gate

func (g gates) String() string {
	words := make([]string, len(g))
	for i, gate := range g {
		words[i] = string(gate)
	}
	return strings.Join(words, ",")
}

// Set reads a list of gates: wider,new-role.
func (g *gates) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		gate := plan.Gate(strings.TrimSpace(word))
		if !slices.Contains(allGates(), gate) {
			return fmt.Errorf("%q is no gate: there are %s", word, allGates())
		}
		if !slices.Contains(*g, gate) {
			*g = append(*g, gate)
		}
	}
	return nil
}

// Type names the value in the usage.
func (g *gates) Type() string { return "GATES" }

// findings are those of a severity, or a worse one, a line each.
func findings(all []lint.Finding, at lint.Severity) []string {
	var lines []string
	for _, f := range all {
		if f.Severity.AtLeast(at) {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", f.Code, f.Summary, f.Place()))
		}
	}
	return lines
}

// hold holds a plan against the gates that were asked for, says what each
// stops for, and whether all let it through. It goes by the plan's data, so
// every output format ends with the same exit code.
func (a *app) hold(r render.Report, asked gates) bool {
	through := true
	for _, g := range asked {
		why := r.Plan.Fails(g)
		if g == gateError || g == gateWarning {
			why = findings(r.Findings, lint.Severity(g))
		}
		if len(why) == 0 {
			continue
		}
		through = false
		const most = 20
		a.say("-fail-on=%s does not hold:", g)
		a.annotate([]render.Annotation{{Severity: lint.Error, Title: fmt.Sprintf("-fail-on=%s does not hold", g), Message: strings.Join(why[:min(most, len(why))], "; ")}})
		for _, line := range why[:min(most, len(why))] {
			a.say("  %s", visible.Line(line))
		}
		if more := len(why) - most; more > 0 {
			a.say("  and %d more", more)
		}
	}
	a.verdict.gate = a.verdict.gate || !through
	return through
}
