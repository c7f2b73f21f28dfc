package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// alone is a task of a change of its own.
func alone(change int, account trust.AccountID, needs ...int) plan.Task {
	return plan.Task{Change: change, Account: account, Needs: needs}
}

// fill starts all that can start.
func fill(q *queue) []int {
	var started []int
	for {
		i, ok := q.next()
		if !ok {
			return started
		}
		started = append(started, i)
	}
}

// drain carries everything out, one task ending after the other in the order
// in which they started, and is the order of the starts.
func drain(q *queue) []int {
	var all []int
	running := fill(q)
	for len(running) > 0 {
		all = append(all, running[0])
		q.end(running[0], true)
		running = append(running[1:], fill(q)...)
	}
	return all
}

// many are accounts with so many tasks each, one account after the other.
func many(sizes ...int) []plan.Task {
	var tasks []plan.Task
	for a, size := range sizes {
		for range size {
			tasks = append(tasks, alone(len(tasks), trust.AccountID(fmt.Sprintf("%012d", a))))
		}
	}
	return tasks
}

func TestASmallAccountDoesNotWaitForALargeOne(t *testing.T) {
	const large, small = 1000, 10
	for _, total := range []int{1, 2, 5, 64} {
		q := newQueue(many(large, small), 10, total)
		order := drain(q)
		if len(order) != large+small {
			t.Fatalf("%d at once: %d tasks, want all", total, len(order))
		}
		last := 0
		for nth, task := range order {
			if task >= large {
				last = nth
			}
		}
		if last >= 2*small+total {
			t.Errorf("%d at once: the small account ends with start %d, want among the first %d", total, last, 2*small+total)
		}
	}
}

func TestAccountsTakeTurnsWhereThereAreMoreOfThemThanCalls(t *testing.T) {
	const accounts, each = 20, 50
	sizes := slices.Repeat([]int{each}, accounts)
	q := newQueue(many(sizes...), 10, 8)
	begun := map[int]int{}
	for _, task := range drain(q) {
		begun[task/each]++
		most, least := 0, each
		for a := range accounts {
			most, least = max(most, begun[a]), min(least, begun[a])
		}
		if most-least > 2 {
			t.Fatalf("an account has begun %d tasks and another %d", most, least)
		}
	}
}

func TestAnAccountsTasksStartInThePlansOrder(t *testing.T) {
	// 3 and 1 become ready last, and come first of what waits then.
	tasks := []plan.Task{alone(0, "a"), alone(1, "a", 0), alone(2, "a"), alone(3, "a", 2), alone(4, "a"), alone(5, "a")}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5}, drain(newQueue(tasks, 1, 1))); diff != "" {
		t.Errorf("one at a time (-want +got):\n%s", diff)
	}
}

func TestWhatFailedHoldsBackWhatNeedsItAndNothingElse(t *testing.T) {
	tasks := []plan.Task{alone(0, "a"), alone(1, "a", 0), alone(2, "b", 1), alone(0, "a"), alone(3, "b"), alone(4, "b", 4, 0)}
	q := newQueue(tasks, 10, 10)
	if diff := cmp.Diff([]int{0, 4}, fill(q)); diff != "" {
		t.Fatalf("at first (-want +got):\n%s", diff)
	}
	q.end(0, false)
	q.end(4, true)
	if left := fill(q); len(left) > 0 || q.running != 0 {
		t.Errorf("then %v started, want nothing: all the rest needs the change that failed", left)
	}
}

func TestAClosedAccountStartsOnlyFiles(t *testing.T) {
	tasks := []plan.Task{alone(0, "a"), alone(1, "a"), alone(2, "b"), {Change: 3, Account: "a", Stage: plan.StageFile}}
	q := newQueue(tasks, 10, 10)
	q.close("a")
	if diff := cmp.Diff([]int{3, 2}, fill(q)); diff != "" {
		t.Errorf("what starts (-want +got):\n%s", diff)
	}
}

// TestTheQueuesWorkGrowsWithThePlan counts looks at tasks: at most three for
// a task, and one for each task that it needs.
func TestTheQueuesWorkGrowsWithThePlan(t *testing.T) {
	for _, n := range []int{1000, 5000, 20000} {
		q := newQueue(fleetTasks(n, 40), 10, 64)
		order := drain(q)
		needs := 0
		for _, task := range q.tasks {
			needs += len(task.Needs)
		}
		if len(order) != len(q.tasks) || q.looks > 3*len(order)+needs {
			t.Errorf("%d environments: %d of %d tasks begun with %d looks", n, len(order), len(q.tasks), q.looks)
		}
	}
}

// fleetTasks are as those of a plan: for each account a provider, roles that
// need it, files that need their role, and a provider's end that needs all.
func fleetTasks(environments, accounts int) []plan.Task {
	account := func(i int) trust.AccountID { return trust.AccountID(fmt.Sprintf("%012d", i%accounts)) }
	var tasks []plan.Task
	for i := range accounts {
		tasks = append(tasks, alone(i, account(i)))
	}
	for i := range environments {
		tasks = append(tasks, plan.Task{Change: len(tasks), Account: account(i), Stage: plan.StageRole, Needs: []int{i % accounts}})
	}
	for i := range accounts {
		end := plan.Task{Change: i, Account: account(i), Stage: plan.StageRetire, Needs: []int{i}}
		for role := i; role < environments; role += accounts {
			end.Needs = append(end.Needs, accounts+role)
		}
		tasks = append(tasks, end)
	}
	for i := range environments {
		tasks = append(tasks, plan.Task{Change: len(tasks), Account: account(i), Stage: plan.StageFile, Needs: []int{i % accounts, accounts + i}})
	}
	return tasks
}

func BenchmarkQueue(b *testing.B) {
	for _, n := range []int{1000, 5000, 20000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tasks := fleetTasks(n, 40)
			for b.Loop() {
				drain(newQueue(tasks, 10, 64))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(tasks)), "ns/task")
		})
	}
}

// TestWhateverTheOrderOfEndsTheSameTasksRun lets tasks of random plans end in
// random order, some of them badly.
func TestWhateverTheOrderOfEndsTheSameTasksRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "tasks")
		var tasks []plan.Task
		account := map[int]trust.AccountID{} // a change has one
		for i := range n {
			change := rapid.IntRange(0, 15).Draw(t, "change")
			if account[change] == "" {
				account[change] = trust.AccountID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "account"))
			}
			var needs []int
			if i > 0 {
				needs = rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, min(i, 3), rapid.ID[int]).Draw(t, "needs")
			}
			tasks = append(tasks, alone(change, account[change], needs...))
		}
		// A task that fails is the last of its change, or which ones of it ran would depend on the order.
		bad := map[int]bool{}
		for i := range tasks {
			only := !slices.ContainsFunc(slices.Delete(slices.Clone(tasks), i, i+1), func(o plan.Task) bool { return o.Change == tasks[i].Change })
			bad[i] = only && rapid.IntRange(0, 4).Draw(t, "fails") == 0
		}
		limit, total := rapid.IntRange(1, 4).Draw(t, "limit"), rapid.IntRange(1, 6).Draw(t, "total")
		q := newQueue(tasks, limit, total)
		succeeded := map[int]bool{}
		running := fill(q)
		for len(running) > 0 {
			in, changes := map[trust.AccountID]int{}, map[int]bool{}
			for _, i := range running {
				for _, need := range tasks[i].Needs {
					if !succeeded[need] {
						t.Fatalf("task %d runs before %d, which it needs", i, need)
					}
				}
				if changes[tasks[i].Change] {
					t.Fatalf("two tasks of change %d run at once", tasks[i].Change)
				}
				changes[tasks[i].Change] = true
				if in[tasks[i].Account]++; in[tasks[i].Account] > limit || len(running) > total {
					t.Fatalf("%d run, %d in account %s", len(running), in[tasks[i].Account], tasks[i].Account)
				}
			}
			at := rapid.IntRange(0, len(running)-1).Draw(t, "ends")
			succeeded[running[at]] = !bad[running[at]]
			q.end(running[at], !bad[running[at]])
			running = append(slices.Delete(running, at, at+1), fill(q)...)
		}
		want := map[int]bool{} // that run
		good := map[int]bool{}
		for i, task := range tasks {
			if !slices.ContainsFunc(task.Needs, func(need int) bool { return !good[need] }) {
				want[i], good[i] = true, !bad[i]
			}
		}
		for i := range tasks {
			if q.begun[i] != want[i] {
				t.Fatalf("task %d: begun %v, want %v", i, q.begun[i], want[i])
			}
		}
	})
}

func TestTheOutcomeIsTheSameHoweverMuchRunsAtOnce(t *testing.T) {
	var tasks []plan.Task
	var names []string
	for i := range 60 {
		task := write(i, []string{fmt.Sprint(i), fmt.Sprint(i) + "+"})
		task.Account = trust.AccountID(fmt.Sprintf("%012d", i%7))
		if i >= 10 {
			task.Needs = []int{i % 10, i - 3}
		}
		tasks, names = append(tasks, task), append(names, fmt.Sprint(i))
	}
	fails := func(f trust.EnvironmentFile) error {
		if f.Environment == "13+" || f.Environment == "4" {
			return errors.New("disk full")
		}
		return nil
	}
	var first map[string][]string
	for _, o := range []Options{{Parallelism: 1, Total: 1}, {Parallelism: 1}, {Parallelism: 3, Total: 2}, {}, {Parallelism: 100, Total: 100}} {
		got := lists(walk(context.Background(), files(names...), tasks, noClients, &desk{write: fails}, o))
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("%+v (-one at a time +got):\n%s", o, diff)
		}
	}
	if len(first["failed"]) != 2 || len(first["not tried"]) == 0 || len(first["done"]) == 0 {
		t.Errorf("the test tests too little: %v", first)
	}
}
