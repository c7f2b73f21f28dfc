package sandbox

import (
	"maps"
	"slices"
)

// change is a write that some reads may not see yet.
type change struct {
	number  int // how many calls had arrived when it was made
	account string
	undo    func(*account)
	passed  []int // by lag: how many reads passed it over
}

// keep is how to put a row back to what it is now.
func (a *account) keep(table, key string) func(*account) {
	switch table {
	case tableRoles:
		return kept(a.Roles, key, func(view *account) map[string]role { return view.Roles })
	case tableProviders:
		return kept(a.Providers, key, func(view *account) map[string]provider { return view.Providers })
	case tablePolicies:
		return kept(a.Policies, key, func(view *account) map[string]customerPolicy { return view.Policies })
	case tableProfiles:
		return kept(a.Profiles, key, func(view *account) map[string]profile { return view.Profiles })
	}
	return nil
}

func kept[T any](rows map[string]T, key string, of func(*account) map[string]T) func(*account) {
	before, had := rows[key]
	return func(view *account) {
		if had {
			of(view)[key] = before
		} else {
			delete(of(view), key)
		}
	}
}

// note remembers a write that is about to be made to a row of an account. The
// world is locked.
func (d *desk) note(a *account, table, key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if undo := a.keep(table, key); undo != nil && len(d.faults.Lags) > 0 {
		d.history = append(d.history, change{d.number, a.ID, undo, make([]int, len(d.faults.Lags))})
	}
	if isNew(a, table, key) {
		d.unseen[a.ID+"/"+table+"/"+key] = d.faults.Unseen
	}
}

// isNew reports whether a row is a role or provider that is not there yet.
func isNew(a *account, table, key string) bool {
	had := true
	switch table {
	case tableRoles:
		_, had = a.Roles[key]
	case tableProviders:
		_, had = a.Providers[key]
	}
	return !had
}

// overlooks reports whether a call does not find the object that it names,
// because it is too new.
func (d *desk) overlooks(number int, accountID, table, key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	object := accountID + "/" + table + "/" + key
	if d.unseen[object] == 0 {
		return false
	}
	d.unseen[object]--
	d.meets(number, hitUnseen)
	return true
}

// view is the account as a read sees it: without the writes that it is too
// early for. The world is locked.
func (d *desk) view(number int, a *account) *account {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.line(number)
	if len(d.history) == 0 || c == nil {
		return a
	}
	hidden := make([]bool, len(d.history))
	stale := false
	for i := range d.history {
		hidden[i] = d.history[i].account == a.ID && d.hides(i, *c)
		stale = stale || hidden[i]
	}
	if !stale {
		return a
	}
	d.meets(number, hitLag)
	view := *a
	view.Roles, view.Providers = copied(a.Roles), copied(a.Providers)
	view.Policies, view.Profiles = copied(a.Policies), copied(a.Profiles)
	for i, h := range slices.Backward(d.history) {
		if hidden[i] {
			h.undo(&view)
		}
	}
	d.history = slices.DeleteFunc(d.history, d.seenByAll)
	return &view
}

func copied[T any](rows map[string]T) map[string]T {
	all := make(map[string]T, len(rows))
	maps.Copy(all, rows)
	return all
}

// hides reports whether a change of the history is hidden from a read, which
// passes it over then.
func (d *desk) hides(i int, c Call) bool {
	hidden := false
	for j, l := range d.faults.Lags {
		if !l.picks(c) {
			continue
		}
		early := c.Number-d.history[i].number <= l.Calls
		if d.history[i].passed[j] < l.Reads {
			d.history[i].passed[j]++
			early = true
		}
		hidden = hidden || early
	}
	return hidden
}

// seenByAll reports whether no read can pass a change over any more.
func (d *desk) seenByAll(h change) bool {
	for j, l := range d.faults.Lags {
		if h.passed[j] < l.Reads || d.number-h.number < l.Calls {
			return false
		}
	}
	return true
}
