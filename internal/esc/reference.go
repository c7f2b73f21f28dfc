package esc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/trustctl/trustctl/internal/grammar"
)

// parseReference reads what stands between ${ and }: keys (string) joined by
// dots, and subscripts, ["key"] or [index] (int).
func parseReference(s string) ([]any, error) {
	bad := func(why string) ([]any, error) {
		return nil, fmt.Errorf("%q is not a path: %s; write it like aws.login.accessKeyId or accounts[\"prod.eu\"][0]", s, why)
	}
	var steps []any
	for rest := s; rest != "" || len(steps) == 0; {
		if text, subscript := strings.CutPrefix(rest, "["); subscript {
			step, after, err := parseSubscript(text)
			if err != nil {
				return bad(err.Error())
			}
			if _, ok := step.(int); ok && len(steps) == 0 {
				return bad("it begins with an index")
			}
			steps, rest = append(steps, step), after
			continue
		}
		if len(steps) > 0 {
			after, dot := strings.CutPrefix(rest, ".")
			if !dot {
				return bad("a dot is missing")
			}
			rest = after
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		key := rest[:end]
		if key == "" {
			return bad("a key is missing")
		}
		if strings.ContainsAny(key, `]{}"$`) || strings.ContainsFunc(key, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return bad("a key with a space or one of ] { } \" $ goes in brackets and quotes")
		}
		steps, rest = append(steps, key), rest[end:]
	}
	return steps, nil
}

// parseSubscript reads what follows a [, and returns what follows its ].
func parseSubscript(s string) (step any, rest string, err error) {
	text, quoted := strings.CutPrefix(s, `"`)
	if !quoted {
		digits, rest, closed := strings.Cut(s, "]")
		index, err := strconv.Atoi(digits)
		if err != nil || index < 0 || !closed {
			return nil, "", errors.New("an index is a number in brackets")
		}
		return index, rest, nil
	}
	var key strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			rest, closed := strings.CutPrefix(text[i+1:], "]")
			if !closed || key.Len() == 0 {
				return nil, "", errors.New("a key in brackets is in quotes and not empty")
			}
			return key.String(), rest, nil
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '"':
			i++
		}
		key.WriteByte(text[i])
	}
	return nil, "", errors.New("a quote is not closed")
}

// plainKey is a key that needs no brackets in a reference: ESC's own page asks
// for them only with [ ] " . and a leading digit, its parser for more.
var plainKey = grammar.Of(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// formatReference is what parseReference reads, in ESC's own spelling.
func formatReference(steps []any) string {
	var b strings.Builder
	for _, step := range steps {
		key, isKey := step.(string)
		switch {
		case !isKey:
			fmt.Fprintf(&b, "[%d]", step)
		case !plainKey.MatchString(key):
			b.WriteString(`["` + strings.ReplaceAll(key, `"`, `\"`) + `"]`)
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(key)
		}
	}
	return b.String()
}

// keys are the steps of a path of keys.
func keys(path []string) []any {
	steps := make([]any, len(path))
	for i, key := range path {
		steps[i] = key
	}
	return steps
}

// expressible reports whether a key can stand in brackets: ESC reads \" as a
// quote wherever it stands, so a key cannot end with a backslash.
func expressible(key string) bool { return key != "" && !strings.HasSuffix(key, `\`) }
