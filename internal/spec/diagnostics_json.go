package spec

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/visible"
)

// The shape of terraform validate -json.
// https://developer.hashicorp.com/terraform/cli/commands/validate#json-output-format
type (
	jsonReport struct {
		FormatVersion string           `json:"format_version"`
		Valid         bool             `json:"valid"`
		ErrorCount    int              `json:"error_count"`
		WarningCount  int              `json:"warning_count"`
		Diagnostics   []jsonDiagnostic `json:"diagnostics"`
	}
	jsonDiagnostic struct {
		Severity string       `json:"severity"`
		Summary  string       `json:"summary"`
		Detail   string       `json:"detail"`
		Range    *jsonRange   `json:"range,omitempty"`
		Snippet  *jsonSnippet `json:"snippet,omitempty"`
	}
	jsonRange struct {
		Filename string  `json:"filename"`
		Start    jsonPos `json:"start"`
		End      jsonPos `json:"end"`
	}
	jsonPos struct {
		Line   int `json:"line"`
		Column int `json:"column"`
		Byte   int `json:"byte"`
	}
	jsonSnippet struct {
		Context              *string      `json:"context"`
		Code                 string       `json:"code"`
		StartLine            int          `json:"start_line"`
		HighlightStartOffset int          `json:"highlight_start_offset"`
		HighlightEndOffset   int          `json:"highlight_end_offset"`
		Values               []shownValue `json:"values"`
	}
)

// DiagnosticsJSON is diagnostics in the shape of terraform validate -json,
// indented, with a line break at the end. JSON escapes control characters.
func DiagnosticsJSON(diags hcl.Diagnostics, s *Sources) []byte {
	report := jsonReport{FormatVersion: "1.0", Valid: !diags.HasErrors(), Diagnostics: []jsonDiagnostic{}}
	for _, d := range diags {
		one := jsonDiagnostic{Severity: "error", Summary: visible.Code(d.Summary), Detail: detail(d)}
		if d.Severity == hcl.DiagWarning {
			one.Severity = "warning"
			report.WarningCount++
		} else {
			report.ErrorCount++
		}
		if d.Subject != nil {
			one.Range = &jsonRange{visible.Code(d.Subject.Filename), jsonPos(d.Subject.Start), jsonPos(d.Subject.End)}
		}
		if snippet := s.snippet(d); snippet != nil {
			one.Snippet = snippet.json(shownValues(d))
		}
		report.Diagnostics = append(report.Diagnostics, one)
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		panic("spec: a report is plain values: " + err.Error())
	}
	return append(text, '\n')
}

// json gives offsets in bytes of the code as it is given, escapes and all.
func (s *snippet) json(values []shownValue) *jsonSnippet {
	var code strings.Builder
	one := &jsonSnippet{Values: []shownValue{}, StartLine: s.lines[0].number}
	for i, line := range s.lines {
		if i > 0 {
			code.WriteByte('\n')
		}
		code.WriteString(visible.Code(line.before))
		if i == 0 {
			one.HighlightStartOffset = code.Len()
		}
		code.WriteString(visible.Code(line.marked))
		if line.marked != "" || i == 0 {
			one.HighlightEndOffset = code.Len()
		}
		code.WriteString(visible.Code(line.after))
	}
	one.Code = code.String()
	if s.context != "" {
		context := visible.Code(s.context)
		one.Context = &context
	}
	for _, v := range values {
		one.Values = append(one.Values, shownValue{visible.Code(v.Traversal), visible.Code(v.Statement)})
	}
	return one
}
