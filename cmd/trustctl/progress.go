package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/trust"
)

// progress shows a run as it goes, in Terraform's words.
type progress struct {
	bar     *term.Progress
	now     func() time.Time
	verbose bool

	mu    sync.Mutex
	began map[string]time.Time // by resource
}

// words are how an action is told while it goes on and once it is done.
func words(a plan.Action) (doing, done string) {
	switch a {
	case plan.Create:
		return "Creating", "Creation complete"
	case plan.Delete:
		return "Destroying", "Destruction complete"
	case plan.Replace:
		return "Replacing", "Replacement complete"
	case plan.Adopt:
		return "Importing", "Import complete"
	case plan.Forget:
		return "Forgetting", "Forgotten"
	}
	return "Modifying", "Modifications complete"
}

// stillLine is what is told of a change that takes its time, whole and in short.
func stillLine(c plan.Change, elapsed time.Duration, retries int) (line, short string) {
	short = elapsed.String() + " elapsed"
	switch retries {
	case 0:
	case 1:
		short += ", 1 retry"
	default:
		short += fmt.Sprintf(", %d retries", retries)
	}
	doing, _ := words(c.Action)
	return fmt.Sprintf("%s: Still %s... [%s]", c.Resource, strings.ToLower(doing), short), short
}

// Start is called as the first step of a change begins.
func (p *progress) Start(c plan.Change) {
	p.mu.Lock()
	p.began[c.Resource] = p.now()
	p.mu.Unlock()
	doing, _ := words(c.Action)
	p.bar.Start(c.Resource, c.Resource+": "+doing+"...")
}

// Step is called before every step.
func (p *progress) Step(c plan.Change, step string) {
	if c.Address.Kind != trust.KindFile {
		p.bar.Call()
	}
	if p.verbose {
		p.bar.Note(c.Resource + ": " + step)
	}
}

// Still is called while a change takes its time.
func (p *progress) Still(c plan.Change, elapsed time.Duration, retries int) {
	line, short := stillLine(c, elapsed, retries)
	p.bar.Still(c.Resource, line, short)
}

// End is called once a change is done or has failed.
func (p *progress) End(c plan.Change, err error) {
	p.mu.Lock()
	took := p.now().Sub(p.began[c.Resource]).Round(time.Second)
	p.mu.Unlock()
	_, done := words(c.Action)
	switch {
	case errors.Is(err, apply.ErrInterrupted):
		p.bar.End(c.Resource, c.Resource+": Interrupted", true)
	case err != nil:
		p.bar.End(c.Resource, fmt.Sprintf("%s: Failed after %s", c.Resource, took), true)
	default:
		p.bar.End(c.Resource, fmt.Sprintf("%s: %s after %s", c.Resource, done, took), false)
	}
}
