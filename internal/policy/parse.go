package policy

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCharacters is the longest policy text that IAM's calls take at all.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
const maxCharacters = 131072

// Parse reads a policy document. It holds to IAM's grammar and refuses, with a
// *SyntaxError, what could be read in two ways: a key that stands twice, also
// a condition key in two letter cases, an element that IAM doesn't know, a
// value of another type, half a surrogate pair. A scalar stands for a list of
// one, and a Boolean or number in a condition for its text. What is grammatical
// but refused by IAM for a kind of policy, CheckTrust and CheckIdentity find.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func Parse(text string) (Document, error) {
	p := parser{reader{text: text}}
	if len(text) > maxCharacters && utf8.RuneCountInString(text) > maxCharacters {
		p.fail(0, "a policy document has at most %d characters", maxCharacters)
	} else if !utf8.ValidString(text) {
		p.fail(0, "the text is not valid UTF-8")
	}
	d := p.document()
	p.end()
	if p.err != nil {
		return Document{}, p.err
	}
	return d, nil
}

// ParseLive reads a policy that an account holds. One that Parse refuses must
// not stop a plan: it becomes an opaque Document, which keeps the text, allows
// nothing, and is equal to itself alone.
func ParseLive(text string) Document {
	d, err := Parse(text)
	if err != nil {
		return Document{opaque: text}
	}
	return d
}

// parser reads a document, element by element.
type parser struct{ reader }

func (p *parser) document() (d Document) {
	statements := false
	p.object("the policy document", false, func(key string, at int) {
		switch key {
		case "Version":
			d.Version = p.oneOf("Version", Version2012, Version2008)
		case "Id":
			d.ID = p.one("Id")
		case "Statement":
			statements = true
			p.list("statements", func() { d.Statements = append(d.Statements, p.statement()) })
		default:
			p.fail(at, "a policy document has no element %s", shown(key))
		}
	})
	if !statements {
		p.fail(0, "the policy document has no Statement")
	}
	return d
}

func (p *parser) statement() (s Statement) {
	start := p.at
	p.object("a statement", false, func(key string, at int) {
		switch key {
		case "Sid":
			s.Sid = p.one(key)
		case "Effect":
			s.Effect = Effect(p.oneOf(key, string(Allow), string(Deny)))
		case "Principal":
			s.Principals = p.principals(key)
		case "NotPrincipal":
			s.NotPrincipals = p.principals(key)
		case "Action":
			s.Actions = p.texts(key)
		case "NotAction":
			s.NotActions = p.texts(key)
		case "Resource":
			s.Resources = p.texts(key)
		case "NotResource":
			s.NotResources = p.texts(key)
		case "Condition":
			s.Conditions = p.conditions()
		default:
			p.fail(at, "a statement has no element %s", shown(key))
		}
	})
	switch {
	case s.Effect == "":
		p.fail(start, "a statement needs an Effect")
	case s.Principals != nil && s.NotPrincipals != nil:
		p.fail(start, "a statement has either Principal or NotPrincipal")
	case s.Actions != nil && s.NotActions != nil:
		p.fail(start, "a statement has either Action or NotAction")
	case s.Resources != nil && s.NotResources != nil:
		p.fail(start, "a statement has either Resource or NotResource")
	}
	return s
}

// principals reads "*" or an object of lists, sorted by type.
func (p *parser) principals(what string) []Principal {
	if at := p.at; p.next() == '"' {
		if p.one(what) != "*" {
			p.fail(at, `%s is "*" or an object`, what)
		}
		return []Principal{{"*", "*"}}
	}
	out := []Principal{}
	p.object(what, false, func(key string, at int) {
		if !isPrincipalType(key) {
			p.fail(at, "%s has no type %s: there are AWS, CanonicalUser, Federated and Service", what, shown(key))
		}
		p.list("principals", func() { out = append(out, Principal{key, p.one(key)}) })
	})
	slices.SortStableFunc(out, func(a, b Principal) int { return strings.Compare(a.Type, b.Type) })
	return out
}

func isPrincipalType(s string) bool {
	return s == "AWS" || s == "Federated" || s == "Service" || s == "CanonicalUser"
}

// conditions reads operators over keys over values, sorted: their order in the
// text says nothing.
func (p *parser) conditions() (out []Condition) {
	p.object("Condition", false, func(operator string, _ int) {
		p.object(shown(operator), true, func(key string, _ int) {
			values := []string{}
			p.list("values", func() { values = append(values, p.value(key)) })
			out = append(out, Condition{operator, key, values})
		})
	})
	slices.SortFunc(out, func(a, b Condition) int {
		return cmp.Or(strings.Compare(a.Operator, b.Operator), strings.Compare(a.Key, b.Key))
	})
	return out
}

// value reads a value of a condition.
func (p *parser) value(key string) string {
	if s, ok := p.string(); ok {
		return s
	}
	word := p.word()
	if word == "" {
		p.fail(p.at, "a value of %s must be a string, a number, true or false", shown(key))
	}
	return word
}

// texts reads a string or a list of strings.
func (p *parser) texts(what string) []string {
	out := []string{}
	p.list(what, func() { out = append(out, p.one(what)) })
	return out
}

// one reads one string.
func (p *parser) one(what string) string {
	s, ok := p.string()
	if !ok {
		p.fail(p.at, "%s must be a string", what)
	}
	return s
}

// oneOf reads one of two strings.
func (p *parser) oneOf(what, a, b string) string {
	at := p.at
	s := p.one(what)
	if s != a && s != b {
		p.fail(at, "%s must be %q or %q", what, a, b)
	}
	return s
}
