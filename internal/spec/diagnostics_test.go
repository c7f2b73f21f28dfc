package spec

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

// written are the diagnostics of a configuration as they are printed.
func written(t *testing.T, width int, color bool, archive string) string {
	t.Helper()
	_, l := front(t, Options{Path: folderOf(t, archive)})
	var b strings.Builder
	if err := l.sources.Write(&b, l.diags, width, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDiagnosticsShowTheSource(t *testing.T) {
	const archive = `account "prod" {
  id = "12345"
}
locals {
  n = 2
  a = local.n + "x"
}
`
	want := `Error: Invalid id

  on main.trust.hcl line 3, in account "prod":
   3:   id = "12345"

"12345" is not valid: an AWS account id has twelve
digits, in quotes since leading zeros count.

Error: Invalid operand

  on main.trust.hcl line 7, in locals:
   7:   a = local.n + "x"

Unsuitable value for right operand: a number is
required.

`
	if diff := cmp.Diff(want, written(t, 50, false, archive)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	colored := written(t, 0, true, archive)
	if !strings.Contains(colored, "\x1b[31mError\x1b[0m: Invalid id") || !strings.Contains(colored, "id = \x1b[1;4m\"12345\"\x1b[0m") {
		t.Errorf("%q", colored)
	}
}

func TestDiagnosticsShowTheValuesOfReferences(t *testing.T) {
	got := written(t, 0, false, "variable \"s\" {\n  default = 1\n  sensitive = true\n}\nlocals {\n  list = [1]\n  text = \"a\\u001b\"\n  a = local.list + \"${local.text}\"\n}\n")
	if !strings.Contains(got, "with local.list is tuple with 1 element\n\n") {
		t.Error(got)
	}
	got = written(t, 0, false, "locals {\n  m = { \"\\u001b[2J\" = 1 }\n  a = [for k, v in local.m : k + 1]\n}\n")
	if strings.Contains(got, "\x1b") || !strings.Contains(got, `with k is "\x1b[2J"`) && !strings.Contains(got, `\u001b[2J`) {
		t.Errorf("%q", got)
	}
}

func TestControlCharactersAreEscapedEverywhere(t *testing.T) {
	archive := "account \"prod\" {\n  id = \"\x1b[2J\u202e\u009b\x07\" # \x1b]0;x\x07\r\n  profile = \"\\u001b\"\n}\nlocals { \"x\x1b\" = 1 }\n-- \x1bx.trust.hcl --\n\x1b\n"
	_, l := front(t, Options{Path: folderOf(t, archive)})
	if len(l.diags) == 0 {
		t.Fatal("no mistakes")
	}
	var b strings.Builder
	if err := l.sources.Write(&b, l.diags, 0, false); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{b.String(), string(DiagnosticsJSON(l.diags, l.sources))} {
		for _, r := range text {
			if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
				t.Fatalf("%U in %q", r, text)
			}
		}
	}
}

func TestLongSourcesAreCut(t *testing.T) {
	got := written(t, 0, false, "locals { a = \""+strings.Repeat("é", 100000)+"\" + nope.x + \""+strings.Repeat("é", 100000)+"\" }\n")
	if len(got) > 2000 || !strings.Contains(got, "nope.x") {
		t.Errorf("%d bytes: %.3000s", len(got), got)
	}
	many := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "S", Subject: &hcl.Range{Filename: "f", Start: hcl.InitialPos, End: hcl.Pos{Line: 100, Byte: 200}}}
	s := &Sources{files: map[string]*hcl.File{"f": {Bytes: []byte(strings.Repeat("x\n", 100))}}}
	if n := len(s.snippet(many).lines); n != maxSnippetLines {
		t.Errorf("%d lines", n)
	}
	many.Subject.Start.Byte, many.Subject.End.Byte = 5000, 10
	s.snippet(many) // a place that the file does not have
}

func TestDiagnosticsAsJSONHaveTerraformsShape(t *testing.T) {
	_, l := front(t, Options{Path: folderOf(t, "account \"prod\" {\n  id = \"1\"\n}\nissuer \"i\" { url = \"https://i.example/\" }\n-- trustctl.trustvars.hcl --\n")})
	l.diags = append(l.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Nowhere", Detail: "d"})
	want := `{
  "format_version": "1.0",
  "valid": false,
  "error_count": 2,
  "warning_count": 1,
  "diagnostics": [
    {
      "severity": "error",
      "summary": "Invalid id",
      "detail": "\"1\" is not valid: an AWS account id has twelve digits, in quotes since leading zeros count.",
      "range": {
        "filename": "main.trust.hcl",
        "start": {
          "line": 3,
          "column": 8,
          "byte": 52
        },
        "end": {
          "line": 3,
          "column": 11,
          "byte": 55
        }
      },
      "snippet": {
        "context": "account \"prod\"",
        "code": "  id = \"1\"",
        "start_line": 3,
        "highlight_start_offset": 7,
        "highlight_end_offset": 10,
        "values": []
      }
    },
    {
      "severity": "warning",
      "summary": "Unusual issuer URL",
      "detail": "The URL ends with a slash. It is kept, since IAM compares the URL with the iss claim of tokens letter by letter; be sure that the claim has it too.",
      "range": {
        "filename": "main.trust.hcl",
        "start": {
          "line": 5,
          "column": 20,
          "byte": 77
        },
        "end": {
          "line": 5,
          "column": 40,
          "byte": 97
        }
      },
      "snippet": {
        "context": "issuer \"i\"",
        "code": "issuer \"i\" { url = \"https://i.example/\" }",
        "start_line": 5,
        "highlight_start_offset": 19,
        "highlight_end_offset": 39,
        "values": []
      }
    },
    {
      "severity": "error",
      "summary": "Nowhere",
      "detail": "d"
    }
  ]
}
`
	if diff := cmp.Diff(want, string(DiagnosticsJSON(l.diags, l.sources))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var none struct {
		Valid       bool
		Diagnostics []any
	}
	if err := json.Unmarshal(DiagnosticsJSON(nil, l.sources), &none); err != nil || !none.Valid || none.Diagnostics == nil {
		t.Error(none, err)
	}
}
