package esc

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/trust"
)

func sortedKeys(o map[string]trust.Value) []string { return slices.Sorted(maps.Keys(o)) }

// checkValues checks everything under values.
func checkValues(d *trust.EnvironmentDocument, values map[string]trust.Value, m *mistakes) {
	for _, key := range sortedKeys(values) {
		switch key {
		case "imports", "context", "environments":
			m.add("values", "%s is a name that ESC keeps for itself: choose another", key)
		}
		if strings.HasPrefix(key, "fn::") {
			m.add("values", "a function (%s) cannot stand at the top of values: put it under a key", key)
		}
	}
	c := &checker{document: d, values: values, mistakes: m}
	for _, key := range sortedKeys(values) {
		c.key(key)
		c.value([]any{key}, values[key])
	}
}

// checker walks a tree of values.
type checker struct {
	document *trust.EnvironmentDocument
	values   map[string]trust.Value
	mistakes *mistakes
}

func (c *checker) value(path []any, v trust.Value) {
	switch v := v.(type) {
	case nil, bool:
	case json.Number:
		if !exact(v) {
			c.mistakes.add(c.attribute(path), "%s is a number that ESC cannot keep exactly: write it as a string", abbreviate(v.String()))
		}
	case trust.Text:
		c.text(path, v)
	case []trust.Value:
		for i, element := range v {
			c.value(append(slices.Clip(path), i), element)
		}
	case map[string]trust.Value:
		if name := function(v); name != "" {
			c.function(path, name, v)
		}
		for _, key := range sortedKeys(v) {
			c.key(key)
			c.value(append(slices.Clip(path), key), v[key])
		}
	default:
		c.mistakes.add(c.attribute(path), "%s is a %T, which no value of ESC can be", formatReference(path), v)
	}
}

// attribute is where the user wrote what is at a path.
func (c *checker) attribute(path []any) string {
	if len(path) > 1 && path[0] == keyVariables {
		if name, ok := path[1].(string); ok {
			if _, ok := c.document.Variables[name]; ok {
				return "environment_variables"
			}
		}
	}
	return "values"
}

func (c *checker) key(key string) {
	if !utf8.ValidString(key) {
		c.mistakes.add("values", "the key %q is not valid UTF-8", key)
	}
}

// function checks a call: it is the only key of its object, and one that ESC knows.
func (c *checker) function(path []any, name string, object map[string]trust.Value) {
	if len(object) > 1 {
		c.mistakes.add(c.attribute(path), "%s: the function %s must be the only key of its object", formatReference(path), name)
	}
	if !isBuiltin(name) {
		c.mistakes.add(c.attribute(path), "%s: ESC has no function %s", formatReference(path), name)
	}
}

// isBuiltin reports whether ESC knows a function.
// https://www.pulumi.com/docs/esc/environments/syntax/builtin-functions/
func isBuiltin(name string) bool {
	for _, prefix := range []string{"fn::open::", "fn::rotate::"} {
		if provider, ok := strings.CutPrefix(name, prefix); ok {
			return provider != ""
		}
	}
	switch strings.TrimPrefix(name, "fn::") {
	case "open", "rotate", "secret", "toJSON", "fromJSON", "toYAML", "toString", "toBase64", "fromBase64",
		"join", "split", "concat", "final", "validate":
		return true
	}
	return false
}

func (c *checker) text(path []any, t trust.Text) {
	for _, part := range t {
		if !utf8.ValidString(part.Literal) {
			c.mistakes.add(c.attribute(path), "%s is not valid UTF-8", formatReference(path))
		}
		if part.Reference == "" {
			continue
		}
		steps, err := parseReference(part.Reference)
		if err != nil {
			c.mistakes.addError(c.attribute(path), err)
			continue
		}
		for _, step := range steps {
			if key, ok := step.(string); ok && (!expressible(key) || !utf8.ValidString(key)) {
				c.mistakes.add(c.attribute(path), "no reference can name the key %q", key)
			}
		}
		if _, problem := lookup(c.document, c.values, steps); problem != "" {
			c.mistakes.add(c.attribute(path), "%s: %s", formatReference(path), problem)
		}
	}
}
