package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/term"
)

// view is how an apply is shown: as text, or under -json as a stream, and with
// -json-into as that stream in a file as well.
type view struct {
	flags    *runFlags
	approved *plan.Plan // the run carries out what is left of it
	saved    bool       // approved was read from a file
	stream   *stream    // nil: none
	file     *os.File
}

func (a *app) openView(f *runFlags) (*view, error) {
	v := &view{flags: f}
	var writers []io.Writer
	if f.asJSON {
		writers = append(writers, a.Out)
	}
	if f.jsonInto != "" {
		file, err := os.OpenFile(f.jsonInto, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return nil, fmt.Errorf("-json-into: %w", err)
		}
		v.file = file
		writers = append(writers, file)
	}
	if len(writers) > 0 {
		v.stream = newStream(io.MultiWriter(writers...), a.now)
	}
	return v, nil
}

// close ends the stream, and says so if it could not be written.
func (v *view) close(a *app, err *error) {
	var failed error
	if v.stream != nil {
		failed = v.stream.err
	}
	if v.file != nil {
		failed = errors.Join(failed, v.file.Close())
	}
	if failed != nil {
		a.reportError(failed)
		*err = orElse(*err, errReported)
	}
}

// plan shows what is planned.
func (v *view) plan(a *app, r render.Report) error {
	if err := a.publish(r, v.flags); err != nil {
		return err
	}
	if v.stream != nil {
		v.stream.plan(r.Plan)
	}
	if v.flags.asJSON {
		return nil
	}
	return a.printPlan(r, v.flags)
}

// observe shows the run as it goes, until done is called. What say prints
// finds its place beside that.
func (v *view) observe(a *app, p *plan.Plan) (_ apply.Observer, say func(string), done func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	beating := func(w watcher) *pulse {
		beats := newPulse(w, a.now)
		a.background(os.Exit, func() {
			defer close(stopped)
			beats.run(stop)
		})
		return beats
	}
	if v.flags.asJSON {
		return beating(v.stream), func(text string) { a.say("%s", text) }, func() { close(stop); <-stopped }
	}
	total := 0
	for _, change := range p.Changes {
		if change.Action != plan.NoOp && change.Refused == "" {
			total++
		}
	}
	bar := term.NewProgress(a.Streams, total, a.now)
	var shown watcher = &progress{bar: bar, now: a.now, verbose: v.flags.verbose, began: map[string]time.Time{}}
	if v.stream != nil {
		shown = both{shown, v.stream}
	}
	return beating(shown), bar.Say, func() {
		close(stop)
		<-stopped
		bar.Close()
	}
}

// result shows what became of the plan.
func (v *view) result(a *app, p *plan.Plan, result apply.Result, confirmed *apply.Confirmation) error {
	if v.stream != nil {
		v.stream.result(p, result, confirmed, v.pushes(p, result))
	}
	if v.flags.asJSON {
		return nil
	}
	if confirmed != nil && len(confirmed.Unconfirmed) > 0 {
		a.warn("%s", unconfirmedText(confirmed.Unconfirmed))
	}
	if err := a.printLine(""); err != nil {
		return err
	}
	applied := render.Applied{
		Done: outcomes(result.Done), Failed: outcomes(result.Failed), NotTried: outcomes(result.NotTried),
		Counts: counts(p, result), Writes: result.Writes, Interrupted: result.Interrupted, Sandbox: p.Sandbox,
		Destroy: p.Mode == plan.ModeDestroy,
		Roles:   roleARNs(p, unfinished(result)),
		Pushes:  v.pushes(p, result),
		Untold:  v.untold(a, p),
	}
	if confirmed != nil {
		applied.Confirmed, applied.Unconfirmed = confirmed.Confirmed, len(confirmed.Unconfirmed)
	}
	if err := render.ApplyText(a.Out, applied, a.textOptions(v.flags)); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}
