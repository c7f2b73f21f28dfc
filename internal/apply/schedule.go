package apply

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Run carries the plan out and says what became of it. When ctx ends nothing
// new is begun, and the calls in flight come to their end; options.Abort ends
// those too.
func Run(ctx context.Context, p *plan.Plan, clients Clients, files Files, options Options) Result {
	return walk(ctx, p, p.Schedule(), clients, files, options)
}

func walk(ctx context.Context, p *plan.Plan, tasks []plan.Task, clients Clients, files Files, options Options) Result {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		select {
		case <-options.Abort:
			cancel()
		case <-calls.Done():
		}
	}()
	stop, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	r := &run{
		halt:     halt,
		Options:  options.withDefaults(),
		plan:     p,
		clients:  clients,
		files:    files,
		stop:     stop,
		calls:    calls,
		tasks:    tasks,
		finished: make(chan int),
		accounts: map[trust.AccountID]int{},
		changes:  map[int]*progress{},
	}
	r.states = make([]state, len(r.tasks))
	for i, t := range r.tasks {
		r.waiting = append(r.waiting, i)
		c := r.changes[t.Change]
		if c == nil {
			c = &progress{}
			r.changes[t.Change] = c
		}
		c.tasks = append(c.tasks, i)
	}
	r.loop()
	return r.result()
}

// run is one walk over a plan's tasks. The loop owns everything but the
// progress of a change, which belongs to the change's task while one runs.
type run struct {
	Options
	plan    *plan.Plan
	clients Clients
	files   Files
	stop    context.Context // ends: begin nothing new
	calls   context.Context // ends: break off what is in flight
	halt    context.CancelCauseFunc

	auditing  sync.Mutex
	unaudited error // why the audit log cannot be written

	tasks    []plan.Task
	states   []state
	waiting  []int    // pending tasks, in order
	finished chan int // tasks, by index
	running  int
	accounts map[trust.AccountID]int // tasks that run, by account
	changes  map[int]*progress
}

type state int

const (
	pending state = iota
	started
	succeeded
	failed
)

// loop starts what can be started, in the schedule's order, whenever a task
// ends, until nothing runs and nothing can be started.
func (r *run) loop() {
	for {
		if r.stop.Err() == nil {
			r.waiting = slices.DeleteFunc(r.waiting, func(i int) bool {
				if r.ready(i) {
					r.start(i)
				}
				return r.states[i] != pending
			})
		}
		if r.running == 0 {
			return
		}
		r.end(<-r.finished)
	}
}

// ready reports whether a task can start now. A change has one task at a time
// in flight, and so has a provider: IAM refuses two writes at once on one.
func (r *run) ready(i int) bool {
	t := r.tasks[i]
	return r.running < r.Total && r.accounts[t.Account] < r.Parallelism &&
		!r.changes[t.Change].running && r.changes[t.Change].err == nil &&
		!slices.ContainsFunc(t.Needs, func(need int) bool { return r.states[need] != succeeded })
}

func (r *run) start(i int) {
	t := r.tasks[i]
	r.states[i] = started
	r.running++
	r.accounts[t.Account]++
	r.changes[t.Change].running = true
	go func() {
		defer func() { r.finished <- i }()
		r.task(t)
	}()
}

func (r *run) end(i int) {
	t := r.tasks[i]
	c := r.changes[t.Change]
	r.running--
	r.accounts[t.Account]--
	c.running = false
	r.states[i] = succeeded
	if c.err != nil {
		r.states[i] = failed
	}
}

// result sorts the changes into the three lists.
func (r *run) result() Result {
	result := Result{Unaudited: r.unaudited}
	for i, change := range r.plan.Changes {
		c := r.changes[i]
		if c == nil {
			continue // nothing to do
		}
		o := Outcome{
			Change: i, Address: change.Address, Resource: change.Resource, Action: change.Action,
			Steps: c.done, Failed: c.failed, Left: append(c.left, r.left(c)...), Err: c.err, Duration: c.duration,
		}
		result.Writes += c.writes
		switch {
		case c.err == nil && c.ended == len(c.tasks):
			result.Done = append(result.Done, o)
			continue
		case c.err == nil:
			o.Err = r.why(c)
			result.NotTried = append(result.NotTried, o)
		case errors.Is(c.err, ErrInterrupted) && len(c.done) == 0:
			result.NotTried = append(result.NotTried, o)
		default:
			result.Failed = append(result.Failed, o)
		}
		result.Interrupted = result.Interrupted || errors.Is(o.Err, ErrInterrupted)
		if c.begun && !c.told {
			r.Observer.End(change, o.Err)
		}
	}
	return result
}

// why is the reason for which a change was not tried: the failed change that
// it rests on, however far, or the interrupt.
func (r *run) why(change *progress) error {
	seen := map[int]bool{}
	var culprit func(task int) (int, bool)
	culprit = func(task int) (int, bool) {
		if seen[task] {
			return 0, false
		}
		seen[task] = true
		for _, need := range r.tasks[task].Needs {
			if c := r.tasks[need].Change; r.changes[c].err != nil {
				return c, true
			}
			if c, ok := culprit(need); ok {
				return c, true
			}
		}
		return 0, false
	}
	for _, i := range change.tasks {
		if c, ok := culprit(i); ok && !errors.Is(r.changes[c].err, ErrInterrupted) {
			return &NeedError{Resource: r.plan.Changes[c].Resource}
		}
	}
	return ErrInterrupted
}

// left are the steps of a change's tasks that were not begun.
func (r *run) left(change *progress) []string {
	var names []string
	for _, i := range change.tasks {
		if r.states[i] == pending {
			names = append(names, stepNames(r.tasks[i].Steps)...)
		}
	}
	return names
}
