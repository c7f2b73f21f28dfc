package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/esc/esctest"
	"github.com/trustctl/trustctl/internal/term"
)

// command is trustctl in this process, with nobody at the terminal.
func command(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(context.Background(), args, env, term.Streams{In: strings.NewReader(""), Out: &out, Err: &talk}, time.Now)
	return code, out.String(), talk.String()
}

// succeed is command, which must end with exit code 0.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := command(t, nil, args...)
	if code != exitFine {
		t.Fatalf("trustctl %s ended with exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// files are the contents below a folder, by path with slashes.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// examples are the folders of examples that hold a configuration.
func examples(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../../examples/*/*.trust.hcl")
	if err != nil || len(found) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return slices.Compact(found)
}

func TestEveryExampleIsAppliedTwiceOnTheSandbox(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(filepath.Base(example), func(t *testing.T) {
			work := t.TempDir()
			config := filepath.Join(work, "config")
			if err := os.CopyFS(config, os.DirFS(example)); err != nil {
				t.Fatal(err)
			}
			t.Chdir(work)
			succeed(t, "fmt", "-check", "-recursive", "config")
			if got := succeed(t, "validate", "-config=config"); got != "Success! The configuration is valid.\n" {
				t.Errorf("validate said %q", got)
			}

			first := succeed(t, "apply", "-sandbox", "-auto-approve", "-config=config")
			if !strings.HasPrefix(first, "SANDBOX") || !strings.HasSuffix(first, "(SANDBOX: no AWS account was touched)\n") {
				t.Errorf("the first or the last line does not say SANDBOX:\n%s", first)
			}
			second := succeed(t, "apply", "-sandbox", "-auto-approve", "-config=config")
			for _, want := range []string{"\nNo changes. Your infrastructure matches the configuration.\n", "\nWrites: 0 calls.\n", "Resources: 0 added, 0 changed, 0 destroyed."} {
				if !strings.Contains(second, want) {
					t.Errorf("the second apply does not say %q:\n%s", want, second)
				}
			}
			succeed(t, "plan", "-sandbox", "-detailed-exitcode", "-config=config")

			written := files(t, ".trustctl/sandbox/esc")
			names := make([]string, 0, len(written))
			for name := range written {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				env, _ := esctest.Judge(t, strings.TrimSuffix(name, ".yaml"), []byte(written[name]))
				if env["AWS_ACCESS_KEY_ID"] != esctest.AccessKeyID || env["AWS_SECRET_ACCESS_KEY"] != esctest.SecretAccessKey || env["AWS_SESSION_TOKEN"] != esctest.SessionToken {
					t.Errorf("%s gives a process %v", name, env)
				}
			}

			// The real folder was not touched; emit writes the same files to it.
			if _, err := os.Stat("config/esc"); !os.IsNotExist(err) {
				t.Errorf("the sandbox run wrote into the real folder: %v", err)
			}
			succeed(t, "emit", "-config=config")
			if diff := cmp.Diff(written, files(t, "config/esc")); diff != "" {
				t.Errorf("emit writes other files than apply (-apply +emit):\n%s", diff)
			}
			succeed(t, "emit", "-check", "-config=config")
		})
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(filepath.Base(example), func(t *testing.T) {
			config, err := filepath.Abs(example)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			var before []string
			for i := range 5 {
				got := []string{
					succeed(t, "plan", "-sandbox", "-verbose", "-config="+config),
					withoutTimestamp(succeed(t, "plan", "-sandbox", "-json", "-config="+config)),
					succeed(t, "validate", "-json", "-config="+config),
				}
				if i > 0 {
					if diff := cmp.Diff(before, got); diff != "" {
						t.Fatalf("run %d differs:\n%s", i, diff)
					}
				}
				before = got
			}
		})
	}
}

// withoutTimestamp drops the one line of a plan's JSON that names the time.
func withoutTimestamp(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, `  "timestamp": `) }), "\n")
}
