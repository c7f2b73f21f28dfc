package policy

import "strings"

// A language is what decides how values are read: under Version2012 a ${…} in
// one is a policy variable, or one of the three escapes ${*}, ${?}, ${$}; under
// Version2008 it is text like any other.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
type language string

// part is a piece of a value; exactly one field is set, but for the empty text.
type part struct {
	raw      string // as written; under a Like operator with wildcards in it
	exact    string // the character of an escape
	variable string // the key of a variable
	fallback string // the variable's default
	defaults bool   // whether it has one
}

// parts takes a value apart; ok is false where a ${ is neither an escape nor
// a variable, so that nobody knows what IAM makes of it.
func (l language) parts(value string) (out []part, ok bool) {
	for l == Version2012 {
		at := strings.Index(value, "${")
		if at < 0 {
			break
		}
		if at > 0 {
			out = append(out, part{raw: value[:at]})
		}
		key, rest, found := strings.Cut(value[at+2:], "}")
		if !found || key == "" || strings.Contains(key, "${") {
			return nil, false
		}
		value = rest
		switch key {
		case "*", "?", "$":
			out = append(out, part{exact: key})
			continue
		}
		name, fallback, defaults := strings.Cut(key, ",")
		p := part{variable: strings.TrimSpace(name), defaults: defaults}
		if defaults {
			fallback = strings.TrimSpace(fallback)
			if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
				return nil, false
			}
			p.fallback = fallback[1 : len(fallback)-1]
		}
		if p.variable == "" {
			return nil, false
		}
		out = append(out, p)
	}
	if value != "" || out == nil {
		out = append(out, part{raw: value})
	}
	return out, true
}

// plain is the text that a value of StringEquals stands for; ok is false if
// that depends on a variable.
func (l language) plain(value string) (text string, ok bool) {
	if !strings.Contains(value, "${") || l == Version2008 {
		return value, true
	}
	parts, ok := l.parts(value)
	for _, p := range parts {
		if p.variable != "" {
			return "", false
		}
		text += p.raw + p.exact
	}
	return text, ok
}

// normalLike brings a value of StringLike to one spelling: no needless escape,
// and in a row of wildcards the ? first and one *. A value that consists of
// wildcards alone keeps its spelling: IAM's control of shared issuers refuses
// * but takes **, which must not become what is refused.
func (l language) normalLike(value string) string {
	escapes := strings.Contains(value, "${")
	if strings.Trim(value, "*?") == "" || escapes && l == Version2008 {
		return value
	}
	if !escapes {
		return normalRuns(value)
	}
	parts, ok := l.parts(value)
	if !ok {
		return value
	}
	var out, text strings.Builder
	for _, p := range parts {
		rest := p.raw
		for rest != "" {
			at := strings.IndexAny(rest, "*?")
			if at < 0 {
				break
			}
			end := at + len(rest[at:]) - len(strings.TrimLeft(rest[at:], "*?"))
			text.WriteString(rest[:at])
			out.WriteString(l.quoteLike(text.String()))
			out.WriteString(rest[at:end])
			text.Reset()
			rest = rest[end:]
		}
		text.WriteString(rest)
		text.WriteString(p.exact)
		if p.variable != "" {
			out.WriteString(l.quoteLike(text.String()))
			text.Reset()
			out.WriteString("${" + p.variable)
			if p.defaults {
				out.WriteString(", '" + p.fallback + "'")
			}
			out.WriteString("}")
		}
	}
	out.WriteString(l.quoteLike(text.String()))
	return l.outside(out.String(), normalRuns)
}

// outside applies f to what stands outside of every ${…}.
func (l language) outside(value string, f func(string) string) string {
	var out strings.Builder
	for {
		raw, rest, found := strings.Cut(value, "${")
		out.WriteString(f(raw))
		if !found {
			return out.String()
		}
		inside, after, _ := strings.Cut(rest, "}")
		out.WriteString("${" + inside + "}")
		value = after
	}
}

// normalRuns puts the ? of every row of wildcards first and keeps one *.
func normalRuns(value string) string {
	if !strings.Contains(value, "**") && !strings.Contains(value, "*?") {
		return value
	}
	out := make([]byte, 0, len(value))
	star := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '*':
			star = true
			continue
		case c != '?' && star:
			out, star = append(out, '*'), false
		}
		out = append(out, value[i])
	}
	if star {
		out = append(out, '*')
	}
	return string(out)
}

// quoteEquals spells a text as a value of StringEquals, quoteLike as one of
// StringLike.
func (l language) quoteEquals(text string) string {
	if l == Version2008 || !strings.Contains(text, "${") {
		return text
	}
	return strings.ReplaceAll(text, "${", "${$}{")
}

func (l language) quoteLike(text string) string {
	if l == Version2008 || !strings.ContainsAny(text, "*?$") {
		return text
	}
	return strings.NewReplacer("${", "${$}{", "*", "${*}", "?", "${?}").Replace(text)
}

// Quote spells a text as a Resource, or a value of StringLike, of a Version2012
// document that matches this text alone.
func Quote(text string) string { return language(Version2012).quoteLike(text) }

// isExact tells whether a value of StringLike matches one known text, and
// which.
func (l language) isExact(value string) (text string, ok bool) {
	if !strings.ContainsAny(value, "*?$") {
		return value, true
	}
	if l == Version2008 {
		return value, !strings.ContainsAny(value, "*?")
	}
	parts, ok := l.parts(value)
	for _, p := range parts {
		if p.variable != "" || strings.ContainsAny(p.raw, "*?") {
			return "", false
		}
		text += p.raw + p.exact
	}
	return text, ok
}

// movable tells whether a value of StringEquals can be said by StringLike as
// well, and how.
func (l language) movable(value string) (like string, ok bool) {
	text, ok := l.plain(value)
	if !ok || l == Version2008 && strings.ContainsAny(text, "*?") {
		return "", false
	}
	return l.quoteLike(text), true
}

// language is how the document's values are read. Where no value holds a ${,
// both versions say the same.
func (d Document) language() language {
	if d.Version == Version2012 {
		return Version2012
	}
	for _, s := range d.Statements {
		if hasVariable(s.Resources) || hasVariable(s.NotResources) {
			return Version2008
		}
		for _, c := range s.Conditions {
			if hasVariable(c.Values) {
				return Version2008
			}
		}
	}
	return Version2012
}

func hasVariable(values []string) bool {
	for _, v := range values {
		if strings.Contains(v, "${") {
			return true
		}
	}
	return false
}
