package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// hostile is a folder as a stranger may send it in a pull request.
type hostile struct {
	name    string
	config  string            // beside what every one of them begins with
	files   map[string]string // further ones
	prepare func(dir string) error
	args    []string // plan -snapshot if there are none
	fine    bool     // it does no harm, and is planned
	long    bool     // only under TRUSTCTL_FULL=1
}

const hostileHead = "trustctl {\n  stack = \"s\"\n}\naccount \"a\" {\n  id = \"111122223333\"\n}\n"

// inEnvironment is an environment with a body.
func inEnvironment(body string) string {
	return "org \"acme\" {\n  account = account.a\n  environment \"p/e\" {\n" + body + "\n  }\n}\n"
}

func inLocals(expr string) string { return "locals {\n  it = " + expr + "\n}\n" }

// filled is as much of a text as a file may have, or a quarter of it, which is
// deep and long enough for every day.
func filled(text string) string {
	size := 256 << 10
	if os.Getenv("TRUSTCTL_FULL") != "" {
		size = 1<<20 - 100
	}
	return strings.Repeat(text, size/len(text))
}

// numbered is n texts, each with its number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// doubled is sixty locals, each twice the one before.
func doubled(expr string) string {
	var b strings.Builder
	b.WriteString("locals {\n  a0 = \"0123456789\"\n")
	for i := range 60 {
		fmt.Fprintf(&b, "  a%d = %s\n", i+1, strings.ReplaceAll(expr, "X", fmt.Sprintf("local.a%d", i)))
	}
	return b.String() + "}\n"
}

func everyFile(n int, content string) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("z%d.trust.hcl", i)] = content
	}
	return files
}

func linked(target, name string) func(string) error {
	return func(dir string) error { return os.Symlink(target, filepath.Join(dir, name)) }
}

func piped(name string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return syscall.Mkfifo(path, 0o600)
	}
}

// sparse is a file of a terabyte that takes no place.
func sparse(name string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		return os.Truncate(path, 1<<40)
	}
}

const (
	policyFile = "p.json"
	policyMax  = 256 << 10
)

func hostiles() []hostile {
	policy := inEnvironment("role {\n inline_policies = { p = file(\"" + policyFile + "\") }\n}")
	all := []hostile{
		// Depth: a stack that overflows ends a Go program with exit code 2.
		{name: "brackets", config: inLocals(filled("["))},
		{name: "blocks in blocks", config: filled("a {\n")},
		{name: "templates in templates", config: inLocals(filled(`"${`))},
		{name: "negations", config: inLocals(filled("!") + "true")},
		{name: "negations with comments between", config: inLocals(filled("!/**/") + "true")},
		{name: "negations with line ends between", config: inLocals("(" + filled("!#\n") + "true)")},
		{name: "minus signs", config: inLocals(filled("- ") + "1")},
		{name: "conditionals with comments between", config: inLocals(filled("true?1:/**/") + "1")},
		{name: "splats with comments between", config: inLocals("[]" + filled("[*]/**/"))},
		{name: "for expressions", config: inLocals(strings.Repeat("[for a in ", 5000) + "[]" + strings.Repeat(" : a]", 5000))},
		{name: "heredocs", config: "locals {\n  it = <<E\n" + filled("%{ if true }") + "\nE\n}\n"},
		{name: "brackets of JSON", files: map[string]string{"z.trust.json": filled("[")}},
		{name: "a template in JSON", files: map[string]string{"z.trust.json": `{"locals":{"a":"${` + filled("(") + `"}}`}},
		{name: "comments in a template", config: inLocals(`templatefile("t", {})`), files: map[string]string{"t": "${" + strings.Repeat("!/**/", 50_000) + "true}"}},

		// Length: megabytes of what is small as text and large as a tree.
		{name: "empty blocks", files: everyFile(7, filled("a{}\n")), long: true},
		{name: "unknown blocks", config: strings.Repeat("a{}\n", 50_000)},
		{name: "settings again and again", config: strings.Repeat("trustctl {}\n", 30_000)},
		{name: "attributes again and again", config: strings.Repeat("a=1\n", 60_000)},
		{name: "signs that are none", config: strings.Repeat("@\n", 60_000)},
		{name: "labels", config: "a " + filled(`"x" `) + "{}\n"},
		{name: "comments", config: filled("#\n"), fine: true},
		{name: "empty objects", files: everyFile(7, "locals {\n a = ["+filled("{},")+"]\n}\n"), long: true},
		{name: "empty arrays of JSON", files: map[string]string{"z.trust.json": `{"locals":{"a":[` + strings.Repeat("[],", 300_000) + `[]]}}`}},
		{name: "environments", config: "org \"acme\" {\n account = account.a\n" + numbered(20_001, "environment \"p/e%d\" {}\n") + "}\n", long: true},
		{name: "a circle of locals", config: "locals {\n" + numbered(20_000, "a%[1]d = local.b%[1]d\n") + numbered(19_999, "b%[1]d = local.a%[1]d\n") + "b19999 = local.a0\n}\n"},
		{name: "references", config: "locals {\n" + numbered(20_000, "a%d = 1\n") + "it = [" + numbered(20_000, "local.a%d,") + "]\n}\n", fine: true},
		{name: "a thousand files", files: everyFile(1000, ""), fine: true},
		{name: "ten thousand files of values", config: "variable \"v\" {\n default = 1\n}\n", prepare: func(dir string) error {
			for i := range 10_000 {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("v%d.auto.trustvars.hcl", i)), []byte("v = 1\n"), 0o600); err != nil {
					return err
				}
			}
			return nil
		}, fine: true, long: true},
		{name: "values of a megabyte", config: "variable \"v\" {}\n", files: map[string]string{"trustctl.trustvars.hcl": "v = [" + strings.Repeat("[],", 300_000) + "]\n"}},

		// What makes much of little.
		{name: "for_each", config: inEnvironment("for_each = toset([for p in setproduct(range(150), range(150)) : join(\"-\", p)])\nname = \"p/${each.key}\"")},
		{name: "for_each of something sensitive", config: inEnvironment("for_each = toset([sensitive(\"a\")])")},
		{name: "setproduct", config: inLocals("setproduct(range(1024), range(1024), range(1024))")},
		{name: "doubling texts", config: doubled(`"${X}${X}"`)},
		{name: "doubling lists", config: doubled("[X, X]"), long: true},
		{name: "doubling JSON", config: doubled("jsonencode([X, X])")},
		{name: "doubling by a pattern", config: doubled(`replace(X, "/(.+)/", "$1$1")`)},
		{name: "doubling by format", config: doubled(`format("%s%s", X, X)`)},
		{name: "a large pattern", config: inLocals(`[for i in range(1000) : can(regex("` + strings.Repeat("(?:a?){1000}", 30) + `", "a"))]`)},
		{name: "a template that calls itself", config: inLocals(`templatefile("t", { n = 1 })`), files: map[string]string{"t": strings.Repeat(`${templatefile("t", { n = n })}`, 100)}},
		{name: "files that are no text", config: "locals {\n" + numbered(4, "a%d = [for i in range(100) : can(file(\"${i %% 9}.bin\"))]\n") + "}\n", files: map[string]string{"0.bin": "\xff"}, fine: true},

		// Numbers.
		{name: "a number without end", config: inLocals("1e999999999")},
		{name: "a number for a text", config: inLocals("upper(1e600000000)")},
		{name: "a text for a number for a text", config: inLocals(`upper(-"1e600000000")`)},
		{name: "a number for a key", config: inLocals("{ (1e600000000) = 1 }")},
		{name: "a number for a key in a for", config: inLocals("{ for a in [1] : 1e600000000 => a }")},
		{name: "a number for an index", config: inLocals("{ a = 1 }[1e600000000]")},
		{name: "the rest of a number", config: inLocals(`"1e600000000" % 3`)},
		{name: "a sum of far numbers", config: inLocals(`"1e600000000" + "1"`)},
		{name: "a power", config: inLocals("pow(10, 600000000)"), fine: true},
		{name: "a range", config: inLocals(`range("1e600000000")`)},
		{name: "a range of small steps", config: inLocals(`range(0, 1, "1e-600000000")`)},
		{name: "a megabyte of digits", config: inLocals(filled("9")), long: true},
		{name: "a number of JSON", files: map[string]string{"z.trust.json": `{"locals":{"a":{"b":-1e-600000000}}}`}},
		{name: "a number of a values file", config: "variable \"v\" {\n type = string\n}\n", files: map[string]string{"trustctl.trustvars.json": `{"v":1e600000000}`}},

		// Policies.
		{name: "a deep policy", config: policy, files: map[string]string{policyFile: strings.Repeat("[", policyMax)}},
		{name: "a policy of numbers", config: policy, files: map[string]string{policyFile: `{"Version":"2012-10-17","Statement":[` + strings.Repeat("1,", policyMax/2-100) + `1]}`}},
		{name: "a policy of empty statements", config: policy, files: map[string]string{policyFile: `{"Version":"2012-10-17","Statement":[` + strings.Repeat("{},", policyMax/3-100) + `{}]}`}},
		{name: "a policy of one key", config: policy, files: map[string]string{policyFile: "{" + strings.Repeat(`"Version":"2012-10-17",`, 10_000) + `"Version":"2012-10-17"}`}},
		{name: "a policy of a number", config: policy, files: map[string]string{policyFile: strings.Repeat("9", policyMax)}},
		{name: "a statement of a number", config: inEnvironment("role {\n additional_trust = [jsondecode(file(\"p.json\"))]\n}"), files: map[string]string{policyFile: strings.Repeat("9", policyMax)}},

		// What is no file, or is elsewhere.
		{name: "a link to another's file", prepare: linked("/etc/passwd", "z.trust.hcl")},
		{name: "a link to a device", prepare: linked("/dev/zero", "z.trust.hcl")},
		{name: "a link to itself", prepare: linked("z.trust.hcl", "z.trust.hcl")},
		{name: "a pipe", prepare: piped("z.trust.hcl")},
		{name: "a pipe that is named", prepare: piped("z.trust.hcl"), args: []string{"validate", "-timeout=20s", "-config=z.trust.hcl"}},
		{name: "values in a pipe", prepare: piped("trustctl.trustvars.hcl")},
		{name: "a policy in a pipe", config: policy, prepare: piped(policyFile)},
		{name: "a terabyte", prepare: sparse("z.trust.hcl")},
		{name: "values of a terabyte", prepare: sparse("trustctl.trustvars.hcl")},
		{name: "a policy of a terabyte", config: policy, prepare: sparse(policyFile)},
		{name: "a socket", prepare: func(dir string) error {
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			defer syscall.Close(fd)
			return syscall.Bind(fd, &syscall.SockaddrUnix{Name: filepath.Join(dir, "z.trust.hcl")})
		}},
		{name: "a parent", config: inLocals(`file("../../../../../etc/passwd")`)},
		{name: "a template elsewhere", config: inLocals(`templatefile("/etc/passwd", {})`)},
		{name: "a folder of files elsewhere", config: inEnvironment(""), prepare: linked("/etc", "esc")},
		{name: "a file in a pipe", config: inEnvironment(""), prepare: piped("esc/acme/p/e.yaml")},
		{name: "a file of a terabyte", config: inEnvironment(""), prepare: sparse("esc/acme/p/e.yaml")},
		{name: "no UTF-8", files: map[string]string{"z.trust.hcl": "\xff\xfe#\x00"}},
		{name: "NUL bytes", files: map[string]string{"z.trust.hcl": filled("\x00")}},
		{name: "a name that leads out", config: strings.ReplaceAll(inEnvironment(""), "p/e", "../../etc")},
		{name: "a name with a control character", config: strings.ReplaceAll(inEnvironment(""), "p/e", "p/\\u001b[2J")},

		// Patterns.
		{name: "except_subs", config: inEnvironment(`except_subs = [for i in range(1000) : "pulumi:environments:org:acme:env:p/x${i}*?*"]`)},
		{name: "subs", config: inEnvironment(`subs = [for i in range(1000) : "pulumi:environments:org:acme:env:p/*x${i}*?*"]`)},
		{name: "trust blocks", config: inEnvironment(strings.Repeat("trust {\n subs = [\"pulumi:environments:org:acme:env:p/*\"]\n}\n", 2000))},
		{name: "tests", args: []string{"test", "-timeout=20s"}, config: inEnvironment("") +
			strings.ReplaceAll(numbered(50, "test \"t%d\" {\n role = \"acme/p/e\"\n allow = [\"pulumi:environments:org:acme:env:A\"]\n deny = [\"pulumi:environments:org:acme:env:A\"]\n}\n"), "A", strings.Repeat("*a?", 100))},
		{name: "values of a file", fine: true, config: inEnvironment(`esc {
 values = { "- " = "*a &b !c", "<<" = "~", "y" = "no", "a: b" = "# c", "=" = "=", "0x" = ".inf", "x" = "\u0085\u2028\t", "%" = "%YAML 2" }
}`)},
	}
	return all
}

// TestAHostileConfigurationEndsAPlanInOrder runs the program on each: it ends
// before its time is over, in one GiB of memory, with exit code 1, or 0 where
// it came to no harm; Go's own 2 of a panic, or of a stack or a memory that
// ran out, never.
func TestAHostileConfigurationEndsAPlanInOrder(t *testing.T) {
	base := filepath.Join(t.TempDir(), "base.snapshot")
	w := hostileRun{dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(w.dir, "main.trust.hcl"), []byte(hostileHead), 0o600); err != nil {
		t.Fatal(err)
	}
	if w.run(t, "snapshot", "-sandbox", "-out="+base); w.code != 0 {
		t.Fatalf("no snapshot: %s", w.said)
	}
	relabel(t, base)
	var cpu atomic.Int64
	t.Run("all", func(t *testing.T) {
		slots := make(chan struct{}, 2)
		for _, h := range hostiles() {
			if h.long && os.Getenv("TRUSTCTL_FULL") == "" {
				continue
			}
			t.Run(h.name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				w := hostileRun{dir: t.TempDir()}
				h.write(t, w.dir)
				args := h.args
				if args == nil {
					args = []string{"plan", "-concise", "-timeout=20s", "-snapshot=" + base}
				}
				w.run(t, args...)
				cpu.Add(int64(w.cpu))
				t.Logf("exit code %d, %s of CPU, %d MiB, %d bytes printed: %.200s", w.code, w.cpu.Round(time.Millisecond), w.mib, w.printed, w.said)
				if want := map[bool]int{true: 0, false: 1}[h.fine]; w.code != want && !strings.Contains(w.said, "took longer than -timeout") && !(w.code == 3 && args[0] == "test") {
					t.Errorf("exit code %d, want %d: %s", w.code, want, w.said)
				}
				if w.mib >= 1024 {
					t.Errorf("it took %d MiB", w.mib)
				}
				if w.printed > 4<<20 {
					t.Errorf("it printed %d bytes", w.printed)
				}
				if strings.Contains(w.said, "root:") || strings.Contains(w.said, "goroutine ") {
					t.Errorf("it says: %s", w.said)
				}
			})
		}
	})
	t.Logf("%s of CPU in all", time.Duration(cpu.Load()).Round(time.Millisecond))
}

func (h hostile) write(t *testing.T, dir string) {
	t.Helper()
	put := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("main.trust.hcl", hostileHead+h.config)
	for name, content := range h.files {
		put(name, content)
	}
	if h.prepare != nil {
		if err := h.prepare(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// hostileRun is a process, and what it took.
type hostileRun struct {
	dir     string
	env     []string
	code    int
	cpu     time.Duration
	mib     int64
	printed int
	said    string // the head of standard error
}

func (w *hostileRun) run(t *testing.T, args ...string) {
	t.Helper()
	cmd, err := program(args...)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, append([]string{"PATH=", "HOME=" + w.dir}, w.env...), &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }) // hangs: the code is then -1
	defer late.Stop()
	_ = cmd.Wait()
	w.code, w.cpu = cmd.ProcessState.ExitCode(), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	w.mib = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
	if runtime.GOOS == "darwin" { // counts bytes
		w.mib >>= 10
	}
	w.printed, w.said = out.Len()+errs.Len(), fmt.Sprintf("%.2000s", errs.String())
}
