package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/trustctl/trustctl/internal/render/schematest"
	"github.com/trustctl/trustctl/internal/term"
)

const formatsConfig = `
trustctl {
  stack = "s"
}
account "a" {
  id = "111122223333"
}
org "acme" {
  account = account.a
  environment "payments/prod" {
    trust {
      subs = [env_sub("payments/prod"), "pulumi:environments:org:acme:env:payments/prod*"]
    }
  }
}
`

func holds(t *testing.T, schema *jsonschema.Schema, text string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}

// inFolder runs the command in the test's own folder, and gives its exit code
// and what it printed.
func inFolder(t *testing.T, env []string, args ...string) (code int, stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, append([]string{"AWS_EC2_METADATA_DISABLED=true", "TRUSTCTL_IN_AUTOMATION=1"}, env...), term.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, time.Now)
	if t.Failed() {
		t.Logf("%q said: %s", args, &errs)
	}
	return code, out.String()
}

func TestTheExitCodeIsTheSameForEveryFormat(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good": formatsConfig, "wrong": "nonsense {}\n"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "main.trust.hcl"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	if code, _ := inFolder(t, nil, "apply", "-sandbox=applied.json", "-config=good", "-auto-approve"); code != exitFine {
		t.Fatal("the sandbox could not be filled")
	}
	outcomes := map[string]struct {
		want int
		args []string
	}{
		"no changes":                 {exitFine, []string{"-sandbox=applied.json", "-config=good", "-detailed-exitcode"}},
		"changes":                    {exitFine, []string{"-sandbox=new.json", "-config=good"}},
		"changes, and told apart":    {exitChanges, []string{"-sandbox=new.json", "-config=good", "-detailed-exitcode"}},
		"a gate":                     {exitGate, []string{"-sandbox=new.json", "-config=good", "-fail-on=new-role"}},
		"a gate beats changes":       {exitGate, []string{"-sandbox=new.json", "-config=good", "-fail-on=warning", "-detailed-exitcode"}},
		"a wrong configuration":      {exitError, []string{"-sandbox=new.json", "-config=wrong", "-detailed-exitcode"}},
		"an account that is not met": {exitError, []string{"-sandbox=new.json", "-config=good", "-allow-accounts=000000000000", "-detailed-exitcode"}},
	}
	formats := map[string][]string{
		"text": nil, "concise": {"-concise"}, "verbose": {"-verbose"}, "JSON": {"-json"}, "JSON beside": {"-json-into=p.json"}, "Markdown": {"-markdown-into=p.md"}, "SARIF": {"-sarif-into=p.sarif"},
		"all": {"-json", "-json-into=p.json", "-markdown-into=p.md", "-sarif-into=p.sarif", "-out=p.plan"},
	}
	github := []string{"GITHUB_ACTIONS=true", "GITHUB_OUTPUT=" + filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary")}
	for outcome, o := range outcomes {
		for format, flags := range formats {
			t.Run(outcome+", "+format, func(t *testing.T) {
				if code, _ := inFolder(t, nil, append(append([]string{"plan"}, o.args...), flags...)...); code != o.want {
					t.Errorf("the exit code is %d, want %d", code, o.want)
				}
			})
		}
		t.Run(outcome+", GitHub", func(t *testing.T) {
			if err := os.RemoveAll("output"); err != nil {
				t.Fatal(err)
			}
			if code, _ := inFolder(t, github, append([]string{"plan"}, o.args...)...); code != o.want {
				t.Errorf("the exit code is %d, want %d", code, o.want)
			}
			text, err := os.ReadFile("output")
			if err != nil {
				t.Fatal(err)
			}
			if want := "exitcode<<END_OF_VALUE\n" + strconv.Itoa(o.want) + "\nEND_OF_VALUE\n"; !strings.HasSuffix(string(text), want) {
				t.Errorf("the outputs are\n%s", text)
			}
		})
	}
}

func TestWhatTheCommandsPrintHoldsTheSchemas(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.trust.hcl"), []byte(formatsConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	planned, findings, message := schematest.Of(t, "plan"), schematest.Of(t, "lint"), schematest.Of(t, "apply")
	t.Chdir(dir)
	stream := func(args ...string) {
		t.Helper()
		_, text := inFolder(t, nil, args...)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) < 5 {
			t.Errorf("%q printed %q", args, lines)
		}
		for _, line := range lines {
			holds(t, message, line)
		}
	}
	_, text := inFolder(t, nil, "plan", "-sandbox", "-json", "-out=p.plan")
	holds(t, planned, text)
	_, text = inFolder(t, nil, "show", "-json", "p.plan")
	holds(t, planned, text)
	_, text = inFolder(t, nil, "lint", "-json")
	holds(t, findings, text)
	stream("apply", "-sandbox", "-json", "-auto-approve")
	_, text = inFolder(t, nil, "plan", "-sandbox", "-json")
	holds(t, planned, text)
	stream("destroy", "-sandbox", "-json", "-auto-approve")
}

func TestWhatVersionAndValidatePrintHoldsTheSchemas(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.trust.hcl":  formatsConfig,
		"wrong.trust.hcl": "trustctl {\n  stack = \"s\"\n}\nlocals {\n  n = \"x\"\n  m = local.n + 1\n}\nnonsense {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	printed, diagnostics, findings := schematest.Of(t, "version"), schematest.Of(t, "validate"), schematest.Of(t, "lint")
	t.Chdir(dir)
	_, text := inFolder(t, nil, "version", "-json")
	holds(t, printed, text)
	for name, want := range map[string]int{"good.trust.hcl": exitFine, "wrong.trust.hcl": exitError} {
		code, text := inFolder(t, nil, "validate", "-json", "-config="+name)
		if code != want {
			t.Errorf("%s: the exit code is %d, want %d", name, code, want)
		}
		holds(t, diagnostics, text)
		for _, other := range []*jsonschema.Schema{printed, findings} {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil || other.Validate(v) == nil {
				t.Errorf("%s is taken for another command's output (%v)", name, err)
			}
		}
	}
}
