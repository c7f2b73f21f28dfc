package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/trustctl/trustctl/internal/render"
)

// output is one of a step's outputs.
type output struct{ name, value string }

// onGitHub says whether this is a step of a GitHub Actions workflow.
func (a *app) onGitHub() bool { return a.getenv("GITHUB_ACTIONS") == "true" }

// outputs are what later steps may ask about a plan; the exit code is added at
// the end, so that no wrapper can spoil it.
func outputs(r render.Report) []output {
	n := r.Plan.Counts()
	return []output{
		{"add", strconv.Itoa(n.Add)}, {"change", strconv.Itoa(n.Change)}, {"destroy", strconv.Itoa(n.Destroy)},
		{"import", strconv.Itoa(n.Import)}, {"forget", strconv.Itoa(n.Forget)},
		{"relation", string(r.Plan.Relation())}, {"plan_digest", r.PlanDigest}, {"marker", r.Marker()},
	}
}

// tellGitHub appends a plan to the step's summary, sends its annotations, and
// keeps its outputs for the end.
func (a *app) tellGitHub(r render.Report) error {
	if !a.onGitHub() {
		return nil
	}
	a.outputs = outputs(r)
	a.annotate(r.Annotations())
	path := a.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	used := 0
	if info, err := os.Stat(path); err == nil {
		used = int(info.Size())
	}
	text := render.Markdown(r, render.SummaryLimit-used-1)
	if used+len(text)+1 > render.SummaryLimit {
		a.warn("The step's summary is full, so the plan is not in it.")
		return nil
	}
	if err := appendFile(path, text+"\n"); err != nil {
		return fmt.Errorf("writing the step's summary: %w", err)
	}
	return nil
}

// annotate sends annotations, in a step of a workflow, on standard error: GitHub
// reads both streams, and standard output is the product's.
func (a *app) annotate(all []render.Annotation) {
	if a.onGitHub() {
		for _, line := range render.WorkflowCommands(all) {
			a.say("%s", line)
		}
	}
}

// closeGitHub writes the step's outputs, with the exit code, where the run
// came to have any. It gives the exit code: of a run whose outputs cannot be
// written later steps would know nothing.
func (a *app) closeGitHub(code int) int {
	path := a.getenv("GITHUB_OUTPUT")
	if a.outputs == nil || path == "" || !a.onGitHub() {
		return code
	}
	var text strings.Builder
	for _, o := range append(a.outputs, output{"exitcode", strconv.Itoa(code)}) {
		text.WriteString(o.lines())
	}
	if err := appendFile(path, text.String()); err != nil {
		a.reportError(fmt.Errorf("writing the step's outputs: %w", err))
		return exitError
	}
	return code
}

// lines are an output as GITHUB_OUTPUT takes it, between delimiters that no
// line of the value is.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#multiline-strings
func (o output) lines() string {
	end := "END_OF_VALUE"
	for strings.Contains(o.value, end) {
		end += "_"
	}
	return o.name + "<<" + end + "\n" + o.value + "\n" + end + "\n"
}

func appendFile(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(text)
	return err
}
