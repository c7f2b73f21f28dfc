package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/render/schematest"
	"github.com/trustctl/trustctl/internal/term"
)

// TestTheExamplePullRequest plans the example of docs/pull-requests.md in a
// step of a workflow, and holds everything that comes out to the files of
// examples/pull-request/output.
func TestTheExamplePullRequest(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	example := filepath.Join(root, "examples", "pull-request")
	schema := schematest.Of(t, "plan")
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	trustctl := func(want int, env []string, args ...string) {
		t.Helper()
		out.Reset()
		errs.Reset()
		env = append(env, "GITHUB_WORKSPACE="+root, "TRUSTCTL_IN_AUTOMATION=1")
		now := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
		if code := run(context.Background(), args, env, term.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, now); code != want {
			t.Fatalf("%q ended with exit code %d, want %d:\n%s%s", args, code, want, &out, &errs)
		}
	}
	trustctl(exitFine, nil, "apply", "-sandbox", "-auto-approve", "-config="+filepath.Join(example, "before"))
	trustctl(exitGate, []string{"GITHUB_ACTIONS=true", "GITHUB_OUTPUT=outputs.txt"},
		"plan", "-sandbox", "-config="+filepath.Join(example, "after"), "-detailed-exitcode", "-fail-on=wider,new-role,permissions,error",
		"-json-into=plan.json", "-markdown-into=plan.md", "-sarif-into=plan.sarif")
	got := map[string]string{"plan.txt": out.String(), "annotations.txt": errs.String()}
	for _, name := range []string{"plan.json", "plan.md", "plan.sarif", "outputs.txt"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = strings.ReplaceAll(string(text), `"version": "`+version()+`"`, `"version": "0.1.0"`)
	}
	for name, text := range got {
		golden := filepath.Join(example, "output", name)
		if *update {
			if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), text); diff != "" {
			t.Errorf("%s (-want +got); go test ./cmd/trustctl -run ExamplePull -update writes it anew:\n%s", golden, diff)
		}
	}
	holds(t, schema, got["plan.json"])

	// What the pull request asks for is what an apply leaves.
	trustctl(exitFine, nil, "apply", "-sandbox", "-auto-approve", "-config="+filepath.Join(example, "after"))
	trustctl(exitFine, nil, "plan", "-sandbox", "-detailed-exitcode", "-config="+filepath.Join(example, "after"))
}
