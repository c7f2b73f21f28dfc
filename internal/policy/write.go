package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// String is the document as compact JSON, ready to be sent to IAM: the
// elements in IAM's own order, a list of one as a scalar, and characters
// beyond Latin-1 as escapes, since IAM's calls take no others. Lists keep
// their order. An opaque document is its text.
func (d Document) String() string {
	if d.opaque != "" {
		return d.opaque
	}
	w := writer{out: make([]byte, 0, 512)}
	w.open('{')
	if d.Version != "" {
		w.element("Version", d.Version)
	}
	if d.ID != "" {
		w.element("Id", d.ID)
	}
	w.key("Statement")
	if len(d.Statements) == 1 {
		w.statement(d.Statements[0])
	} else {
		w.open('[')
		for _, s := range d.Statements {
			w.comma()
			w.statement(s)
		}
		w.shut(']')
	}
	w.shut('}')
	return string(w.out)
}

// Indent is String over several lines, for people.
func (d Document) Indent() string {
	if d.opaque != "" {
		return d.opaque
	}
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(d.String()), "", "  "); err != nil {
		panic("policy: String writes JSON: " + err.Error())
	}
	return out.String()
}

// MarshalJSON is the policy object itself; of an opaque document, its text as
// a JSON string.
func (d Document) MarshalJSON() ([]byte, error) {
	if d.opaque != "" {
		return json.Marshal(d.opaque)
	}
	return []byte(d.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Document) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte{'"'}) {
		var live string
		if err := json.Unmarshal(text, &live); err != nil {
			return fmt.Errorf("reading the text of an opaque policy document: %w", err)
		}
		*d = ParseLive(live)
		return nil
	}
	read, err := Parse(string(text))
	if err != nil {
		return fmt.Errorf("reading a policy document: %w", err)
	}
	*d = read
	return nil
}

// Opaque is the text of a live document that Parse refuses; ok is false for
// every other one.
func (d Document) Opaque() (text string, ok bool) { return d.opaque, d.opaque != "" }

// IsZero tells whether d is the zero Document.
func (d Document) IsZero() bool {
	return d.Version == "" && d.ID == "" && len(d.Statements) == 0 && d.opaque == ""
}

// Size is the length of a policy text as IAM counts it against its quotas:
// white space is free.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func Size(text string) (characters int) {
	for _, r := range text {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			characters++
		}
	}
	return characters
}

// writer writes compact JSON.
type writer struct{ out []byte }

func (w *writer) statement(s Statement) {
	w.open('{')
	if s.Sid != "" {
		w.element("Sid", s.Sid)
	}
	w.element("Effect", string(s.Effect))
	w.principals("Principal", s.Principals)
	w.principals("NotPrincipal", s.NotPrincipals)
	w.list("Action", s.Actions)
	w.list("NotAction", s.NotActions)
	w.list("Resource", s.Resources)
	w.list("NotResource", s.NotResources)
	w.conditions(s.Conditions)
	w.shut('}')
}

func (w *writer) principals(key string, list []Principal) {
	if list == nil {
		return
	}
	w.key(key)
	if len(list) == 1 && list[0].Type == "*" {
		w.string(list[0].Value)
		return
	}
	w.open('{')
	for _, kind := range [...]string{"*", "AWS", "CanonicalUser", "Federated", "Service"} {
		var values []string
		for _, p := range list {
			if p.Type == kind {
				values = append(values, p.Value)
			}
		}
		w.list(kind, values)
	}
	w.shut('}')
}

func (w *writer) conditions(list []Condition) {
	if len(list) == 0 {
		return
	}
	sorted := slices.IsSortedFunc(list, compareConditions)
	if !sorted {
		list = slices.Clone(list)
		slices.SortStableFunc(list, compareConditions)
	}
	w.key("Condition")
	w.open('{')
	for i, c := range list {
		if i == 0 || list[i-1].Operator != c.Operator {
			w.key(c.Operator)
			w.open('{')
		}
		w.list(c.Key, c.Values)
		if i == len(list)-1 || list[i+1].Operator != c.Operator {
			w.shut('}')
		}
	}
	w.shut('}')
}

// list writes a list under its key: nothing for nil, a scalar for one value.
func (w *writer) list(key string, values []string) {
	if values == nil {
		return
	}
	w.key(key)
	if len(values) == 1 {
		w.string(values[0])
		return
	}
	w.open('[')
	for _, v := range values {
		w.comma()
		w.string(v)
	}
	w.shut(']')
}

func (w *writer) element(key, value string) {
	w.key(key)
	w.string(value)
}

func (w *writer) key(key string) {
	w.comma()
	w.string(key)
	w.out = append(w.out, ':')
}

func (w *writer) open(c byte) { w.out = append(w.out, c) }
func (w *writer) shut(c byte) { w.out = append(w.out, c) }

// comma separates from what came before, if anything did.
func (w *writer) comma() {
	if c := w.out[len(w.out)-1]; c != '{' && c != '[' {
		w.out = append(w.out, ',')
	}
}

// string writes s in quotes. Unlike encoding/json it leaves < and > alone: a
// subject like <yaml> must stay readable.
func (w *writer) string(s string) {
	w.out = append(w.out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.out = append(w.out, '\\', byte(r))
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			w.out = fmt.Appendf(w.out, `\u%04x\u%04x`, high, low)
		case r < ' ' || r >= 0x7f && r < 0xa0 || r > 0xff:
			w.out = fmt.Appendf(w.out, `\u%04x`, r)
		case r < 0x7f:
			w.out = append(w.out, byte(r))
		default:
			w.out = append(w.out, string(r)...)
		}
	}
	w.out = append(w.out, '"')
}

func compareConditions(a, b Condition) int {
	if c := strings.Compare(a.Operator, b.Operator); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}
