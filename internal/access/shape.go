package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/subject"
)

// shape is one form of subjects with one audience rule. Within it the audience
// follows from the subject, so that what is asked of the audience is asked of
// the organization in the subject: aud and sub are one string.
type shape struct {
	form  subject.Form
	host  string // condition keys of the issuer begin with it
	bare  bool   // the audience is ORG, else aws:ORG
	org   string // the only organization, "" for any
	tail  bool   // the form may go on
	easy  bool   // names without dots, which are never refused
	loose bool   // what its subjects begin with is all that is asked
}

// rule is what stands before the organization in the audience.
func (f *shape) rule() string {
	if f.bare {
		return ""
	}
	return "aws:"
}

func (f *shape) keys() (aud, oaud, sub string) {
	host := strings.ToLower(f.host)
	return host + ":aud", host + ":oaud", host + ":sub"
}

// start is what a token of the shape brings to a search.
func (f *shape) start() *state {
	_, oaud, sub := f.keys()
	host := strings.ToLower(f.host)
	st := &state{}
	prefix := ""
	if len(f.form.Parts) > 0 {
		prefix = f.form.Parts[0].Text
	}
	st.touch(sub).all = []value{{id: string(formID), pattern: f.pattern(f.form.Parts, f.organization(), f.tail), prefix: prefix}}
	st.touch(oaud).several = no
	// Pulumi's tokens carry neither.
	st.touch(host + ":amr").there = no
	st.touch(host + ":email").there = no
	return st
}

// organization is the pattern of the shape's organizations.
func (f *shape) organization() pattern.Pattern {
	if f.org != "" {
		return pattern.Exact(f.org)
	}
	return anyOrganization()
}

const (
	edgeClass = pattern.Lower | pattern.Digit
	orgClass  = edgeClass | pattern.Hyphen | pattern.Underscore
	nameClass = orgClass | pattern.Upper | pattern.Dot
	wordClass = pattern.Lower | pattern.Hyphen
)

func anyOrganization() pattern.Pattern {
	return pattern.Join(pattern.Name(edgeClass, 1, 1), pattern.Name(orgClass, 1, 0), pattern.Name(edgeClass, 1, 1))
}

// pattern turns parts of a form into a pattern.
func (f *shape) pattern(parts []subject.Part, org pattern.Pattern, tail bool) pattern.Pattern {
	out := make([]pattern.Pattern, 0, len(parts)+2)
	for _, p := range parts {
		switch p.Kind {
		case subject.Text:
			out = append(out, pattern.Exact(p.Text))
		case subject.OrgName:
			out = append(out, org)
		case subject.AnyName:
			class := nameClass
			if f.easy {
				class &^= pattern.Dot
			}
			out = append(out, pattern.Name(class, 1, 0))
		case subject.Word:
			out = append(out, pattern.Name(wordClass, 1, 0))
		case subject.Value:
			out = append(out, pattern.Name(pattern.Every&^pattern.Colon, 0, 0))
		case subject.Rest:
			out = append(out, pattern.Like("*"))
		}
	}
	if tail {
		out = append(out, pattern.Exact(":"), pattern.Like("*"))
	}
	return pattern.Join(out...)
}

// without is the keys that the subject doesn't settle.
func (f *shape) without(keys []keyState) (out []keyState, ok bool) {
	aud, oaud, sub := f.keys()
	for _, k := range keys {
		switch {
		case k.name == sub, !f.form.Free && (k.name == aud || k.name == oaud && k.several != yes):
		case k.name == oaud && k.several == yes:
			return nil, false // no token of Pulumi's has several audiences
		default:
			out = append(out, k)
		}
	}
	return out, true
}

// decide decides the subjects of a shape. Each member of cells is a way in
// which the audience's patterns can lie in the organization.
func (f *shape) decide(s *solver, st *state) (keyCell, pattern.Outcome) {
	aud, oaud, sub := f.keys()
	k := *st.key(sub)
	base := s.cellOf(k.all, k.none)
	out := keyCell{name: sub}
	exclude := func(org pattern.Pattern) {
		for _, not := range f.form.Not {
			base.None = append(base.None, f.pattern(not, org, false))
		}
	}
	if f.form.Free {
		exclude(f.organization())
		out.cells = []pattern.Cell{base}
		return out, s.decide(base, k.all)
	}
	for _, v := range k.all {
		text, ok := v.literal()
		if ok && (len(subject.Audiences(text)) == 0 || !f.loose && !f.tail && !f.signed(text)) {
			return out, pattern.Empty
		}
	}
	asked := keyState{name: aud}
	for _, name := range [...]string{aud, oaud} {
		if other := st.key(name); other != nil {
			asked.all = append(asked.all, other.all...)
			asked.none = append(asked.none, other.none...)
		}
	}
	org, ok := f.known(asked.all)
	if !ok {
		return out, pattern.Empty
	}
	if org != "" {
		audience := f.rule() + org
		matches := func(v value) bool { return v.pattern.Match(audience) }
		if slices.ContainsFunc(asked.all, func(v value) bool { return !matches(v) }) ||
			slices.ContainsFunc(asked.none, func(l *list) bool { return slices.ContainsFunc(l.values, matches) }) {
			return out, pattern.Empty
		}
		exclude(pattern.Exact(org))
		base.All = append(slices.DeleteFunc(slices.Clone(base.All), f.isOwn(k)), f.pattern(f.form.Parts, pattern.Exact(org), f.tail))
		out.cells = []pattern.Cell{base}
		return out, s.decide(base, k.all)
	}
	exclude(f.organization())
	for _, l := range asked.none {
		for _, v := range l.values {
			base.None = append(base.None, f.transcribe(v)...)
		}
	}
	outcome := pattern.Empty
	var try func(all []pattern.Pattern, left []value) bool
	try = func(all []pattern.Pattern, left []value) bool {
		if !s.spend(10) {
			outcome = worse(outcome, pattern.Undecided)
			return true
		}
		if len(left) == 0 {
			c := pattern.Cell{All: all, None: base.None}
			if o := s.decide(c, k.all); o != pattern.Empty {
				outcome = worse(outcome, o)
				out.cells = []pattern.Cell{c}
			}
			return outcome == pattern.Inhabited
		}
		for _, p := range f.transcribe(left[0]) {
			if try(append(slices.Clip(all), p), left[1:]) {
				return true
			}
		}
		return false
	}
	try(base.All, asked.all)
	return out, outcome
}

// isOwn recognises the pattern of the shape's own that a state starts with.
func (f *shape) isOwn(k keyState) func(pattern.Pattern) bool {
	i := slices.IndexFunc(k.all, func(v value) bool { return v.id[0] == formID })
	at := -1
	return func(pattern.Pattern) bool { at++; return at == i }
}

// known is the organization, where the shape or a text for the audience tells
// it; ok is false if no organization will do.
func (f *shape) known(audiences []value) (org string, ok bool) {
	org = f.org
	for _, v := range audiences {
		if text, literal := v.literal(); literal {
			name, found := strings.CutPrefix(text, f.rule())
			if !found || org != "" && org != name || !anyOrganization().Match(name) {
				return "", false
			}
			org = name
		}
	}
	return org, true
}

// transcribe says of the subject what a pattern says of the audience: it is
// matched if one of the patterns is.
func (f *shape) transcribe(v value) []pattern.Pattern {
	at := slices.IndexFunc(f.form.Parts, func(p subject.Part) bool { return p.Kind == subject.OrgName })
	var out []pattern.Pattern
	for _, rest := range behind(v, f.rule()) {
		if org, ok := restricted(rest); ok {
			out = append(out, f.pattern(f.form.Parts[:at+1], org, at+1 < len(f.form.Parts) || f.tail))
		}
	}
	return out
}

// mark is a letter, or a wildcard.
type mark struct {
	letter rune
	wild   rune // * or ?, 0 for none
}

// marks are the letters and wildcards of a value.
func marks(v value) []mark {
	out := make([]mark, 0, len(v.id))
	escaped := false
	for _, r := range v.id[1:] {
		switch {
		case v.id[0] != globID:
			out = append(out, mark{letter: r})
		case escaped:
			out, escaped = append(out, mark{letter: r}), false
		case r == 0:
			escaped = true
		case r == '*' || r == '?':
			out = append(out, mark{wild: r})
		default:
			out = append(out, mark{letter: r})
		}
	}
	return out
}

// behind is what a value matches behind a text: the rests of its marks, one of
// which must match.
func behind(v value, text string) [][]mark {
	marks := marks(v)
	at := map[int]bool{0: true}
	for _, r := range text {
		next := map[int]bool{}
		for i := range len(marks) {
			if !at[i] {
				continue
			}
			switch m := marks[i]; {
			case m.wild == '*':
				next[i] = true
				at[i+1] = true
			case m.wild == '?' || m.letter == r:
				next[i+1] = true
			}
		}
		at = next
	}
	var out [][]mark
	for i := len(marks); i >= 0; i-- {
		if at[i] {
			out = append(out, marks[i:])
			if i < len(marks) && marks[i].wild == '*' {
				break // it takes in what the earlier ones match
			}
		}
	}
	return out
}

// restricted is a pattern of organizations: its wildcards take nothing that no
// organization's name has. ok is false if it names such a letter.
func restricted(marks []mark) (p pattern.Pattern, ok bool) {
	parts := make([]pattern.Pattern, 0, len(marks))
	for _, m := range marks {
		switch {
		case m.wild == '*':
			parts = append(parts, pattern.Name(orgClass, 0, 0))
		case m.wild == '?':
			parts = append(parts, pattern.Name(orgClass, 1, 1))
		case !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", m.letter):
			return p, false
		default:
			parts = append(parts, pattern.Exact(string(m.letter)))
		}
	}
	return pattern.Join(parts...), true
}

// audience is that of a subject of the shape.
func (f *shape) audience(sub string) string {
	for i, p := range f.form.Parts {
		if p.Kind == subject.OrgName && i > 0 {
			rest := strings.TrimPrefix(sub, f.form.Parts[i-1].Text)
			org, _, _ := strings.Cut(rest, ":")
			return f.rule() + org
		}
	}
	return ""
}

// signed tells whether a token has exactly this subject with the audience of
// the shape.
func (f *shape) signed(sub string) bool {
	return f.form.Free || slices.Contains(subject.Audiences(sub), f.audience(sub))
}

// signs tells whether the issuer signs a token with exactly this audience and
// subject, which need no other claims; false where its grammar is not known.
func (i Issuer) signs(w Witness) bool {
	return strings.HasSuffix(i.Host, "/oidc") && slices.Contains(subject.Audiences(w.Sub), w.Aud) &&
		!slices.ContainsFunc(w.Others, func(c Claim) bool { return strings.HasPrefix(c.Key, strings.ToLower(i.Host)+":") })
}
