package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/subject"
)

// fills are what is tried for the wildcards of a pattern before any search:
// they make names out of most patterns that people write.
var fills = [...]string{"", "x", "x/x", "/x", "env:x/x"}

// guess tries a few texts that a cell's pattern matches for one that the
// issuer signs.
func (s *solver) guess(issuer Issuer, c *cell, in *scope) (w Witness, ok bool) {
	host := strings.ToLower(issuer.Host)
	sub := c.state.key(host + ":sub")
	if sub == nil || !strings.HasSuffix(issuer.Host, "/oidc") {
		return Witness{}, false
	}
	at := slices.IndexFunc(sub.all, func(v value) bool { return v.id[0] == globID })
	if at < 0 {
		return Witness{}, false
	}
	var subjects, audiences pattern.Cell
	rest := *c
	rest.single = nil
	for _, k := range c.single {
		switch k.name {
		case host + ":sub":
			subjects = k.cells[0]
		case host + ":aud":
			audiences = k.cells[0]
		default:
			if rest.single = append(rest.single, k); strings.HasPrefix(k.name, host) {
				return Witness{}, false
			}
		}
	}
	if slices.ContainsFunc(c.multi, func(k keyCell) bool { return strings.HasPrefix(k.name, host) }) {
		return Witness{}, false
	}
	stars, ones := 0, 0
	begun := marks(sub.all[at])
	for _, m := range begun {
		switch m.wild {
		case '*':
			stars++
		case '?':
			ones++
		}
	}
	for i, fill := range fills {
		text := filled(begun, fill)
		s.spend(len(subjects.All) + len(subjects.None) + 10)
		if !matches(subjects, text) {
			continue
		}
		if _, org, _ := subject.Classify(text); in != nil && in.org != "" && in.org != org {
			continue
		}
		for _, aud := range subject.Audiences(text) {
			if !matches(audiences, aud) {
				continue
			}
			if w, ok = s.witness(issuer, &rest); ok {
				w.Aud, w.Sub, w.Signed = aud, text, true
				// Only one word is as short as the pattern's letters, if it has no ?.
				w.Shortest = i == 0 || len(fill) == 1 && stars == 1 && ones == 0
			}
			return w, ok
		}
	}
	return Witness{}, false
}

// matches tells whether a text is in a cell.
func matches(c pattern.Cell, text string) bool {
	match := func(p pattern.Pattern) bool { return p.Match(text) }
	return !slices.ContainsFunc(c.None, match) && !slices.ContainsFunc(c.All, func(p pattern.Pattern) bool { return !match(p) })
}

// filled is a text that a value of these marks matches, with the same for each *.
func filled(marks []mark, fill string) string {
	var out strings.Builder
	out.Grow(len(marks) + len(fill))
	for _, m := range marks {
		switch m.wild {
		case '*':
			out.WriteString(fill)
		case '?':
			out.WriteByte('x')
		default:
			out.WriteRune(m.letter)
		}
	}
	return out.String()
}
