package esc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/trust"
)

// Encode is an environment's file. The same document is always the same
// bytes: keys are sorted, every string is quoted, and what does not hold to the
// rules of Check is an error.
func Encode(f trust.EnvironmentFile) ([]byte, error) {
	values, mistakes := check(f)
	if err := errors.Join(mistakes...); err != nil {
		return nil, fmt.Errorf("encode the ESC environment %s: %w", f.Environment, err)
	}
	content, err := encode(f, values)
	if err != nil {
		return nil, fmt.Errorf("encode the ESC environment %s: %w", f.Environment, err)
	}
	return content, nil
}

// encode writes a file whose document composes to the values.
func encode(f trust.EnvironmentFile, values map[string]trust.Value) ([]byte, error) {
	var top []*yaml.Node
	if d := f.Document.Description; d != "" {
		top = append(top, key("description"), quoted(escape(d)))
	}
	if len(f.Document.Imports) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, name := range f.Document.Imports {
			list.Content = append(list.Content, quoted(name)) // ESC reads no interpolation here
		}
		top = append(top, key("imports"), list)
	}
	object := &yaml.Node{Kind: yaml.MappingNode}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		object.Content = append(object.Content, key(k), node(values[k])) // nor in the first keys
	}
	top = append(top, key("values"), object)

	var b bytes.Buffer
	b.WriteString(headerOf(f).String())
	b.WriteString("# An edit here is lost when trustctl runs next: change the configuration instead.\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: top}); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	if b.Len() > maxFile {
		return nil, fmt.Errorf("the file would have %d bytes, and may have %d: make values smaller", b.Len(), maxFile)
	}
	return b.Bytes(), nil
}

// node is a value's node. Check has seen that there are no other types.
func node(v trust.Value) *yaml.Node {
	switch v := v.(type) {
	case nil:
		return plain("null")
	case bool:
		return plain(strconv.FormatBool(v))
	case json.Number:
		return plain(v.String())
	case trust.Text:
		return quoted(interpolation(v))
	case []trust.Value:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, element := range v {
			list.Content = append(list.Content, node(element))
		}
		return list
	case map[string]trust.Value:
		object := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			object.Content = append(object.Content, key(escape(k)), node(v[k]))
		}
		return object
	}
	panic(fmt.Sprintf("esc: a value of type %T", v))
}

// plain is a scalar that YAML is to read as null, a boolean or a number.
func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// quoted is a string. All strings are quoted: an account id would become a
// number otherwise, and no, 1:20 or ~ something else to one reader or another.
func quoted(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: s}
}

// A key stands without quotes where every reader of YAML, 1.1 or 1.2, takes it
// for a string.
var (
	safeKey = grammar.Of(`^([A-Za-z_][A-Za-z0-9_-]*|fn::[A-Za-z0-9:-]*[A-Za-z0-9])$`)
	wordKey = grammar.Of(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)
)

func key(s string) *yaml.Node {
	if safeKey.MatchString(s) && !wordKey.MatchString(s) {
		return plain(s)
	}
	return quoted(s)
}

// escape doubles every $, which ESC would read as the beginning of a reference
// or as an escape itself.
func escape(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// interpolation is a text as ESC reads it.
func interpolation(t trust.Text) string {
	var b strings.Builder
	for _, part := range t {
		if part.Reference == "" {
			b.WriteString(escape(part.Literal))
			continue
		}
		steps, err := parseReference(part.Reference)
		if err != nil {
			panic("esc: " + err.Error()) // Check has read it
		}
		b.WriteString("${" + formatReference(steps) + "}")
	}
	return b.String()
}
