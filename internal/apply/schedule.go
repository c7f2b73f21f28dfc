package apply

import (
	"context"
	"sync"

	"github.com/trustctl/trustctl/internal/plan"
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
		changes:  map[int]*progress{},
	}
	for i, t := range r.tasks {
		c := r.changes[t.Change]
		if c == nil {
			c = &progress{}
			r.changes[t.Change] = c
		}
		c.tasks = append(c.tasks, i)
	}
	r.queue = newQueue(tasks, r.Parallelism, r.Total)
	r.loop()
	return r.result()
}

// run is one walk over a plan's tasks. The loop owns the queue; the progress
// of a change belongs to the change's task while one runs.
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

	refused refused
	full    full

	tasks    []plan.Task
	changes  map[int]*progress
	queue    *queue
	finished chan int // tasks, by index
}

// loop starts what can be started whenever a task ends, until nothing runs
// and nothing can be started.
func (r *run) loop() {
	for {
		for r.stop.Err() == nil {
			i, ok := r.queue.next()
			if !ok {
				break
			}
			go func() {
				defer func() { r.finished <- i }()
				r.task(r.tasks[i])
			}()
		}
		if r.queue.running == 0 {
			return
		}
		i := <-r.finished
		if r.refused.of(r.tasks[i].Account) != nil {
			r.queue.close(r.tasks[i].Account)
		}
		r.queue.end(i, r.changes[r.tasks[i].Change].err == nil)
	}
}
