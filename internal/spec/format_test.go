package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	for name, c := range map[string]struct {
		file, src, want string
		mistakes        []string
	}{
		"layout":                {"a.trust.hcl", "trustctl {\nstack=\"a\"\n   max_deletes   = 1\n}\n", "trustctl {\n  stack       = \"a\"\n  max_deletes = 1\n}\n", nil},
		"a byte order mark":     {"a.trust.hcl", "\uFEFFlocals{}\n", "locals {}\n", nil},
		"a key given twice":     {"a.trust.hcl", "locals { a={b=1,b=2} }\n", "locals { a = { b = 1, b = 2 } }\n", nil},
		"a syntax error":        {"a.trust.hcl", "locals {\n a =\n}\n", "locals {\n a =\n}\n", []string{"a.trust.hcl:2:5: Invalid expression"}},
		"deep nesting":          {"a.trust.hcl", "a = " + strings.Repeat("[", 200<<10), "a = " + strings.Repeat("[", 200<<10), []string{"a.trust.hcl:1:105: Nested too deeply"}},
		"the JSON form":         {"a.trust.json", "{  }", "{  }", nil},
		"broken JSON":           {"a.trust.json", "{", "{", []string{"a.trust.json:1:2: Missing value"}},
		"values":                {"a.trustvars.hcl", "a=1\n", "a = 1\n", nil},
		"what is not evaluated": {"a.trust.hcl", "locals { a=nope.x }\n", "locals { a = nope.x }\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, diags := Format([]byte(c.src), c.file)
			if string(got) != c.want {
				t.Errorf("got %.200q, want %.200q", got, c.want)
			}
			mistakes := lines(diags)
			if len(c.mistakes) != len(mistakes) && len(c.mistakes) == 0 {
				t.Error(mistakes)
			} else if len(c.mistakes) > 0 {
				if diff := cmp.Diff(c.mistakes[0], mistakes[0]); diff != "" {
					t.Error(diff)
				}
			}
			var b strings.Builder
			if err := FormatSources([]byte(c.src), c.file).Write(&b, diags, 80, false); err != nil || strings.Contains(b.String(), "not available") {
				t.Error(b.String(), err)
			}
		})
	}
}
