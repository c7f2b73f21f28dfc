package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// asJSON is a value as text, for comparisons.
func asJSON(t testing.TB, v cty.Value) string {
	t.Helper()
	if v == cty.NilVal {
		return "none"
	}
	if !v.IsWhollyKnown() {
		return "unknown"
	}
	text, err := ctyjson.Marshal(unmark(v), unmark(v).Type())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOfTheValuesOfAVariableTheLastCounts(t *testing.T) {
	const archive = `variable "v" {
  type    = string
  default = "default"
}
`
	outside := t.TempDir()
	write(t, outside, "x.trustvars.hcl", `v = "var-file"`)
	write(t, outside, "x.trustvars.json", `{"v": "JSON ${var-file}"}`)
	file := func(name string) VarArg { return VarArg{File: true, Text: filepath.Join(outside, name)} }
	environ := []string{"TRUSTCTL_VAR_v=environment", "PATH=/bin", "TRUSTCTL_VAR_undeclared=x"}
	const (
		values     = "-- trustctl.trustvars.hcl --\nv = \"values\"\n"
		jsonValues = "-- trustctl.trustvars.json --\n{\"v\": \"JSON values\"}\n"
		auto       = "-- b.auto.trustvars.hcl --\nv = \"auto b\"\n-- a.auto.trustvars.json --\n{\"v\": \"auto a\"}\n"
	)
	for name, c := range map[string]struct {
		files   string
		environ []string
		vars    []VarArg
		want    string
	}{
		"the default":                   {"", nil, nil, "default"},
		"the environment":               {"", environ, nil, "environment"},
		"a file of values":              {values, environ, nil, "values"},
		"its JSON form":                 {values + jsonValues, environ, nil, "JSON values"},
		"automatic files":               {values + jsonValues + auto, environ, nil, "auto b"},
		"the command line":              {values + jsonValues + auto, environ, []VarArg{{Text: "v=command line"}}, "command line"},
		"a -var-file":                   {values + jsonValues + auto, environ, []VarArg{file("x.trustvars.hcl")}, "var-file"},
		"a -var-file in JSON":           {values, environ, []VarArg{file("x.trustvars.json")}, "JSON ${var-file}"},
		"a -var after a -var-file":      {"", nil, []VarArg{file("x.trustvars.hcl"), {Text: "v=a=b"}}, "a=b"},
		"a -var-file after a -var":      {"", nil, []VarArg{{Text: "v=x"}, file("x.trustvars.hcl")}, "var-file"},
		"other names are not read":      {"-- prod.trustvars.hcl --\nv = \"prod\"\n-- .auto.trustvars.hcl --\nv = \"hidden\"\n", nil, nil, "default"},
		"an empty value is a value":     {"", []string{"TRUSTCTL_VAR_v="}, nil, ""},
		"text is not a template":        {"", nil, []VarArg{{Text: "v=${x}"}}, "${x}"},
		"space around the name is none": {"", nil, []VarArg{{Text: " v = x"}}, " x"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, archive+c.files)
			_, l := front(t, Options{Path: dir, Environ: c.environ, Vars: c.vars})
			if len(l.diags) > 0 {
				t.Fatal(l.diags)
			}
			if got := l.values["v"].AsString(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestValuesConvertAsTerraformConvertsThem(t *testing.T) {
	for _, c := range []struct{ declaration, text, want string }{
		{"type = string", "1", `"1"`},
		{"type = number", "1", `1`},
		{"type = bool", "true", `true`},
		{"", "1", `"1"`},
		{"type = any", "[1]", `"[1]"`},
		{"type = list(string)", `["a", 1]`, `["a","1"]`},
		{"type = set(number)", `[2, 1, 2]`, `[1,2]`},
		{"type = map(string)", `{ a = 1 }`, `{"a":"1"}`},
		{"type = list(any)", `["a", 1, true]`, `["a","1","true"]`},
		{"type = tuple([string, number])", `[1, "2"]`, `["1",2]`},
		{"type = object({ a = string, b = optional(number), c = optional(bool, true) })", `{ a = 1, z = 2 }`, `{"a":"1","b":null,"c":true}`},
		{"type = map(object({ a = optional(list(string), [\"x\"]) }))", `{ k = {} }`, `{"k":{"a":["x"]}}`},
		{"type = list(string)", "null", `null`},
		{"type = list(string)\n nullable = false\n default = [\"d\"]", "null", `["d"]`},
		{"type = list(string)", `["${x}"]`, "Variables not allowed"},
		{"type = list(string)", `[upper("x")]`, "Function calls not allowed"},
		{"type = list(string)", `[`, "Missing expression"},
		{"type = number", "one", "Invalid value for variable"},
		{"type = list(string)\n nullable = false", "null", "Invalid value for variable"},
		{"type = object({ a = string })", `{}`, "Invalid value for variable"},
		{"type = string", "\uFDD0", "Invalid value for variable"},
		{"type = string", "\xff", "Invalid value for variable"},
		{"type = list(string)", `[1e600000000]`, "Invalid number"},
		{"type = string\n sensitive = true", "secret", `"secret"`},
	} {
		t.Run(c.declaration+" = "+c.text, func(t *testing.T) {
			dir := folderOf(t, "variable \"v\" {\n"+c.declaration+"\n}\n")
			_, l := front(t, Options{Path: dir, Vars: []VarArg{{Text: "v=" + c.text}}})
			got := asJSON(t, l.values["v"])
			if l.diags.HasErrors() {
				got = l.diags[0].Summary
			}
			if got != c.want {
				t.Errorf("got %s, want %s; %v", got, c.want, l.diags)
			}
		})
	}
}

func TestSensitiveValuesStayOutOfDiagnostics(t *testing.T) {
	dir := folderOf(t, `variable "v" {
  type      = list(number)
  sensitive = true
}
locals {
  a = var.v[0] + "x"
}
`)
	_, sources, diags := Load(Options{Path: dir, Vars: []VarArg{{Text: `v=["s3cret"]`}}})
	var b strings.Builder
	if err := sources.Write(&b, diags, 80, false); err != nil {
		t.Fatal(err)
	}
	if !diags.HasErrors() || strings.Contains(b.String(), "s3cret") || strings.Contains(string(DiagnosticsJSON(diags, sources)), "s3cret") {
		t.Error(b.String())
	}
}

func TestUndeclaredVariablesOnTheCommandLineAreErrors(t *testing.T) {
	dir := folderOf(t, "variable \"region\" { default = 1 }\n")
	_, l := front(t, Options{Path: dir, Vars: []VarArg{{Text: "regoin=1"}, {Text: "region"}, {Text: "=1"}, {File: true, Text: filepath.Join(dir, "none.hcl")}}})
	want := []string{"-: Cannot read variable values", "-: Invalid -var option", "-: Value for undeclared variable"}
	if diff := cmp.Diff(want, lines(l.diags)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(l.diags[2].Detail, `Did you mean "region"?`) {
		t.Error(l.diags[2].Detail)
	}
}

func TestAVarFileIsTheOperatorsOwn(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, ".hidden.hcl", "v = 1\n")
	if err := os.Symlink(filepath.Join(outside, ".hidden.hcl"), filepath.Join(outside, "link.hcl")); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(outside, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	go os.WriteFile(pipe, []byte("v = 2\n"), 0o666)
	write(t, outside, "large.hcl", strings.Repeat("#\n", 1<<20))
	for path, want := range map[string]string{"link.hcl": "1", "pipe": "2", "large.hcl": "longer than 1024 KiB", "none": "no such file"} {
		dir := folderOf(t, "variable \"v\" { default = 0 }\n")
		_, l := front(t, Options{Path: dir, Vars: []VarArg{{File: true, Text: filepath.Join(outside, path)}}})
		if got := asJSON(t, l.values["v"]) + l.diags.Error(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestMissingValuesAreAskedForInOrderOfTheirNames(t *testing.T) {
	const archive = "variable \"b\" {\n  type = list(string)\n  description = \"Some.\"\n}\nvariable \"a\" { sensitive = true }\nvariable \"c\" { default = 1 }\n"
	var asked []string
	o := Options{Path: folderOf(t, archive), Ask: func(name, description string, sensitive bool) (string, error) {
		asked = append(asked, fmt.Sprint(name, description, sensitive))
		return `["x"]`, nil
	}}
	_, l := front(t, o)
	if diff := cmp.Diff([]string{"atrue", "bSome.false"}, asked); diff != "" || len(l.diags) > 0 {
		t.Error(diff, l.diags)
	}
	if got := asJSON(t, l.values["b"]); got != `["x"]` || !isSensitive(l.values["a"]) {
		t.Error(got)
	}

	asked = nil
	o.Path = folderOf(t, archive+"variable \"c\" {}\n")
	if _, l = front(t, o); len(asked) > 0 || len(l.diags) != 1 {
		t.Errorf("asked %q in spite of a mistake; %v", asked, l.diags)
	}
}

func TestPartialTakesMissingValuesAsUnknown(t *testing.T) {
	dir := folderOf(t, `variable "id" {
  type = string
  validation {
    condition     = length(var.id) == 12
    error_message = "No."
  }
}
variable "ids" { type = map(string) }
account "a" {
  id     = var.id
  region = "x"
}
account "fleet" {
  for_each = var.ids
  id       = each.value
}
locals {
  one  = account.a.id
  some = account.fleet["x"].id
  bad  = account.nope
}
`)
	m, l := front(t, Options{Path: dir, Partial: true})
	if diff := cmp.Diff([]string{"main.trust.hcl:12:12: Invalid region"}, lines(l.diags)); diff != "" {
		t.Error(diff)
	}
	if len(m.accounts) != 1 || m.accounts[0].Name != "a" || m.accounts[0].ID != "" {
		t.Errorf("%+v", m.accounts)
	}
	if !m.scope.partial {
		t.Error("the scope is not partial")
	}
}

func TestTheDigestIsOfFilesAndValues(t *testing.T) {
	const archive = `variable "v" {
  default   = "a"
}
variable "secret" {
  sensitive = true
  default   = "a"
}
locals { x = file("f") }
-- f --
x
`
	digest := func(archive string, vars ...VarArg) string {
		t.Helper()
		_, l := front(t, Options{Path: folderOf(t, archive), Vars: vars})
		if l.diags.HasErrors() {
			t.Fatal(l.diags)
		}
		return l.digest()
	}
	first := digest(archive)
	if !strings.HasPrefix(first, "sha256:") || digest(archive) != first {
		t.Error("not the same again")
	}
	if digest(archive, VarArg{Text: "v=a"}) != first {
		t.Error("where a value comes from counts")
	}
	if digest(archive, VarArg{Text: "secret=b"}) != first {
		t.Error("a sensitive value counts, so that it can be guessed from the digest")
	}
	for name, other := range map[string]string{
		"a value":         digest(archive, VarArg{Text: "v=b"}),
		"a file's text":   digest(archive + "y\n"),
		"another file":    digest("\n-- b.trust.hcl --\n" + archive),
		"a comment":       digest("# x\n" + archive),
		"a file's values": digest(archive + "-- a.auto.trustvars.hcl --\n"),
	} {
		if other == first {
			t.Errorf("%s does not count", name)
		}
	}
}
