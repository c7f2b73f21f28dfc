package access_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fault is a mistake that somebody could make: one place of the code otherwise.
type fault struct {
	name, file, old, new string
	tests                string // that catch it
}

// faults are such mistakes in what decides, in all three rooms that do. Package
// pattern lists more of its own.
var faults = []fault{
	{"an Allow of both sides is cancelled although the other has a Deny", "access/compare.go", "if len(deny) == 0 && (len(a.allow) > 1 || len(b.allow) > 1) {", "if true {", "Proved|Known|Brute"},
	{"a Deny of both sides is cancelled by the wrong side", "access/compare.go", "denied := signatures(a.deny)", "denied := signatures(b.deny)", "Proved|Known|Brute"},
	{"a Deny of the minuend is forgotten", "access/compare.go", "for _, f := range a.deny {", "for _, f := range a.deny[:0] {", "Proved|Known|Brute"},
	{"ForAllValues asks for some value", "access/compile.go", "if o.anyValue {", "if true {", "Agree|Proved"},
	{"IfExists is overheard", "access/compile.go", "if o.whenMissing() {", "if false {", "Agree|Proved"},
	{"a negated operator is not", "access/compile.go", "	if o.negated {\n		return not(holds)\n	}", "", "Agree|Proved"},
	{"NotAction is read as Action", "access/compile.go", "settled(!slices.ContainsFunc(s.NotActions, named))", "settled(slices.ContainsFunc(s.NotActions, named))", "Agree|Known"},
	{"NotPrincipal is read as Principal", "access/compile.go", "	if negated {\n		return not(holds)\n	}", "_ = negated", "Agree|Proved"},
	{"the complement of an intersection is one", "access/formula.go", "op: disjunction - f.op", "op: f.op", "Agree|Proved|Known"},
	{"a plain operator matches one of several values", "access/compile.go", "	if o.plain() {\n		return never()\n	}", "", "Agree|Known"},
	{"true of Bool is compared letter by letter", "access/compile.go", "return truthOf(lower), true, nil", "return exactly(v), true, nil", "Agree"},
	{"patterns are apart when their beginnings differ in length", "access/value.go", "return v.prefix[:n] != w.prefix[:n]", "return n >= 0 && v.prefix != w.prefix", "Proved|Known|Brute"},
	{"a value is covered when it begins and ends alike", "access/value.go", "return v.pattern.Covers(w.pattern)", "return true", "Proved|Known|Brute"},
	{"unknown conditions are never doubted", "access/cell.go", "if open := st.doubts(); len(open) > 0 {", "if false {\n\t\tvar open []Doubt", "Decided|Proved"},
	{"a Deny does not win", "policy/evaluate.go", "answer := and(allow, not(deny))", "answer := allow", "Agree|Proved|Known"},
	{"keys are read letter by letter", "policy/evaluate.go", "e.facts[lower(key)] = fact", "e.facts[key] = fact", "Agree|Proved|Known"},
	{"a star gives up after its first unit", "pattern/match.go", "resume++", "resume += 2", "Match|Brute|Known"},
	{"a star at the end matches nothing", "pattern/match.go", "	for at < len(tokens) && tokens[at] == run {\n		at++\n	}", "", "Match|Brute|Known"},
}

// TestFaultsAreCaught builds the tests with each fault in turn. One that no
// test catches would be a hole in the tests.
func TestFaultsAreCaught(t *testing.T) {
	if !full && os.Getenv("TRUSTCTL_TEST_MISTAKES") != "required" {
		t.Skip("TRUSTCTL_TEST_MISTAKES=required, or TRUSTCTL_FULL=1, builds each")
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(f.file)))
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), f.old); n != 1 {
				t.Fatalf("%s has the place %d times: the list is behind the code", f.file, n)
			}
			faulty := filepath.Join(t.TempDir(), "faulty.go")
			if err := os.WriteFile(faulty, []byte(strings.Replace(string(text), f.old, f.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: faulty}})
			if err != nil {
				t.Fatal(err)
			}
			list := filepath.Join(t.TempDir(), "overlay.json")
			if err := os.WriteFile(list, overlay, 0o600); err != nil {
				t.Fatal(err)
			}
			run := exec.Command("go", "test", "-vet=off", "-failfast", "-overlay", list, "-run", f.tests, ".", "../pattern")
			for _, v := range os.Environ() {
				if !strings.HasPrefix(v, "TRUSTCTL_FULL=") {
					run.Env = append(run.Env, v)
				}
			}
			out, err := run.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("no test catches it")
			case strings.Contains(string(out), "[build failed]"):
				t.Errorf("it is not even Go:\n%s", out)
			}
		})
	}
}
