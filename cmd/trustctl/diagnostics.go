package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// showDiagnostics prints what is to be said of a configuration.
func (a *app) showDiagnostics(l *loaded) error {
	a.annotate(a.diagnosticAnnotations(l))
	return l.sources.Write(a.Err, l.diags, a.Width(), a.colorErr())
}

// diagnosticAnnotations are the same, beside their lines.
func (a *app) diagnosticAnnotations(l *loaded) []render.Annotation {
	folder := a.belowProject(l.folder)
	var all []render.Annotation
	for _, d := range l.diags {
		one := render.Annotation{Severity: lint.Error, Title: d.Summary, Message: d.Detail}
		if d.Severity == hcl.DiagWarning {
			one.Severity = lint.Warning
		}
		if at := d.Subject; at != nil && !strings.HasPrefix(at.Filename, "<") { // <value of var.x>
			one.File, one.Line, one.EndLine, one.Column = path.Join(folder, at.Filename), at.Start.Line, at.End.Line, at.Start.Column
		}
		all = append(all, one)
	}
	return all
}

// showWrongAccounts prints, beside the lines of their accounts, the errors of
// credentials that lead into others; any other error is given back.
func (a *app) showWrongAccounts(l *loaded, err error) error {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	shown := *l
	shown.diags = nil
	for _, err := range all {
		var account *live.WrongAccountError
		var partition *live.WrongPartitionError
		var of trust.AccountID
		summary := "Credentials of another account"
		switch {
		case errors.As(err, &account):
			of = account.Account.ID
		case errors.As(err, &partition):
			of, summary = partition.Account.ID, "Credentials of another partition"
		default:
			return err
		}
		d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: "The " + visible.Line(err.Error()) + ". Nothing was read."}
		for _, declared := range l.Accounts {
			if declared.ID == of {
				d.Subject = l.sources.At(declared.Pos)
			}
		}
		shown.diags = append(shown.diags, d)
	}
	if failed := a.showDiagnostics(&shown); failed != nil {
		return failed
	}
	return errReported
}

// escDiagnostic is a mistake in an ESC file that only its encoder found.
func (l *loaded) escDiagnostic(f trust.EnvironmentFile, err error) *hcl.Diagnostic {
	at, detail := f.Source[""], err.Error()
	var m *esc.Mistake
	if errors.As(err, &m) {
		if pos, ok := f.Source["esc."+m.Attribute]; ok {
			at = pos
		}
		detail = m.Detail
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Invalid ESC environment",
		Detail:   fmt.Sprintf("The file of %s: %s", f.Environment, detail),
		Subject:  l.sources.At(at),
	}
}
