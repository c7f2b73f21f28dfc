package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/trustctl/trustctl/internal/trust"
)

// Options are what a plan depends on besides the two states.
type Options struct {
	Stack      string
	To         string   // of ModeTransfer: the other stack
	Mode       Mode     // "" is ModeApply
	Issuers    []string // URLs of the declared issuers: a role that is no longer declared is ours only if it trusts one
	MaxDeletes int      // roles that may be deleted or replaced in one account; doesn't bind ModeDestroy; negative: no limit
	IgnoreTags IgnoreTags
	Resource   map[trust.Address]string // names for people of declared objects; others are derived
	Targets    []string                 // -target: org/project/environment, a pattern of it, or a resource address; nil: everything
	Excludes   []string                 // -exclude: likewise
	InAccounts []trust.AccountID        // -account: nil: all
	AllowSelf  bool                     // -allow-self: the caller's own role may change
	Force      bool                     // -force: files that somebody else wrote may be overwritten
	// AllowRecentlyUsed is -allow-recently-used: that roles which somebody uses
	// are deleted or replaced needs no answer.
	AllowRecentlyUsed bool
	Now               time.Time // of the reading: tells what was used recently
	Sandbox           bool
	Folder            string    // of the ESC files, as messages spell it
	Snapshot          *Snapshot // what current was read from; nil: the accounts
}

// IgnoreTags names live tags that are left alone.
type IgnoreTags struct{ Keys, KeyPrefixes []string }

// Compute is the plan that turns current into desired, or, under ModeDestroy,
// the one that takes away everything of the stack, or, under ModeTransfer, the
// one that hands that to another stack. It answers the same to the
// same input, whatever the order of the states' lists.
func Compute(desired, current trust.State, o Options) *Plan {
	o.Mode = cmp.Or(o.Mode, ModeApply)
	c := newComparison(desired, current, o)
	c.nameDeclared()
	c.age()
	c.accounts()
	if c.o.Mode == ModeTransfer {
		c.transfer()
	} else {
		c.roles()
		c.providers()
		c.files()
		c.pushes()
		c.sessions()
	}
	c.plan.facts = c.accessFacts()
	c.plan.NewOrganizations = c.plan.facts.say(c.plan.Changes)
	c.openings(c.plan.Changes)
	c.adoptions()
	c.renames()
	c.strangers()
	c.limits()
	c.scope.unmatched(c.problem)
	return c.finish()
}

func newComparison(desired, current trust.State, o Options) *comparison {
	return &comparison{
		o:        o,
		desired:  desired,
		current:  current,
		declared: accountsByID(desired),
		read:     map[trust.AccountID]trust.Account{},
		scope:    newScope(o),
		staying:  map[trust.AccountID][]*trust.Role{},
		resource: map[trust.Address]string{},
		taken:    map[string]bool{},
		hinted:   map[trust.Address]bool{},
		unread:   unreadByAddress(current),
		plan: &Plan{
			Stack: o.Stack, To: o.To, Mode: o.Mode, Sandbox: o.Sandbox, Folder: o.Folder, Snapshot: o.Snapshot, Choices: o.choices(),
			Partial: len(o.Targets)+len(o.Excludes)+len(o.InAccounts) > 0,
			Base:    map[trust.Address]trust.Fingerprint{},
		},
	}
}

// comparison is a plan in the making.
type comparison struct {
	o                Options
	desired, current trust.State
	declared         map[trust.AccountID]trust.Account // by the configuration
	read             map[trust.AccountID]trust.Account // that answered and are asked for
	scope            *scope
	staying          map[trust.AccountID][]*trust.Role // the roles that an account will hold, strangers' too
	resource         map[trust.Address]string          // names of what is declared
	taken            map[string]bool                   // resource names in use
	unread           map[trust.Address]trust.Unread
	hinted           map[trust.Address]bool // roles that seem to go because their environment was renamed
	plan             *Plan
}

// accounts decides which accounts can be planned. One that was not read is an
// error: its part of the configuration is left out and the others' is shown.
func (c *comparison) accounts() {
	current := map[trust.AccountID]trust.Account{}
	for _, a := range c.current.Accounts {
		current[a.ID] = a
	}
	for _, id := range sortedKeys(c.declared) {
		if !c.selected(id) {
			continue
		}
		a, found := current[id]
		d := c.declared[id]
		a.ID, a.Name, a.Partition = id, cmp.Or(d.Name, a.Name), cmp.Or(d.Partition, a.Partition)
		if !found {
			a.Failure = "it was not read"
		}
		if a.Failure != "" {
			c.problem(Problem{Severity: Error, Summary: "Account not read",
				Detail: "Account " + accountName(a) + " could not be read: " + a.Failure + ". Nothing of it is planned. Make it answer, or leave it out with -account."})
		} else {
			c.read[id] = a
		}
		c.plan.Accounts = append(c.plan.Accounts, a)
	}
}

// selected says whether -account leaves an account in.
func (c *comparison) selected(id trust.AccountID) bool {
	return len(c.o.InAccounts) == 0 || slices.Contains(c.o.InAccounts, id)
}

// mayRemove says whether something may be missing from an account: only one
// that was read in full shows that. An object named by -target was itself
// read in full.
func (c *comparison) mayRemove(id trust.AccountID) bool {
	a, ok := c.read[id]
	return ok && (a.Complete || len(c.o.Targets) > 0)
}

// change adds a change to the plan, with the fingerprint it rests on.
func (c *comparison) change(ch Change) {
	if ch.Action == NoOp {
		ch.After = ch.Before
	} else {
		c.plan.Base[ch.Address] = ch.Before.fingerprint(nil)
	}
	c.plan.Changes = append(c.plan.Changes, ch)
}

func (c *comparison) problem(p Problem) { c.plan.Problems = append(c.plan.Problems, p) }

// refuse takes a change out of what may be applied and says why.
func (c *comparison) refuse(ch *Change, pos trust.Pos, summary, detail string) {
	if ch.Refused == "" {
		ch.Refused = summary
	}
	c.problem(Problem{Severity: Error, Address: ch.Address, Summary: summary, Detail: detail, Pos: pos})
}

func (c *comparison) warn(a trust.Address, pos trust.Pos, summary, detail string) {
	c.problem(Problem{Severity: Warning, Address: a, Summary: summary, Detail: detail, Pos: pos})
}

func (c *comparison) finish() *Plan {
	slices.SortStableFunc(c.plan.Changes, func(a, b Change) int { return a.Address.Compare(b.Address) })
	slices.SortStableFunc(c.plan.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), a.Address.Compare(b.Address), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	return c.plan
}

// accountsByID are the accounts that a configuration names, with or without
// objects in them.
func accountsByID(s trust.State) map[trust.AccountID]trust.Account {
	all := map[trust.AccountID]trust.Account{}
	for _, r := range s.Roles {
		all[r.Account] = trust.Account{ID: r.Account}
	}
	for _, a := range s.Accounts {
		all[a.ID] = a
	}
	return all
}

func accountName(a trust.Account) string {
	if a.Name == "" {
		return string(a.ID)
	}
	return a.Name + " (" + string(a.ID) + ")"
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// pair is what is declared and what is there at one address; one may be nil.
type pair[T any] struct {
	address       trust.Address
	desired, live *T
}

// pairs matches two lists by address, sorted by it.
func pairs[T interface{ Address() trust.Address }](desired, live []T) []pair[T] {
	at := make(map[trust.Address]int, len(desired)+len(live))
	all := make([]pair[T], 0, len(desired)+len(live))
	place := func(a trust.Address) *pair[T] {
		i, ok := at[a]
		if !ok {
			i = len(all)
			at[a] = i
			all = append(all, pair[T]{address: a})
		}
		return &all[i]
	}
	for i := range desired {
		place(desired[i].Address()).desired = &desired[i]
	}
	for i := range live {
		place(live[i].Address()).live = &live[i]
	}
	slices.SortFunc(all, func(a, b pair[T]) int { return a.address.Compare(b.address) })
	return all
}
