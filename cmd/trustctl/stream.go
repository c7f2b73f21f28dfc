package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/visible"
)

// stream is what apply -json prints: one JSON object a line, with Terraform's
// message types.
// https://developer.hashicorp.com/terraform/internals/machine-readable-ui
type stream struct {
	w   io.Writer
	now func() time.Time

	mu    sync.Mutex
	began map[string]time.Time // by resource
	err   error                // the first that writing met
}

func newStream(w io.Writer, now func() time.Time) *stream {
	return &stream{w: w, now: now, began: map[string]time.Time{}}
}

// message is one line.
type message struct {
	Level     string `json:"@level"`
	Message   string `json:"@message"`
	Module    string `json:"@module"`
	Timestamp string `json:"@timestamp"`
	Type      string `json:"type"`

	Trustctl   string             `json:"trustctl,omitempty"` // version
	UI         string             `json:"ui,omitempty"`
	Change     *plannedChange     `json:"change,omitempty"`
	Hook       *hook              `json:"hook,omitempty"`
	Changes    *changeSummary     `json:"changes,omitempty"`
	Diagnostic *messageDiagnostic `json:"diagnostic,omitempty"`
	Outcome    *streamOutcome     `json:"trustctl_result,omitempty"`
}

type plannedChange struct {
	Resource streamResource `json:"resource"`
	Action   string         `json:"action"`
	Reason   string         `json:"reason,omitempty"`
}

type hook struct {
	Resource streamResource `json:"resource"`
	Action   string         `json:"action"`
	Elapsed  *int           `json:"elapsed_seconds,omitempty"`
	Retries  int            `json:"trustctl_retries,omitempty"`
}

type changeSummary struct {
	Add       int    `json:"add"`
	Change    int    `json:"change"`
	Import    int    `json:"import"`
	Remove    int    `json:"remove"`
	Forget    int    `json:"forget,omitempty"`
	Operation string `json:"operation"`
}

type messageDiagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Address  string `json:"address,omitempty"`
}

// streamOutcome is what Terraform has no word for: the three lists.
type streamOutcome struct {
	Done        []string      `json:"done"`
	Failed      []string      `json:"failed"`
	NotTried    []string      `json:"not_tried"`
	Writes      int           `json:"writes"`
	Confirmed   *int          `json:"confirmed,omitempty"` // objects in IAM that read as they were written
	Unconfirmed []string      `json:"unconfirmed,omitempty"`
	Interrupted bool          `json:"interrupted"`
	Sandbox     bool          `json:"sandbox"`
	RoleARNs    []string      `json:"role_arns"`
	Pushes      []render.Push `json:"push"` // files for Pulumi Cloud
}

type streamResource struct {
	Address string `json:"addr"`
	Type    string `json:"resource_type"`
	Name    string `json:"resource_name"`
	Key     string `json:"resource_key,omitempty"`
}

var resourceParts = grammar.Of(`^([^.]+)\.([^\[]+)(?:\["(.*)"\])?$`)

func resourceOf(address string) streamResource {
	r := streamResource{Address: address}
	if m := resourceParts.Regexp().FindStringSubmatch(address); m != nil {
		r.Type, r.Name, r.Key = m[1], m[2], m[3]
	}
	return r
}

// send writes a line; a failure to write is kept for the end.
func (s *stream) send(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Level == "" {
		m.Level = "info"
	}
	m.Module, m.Timestamp = "trustctl.ui", s.now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	text, err := json.Marshal(m)
	if err == nil {
		_, err = s.w.Write(append(visible.JSON(text), '\n'))
	}
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("writing JSON: %w", err)
	}
}

// plan sends what is planned.
func (s *stream) plan(p *plan.Plan) {
	s.send(message{Type: "version", Message: "trustctl " + version(), Trustctl: version(), UI: "1.2"})
	for _, c := range p.Changes {
		if c.Action != plan.NoOp {
			action := streamAction(c.Action)
			s.send(message{Type: "planned_change", Message: c.Resource + ": Plan to " + action, Change: &plannedChange{resourceOf(c.Resource), action, c.Reason}})
		}
	}
	for _, problem := range p.Problems {
		level := "warn"
		if problem.Severity == plan.Error {
			level = "error"
		}
		s.send(message{Type: "diagnostic", Level: level, Message: string(problem.Severity) + ": " + problem.Summary,
			Diagnostic: &messageDiagnostic{string(problem.Severity), problem.Summary, problem.Detail, nameOf(p, problem.Address)}})
	}
	n := p.Counts()
	s.summary("plan", fmt.Sprintf("Plan: %d to import, %d to add, %d to change, %d to destroy.", n.Import, n.Add, n.Change, n.Destroy), n)
}

func (s *stream) summary(operation, text string, n plan.Counts) {
	s.send(message{Type: "change_summary", Message: text,
		Changes: &changeSummary{Add: n.Add, Change: n.Change, Import: n.Import, Remove: n.Destroy, Forget: n.Forget, Operation: operation}})
}

// result sends what became of the plan.
func (s *stream) result(p *plan.Plan, r apply.Result, confirmed *apply.Confirmation, pushes []render.Push) {
	out := &streamOutcome{Done: resources(r.Done), Failed: resources(r.Failed), NotTried: resources(r.NotTried), Writes: r.Writes, Interrupted: r.Interrupted, Sandbox: p.Sandbox, RoleARNs: []string{}, Pushes: pushes}
	for _, arn := range roleARNs(p, unfinished(r)) {
		out.RoleARNs = append(out.RoleARNs, string(arn))
	}
	if confirmed != nil {
		out.Confirmed = &confirmed.Confirmed
		for _, u := range confirmed.Unconfirmed {
			out.Unconfirmed = append(out.Unconfirmed, u.Resource)
			s.send(message{Type: "diagnostic", Level: "warn", Message: "Warning: " + unconfirmed + ": " + u.Resource,
				Diagnostic: &messageDiagnostic{"warning", unconfirmed, unconfirmedDetail(u), u.Resource}})
		}
	}
	for _, refused := range r.Refused {
		s.send(message{Type: "diagnostic", Level: "error", Message: "Error: " + refused.Error(),
			Diagnostic: &messageDiagnostic{"error", "AWS does not take the credentials of account " + string(refused.Account), refused.Error(), ""}})
	}
	for _, o := range r.Failed {
		s.send(message{Type: "diagnostic", Level: "error", Message: "Error: " + o.Err.Error(),
			Diagnostic: &messageDiagnostic{"error", failedAt(o), o.Err.Error(), o.Resource}})
	}
	operation, text := "apply", "Apply complete!"
	if p.Mode == plan.ModeDestroy {
		operation, text = "destroy", "Destroy complete!"
	}
	if failure(r) != nil {
		text = "The " + operation + " did not complete."
	}
	n := counts(p, r)
	s.send(message{Type: "trustctl_result", Message: text, Outcome: out})
	s.summary(operation, fmt.Sprintf("%s Resources: %d imported, %d added, %d changed, %d destroyed.", text, n.Import, n.Add, n.Change, n.Destroy), n)
}

// failedAt is the step that a change failed at, or before which it was stopped.
func failedAt(o apply.Outcome) string {
	if o.Failed == "" && len(o.Left) > 0 {
		return "Stopped before " + o.Left[0]
	}
	return o.Failed
}

func resources(all []apply.Outcome) []string {
	names := []string{}
	for _, o := range all {
		names = append(names, o.Resource)
	}
	return names
}

// streamAction is an action in Terraform's words.
func streamAction(a plan.Action) string {
	switch a {
	case plan.Adopt:
		return "import"
	case plan.Forget:
		return "remove"
	}
	return string(a)
}

// Start is called as the first step of a change begins.
func (s *stream) Start(c plan.Change) {
	s.mu.Lock()
	s.began[c.Resource] = s.now()
	s.mu.Unlock()
	doing, _ := words(c.Action)
	s.send(message{Type: "apply_start", Message: c.Resource + ": " + doing + "...", Hook: &hook{Resource: resourceOf(c.Resource), Action: streamAction(c.Action)}})
}

// Step is called before every step, of which the stream says nothing.
func (s *stream) Step(plan.Change, string) {}

// Still is called while a change takes its time.
func (s *stream) Still(c plan.Change, elapsed time.Duration, retries int) {
	line, _ := stillLine(c, elapsed, retries)
	seconds := int(elapsed / time.Second)
	s.send(message{Type: "apply_progress", Message: line,
		Hook: &hook{Resource: resourceOf(c.Resource), Action: streamAction(c.Action), Elapsed: &seconds, Retries: retries}})
}

// End is called once a change is done or has failed.
func (s *stream) End(c plan.Change, err error) {
	s.mu.Lock()
	seconds := int(s.now().Sub(s.began[c.Resource]).Round(time.Second) / time.Second)
	s.mu.Unlock()
	h := &hook{Resource: resourceOf(c.Resource), Action: streamAction(c.Action), Elapsed: &seconds}
	if err != nil {
		s.send(message{Type: "apply_errored", Level: "error", Message: c.Resource + ": Failed", Hook: h})
		return
	}
	_, done := words(c.Action)
	s.send(message{Type: "apply_complete", Message: fmt.Sprintf("%s: %s after %ds", c.Resource, done, seconds), Hook: h})
}

// both tells two watchers.
type both struct{ first, second watcher }

func (b both) Start(c plan.Change)             { b.first.Start(c); b.second.Start(c) }
func (b both) Step(c plan.Change, step string) { b.first.Step(c, step); b.second.Step(c, step) }
func (b both) Still(c plan.Change, elapsed time.Duration, retries int) {
	b.first.Still(c, elapsed, retries)
	b.second.Still(c, elapsed, retries)
}
func (b both) End(c plan.Change, err error) { b.first.End(c, err); b.second.End(c, err) }
