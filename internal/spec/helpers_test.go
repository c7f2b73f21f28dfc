package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// folderOf writes a txtar archive to a new folder; text before the first file
// is main.trust.hcl, after a trustctl block in its first line.
func folderOf(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	a := txtar.Parse([]byte(archive))
	if len(a.Comment) > 0 {
		write(t, dir, "main.trust.hcl", "trustctl { stack = \"test\" }\n"+string(a.Comment))
	}
	for _, f := range a.Files {
		write(t, dir, f.Name, string(f.Data))
	}
	return dir
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// front is Load without the compiler.
func front(t testing.TB, o Options) (*module, *loader) {
	t.Helper()
	return frontWith(t, o, newMeter())
}

func frontWith(t testing.TB, o Options, m *meter) (*module, *loader) {
	t.Helper()
	f, file, err := openFolder(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	l := &loader{options: o, folder: f, sources: &Sources{files: map[string]*hcl.File{}}, meter: m}
	mod := l.module(file)
	l.diags = tidy(l.diags)
	return mod, l
}

// lines are diagnostics as "file:line:column: Summary".
func lines(diags hcl.Diagnostics) []string {
	var all []string
	for _, d := range diags {
		at := "-"
		if d.Subject != nil {
			at = fmt.Sprintf("%s:%d:%d", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column)
		}
		summary := d.Summary
		if d.Severity == hcl.DiagWarning {
			summary = "warning: " + summary
		}
		all = append(all, at+": "+summary)
	}
	return all
}

// local evaluates an expression as the local "it", beside other definitions.
func local(t testing.TB, expr string, more ...string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	dir := folderOf(t, "locals {\n  it = "+expr+"\n}\n"+strings.Join(more, "\n"))
	_, l := front(t, Options{Path: dir})
	if l.scope == nil {
		return cty.NilVal, l.diags
	}
	return l.scope.values[name{kindLocal, "it"}], l.diags
}

// callText calls a function with one text.
func callText(table map[string]function.Function, name, arg string) (string, error) {
	v, err := table[name].Call([]cty.Value{cty.StringVal(arg)})
	if err != nil {
		return "", err
	}
	return v.AsString(), nil
}
