package render

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Style paints text. The zero Style leaves it as it is.
type Style struct {
	green, yellow, red, bold, faint *lipgloss.Style
}

// Color is a Style that paints in a terminal's own sixteen colours; off, it is
// the zero Style. Whether the reader wants colour is not decided here.
func Color(on bool) Style {
	if !on {
		return Style{}
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	color := func(c string) *lipgloss.Style { s := r.NewStyle().Foreground(lipgloss.Color(c)); return &s }
	bold, faint := r.NewStyle().Bold(true), r.NewStyle().Faint(true)
	return Style{green: color("2"), yellow: color("3"), red: color("1"), bold: &bold, faint: &faint}
}

func paint(s *lipgloss.Style, text string) string {
	if s == nil {
		return text
	}
	return s.Render(text)
}

// Green is for what comes.
func (s Style) Green(text string) string { return paint(s.green, text) }

// Yellow is for what changes, and warnings.
func (s Style) Yellow(text string) string { return paint(s.yellow, text) }

// Red is for what goes, and errors.
func (s Style) Red(text string) string { return paint(s.red, text) }

// Bold is for headlines.
func (s Style) Bold(text string) string { return paint(s.bold, text) }

// Faint is for what most readers skip.
func (s Style) Faint(text string) string { return paint(s.faint, text) }
