package esc

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
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
		c.resolve(path, steps)
	}
}

// resolve follows a reference as far as the document tells. With imports,
// a key that is not here may be there. ESC tells only when the environment is
// opened.
func (c *checker) resolve(path, steps []any) {
	switch steps[0] {
	case "context", "environments", "imports":
		return
	}
	var here trust.Value = c.values
	for i, step := range steps {
		switch v := here.(type) {
		case map[string]trust.Value:
			if function(v) != "" {
				c.output(path, steps, i)
				return
			}
			key, ok := step.(string)
			next, there := v[key]
			if !ok || !there {
				if len(c.document.Imports) == 0 {
					c.mistakes.add(c.attribute(path), "%s: nothing is at %s", formatReference(path), formatReference(steps[:i+1]))
				}
				return
			}
			here = next
		case []trust.Value:
			index, ok := step.(int)
			if !ok || index >= len(v) {
				c.mistakes.add(c.attribute(path), "%s: nothing is at %s", formatReference(path), formatReference(steps[:i+1]))
				return
			}
			here = v[index]
		case trust.Text:
			if len(v) == 1 && v[0].Reference != "" {
				return // leads on
			}
			c.mistakes.add(c.attribute(path), "%s: %s is not an object or a list", formatReference(path), formatReference(steps[:i]))
			return
		default:
			c.mistakes.add(c.attribute(path), "%s: %s is not an object or a list", formatReference(path), formatReference(steps[:i]))
			return
		}
	}
}

// output checks a reference to what a function answers, steps[i], where it is
// the login.
func (c *checker) output(path, steps []any, i int) {
	login := make([]any, len(c.document.LoginPath))
	for j, key := range c.document.LoginPath {
		login[j] = key
	}
	if !slices.Equal(steps[:i], login) {
		return
	}
	for _, o := range outputs() {
		if steps[i] == o.name && len(steps) == i+1 {
			return
		}
	}
	c.mistakes.add(c.attribute(path), "%s: the login has no output %s: there are accessKeyId, secretAccessKey and sessionToken", formatReference(path), formatReference(steps))
}

// exact reports whether a number is JSON's and survives ESC, which keeps 64-bit
// integers and binary floating-point numbers: whether its shortest spelling
// still means the same number.
func exact(n json.Number) bool {
	s := n.String()
	if len(s) == 0 || len(s) > 400 || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return false
	}
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return true
	}
	if _, err := strconv.ParseUint(s, 10, 64); err == nil {
		return true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return false
	}
	if f == 0 { // an exponent far below zero would make the exact number huge
		mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
		return strings.Trim(mantissa, "-0.") == ""
	}
	want, ok1 := new(big.Rat).SetString(s)
	got, ok2 := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return ok1 && ok2 && want.Cmp(got) == 0
}

func abbreviate(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
