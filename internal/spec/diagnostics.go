package spec

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/go-wordwrap"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
	"github.com/zclconf/go-cty/cty"
)

// Limits of what is printed: a line of a megabyte helps nobody, nor does the
// thousandth mistake.
const (
	MaxShown        = 200 // diagnostics
	maxSnippetLines = 8
	maxSnippetLine  = 240 // characters
	maxDetail       = 8 << 10
	maxShownValue   = 80 // characters
)

// Sources are the files that were read, for the snippets of diagnostics.
type Sources struct {
	files  map[string]*hcl.File
	tokens int // of all that was parsed
}

// Write prints diagnostics with the source lines they are about. Each begins
// with "Error: " or "Warning: " at the start of a line. Control characters of
// file names, sources and messages are escaped. A width above zero wraps the
// details; color marks severities and the place.
func (s *Sources) Write(w io.Writer, diags hcl.Diagnostics, width int, color bool) error {
	var b bytes.Buffer
	for _, d := range diags {
		s.write(&b, d, width, color)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing diagnostics: %w", err)
	}
	return nil
}

func (s *Sources) write(b *bytes.Buffer, d *hcl.Diagnostic, width int, color bool) {
	paint := func(code, text string) string {
		if !color {
			return text
		}
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	severity := paint("31", "Error")
	if d.Severity == hcl.DiagWarning {
		severity = paint("33", "Warning")
	}
	fmt.Fprintf(b, "%s: %s\n\n", severity, visible.Code(d.Summary))
	if snippet := s.snippet(d); snippet != nil {
		fmt.Fprintf(b, "  on %s line %d", visible.Code(d.Subject.Filename), d.Subject.Start.Line)
		if snippet.context != "" {
			fmt.Fprintf(b, ", in %s", visible.Code(snippet.context))
		}
		b.WriteString(":\n")
		for _, line := range snippet.lines {
			fmt.Fprintf(b, "%4d: %s%s%s\n", line.number, visible.Code(line.before), highlight(paint, visible.Code(line.marked)), visible.Code(line.after))
		}
		b.WriteByte('\n')
	} else if d.Subject != nil {
		fmt.Fprintf(b, "  on %s line %d:\n  (source code not available)\n\n", visible.Code(d.Subject.Filename), d.Subject.Start.Line)
	}
	for i, v := range shownValues(d) {
		lead := "     "
		if i == 0 {
			lead = "with "
		}
		fmt.Fprintf(b, "%s%s %s\n", lead, visible.Code(v.Traversal), visible.Code(v.Statement))
		if i == len(shownValues(d))-1 {
			b.WriteByte('\n')
		}
	}
	if d.Detail != "" {
		fmt.Fprintf(b, "%s\n\n", wrap(detail(d), width))
	}
}

func highlight(paint func(code, text string) string, text string) string {
	if text == "" {
		return ""
	}
	return paint("1;4", text)
}

// detail is a diagnostic's detail, cut where a hostile name made it huge.
func detail(d *hcl.Diagnostic) string {
	text := d.Detail
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "…"
	}
	return visible.Lines(text)
}

// wrap wraps lines to a width; indented ones, which are commands to copy, stay.
func wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, " ") {
			lines[i] = wordwrap.WrapString(line, uint(width))
		}
	}
	return strings.Join(lines, "\n")
}

// shownValue is the value of something that an expression refers to.
type shownValue struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// shownValues are the values that an expression with a mistake saw, in the
// order of their names, without sensitive ones.
func shownValues(d *hcl.Diagnostic) []shownValue {
	var shown []shownValue
	if d.Expression == nil || d.EvalContext == nil {
		return nil
	}
	for _, t := range d.Expression.Variables() {
		v, diags := t.TraverseAbs(d.EvalContext)
		if diags.HasErrors() || !v.IsKnown() || v.ContainsMarked() {
			continue
		}
		shown = append(shown, shownValue{traversalText(t), valueText(v)})
	}
	slices.SortFunc(shown, func(a, b shownValue) int { return cmp.Compare(a.Traversal, b.Traversal) })
	return slices.Compact(shown)
}

func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			switch {
			case step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull():
				fmt.Fprintf(&b, "[%q]", head(step.Key.AsString(), maxShownValue))
			case step.Key.Type() == cty.Number && step.Key.IsKnown() && !step.Key.IsNull():
				fmt.Fprintf(&b, "[%s]", step.Key.AsBigFloat().Text('g', 10))
			}
		}
	}
	return b.String()
}

func valueText(v cty.Value) string {
	ty := v.Type()
	switch {
	case v.IsNull():
		return "is null"
	case ty == cty.Bool:
		return fmt.Sprintf("is %t", v.True())
	case ty == cty.Number:
		return "is " + v.AsBigFloat().Text('g', 10)
	case ty == cty.String:
		return fmt.Sprintf("is %q", head(v.AsString(), maxShownValue))
	case v.CanIterateElements():
		kind, _, _ := strings.Cut(ty.FriendlyName(), " of ")
		if v.LengthInt() == 1 {
			return "is " + kind + " with 1 element"
		}
		return fmt.Sprintf("is %s with %d elements", kind, v.LengthInt())
	}
	return "is " + ty.FriendlyName()
}

// At is the range from a place to the end of its line, for diagnostics that
// others make of what a position stands for; nil for no place.
func (s *Sources) At(p trust.Pos) *hcl.Range {
	if p.File == "" {
		return nil
	}
	at := &hcl.Range{Filename: p.File, Start: hcl.Pos{Line: p.Line, Column: p.Column}, End: hcl.Pos{Line: p.Line, Column: p.Column}}
	file := s.files[p.File]
	if file == nil {
		return at
	}
	lines := hcl.NewRangeScanner(file.Bytes, p.File, bufio.ScanLines)
	for lines.Scan() {
		line := lines.Range()
		if line.Start.Line < p.Line {
			continue
		}
		characters := hcl.NewRangeScannerFragment(lines.Bytes(), p.File, line.Start, bufio.ScanRunes)
		for characters.Scan() {
			if c := characters.Range(); c.Start.Column >= p.Column {
				return &hcl.Range{Filename: p.File, Start: c.Start, End: line.End}
			}
		}
		return &line
	}
	return at
}
