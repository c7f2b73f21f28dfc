package plan

import (
	"cmp"
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// Schedule lays out the tasks of a plan, in the order in which they may
// start. Each names the tasks that must have succeeded first:
//
//	audiences, providers that come   the roles that trust them already, and change: until then they would
//	                                 let tokens in to what those roles are no longer to give
//	those roles                      no provider: what they trust is not served yet, so they let nobody in
//	deletions, narrower trust        nothing: a revocation never waits for a grant
//	what a role loses                nothing, likewise
//	other roles                      what they lose, and the providers that their trust newly grants through
//	audiences, providers that go     all roles of the account, and what comes to the provider
//	a file is written                its role, and the providers of it
//	a file is removed                its role's removal: AWS closes the door first
//	a role is forgotten              its file, which is forgotten first: nobody would know of it after
func (p *Plan) Schedule() []Task {
	var tasks []Task
	for i, ch := range p.Changes {
		for _, p := range ch.parts() {
			tasks = append(tasks, Task{Change: i, Account: accountOf(ch), Stage: p.stage, Steps: p.steps})
		}
	}
	slices.SortStableFunc(tasks, func(a, b Task) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Change, b.Change))
	})

	w := newWaiting(p, tasks)
	for i, t := range tasks {
		tasks[i].Needs = w.needs(t)
	}
	return tasks
}

// admits says whether a change to a role may let somebody in who wasn't.
func (c Change) admits() bool {
	return c.Before == nil || c.Action == Replace || trustMove(c.Before.Role, c.After.Role) >= widens
}

func accountOf(c Change) trust.AccountID {
	if c.Address.Kind != trust.KindFile {
		return c.Address.Account
	}
	if c.After != nil {
		return c.After.File.Account
	}
	return c.Before.File.Account
}

// waiting knows which tasks others wait for.
type waiting struct {
	changes   []Change
	tasks     []Task
	providers map[trust.AccountID][]arrival // what comes to an account's providers
	roles     map[trust.AccountID][]int     // tasks of its roles
	serving   map[door][]int                // changes of an environment's roles
	task      map[int]int                   // of a role's change, the last
	reduced   map[int]int                   // of a role's change, the one of StageRevoke
	waited    map[int]bool                  // changes of roles that an arrival waits for
	forgotten map[door]int                  // tasks of files that are forgotten
}

// arrival is a task of StageProvider.
type arrival struct {
	provider  trust.ARN
	audiences []string // that come with it
	task      int
}

func arrivalOf(ch Change, task int) arrival {
	a := arrival{provider: ch.After.Provider.ARN, audiences: ch.After.Provider.ClientIDs, task: task}
	if ch.Before != nil {
		a.audiences = minus(a.audiences, ch.Before.Provider.ClientIDs)
	}
	return a
}

// opens says whether a role, as it is, lets tokens in once the arrival is there.
func (a arrival) opens(r *trust.Role) bool {
	return slices.ContainsFunc(a.audiences, func(id string) bool { return r.Trust.MayUseAudience(string(a.provider), id) })
}

// door is an environment's way into an account.
type door struct {
	account     trust.AccountID
	environment string
}

func newWaiting(p *Plan, tasks []Task) *waiting {
	w := &waiting{p.Changes, tasks, map[trust.AccountID][]arrival{}, map[trust.AccountID][]int{}, map[door][]int{}, map[int]int{}, map[int]int{}, map[int]bool{}, map[door]int{}}
	for i, t := range tasks {
		switch ch := p.Changes[t.Change]; {
		case ch.Address.Kind == trust.KindRole:
			w.roles[t.Account] = append(w.roles[t.Account], i)
			w.task[t.Change] = i
			if t.Stage == StageRevoke {
				w.reduced[t.Change] = i
			}
		case t.Stage == StageProvider:
			w.providers[t.Account] = append(w.providers[t.Account], arrivalOf(ch, i))
		case t.Stage == StageRelease:
			w.forgotten[door{t.Account, ch.Address.Name}] = i
		}
	}
	for i := range w.task {
		role := p.Changes[i]
		w.waited[i] = role.Before != nil && slices.ContainsFunc(w.providers[role.Address.Account], func(a arrival) bool { return a.opens(role.Before.Role) })
	}
	for i, ch := range p.Changes {
		if ch.Address.Kind == trust.KindRole {
			role := cmp.Or(ch.After, ch.Before).Role
			if ch.Action == Forget {
				role = ch.Before.Role
			}
			at := door{ch.Address.Account, environmentOf(role)}
			w.serving[at] = append(w.serving[at], i)
		}
	}
	return w
}

// needs are the tasks that a task waits for, sorted.
func (w *waiting) needs(t Task) []int {
	var needs []int
	switch ch := w.changes[t.Change]; {
	case t.Stage == StageRelease:
	case ch.Action == Forget && t.Stage == StageRole:
		if file, ok := w.forgotten[door{t.Account, environmentOf(ch.Before.Role)}]; ok {
			needs = append(needs, file)
		}
	case t.Stage == StageProvider:
		arrives := arrivalOf(ch, 0)
		for _, i := range w.roles[t.Account] {
			if role := w.tasks[i].Change; w.waited[role] && arrives.opens(w.changes[role].Before.Role) {
				needs = append(needs, i)
			}
		}
	case t.Stage == StageRetire:
		needs = slices.Clone(w.roles[t.Account])
		for _, a := range w.providers[t.Account] {
			if a.provider == ch.Before.Provider.ARN {
				needs = append(needs, a.task)
			}
		}
	case t.Stage == StageRole && ch.admits():
		if !w.waited[t.Change] {
			needs = w.trusted(t.Account, ch.After.Role)
		}
		if first, cut := w.reduced[t.Change]; cut {
			needs = append(needs, first)
		}
	case t.Stage == StageFile:
		for _, i := range w.serving[door{t.Account, ch.Address.Name}] {
			role := w.changes[i]
			stays := role.After != nil && role.Action != Forget
			if ch.After != nil && !stays {
				continue
			}
			if task, ok := w.task[i]; ok {
				needs = append(needs, task)
			}
			if ch.After != nil {
				needs = append(needs, w.trusted(t.Account, role.After.Role)...)
			}
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// trusted are the tasks that bring what a role's trust policy rests on.
func (w *waiting) trusted(account trust.AccountID, r *trust.Role) []int {
	var tasks []int
	for _, a := range w.providers[account] {
		if r.Trust.Trusts(string(a.provider)) {
			tasks = append(tasks, a.task)
		}
	}
	return tasks
}
