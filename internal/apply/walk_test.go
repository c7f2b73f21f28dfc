package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// desk is a Files that keeps a log, which lets the walk be tested without IAM:
// steps on files take the same way through it.
type desk struct {
	mu      sync.Mutex
	log     []string
	write   func(trust.EnvironmentFile) error
	running map[string]int
	most    int
}

func (d *desk) Write(f trust.EnvironmentFile, _ bool) error {
	d.mu.Lock()
	d.log = append(d.log, f.Environment)
	if d.running == nil {
		d.running = map[string]int{}
	}
	d.running[string(f.Account)]++
	d.most = max(d.most, d.running[string(f.Account)])
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.running[string(f.Account)]--
	}()
	if d.write != nil {
		return d.write(f)
	}
	return nil
}

func (d *desk) Remove(trust.EnvironmentFile, bool) error { return errors.New("not in this test") }

func noClients(trust.AccountID) (IAM, error) { return nil, errors.New("there is no IAM in this test") }

// files is a plan of changes on files, one for each name.
func files(names ...string) *plan.Plan {
	p := &plan.Plan{Stack: "s"}
	for _, name := range names {
		p.Changes = append(p.Changes, plan.Change{
			Address: trust.FileAddress(name), Resource: "file." + name, Action: plan.Create,
		})
	}
	return p
}

func write(change int, steps []string, needs ...int) plan.Task {
	t := plan.Task{Change: change, Stage: plan.StageFile, Needs: needs}
	for _, s := range steps {
		t.Steps = append(t.Steps, plan.WriteEnvironmentFile{File: trust.EnvironmentFile{Environment: s}})
	}
	return t
}

// lists is a result in one line a list: resource, steps done/left, kind of error.
func lists(r Result) map[string][]string {
	m := map[string][]string{}
	for name, list := range map[string][]Outcome{"done": r.Done, "failed": r.Failed, "not tried": r.NotTried} {
		for _, o := range list {
			line := fmt.Sprintf("%s %d/%d", o.Resource, len(o.Steps), len(o.Left))
			var need *NeedError
			var bug *BugError
			switch {
			case errors.As(o.Err, &need):
				line += " needs " + need.Resource
			case errors.As(o.Err, &bug):
				line += " bug"
			case errors.Is(o.Err, ErrInterrupted):
				line += " interrupted"
			case o.Err != nil:
				line += " " + o.Failed + " failed"
			}
			m[name] = append(m[name], line)
		}
	}
	return m
}

func TestAFailureStopsItsChangeAndWhatNeedsItAndNothingElse(t *testing.T) {
	d := &desk{write: func(f trust.EnvironmentFile) error {
		if f.Environment == "b2" {
			return errors.New("disk full")
		}
		return nil
	}}
	got := walk(t.Context(), files("a", "b", "c", "d", "e", "no-op"), []plan.Task{
		write(0, []string{"a1", "a2"}),
		write(1, []string{"b1", "b2", "b3"}),
		write(1, []string{"b4"}),
		write(2, []string{"c1"}, 1),
		write(3, []string{"d1"}, 3, 0),
		write(4, []string{"e1"}, 0),
		write(4, []string{"e2"}, 2),
	}, noClients, d, Options{})
	want := map[string][]string{
		"done":      {"file.a 2/0"},
		"failed":    {"file.b 1/2 WriteEnvironmentFile failed"},
		"not tried": {"file.c 0/1 needs file.b", "file.d 0/1 needs file.b", "file.e 1/1 needs file.b"},
	}
	if diff := cmp.Diff(want, lists(got)); diff != "" {
		t.Errorf("the three lists (-want +got):\n%s", diff)
	}
	if got.Interrupted || got.Writes != 0 {
		t.Errorf("interrupted %v, writes %d, want false and 0", got.Interrupted, got.Writes)
	}
	slices.Sort(d.log)
	if want := []string{"a1", "a2", "b1", "b2", "e1"}; !slices.Equal(d.log, want) {
		t.Errorf("steps %q, want %q", d.log, want)
	}
}

func TestATaskWaitsForAllThatItNeeds(t *testing.T) {
	d := &desk{write: func(f trust.EnvironmentFile) error {
		if f.Environment == "slow" {
			time.Sleep(20 * time.Millisecond)
		}
		return nil
	}}
	walk(t.Context(), files("last", "slow", "quick"), []plan.Task{
		write(0, []string{"last"}, 1, 2), write(1, []string{"slow"}), write(2, []string{"quick"}),
	}, noClients, d, Options{})
	if len(d.log) != 3 || d.log[2] != "last" {
		t.Errorf("order %q, want last at the end", d.log)
	}
}

func TestNoMoreTasksRunAtOnceThanAllowed(t *testing.T) {
	pause := func(trust.EnvironmentFile) error { time.Sleep(time.Millisecond); return nil }
	var names []string
	var tasks []plan.Task
	for i := range 40 {
		names = append(names, fmt.Sprint(i))
		tasks = append(tasks, write(i, []string{fmt.Sprint(i)}))
	}
	for name, test := range map[string]struct {
		o    Options
		most int
	}{
		"one at a time":    {Options{Parallelism: 1}, 1},
		"three":            {Options{Parallelism: 3}, 3},
		"two in all":       {Options{Parallelism: 9, Total: 2}, 2},
		"ten by default":   {Options{}, 10},
		"more than needed": {Options{Parallelism: 500, Total: 500}, 40},
	} {
		d := &desk{write: pause}
		got := walk(t.Context(), files(names...), tasks, noClients, d, test.o)
		if d.most > test.most || len(got.Done) != 40 {
			t.Errorf("%s: %d at once and %d done, want at most %d and 40", name, d.most, len(got.Done), test.most)
		}
	}
}

func TestTheTasksOfOneChangeNeverRunSideBySide(t *testing.T) {
	d := &desk{write: func(trust.EnvironmentFile) error { time.Sleep(time.Millisecond); return nil }}
	var tasks []plan.Task
	for i := range 10 {
		tasks = append(tasks, write(0, []string{fmt.Sprint(i)}))
	}
	got := walk(t.Context(), files("provider"), tasks, noClients, d, Options{})
	if d.most != 1 || len(got.Done) != 1 || len(got.Done[0].Steps) != 10 {
		t.Errorf("%d at once, result %+v", d.most, got)
	}
}

func TestAnInterruptLetsTheStepInFlightFinishAndBeginsNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	d := &desk{write: func(f trust.EnvironmentFile) error {
		if f.Environment == "b1" {
			interrupt()
		}
		return nil
	}}
	got := walk(ctx, files("a", "b", "c", "d"), []plan.Task{
		write(0, []string{"a1"}), write(1, []string{"b1", "b2"}), write(2, []string{"c1"}), write(3, []string{"d1"}, 1),
	}, noClients, d, Options{Parallelism: 1})
	want := map[string][]string{
		"done":      {"file.a 1/0"},
		"failed":    {"file.b 1/1 interrupted"},
		"not tried": {"file.c 0/1 interrupted", "file.d 0/1 interrupted"},
	}
	if diff := cmp.Diff(want, lists(got)); diff != "" {
		t.Errorf("the three lists (-want +got):\n%s", diff)
	}
	if !got.Interrupted {
		t.Error("the result does not say that it was interrupted")
	}
}

func TestAnInterruptAfterTheLastStepInterruptsNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	d := &desk{write: func(trust.EnvironmentFile) error { interrupt(); return nil }}
	got := walk(ctx, files("a"), []plan.Task{write(0, []string{"a1"})}, noClients, d, Options{})
	if got.Interrupted || len(got.Done) != 1 {
		t.Errorf("got %+v, want one done and no interrupt", got)
	}
}

func TestAnInterruptBeforeTheStartTriesNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	d := &desk{}
	got := walk(ctx, files("a", "b"), []plan.Task{write(0, []string{"a1"}), write(1, []string{"b1"}, 0)}, noClients, d, Options{})
	if len(got.NotTried) != 2 || len(d.log) != 0 || !got.Interrupted {
		t.Errorf("got %+v after %q", got, d.log)
	}
}

func TestAPanicIsAnErrorOfItsChangeThatSaysItIsABug(t *testing.T) {
	d := &desk{write: func(f trust.EnvironmentFile) error {
		if f.Environment == "b1" {
			panic("index out of range")
		}
		return nil
	}}
	got := walk(t.Context(), files("a", "b", "c"), []plan.Task{
		write(0, []string{"a1"}), write(1, []string{"b1"}), write(2, []string{"c1"}, 1),
	}, noClients, d, Options{})
	want := map[string][]string{"done": {"file.a 1/0"}, "failed": {"file.b 0/0 bug"}, "not tried": {"file.c 0/1 needs file.b"}}
	if diff := cmp.Diff(want, lists(got)); diff != "" {
		t.Errorf("the three lists (-want +got):\n%s", diff)
	}
	if text := got.Failed[0].Err.Error(); !strings.Contains(text, "bug in trustctl") || !strings.Contains(text, "index out of range") {
		t.Errorf("the error %q does not say what it is", text)
	}
}

// witness is an Observer that keeps what it is told, by change.
type witness struct {
	mu   sync.Mutex
	told map[string][]string
}

func (w *witness) tell(c plan.Change, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told == nil {
		w.told = map[string][]string{}
	}
	w.told[c.Resource] = append(w.told[c.Resource], what)
}

func (w *witness) Start(c plan.Change)              { w.tell(c, "start") }
func (w *witness) Step(c plan.Change, step string)  { w.tell(c, step) }
func (w *witness) Retry(c plan.Change, step string) { w.tell(c, step+" again") }
func (w *witness) End(c plan.Change, err error) {
	if err != nil {
		w.tell(c, "failed")
	} else {
		w.tell(c, "end")
	}
}

func TestTheObserverIsToldOfEveryBegunChangeFromStartToEnd(t *testing.T) {
	w := &witness{}
	d := &desk{write: func(f trust.EnvironmentFile) error {
		if f.Environment == "b1" {
			return errors.New("no")
		}
		return nil
	}}
	walk(t.Context(), files("a", "b", "c", "d"), []plan.Task{
		write(0, []string{"a1"}), write(1, []string{"b1"}), write(0, []string{"a2"}),
		write(2, []string{"c1"}, 1), write(3, []string{"d1"}), write(3, []string{"d2"}, 3),
	}, noClients, d, Options{Observer: w})
	want := map[string][]string{
		"file.a": {"start", "WriteEnvironmentFile", "WriteEnvironmentFile", "end"},
		"file.b": {"start", "WriteEnvironmentFile", "failed"},
		"file.d": {"start", "WriteEnvironmentFile", "failed"},
	}
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
