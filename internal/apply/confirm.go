package apply

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Reader reads objects of one account once more, in bulk or by name.
type Reader interface {
	// RolesCost is how many calls Roles takes, RoleCost how many Role does for
	// a role with so many inline policies, or for one that is gone, -1.
	RolesCost() int
	RoleCost(inline int) int

	Roles(ctx context.Context, wanted map[trust.Address]bool) ([]trust.Role, error)
	Role(ctx context.Context, name string) (trust.Role, bool, error)
	Provider(ctx context.Context, url string) (trust.OIDCProvider, bool, error)
}

// Readers gives an account's reader.
type Readers func(trust.AccountID) (Reader, error)

// ConfirmOptions are how to confirm. The zero ConfirmOptions are good.
type ConfirmOptions struct {
	Within      time.Duration  // how long to wait for IAM to show what was written; 0 is 30 seconds
	Parallelism int            // objects asked for by name at once in one account; 0 is 10
	Total       int            // objects, or lists of them, asked for at once in all accounts; 0 is 64
	Waiting     func(left int) // told before each wait in an account how many objects it is for; nil: nobody

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: a timer
}

// Confirmation is what reading the changed objects again has shown.
type Confirmation struct {
	Confirmed   int // objects that read as they were written
	Unconfirmed []Unconfirmed
}

// Unconfirmed is an object that did not read as it was written.
type Unconfirmed struct {
	Change   int // index into the plan's Changes
	Resource string
	Err      error // why it could not be read; nil where it reads otherwise
}

// Confirm reads the objects of the changes that were carried out again, until
// they are what was written, Within is over or ctx ends: IAM answers a write
// before all of it knows of it. An ESC file needs no confirming.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
func Confirm(ctx context.Context, p *plan.Plan, result Result, readers Readers, o ConfirmOptions) Confirmation {
	defaults := Options{Now: o.Now, Sleep: o.Sleep, Parallelism: o.Parallelism, Total: o.Total}.withDefaults()
	c := &confirming{plan: p, options: o, now: defaults.Now, sleep: defaults.Sleep, parallelism: defaults.Parallelism, total: make(chan struct{}, defaults.Total)}
	c.deadline = c.now().Add(cmp.Or(o.Within, 30*time.Second))
	changed, total := map[trust.AccountID][]int{}, 0
	for _, done := range result.Done {
		if done.Address.Kind != trust.KindFile {
			changed[done.Address.Account] = append(changed[done.Address.Account], done.Change)
			total++
		}
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var left []Unconfirmed
	for id, changes := range changed {
		all.Go(func() {
			pending := changes
			err := result.refusal(id)
			if err == nil {
				err = guarded(func() error { return c.account(ctx, id, &pending, readers) })
			}
			err = readError(err)
			mu.Lock()
			defer mu.Unlock()
			for _, i := range pending {
				left = append(left, Unconfirmed{i, p.Changes[i].Resource, err})
			}
		})
	}
	all.Wait()
	slices.SortFunc(left, func(a, b Unconfirmed) int { return cmp.Compare(a.Change, b.Change) })
	return Confirmation{total - len(left), left}
}

// confirming is one confirmation.
type confirming struct {
	plan        *plan.Plan
	options     ConfirmOptions
	now         func() time.Time
	sleep       func(context.Context, time.Duration) error
	parallelism int
	total       chan struct{} // full: as many reads as there may be
	deadline    time.Time
}

// one makes a read, once there is room for it among those of all accounts.
func (c *confirming) one(ctx context.Context, read func() error) error {
	select {
	case c.total <- struct{}{}:
		defer func() { <-c.total }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return guarded(read)
}

// account reads an account's changed objects until they agree or there is no
// more time. Those that do not agree stay pending.
func (c *confirming) account(ctx context.Context, id trust.AccountID, pending *[]int, readers Readers) error {
	reader, err := readers(id)
	if err != nil {
		return err
	}
	wait := time.Second
	for nth := 0; ; nth++ {
		state, err := c.read(ctx, reader, *pending, nth)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		*pending = c.plan.Unlike(state, *pending)
		left := c.deadline.Sub(c.now())
		if len(*pending) == 0 || left <= 0 {
			return nil
		}
		if c.options.Waiting != nil {
			c.options.Waiting(len(*pending))
		}
		if c.sleep(ctx, min(wait, left)) != nil {
			return nil
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// read reads objects the nth time, from 0.
func (c *confirming) read(ctx context.Context, reader Reader, pending []int, nth int) (trust.State, error) {
	var state trust.State
	var mu sync.Mutex
	group, side := errgroup.WithContext(ctx)
	group.SetLimit(c.parallelism)
	wanted, byName := map[trust.Address]bool{}, 0
	for _, i := range pending {
		if c.plan.Changes[i].Address.Kind == trust.KindRole {
			wanted[c.plan.Changes[i].Address] = true
			byName += roleCost(reader, c.plan.Changes[i])
		}
	}
	bulk := len(wanted) > 0 && inBulk(nth, byName, reader.RolesCost())
	if bulk {
		group.Go(func() error {
			return c.one(side, func() error {
				roles, err := reader.Roles(side, wanted)
				mu.Lock()
				defer mu.Unlock()
				state.Roles = append(state.Roles, roles...)
				return err
			})
		})
	}
	for _, i := range pending {
		change := c.plan.Changes[i]
		if bulk && change.Address.Kind == trust.KindRole {
			continue
		}
		group.Go(func() error {
			return c.one(side, func() error { return readOne(side, reader, change, &mu, &state) })
		})
	}
	err := group.Wait()
	return state, err
}

// readOne reads a change's object by its name into the state.
func readOne(ctx context.Context, reader Reader, change plan.Change, mu *sync.Mutex, state *trust.State) error {
	object := cmp.Or(change.After, change.Before)
	if object.Provider != nil {
		p, ok, err := reader.Provider(ctx, object.Provider.URL)
		mu.Lock()
		defer mu.Unlock()
		if ok {
			state.Providers = append(state.Providers, p)
		}
		return err
	}
	r, ok, err := reader.Role(ctx, object.Role.Name)
	mu.Lock()
	defer mu.Unlock()
	if ok {
		state.Roles = append(state.Roles, r)
	}
	return err
}

func roleCost(reader Reader, change plan.Change) int {
	if change.After == nil {
		return reader.RoleCost(-1)
	}
	return reader.RoleCost(len(change.After.Role.Inline))
}

// inBulk chooses how roles are read the nth time. At first it is the way that
// takes fewer calls. What does not agree is asked for by name then, since bulk
// reads may lag behind GetRole (AWS does not say); where that would be a great
// many calls, bulk reads get two more chances.
func inBulk(nth, byName, bulk int) bool {
	const many = 8
	switch nth {
	case 0:
		return bulk < byName
	case 1, 2:
		return many*bulk < byName
	}
	return false
}
