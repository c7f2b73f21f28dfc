package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
)

// value is one value of a string condition.
type value struct {
	id      string // equal ids are equal patterns: see the makers
	pattern pattern.Pattern
	prefix  string // what every match begins with
	suffix  string // and ends with
}

// The first byte of an id says how the rest is to be read.
const (
	literalID = '=' // a text
	globID    = '~' // * and ? are wildcards, but after a NUL
	foldID    = 'i' // a text in any letter case, in lower case here
	boolID    = 'b' // likewise, true or false
	formID    = '#' // a shape of subjects
)

func exactly(text string) value {
	return value{id: string(literalID) + text, pattern: pattern.Exact(text), prefix: text, suffix: text}
}

func anyCase(text string) value {
	return value{id: string(foldID) + strings.ToLower(text), pattern: pattern.Fold(text)}
}

// truthOf is true or false, in any letter case.
func truthOf(text string) value {
	v := anyCase(text)
	v.id = string(boolID) + v.id[1:]
	return v
}

// like is a text in which * and ? are wildcards.
func like(raw string) value {
	at := strings.IndexAny(raw, "*?")
	if at < 0 {
		return exactly(raw)
	}
	id := string(globID) + raw
	if strings.Contains(raw, "\x00") {
		id = string(globID) + strings.ReplaceAll(raw, "\x00", "\x00\x00")
	}
	return value{id: id, pattern: pattern.Like(raw), prefix: raw[:at], suffix: raw[strings.LastIndexAny(raw, "*?")+1:]}
}

// piece is a part of a value: raw with wildcards, or exact.
type piece struct{ raw, exact string }

// glob is the value of several pieces.
func glob(pieces []piece) value {
	var id, text strings.Builder
	var parts []pattern.Pattern
	wild := false
	for _, p := range pieces {
		wild = wild || strings.ContainsAny(p.raw, "*?")
		text.WriteString(p.raw + p.exact)
		id.WriteString(strings.ReplaceAll(p.raw, "\x00", "\x00\x00"))
		id.WriteString(strings.NewReplacer("\x00", "\x00\x00", "*", "\x00*", "?", "\x00?").Replace(p.exact))
		if p.raw != "" {
			parts = append(parts, pattern.Like(p.raw))
		} else {
			parts = append(parts, pattern.Exact(p.exact))
		}
	}
	if !wild {
		return exactly(text.String())
	}
	v := value{id: string(globID) + id.String(), pattern: pattern.Join(parts...)}
	for _, p := range pieces {
		at := strings.IndexAny(p.raw, "*?")
		if at >= 0 {
			v.prefix += p.raw[:at]
			break
		}
		v.prefix += p.raw + p.exact
	}
	return v
}

// literal is the only text that the value matches.
func (v value) literal() (string, bool) {
	if v.id[0] == literalID {
		return v.id[1:], true
	}
	return "", false
}

// covers tells whether the value certainly matches whatever w does.
func (v value) covers(w value) bool {
	if v.id == w.id {
		return true
	}
	if !strings.HasPrefix(w.prefix, v.prefix) || !strings.HasSuffix(w.suffix, v.suffix) {
		return false
	}
	if text, ok := w.literal(); ok {
		return v.pattern.Match(text)
	}
	return v.pattern.Covers(w.pattern)
}

// apart tells whether two values certainly match nothing in common, by a look
// at their ends.
func (v value) apart(w value) bool {
	if text, ok := v.literal(); ok {
		return !w.pattern.Match(text)
	}
	if text, ok := w.literal(); ok {
		return !v.pattern.Match(text)
	}
	n, m := min(len(v.prefix), len(w.prefix)), min(len(v.suffix), len(w.suffix))
	return v.prefix[:n] != w.prefix[:n] || v.suffix[len(v.suffix)-m:] != w.suffix[len(w.suffix)-m:]
}

// list is the values of a condition, each once.
type list struct{ values []value }

func listOf(values []value) *list {
	if len(values) > 1 {
		seen := make(map[string]bool, len(values))
		values = slices.DeleteFunc(values, func(v value) bool {
			again := seen[v.id]
			seen[v.id] = true
			return again
		})
	}
	return &list{values}
}

// signature is equal for equal lists.
func (l *list) signature(out *strings.Builder) {
	ids := make([]string, len(l.values))
	for i, v := range l.values {
		ids[i] = v.id
	}
	slices.Sort(ids)
	for _, id := range ids {
		writeField(out, id)
	}
}

// index finds the values of a list that can have to do with another.
type index struct {
	values []value
	ids    map[string]bool
	list   *pattern.List // nil for a short one
}

// indexed is the length from which an index pays.
const indexed = 24

func newIndex(values []value) *index {
	x := &index{values: values}
	if len(values) < indexed {
		return x
	}
	x.ids = make(map[string]bool, len(values))
	patterns := make([]pattern.Pattern, len(values))
	for i, v := range values {
		x.ids[v.id] = true
		patterns[i] = v.pattern
	}
	x.list = pattern.NewList(patterns)
	return x
}

// covering tells whether one of the values covers w, and how many were asked.
func (x *index) covering(w value) (ok bool, asked int) {
	if x.list == nil {
		for i, v := range x.values {
			if v.covers(w) {
				return true, i + 1
			}
		}
		return false, len(x.values)
	}
	if x.ids[w.id] {
		return true, 1
	}
	for _, i := range x.list.Near(w.pattern) {
		asked++
		if x.values[i].covers(w) {
			return true, asked
		}
	}
	return false, asked
}

// near appends the values that may match something that w matches.
func (x *index) near(w value, to []value) []value {
	if x.list == nil {
		for _, v := range x.values {
			if !v.apart(w) {
				to = append(to, v)
			}
		}
		return to
	}
	for _, i := range x.list.Near(w.pattern) {
		if v := x.values[i]; !v.apart(w) {
			to = append(to, v)
		}
	}
	return to
}
