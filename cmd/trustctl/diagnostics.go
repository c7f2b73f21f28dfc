package main

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/trust"
)

// showDiagnostics prints what is to be said of a configuration.
func (a *app) showDiagnostics(l *loaded) error {
	return l.sources.Write(a.Err, l.diags, a.Width(), a.colorErr())
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
