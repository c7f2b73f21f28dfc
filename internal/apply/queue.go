package apply

import (
	"cmp"
	"container/heap"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// queue hands out the tasks of a plan as they may start. A task is ready once
// all that it needs has succeeded; an account's ready tasks start in the
// plan's order, and of the accounts it is the turn of the one with the fewest
// running tasks, among equals of the one that had none the longest. It does
// not wait for anything itself and belongs to one goroutine.
//
// Every task is looked at when it becomes ready, when it starts, and once for
// each task that it needs, so that the work grows with the plan.
type queue struct {
	tasks   []plan.Task
	limit   int // running tasks in one account
	total   int // running tasks in all
	running int
	started int // tasks so far
	looks   int // at tasks so far: what the work is

	unmet   []int   // by task: what it needs and has not succeeded
	needed  [][]int // by task: the tasks that need it
	begun   []bool  // by task
	changes map[int]*turn
	lines   map[trust.AccountID]*line
	open    lines // those with something to start
}

// turn is that of a change's tasks: one is in flight at a time. IAM refuses
// two writes at once on one provider.
type turn struct {
	running, failed bool
	parked          order // tasks whose time came while another was in flight
}

// line is an account's ready tasks.
type line struct {
	ready   order
	running int
	served  int // the start at which it last had its turn, from 1; 0: never
	place   int // in the plan, among accounts
	at      int // in the queue's open lines; -1: not there
	closed  bool
}

func newQueue(tasks []plan.Task, limit, total int) *queue {
	q := &queue{
		tasks: tasks, limit: limit, total: total,
		unmet: make([]int, len(tasks)), needed: make([][]int, len(tasks)), begun: make([]bool, len(tasks)),
		changes: map[int]*turn{}, lines: map[trust.AccountID]*line{},
	}
	for i, t := range tasks {
		q.unmet[i] = len(t.Needs)
		for _, need := range t.Needs {
			q.needed[need] = append(q.needed[need], i)
		}
		if q.changes[t.Change] == nil {
			q.changes[t.Change] = &turn{}
		}
		if q.lines[t.Account] == nil {
			q.lines[t.Account] = &line{place: len(q.lines), at: -1}
		}
	}
	for i := range tasks {
		if q.unmet[i] == 0 {
			q.push(i)
		}
	}
	return q
}

// next is the task that starts now, if one can.
func (q *queue) next() (task int, ok bool) {
	for q.running < q.total && len(q.open) > 0 {
		l := q.open[0]
		i := heap.Pop(&l.ready).(int)
		q.looks++
		c := q.changes[q.tasks[i].Change]
		switch {
		case c.failed, l.closed && calls(q.tasks[i]):
			// It never starts.
		case c.running:
			heap.Push(&c.parked, i)
		default:
			q.running++
			q.started++
			l.running++
			l.served = q.started
			c.running, q.begun[i] = true, true
			q.place(l)
			return i, true
		}
		q.place(l)
	}
	return 0, false
}

// end takes a task back. One that did not succeed ends its change, and what
// needs it never becomes ready.
func (q *queue) end(i int, succeeded bool) {
	l, c := q.lines[q.tasks[i].Account], q.changes[q.tasks[i].Change]
	q.running--
	l.running--
	c.running = false
	q.place(l)
	if !succeeded {
		c.failed = true
		return
	}
	for _, waiting := range q.needed[i] {
		q.looks++
		if q.unmet[waiting]--; q.unmet[waiting] == 0 {
			q.push(waiting)
		}
	}
	if len(c.parked) > 0 {
		q.push(heap.Pop(&c.parked).(int))
	}
}

// close keeps everything that makes calls in an account from starting.
func (q *queue) close(account trust.AccountID) { q.lines[account].closed = true }

// push makes a task ready.
func (q *queue) push(i int) {
	q.looks++
	l := q.lines[q.tasks[i].Account]
	heap.Push(&l.ready, i)
	q.place(l)
}

// place puts a line where it belongs among those that can start something.
func (q *queue) place(l *line) {
	switch can := len(l.ready) > 0 && l.running < q.limit; {
	case can && l.at < 0:
		heap.Push(&q.open, l)
	case can:
		heap.Fix(&q.open, l.at)
	case l.at >= 0:
		heap.Remove(&q.open, l.at)
	}
}

// calls reports whether a task makes calls in its account: a file takes none.
func calls(t plan.Task) bool { return !t.Stage.OfFiles() }

// order is a heap of tasks, the first of the plan on top.
type order []int

func (o order) Len() int           { return len(o) }
func (o order) Less(i, j int) bool { return o[i] < o[j] }
func (o order) Swap(i, j int)      { o[i], o[j] = o[j], o[i] }
func (o *order) Push(task any)     { *o = append(*o, task.(int)) }
func (o *order) Pop() any {
	last := (*o)[len(*o)-1]
	*o = (*o)[:len(*o)-1]
	return last
}

// lines is a heap of accounts, the one whose turn it is on top.
type lines []*line

func (o lines) Len() int { return len(o) }

func (o lines) Less(i, j int) bool {
	a, b := o[i], o[j]
	return cmp.Or(cmp.Compare(a.running, b.running), cmp.Compare(a.served, b.served), cmp.Compare(a.place, b.place)) < 0
}

func (o lines) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].at, o[j].at = i, j
}

func (o *lines) Push(l any) {
	l.(*line).at = len(*o)
	*o = append(*o, l.(*line))
}

func (o *lines) Pop() any {
	last := (*o)[len(*o)-1]
	last.at = -1
	*o = (*o)[:len(*o)-1]
	return last
}
