package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHostileExpressionsAreRefusedSoon(t *testing.T) {
	doubling := func(expr string) string {
		var b strings.Builder
		b.WriteString("locals {\n  a0 = \"0123456789\"\n")
		for i := range 60 {
			fmt.Fprintf(&b, "  a%d = %s\n", i+1, strings.ReplaceAll(expr, "X", fmt.Sprintf("local.a%d", i)))
		}
		b.WriteString("}\n")
		return b.String()
	}
	it := func(expr string) string { return "locals {\n  it = " + expr + "\n}\n" }
	thousand := `join("", [for i in range(1000) : "0123456789"])`
	for name, config := range map[string]string{
		"nested for expressions":                 it(`join("", [for a in range(1024) : [for b in range(1024) : [for c in range(1024) : c]]])`),
		"nested for expressions that are caught": it(`[for a in range(1024) : can([for b in range(1024) : [for c in range(1024) : c]])]`),
		"nested for conditions":                  it(`[for a in range(1024) : a if length([for b in range(1024) : b if length([for c in range(1024) : c]) > 0]) > 0]`),
		"template for directives":                it(`"%{for a in range(1024)}%{for b in range(1024)}%{for c in range(1024)}x%{endfor}%{endfor}%{endfor}"`),
		"doubling strings":                       doubling(`"${X}${X}"`),
		"doubling lists":                         doubling(`[X, X]`),
		"doubling objects":                       doubling(`{ a = X, b = X }`),
		"doubling with concat":                   doubling(`concat([X], [X])`),
		"doubling with conditional":              doubling(`true ? [X, X] : [X, X]`),
		"doubling with format":                   doubling(`format("%s%s", X, X)`),
		"doubling with join":                     doubling(`join(X, [X, X])`),
		"doubling with replace":                  doubling(`replace(X, "0", X)`),
		"doubling with regex replace":            doubling(`replace(X, "/(.+)/", "$1$1")`),
		"doubling jsonencode":                    doubling(`jsonencode([X, X])`),
		"doubling base64":                        doubling(`base64encode("${X}${X}")`),
		"setproduct":                             it(`setproduct(range(1024), range(1024), range(1024))`),
		"format width":                           it(`format("%1000000000d", 1)`),
		"format precision":                       it(`format("%.1000000000f", 1)`),
		"format with many verbs":                 it(`format("` + strings.Repeat("%[1]s", 1000) + `", ` + `join("", [for i in range(1000) : ` + thousand + `]))`),
		"formatlist":                             it(`formatlist("%s%s", [for i in range(1000) : i], `+thousand+`)`) + doubling(`formatlist("%s%s", [for i in range(1000): i], join("", X))`),
		"indent":                                 it(`indent(1000000, join("\n", range(1024)))`),
		"a large number as text":                 it(`"${1e600000000}"`),
		"a large product as text":                it(`"${1e300 * 1e300 * 1e300 * 1e300 * 1e300}"`),
		"a large number from JSON":               it(`jsondecode("1e600000000")`),
		"a large number from text":               it(`tostring(tonumber("1e600000000"))`),
		"a number as an argument":                it(`upper(1e600000000)`),
		"a negative one of a text":               it(`upper(-"1e600000000")`),
		"a number as a key":                      it(`{ (1e600000000) = 1 }`),
		"a number as a key in a for":             it(`{ for a in [1] : 1e600000000 => a }`),
		"a number as an index":                   it(`{ a = 1 }[1e600000000]`),
		"a number as an index of a name":         "locals {\n  a = { b = 1 }\n  it = local.a[1e600000000]\n}\n",
		"a number as an index in a splat":        it(`[{ a = 1 }][*][1e600000000]`),
		"the rest of a text":                     it(`"1e600000000" % 3`),
		"a difference of texts":                  it(`"1e600000000" - "1e-600000000"`),
		"a number without end":                   it(`1e999999999`),
		"nested try":                             it(strings.Repeat("try(", 50) + "1" + strings.Repeat(")", 50)),
		"nested JSON text":                       it(`jsondecode(join("", [for i in range(1000) : "["]))`),
		"regular expressions":                    it(`[for i in range(1000) : regexall("(a?){1000}b", ` + thousand + `)]`),
		"distinct":                               it(`[for i in range(100) : distinct([for a in range(1000) : [for b in range(100) : "${a}${b}"]])]`),
		"comparisons":                            "locals {\n  big = [for a in range(1000) : [for b in range(100) : b]]\n  it = [for a in range(1000) : local.big == local.big]\n}\n",
		"contains":                               "locals {\n  big = flatten([for a in range(1000) : [for b in range(100) : b]])\n  it = [for a in range(1000) : contains(local.big, -1)]\n}\n",
		"splats":                                 "locals {\n  big = [for a in range(1000) : { b = [for b in range(100) : { c = b }] }]\n  it = [for a in range(1000) : local.big[*].b[*][*].c]\n}\n",
		"split":                                  it(`[for i in range(1000) : split("", ` + thousand + `)]`),
		"many heavy locals": func() string {
			var b strings.Builder
			b.WriteString("locals {\n")
			for i := range 200 {
				fmt.Fprintf(&b, "  h%d = [for a in range(900) : [for b in range(500) : b]]\n", i)
			}
			return b.String() + "}\n"
		}(),
		"calling a template for ever": it(`templatefile("t.txt", { n = 1 })`) + "-- t.txt --\n${templatefile(\"t.txt\", { n = n })}${templatefile(\"t.txt\", { n = n })}\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, config)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			// A twentieth of the real limits, which are counted in the same way.
			_, l := frontWith(t, Options{Path: dir}, &meter{limit: maxUnits / 20, total: maxTotalUnits / 20})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if !l.diags.HasErrors() {
				t.Error("no error")
			}
			t.Logf("%s, %d MiB: %s", took.Round(time.Millisecond), (after.HeapSys-before.HeapSys)>>20, l.diags)
			if took > 20*time.Second { // the limits are counted; this is for a machine with much else to do
				t.Errorf("took %s", took)
			}
			if held := int64(after.HeapSys) - int64(before.HeapSys); held > 1<<30 {
				t.Errorf("took %d MiB of memory", held>>20)
			}
			for _, d := range l.diags {
				if len(d.Detail) > 10000 || strings.Contains(d.Detail, "goroutine") {
					t.Errorf("detail: %.300s", d.Detail)
				}
			}
		})
	}
}

func TestDeepNestingIsRefusedBeforeItIsParsed(t *testing.T) {
	deep := func(open string) string { return strings.Repeat(open, 200<<10/len(open)) }
	for name, c := range map[string]struct{ file, content, summary string }{
		"square brackets":       {"a.trust.hcl", "locals {\n a = " + deep("["), "Nested too deeply"},
		"parentheses":           {"a.trust.hcl", "locals {\n a = " + deep("("), "Nested too deeply"},
		"braces":                {"a.trust.hcl", "locals {\n a = " + deep("{a="), "Nested too deeply"},
		"blocks":                {"a.trust.hcl", deep("a {\n"), "Nested too deeply"},
		"calls":                 {"a.trust.hcl", "locals {\n a = " + deep("f("), "Nested too deeply"},
		"templates":             {"a.trust.hcl", "locals {\n a = " + deep(`"${`), "Nested too deeply"},
		"directives":            {"a.trust.hcl", "locals {\n a = \"" + deep(`%{if true}`), "Nested too deeply"},
		"for directives":        {"a.trust.hcl", "locals {\n a = \"" + deep(`%{ for x in [] }`), "Nested too deeply"},
		"heredocs":              {"a.trust.hcl", "locals {\n a = <<EOT\n" + deep(`%{~ if true ~}`) + "\nEOT\n}", "Nested too deeply"},
		"mismatched brackets":   {"a.trust.hcl", "locals {\n a = " + deep("[}(]"), "Nested too deeply"},
		"negations":             {"a.trust.hcl", "locals {\n a = " + deep("!") + "true\n}", "Expression too long"},
		"minus signs":           {"a.trust.hcl", "locals {\n a = " + deep("- "), "Expression too long"},
		"conditionals":          {"a.trust.hcl", "locals {\n a = " + deep("true ? 1 : "), "Expression too long"},
		"sums":                  {"a.trust.hcl", "locals {\n a = 1" + deep("+1") + "\n}", "Expression too long"},
		"indexes":               {"a.trust.hcl", "locals {\n a = b" + deep("[c]") + "\n}", "Expression too long"},
		"splats":                {"a.trust.hcl", "locals {\n a = b" + deep("[*]") + "\n}", "Expression too long"},
		"attribute splats":      {"a.trust.hcl", "locals {\n a = b" + deep(".*") + "\n}", "Expression too long"},
		"lines in parentheses":  {"a.trust.hcl", "locals {\n a = (" + deep("!\n") + "true)\n}", "Expression too long"},
		"lines in a for":        {"a.trust.hcl", "locals {\n a = {\n # why\n for k in [] : k => " + deep("!\n") + "true}\n}", "Expression too long"},
		"JSON arrays":           {"a.trust.json", deep("["), "Nested too deeply"},
		"JSON objects":          {"a.trust.json", deep(`{"a":`), "Nested too deeply"},
		"JSON templates":        {"a.trust.json", `{"locals": {"a": "${` + deep("[") + `"}}`, "Nested too deeply"},
		"escaped templates":     {"a.trust.json", `{"locals": {"a": "\u0024\u007b` + deep("[") + `"}}`, "Nested too deeply"},
		"JSON keys":             {"a.trust.json", `{"locals": {"a": {"${` + deep("(") + `": 1}}}`, "Nested too deeply"},
		"a JSON type":           {"a.trust.json", `{"variable": {"a": {"default": 1, "type": "` + deep("list(") + `"}}}`, "Nested too deeply"},
		"values":                {"trustctl.trustvars.hcl", "a = " + deep("["), "Nested too deeply"},
		"JSON values":           {"trustctl.trustvars.json", deep("["), "Nested too deeply"},
		"comments between":      {"a.trust.hcl", "locals {\n a = " + deep("!/**/") + "true\n}", "Expression too long"},
		"comments in brackets":  {"a.trust.hcl", "locals {\n a = (" + deep("!#\n") + "true)\n}", "Expression too long"},
		"brackets in JSON text": {"a.trust.json", `{"locals": {"a": "` + strings.Repeat("[", 100<<10) + `"}}`, ""},
		"a hundred levels":      {"a.trust.hcl", "locals {\n a = " + strings.Repeat("[", 99) + strings.Repeat("]", 99) + "\n}", ""},
		"many lines": {"a.trust.hcl", "locals {\n" + func() string {
			var b strings.Builder
			for i := range 5000 {
				fmt.Fprintf(&b, "a%d = -1 # no\n", i)
			}
			return b.String()
		}() + "}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, "")
			write(t, dir, "main.trust.hcl", "trustctl { stack = \"test\" }\n")
			write(t, dir, c.file, c.content)
			start := time.Now()
			_, l := front(t, Options{Path: dir})
			if took := time.Since(start); took > 20*time.Second { // as above: this looks for a hang
				t.Errorf("took %s", took)
			}
			got := ""
			if len(l.diags) > 0 {
				got = l.diags[0].Summary
			}
			if got != c.summary {
				t.Errorf("got %q, want %q", got, c.summary)
			}
		})
	}
	t.Run("a -var", func(t *testing.T) {
		dir := folderOf(t, "variable \"v\" { type = list(any) }\n")
		_, l := front(t, Options{Path: dir, Vars: []VarArg{{Text: "v=" + deep("[")}}})
		if diff := cmp.Diff([]string{"<value for var.v>:1:101: Nested too deeply"}, lines(l.diags)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOnlyRegularFilesBelowTheFolderAreRead(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, "secret.txt", "secret")
	write(t, outside, "out.trust.hcl", "trustctl { stack = \"out\" }\n")
	for name, c := range map[string]struct {
		prepare func(dir string) error
		expr    string
		want    string
	}{
		"a parent":          {nil, `file("../../etc/passwd")`, "leaves the configuration's folder"},
		"a hidden parent":   {nil, `file("a/../../x")`, "leaves the configuration's folder"},
		"an absolute path":  {nil, `file("/etc/passwd")`, "is an absolute path"},
		"a hidden file":     {nil, `file(".env")`, "is hidden"},
		"a hidden folder":   {nil, `file(".git/config")`, "is hidden"},
		"no file":           {nil, `file("none")`, "no such file"},
		"a NUL byte":        {nil, `file("a\u0000b")`, "cannot read"},
		"a folder":          {func(dir string) error { return os.Mkdir(filepath.Join(dir, "d"), 0o777) }, `file("d")`, "is a folder"},
		"the folder itself": {nil, `file("")`, "is a folder"},
		"a FIFO":            {func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "p"), 0o666) }, `file("p")`, "is a named pipe"},
		"a link out": {func(dir string) error {
			return os.Symlink(filepath.Join(outside, "secret.txt"), filepath.Join(dir, "l"))
		}, `file("l")`, "symbolic link out"},
		"a relative link out": {func(dir string) error {
			return os.Symlink(filepath.Join("..", filepath.Base(outside), "secret.txt"), filepath.Join(dir, "l"))
		}, `file("l")`, "symbolic link out"},
		"a linked folder":    {func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "l")) }, `file("l/secret.txt")`, "symbolic link out"},
		"a link to a hidden": {func(dir string) error { return os.Symlink(".env", filepath.Join(dir, "l")) }, `file("l")`, "is hidden"},
		"a link to a FIFO": {func(dir string) error {
			syscall.Mkfifo(filepath.Join(dir, "p"), 0o666)
			return os.Symlink("p", filepath.Join(dir, "l"))
		}, `file("l")`, "is a named pipe"},
		"a link to itself":     {func(dir string) error { return os.Symlink("l", filepath.Join(dir, "l")) }, `file("l")`, "too many symbolic links"},
		"a device":             {func(dir string) error { return os.Symlink("/dev/zero", filepath.Join(dir, "l")) }, `file("l")`, "symbolic link out"},
		"a large file":         {func(dir string) error { return os.WriteFile(filepath.Join(dir, "f"), make([]byte, 256<<10+1), 0o666) }, `file("f")`, "longer than 256 KiB"},
		"a template outside":   {nil, `templatefile("../t", {})`, "leaves the configuration's folder"},
		"what is not text":     {func(dir string) error { return os.WriteFile(filepath.Join(dir, "f"), []byte{0xff}, 0o666) }, `file("f")`, "is not UTF-8"},
		"a reserved character": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "f"), []byte("\uFDD0"), 0o666) }, `file("f")`, "U+FDD0"},
		"a link that stays in": {func(dir string) error {
			write(t, dir, "s/f", "x")
			return os.Symlink("s/../s/f", filepath.Join(dir, "l"))
		}, `file("l")`, ""},
		"a file in a subfolder": {func(dir string) error { write(t, dir, "s/f", "x"); return nil }, `file("./s//f")`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, "locals {\n  it = "+c.expr+"\n}\n")
			write(t, dir, ".env", "SECRET=1")
			if c.prepare != nil {
				if err := c.prepare(dir); err != nil {
					t.Fatal(err)
				}
			}
			_, l := front(t, Options{Path: dir})
			if got := l.diags.Error(); c.want == "" && l.diags.HasErrors() || !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %q", got, c.want)
			}
		})
	}
}

func TestConfigurationFilesThatAreRefused(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, "out.trust.hcl", "trustctl { stack = \"out\" }\n")
	write(t, outside, "v.trustvars.hcl", "a = 1\n")
	link := func(target, name string) func(string) error {
		return func(dir string) error { return os.Symlink(target, filepath.Join(dir, name)) }
	}
	file := func(name, content string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666) }
	}
	for name, c := range map[string]struct {
		prepare func(dir string) error
		want    string
	}{
		"a link out":       {link(filepath.Join(outside, "out.trust.hcl"), "a.trust.hcl"), "symbolic link out"},
		"linked values":    {link(filepath.Join(outside, "v.trustvars.hcl"), "a.auto.trustvars.hcl"), "symbolic link out"},
		"a FIFO":           {func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "a.trust.hcl"), 0o666) }, "is a named pipe"},
		"values in a FIFO": {func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "trustctl.trustvars.hcl"), 0o666) }, "is a named pipe"},
		"a folder":         {func(dir string) error { return os.Mkdir(filepath.Join(dir, "a.trust.hcl"), 0o777) }, "is a folder"},
		"ten megabytes":    {file("a.trust.hcl", strings.Repeat("# 345678\n", 10<<20/9)), "longer than 1024 KiB"},
		"nine files of a megabyte": {func(dir string) error {
			for i := range 9 {
				if err := file(fmt.Sprintf("%d.trust.hcl", i), "#"+strings.Repeat("x", 1<<20-2)+"\n")(dir); err != nil {
					return err
				}
			}
			return nil
		}, "8 MiB together"},
		"a NUL byte":                {file("a.trust.hcl", "# \x00\n"), "NUL byte"},
		"a NUL byte in JSON":        {file("a.trust.json", "{\"\x00\": 1}\n"), "NUL byte"},
		"no UTF-8":                  {file("a.trust.hcl", "# \xff\n"), "not encoded as UTF-8"},
		"no UTF-8 in JSON":          {file("a.trust.json", "{\"\xff\": 1}\n"), "not encoded as UTF-8"},
		"UTF-16":                    {file("a.trust.hcl", "\xff\xfe#\x00"), "NUL byte"},
		"a reserved character":      {file("a.trust.hcl", "# \uFDD0\n"), "U+FDD0"},
		"an escaped one":            {file("a.trust.hcl", "locals { a = \"\\uFDD1\" }\n"), "U+FDD0"},
		"an escaped one in JSON":    {file("a.trust.json", `{"locals": {"a": {"\ufdd0": 1}}}`), "U+FDD0"},
		"one in jsondecode":         {file("a.trust.hcl", "locals { a = jsondecode(\"\\\"\\\\ufdd0\\\"\") }\n"), "U+FDD0"},
		"a byte order mark":         {file("a.trust.hcl", "\uFEFFlocals { a = 1 }\n"), ""},
		"a byte order mark in JSON": {file("a.trust.json", "\uFEFF{}\n"), ""},
		"line ends of Windows":      {file("a.trust.hcl", "locals {\r\n  a = {\r\n    b = 1\r\n  }\r\n}\r\n"), ""},
		"what editors leave": {func(dir string) error {
			for _, n := range []string{".a.trust.hcl", ".#a.trust.hcl", "a.trust.hcl~", "#a.trust.hcl#", "#a.trust.hcl"} {
				if err := file(n, "]")(dir); err != nil {
					return err
				}
			}
			return nil
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, "\n")
			if err := c.prepare(dir); err != nil {
				t.Fatal(err)
			}
			_, l := front(t, Options{Path: dir})
			if got := l.diags.Error(); c.want == "" && l.diags.HasErrors() || !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %q", got, c.want)
			}
		})
	}
}

func TestMistakesByTheThousandAreShownInPart(t *testing.T) {
	dir := folderOf(t, strings.Repeat("a {}\n", 5000))
	_, sources, diags := Load(Options{Path: dir})
	if len(diags) != MaxShown+1 || !diags.HasErrors() {
		t.Errorf("%d diagnostics", len(diags))
	}
	if last := diags[MaxShown]; last.Detail != fmt.Sprintf("There are %d more, which are not shown.", 5000-MaxShown) {
		t.Errorf("the last says: %s", last.Detail)
	}
	if text := DiagnosticsJSON(diags, sources); len(text) > 1<<20 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestTheFilesTogetherMayHaveSoManyTokens(t *testing.T) {
	for name, c := range map[string]struct {
		file, head, unit, tail string
		tokens                 int // of the unit
	}{
		"blocks":   {"trust.hcl", "", "locals {}\n", "", 4},
		"comments": {"trust.hcl", "", "#\n", "", 1},
		"JSON":     {"trust.json", `{"locals":{"a":[`, "[],", "[]]}}", 3},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, "")
			for _, file := range []string{"a.", "b."} {
				write(t, dir, file+c.file, c.head+strings.Repeat(c.unit, maxTokens/2/c.tokens)+c.tail)
			}
			_, _, diags := Load(Options{Path: dir})
			if !strings.Contains(diags.Error(), "Configuration too large") {
				t.Errorf("got %s", diags)
			}
		})
	}
}

func TestAllThatIsReadIsBounded(t *testing.T) {
	dir := folderOf(t, "")
	f, _, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	write(t, dir, "a", "12345678")
	f.size = maxRead - 8
	if _, err := f.read("a", maxFile); err != nil {
		t.Error(err)
	}
	write(t, dir, "b", "1")
	if _, err := f.read("b", maxFile); err == nil || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("got %v", err)
	}
}
