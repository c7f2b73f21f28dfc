package spec

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// snippet is the source of a diagnostic.
type snippet struct {
	context string // "account \"prod\""
	lines   []snippetLine
}

type snippetLine struct {
	number                int
	before, marked, after string
}

// snippet is nil where the source is not at hand.
func (s *Sources) snippet(d *hcl.Diagnostic) *snippet {
	if d.Subject == nil {
		return nil
	}
	file := s.files[d.Subject.Filename]
	if file == nil || file.Bytes == nil {
		return nil
	}
	src := file.Bytes
	from := min(max(d.Subject.Start.Byte, 0), len(src))
	to := min(max(d.Subject.End.Byte, from), len(src))
	found := &snippet{}
	if nav, ok := file.Nav.(interface{ ContextString(int) string }); ok {
		found.context = nav.ContextString(from)
	}
	start := bytes.LastIndexByte(src[:from], '\n') + 1
	for n := 0; n < maxSnippetLines && start <= to && (n == 0 || start < to); n++ {
		end := len(src)
		if i := bytes.IndexByte(src[start:], '\n'); i >= 0 {
			end = start + i
		}
		text := func(a, b int) string {
			return strings.TrimSuffix(string(src[min(max(a, start), end):min(max(b, start), end)]), "\r")
		}
		line := snippetLine{d.Subject.Start.Line + n, text(start, from), text(from, to), text(to, end)}
		found.lines = append(found.lines, line.cut())
		start = end + 1
	}
	return found
}

// cut shortens a line to what is around its marked part.
func (l snippetLine) cut() snippetLine {
	l.marked = head(l.marked, maxSnippetLine)
	rest := max(maxSnippetLine-utf8.RuneCountInString(l.marked), 40)
	if n := utf8.RuneCountInString(l.before); n > rest {
		runes := []rune(l.before)
		l.before = "…" + string(runes[n-rest:])
	}
	l.after = head(l.after, rest)
	return l
}

// head is the first n characters of a text.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
