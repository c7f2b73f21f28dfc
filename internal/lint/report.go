package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/visible"
)

// FormatVersion is that of a Report as JSON.
const FormatVersion = "1.0"

// Report is findings as a command shows them.
type Report struct {
	FormatVersion string    `json:"format_version"`
	Errors        int       `json:"errors"`
	Warnings      int       `json:"warnings"`
	Infos         int       `json:"infos"`
	Accepted      int       `json:"accepted"` // among the infos
	Findings      []Finding `json:"findings"`
}

// NewReport counts findings.
func NewReport(findings []Finding) Report {
	r := Report{FormatVersion: FormatVersion, Findings: findings}
	if findings == nil {
		r.Findings = []Finding{}
	}
	for _, f := range findings {
		switch f.Severity {
		case Error:
			r.Errors++
		case Warning:
			r.Warnings++
		default:
			r.Infos++
		}
		if f.Accepted != nil {
			r.Accepted++
		}
	}
	return r
}

// JSON is the report as indented JSON with a line end.
func (r Report) JSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("encoding the findings: %w", err)
	}
	return visible.JSON(out.Bytes()), nil
}

// Text writes the report for people, the worst first, without colour. Names from outside are
// shown with their control characters escaped.
func (r Report) Text(w io.Writer) error {
	var out strings.Builder
	worstFirst := slices.Clone(r.Findings)
	slices.SortStableFunc(worstFirst, func(a, b Finding) int { return b.Severity.rank() - a.Severity.rank() })
	for _, f := range worstFirst {
		title := strings.ToUpper(string(f.Severity[:1])) + string(f.Severity[1:])
		fmt.Fprintf(&out, "%s: %s: %s\n", title, f.Code, f.Summary)
		if place := f.Place(); place != "" {
			fmt.Fprintf(&out, "  on %s\n", place)
		}
		fmt.Fprintf(&out, "\n  %s\n", visible.Line(f.Detail))
		if proof := f.Proof.String(); proof != "" {
			fmt.Fprintf(&out, "  Proof: %s\n", visible.Line(proof))
		}
		if a := f.Accepted; a != nil {
			fmt.Fprintf(&out, "  Accepted (%s without it): %s\n", a.Severity, visible.Line(a.Reason))
		} else {
			fmt.Fprintf(&out, "  %s\n", visible.Line(f.Remedy))
		}
		out.WriteString("\n")
	}
	count := func(n int, noun string) string {
		if n != 1 {
			noun += "s"
		}
		return fmt.Sprintf("%d %s", n, noun)
	}
	fmt.Fprintf(&out, "Findings: %s, %s, %s (%d accepted).\n", count(r.Errors, "error"), count(r.Warnings, "warning"), count(r.Infos, "info"), r.Accepted)
	_, err := io.WriteString(w, out.String())
	return err
}

// Place is where the finding is: in a file, or in an account.
func (f Finding) Place() string {
	var words []string
	if f.Pos.File != "" {
		words = append(words, fmt.Sprintf("%s:%d:%d", f.Pos.File, f.Pos.Line, f.Pos.Column))
	}
	switch {
	case f.Resource != "":
		words = append(words, f.Resource)
	case f.ARN != "":
		words = append(words, string(f.ARN))
	case f.Address.Name != "":
		words = append(words, f.Address.String())
	case f.Environment != "":
		words = append(words, f.Environment)
	}
	return visible.Line(strings.Join(words, ", "))
}

// String is the proof in one line.
func (p *Proof) String() string {
	if p == nil {
		return ""
	}
	var words []string
	if p.Subject != "" {
		words = append(words, "sub "+visible.Quote(p.Subject))
	}
	if p.Audience != "" {
		words = append(words, "aud "+visible.Quote(p.Audience))
	}
	for _, key := range sortedKeys(p.Keys) {
		words = append(words, key+" "+list(quoted(p.Keys[key])))
	}
	text := strings.Join(words, ", ")
	if p.Text != "" && text != "" {
		text += " (" + p.Text + ")"
	} else if p.Text != "" {
		text = p.Text
	}
	if p.Admitted == nil {
		return text
	}
	if *p.Admitted {
		return text + ": admitted"
	}
	return text + ": refused"
}
