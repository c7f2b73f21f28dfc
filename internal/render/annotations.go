package render

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/lint"
)

// Annotation is a message of a workflow, beside the lines that it is about.
type Annotation struct {
	Severity lint.Severity
	Title    string
	Message  string
	File     string // below the project's root, or ""
	Line     int    // from 1, or 0
	EndLine  int
	Column   int
}

// Annotations are the problems and the notable findings of a plan.
func (r Report) Annotations() []Annotation {
	var all []Annotation
	names := resourceNames(r.Plan)
	for _, p := range r.Plan.Problems {
		a := Annotation{
			Severity: lint.Severity(p.Severity), Title: p.Summary, Message: p.Detail,
			File: below(r.Folder, p.Pos.File), Line: p.Pos.Line, EndLine: p.Pos.Line, Column: p.Pos.Column,
		}
		if name := names[p.Address]; name != "" {
			a.Message = name + ": " + a.Message
		}
		all = append(all, a)
	}
	notable, _, _ := r.notable()
	return append(all, FindingAnnotations(notable, r.Folder)...)
}

// FindingAnnotations are findings, but for those that are accepted. folder is
// the configuration's.
func FindingAnnotations(findings []lint.Finding, folder string) []Annotation {
	var all []Annotation
	for _, f := range findings {
		if f.Accepted == nil {
			all = append(all, Annotation{
				Severity: f.Severity, Title: f.Code + ": " + f.Summary, Message: f.Detail + " " + f.Remedy,
				File: below(folder, f.Pos.File), Line: f.Pos.Line, EndLine: f.Pos.Line, Column: f.Pos.Column,
			})
		}
	}
	return all
}

// mostAnnotations is how many of a type GitHub shows of a step; it drops the
// rest.
const mostAnnotations = 10

// WorkflowCommands are annotations as a workflow takes them, a line each: of
// every type the first ten, and how many are left out.
func WorkflowCommands(annotations []Annotation) []string {
	var out []string
	for _, severity := range []lint.Severity{lint.Error, lint.Warning, lint.Info} {
		var all []Annotation
		for _, a := range annotations {
			if a.Severity == severity {
				all = append(all, a)
			}
		}
		if more := len(all) - mostAnnotations + 1; more > 1 {
			all = append(all[:mostAnnotations-1], Annotation{
				Severity: severity, Title: fmt.Sprintf("%d more", more),
				Message: fmt.Sprintf("GitHub shows %d annotations of a type in a step. The run's output has the other %d as well.", mostAnnotations, more),
			})
		}
		for _, a := range all {
			out = append(out, a.command())
		}
	}
	return out
}

// command is one line. What would end it, its properties or one of them is
// escaped.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
func (a Annotation) command() string {
	kind := string(a.Severity)
	if a.Severity == lint.Info {
		kind = "notice"
	}
	var properties []string
	if a.File != "" {
		properties = append(properties, "file="+property(a.File))
		if a.Line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d,endLine=%d", a.Line, max(a.Line, a.EndLine)))
		}
		if a.Column > 0 {
			properties = append(properties, fmt.Sprintf("col=%d", a.Column))
		}
	}
	properties = append(properties, "title="+property(a.Title))
	return "::" + kind + " " + strings.Join(properties, ",") + "::" + data(a.Message)
}

// data is a message: safe leaves no line end, so that the percent sign remains.
func data(s string) string { return strings.ReplaceAll(safe(s), "%", "%25") }

func property(s string) string { return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s)) }
