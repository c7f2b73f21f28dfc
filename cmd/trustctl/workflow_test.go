package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is a file of GitHub Actions, as far as running its steps needs it.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
type workflow struct {
	Defaults struct {
		Run struct{ Shell string }
	}
	Jobs map[string]struct {
		Steps []step
	}
	Runs struct { // of a composite action
		Steps []step
	}
}

type step struct {
	Name, ID, If, Uses, Run, Shell string
	With, Env                      map[string]string
}

func readWorkflow(t *testing.T, file string) workflow {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return w
}

// workflowFiles are the examples and the action.
func workflowFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../examples/ci/github/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	return append(files, "../../action.yml")
}

// runner runs the steps of jobs as GitHub does, as far as that goes on this
// machine: each shell text as it stands, in one workspace.
type runner struct {
	t         *testing.T
	workspace string
	temp      string
	env       map[string]string                       // of every step
	values    map[string]string                       // expressions
	uses      map[string]func(with map[string]string) // actions, by name without version
	outputs   map[string]map[string]string            // of steps, by id
	summary   string                                  // of the job, so far
	talk      string                                  // what the last step printed
}

var expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

// resolve puts values in the place of expressions.
func (r *runner) resolve(text string) string {
	return expression.ReplaceAllStringFunc(text, func(m string) string { return r.value(expression.FindStringSubmatch(m)[1]) })
}

func (r *runner) value(name string) string {
	r.t.Helper()
	if parts := strings.Split(name, "."); len(parts) == 4 && parts[0] == "steps" && parts[2] == "outputs" {
		return r.outputs[parts[1]][parts[3]]
	}
	value, known := r.values[name]
	if !known {
		r.t.Fatalf("the expression %s has no value here", name)
	}
	return value
}

// job runs a job's steps, up to the first that fails, whose error it gives.
func (r *runner) job(w workflow, name string) error {
	r.t.Helper()
	job, ok := w.Jobs[name]
	if !ok {
		r.t.Fatalf("there is no job %s", name)
	}
	return r.steps(job.Steps, w.Defaults.Run.Shell)
}

func (r *runner) steps(steps []step, shell string) error {
	r.t.Helper()
	var failed error
	for _, s := range steps {
		always := s.If == "always()"
		if failed != nil && !always || s.If != "" && !always && r.value(s.If) != "true" {
			continue
		}
		err := r.step(s, shell)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s%s: %w", s.Name, s.Uses, err)
		}
	}
	return failed
}

func (r *runner) step(s step, shell string) error {
	r.t.Helper()
	resolved := map[string]string{}
	for key, value := range s.With {
		resolved[key] = r.resolve(value)
	}
	if s.Uses != "" {
		name, _, _ := strings.Cut(s.Uses, "@")
		if name == "trustctl/trustctl" {
			return r.action(s.ID, resolved)
		}
		act, known := r.uses[name]
		if !known {
			r.t.Fatalf("the action %s is not known here", name)
		}
		act(resolved)
		return nil
	}
	env := maps.Clone(r.env)
	for key, value := range s.Env {
		env[key] = r.resolve(value)
	}
	if s.Shell != "" {
		shell = s.Shell
	}
	return r.shell(s.ID, s.Run, shell, env)
}

// action runs the project's own composite action.
func (r *runner) action(id string, with map[string]string) error {
	r.t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		text, err = os.ReadFile(filepath.Join(r.env["GITHUB_ACTION_PATH"], "action.yml"))
	}
	if err != nil {
		r.t.Fatal(err)
	}
	var a struct {
		Inputs  map[string]struct{ Default string }
		Outputs map[string]struct{ Value string }
		Runs    struct{ Steps []step }
	}
	if err := yaml.Unmarshal(text, &a); err != nil {
		r.t.Fatal(err)
	}
	inner := *r
	inner.values, inner.outputs = maps.Clone(r.values), map[string]map[string]string{}
	for name, input := range a.Inputs {
		value, given := with[name]
		if !given {
			value = input.Default
		}
		inner.values["inputs."+name] = value
	}
	for name := range with {
		if _, known := a.Inputs[name]; !known {
			r.t.Errorf("the action has no input %s", name)
		}
	}
	inner.values["inputs.plan == 'true'"] = fmt.Sprint(inner.values["inputs.plan"] == "true")
	inner.values["github.action_path"] = r.env["GITHUB_ACTION_PATH"]
	err = inner.steps(a.Runs.Steps, "")
	r.summary = inner.summary
	out := map[string]string{}
	for name, o := range a.Outputs {
		out[name] = inner.resolve(o.Value)
	}
	r.outputs[id] = out
	return err
}

// shell runs a text as a step's shell does, and takes its outputs.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
func (r *runner) shell(id, text, shell string, env map[string]string) error {
	r.t.Helper()
	if shell != "bash" {
		r.t.Fatalf("the shell is %q: without bash a failure inside a pipe is not seen", shell)
	}
	file := filepath.Join(r.t.TempDir(), "step.sh")
	output, summary := filepath.Join(r.temp, "output"), filepath.Join(r.temp, "summary")
	for name, content := range map[string]string{file: text, output: "", summary: ""} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", file)
	cmd.Dir = r.workspace
	env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"] = output, summary
	for _, key := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, key+"="+env[key])
	}
	talk, err := cmd.CombinedOutput()
	r.talk = string(talk)
	r.t.Logf("$ %s\n%s", strings.TrimSpace(text), talk)
	if id != "" {
		r.outputs[id] = outputsOf(r.t, output)
	}
	said, readErr := os.ReadFile(summary)
	if readErr != nil {
		r.t.Fatal(readErr)
	}
	r.summary += string(said)
	return err
}

// outputsOf reads a GITHUB_OUTPUT file: name=value, or name<<END, lines, END.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-output-parameter
func outputsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, value, plain := strings.Cut(lines[i], "=")
		head, end, heredoc := strings.Cut(lines[i], "<<")
		switch {
		case heredoc && (!plain || len(head) < len(name)):
			var body []string
			for i++; i < len(lines) && lines[i] != end; i++ {
				body = append(body, lines[i])
			}
			out[head] = strings.Join(body, "\n")
		case plain:
			out[name] = value
		}
	}
	return out
}

func TestNoWorkflowPutsAnExpressionIntoAShell(t *testing.T) {
	for _, file := range workflowFiles(t) {
		w := readWorkflow(t, file)
		steps := slices.Clone(w.Runs.Steps)
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			steps = append(steps, w.Jobs[name].Steps...)
		}
		if len(steps) == 0 {
			t.Errorf("%s has no steps", file)
		}
		for _, s := range steps {
			if expression.MatchString(s.Run) {
				t.Errorf("%s: the step %q has an expression in its shell text, which whoever gives its value can fill with commands: pass it by env", path.Base(file), s.Name)
			}
		}
	}
}
