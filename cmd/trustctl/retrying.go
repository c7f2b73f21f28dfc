package main

import (
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

const (
	retryingAfter = 3 * time.Second // so much trouble is usual, and nothing is said of it
	retryingEvery = 20 * time.Second
)

// retrying says on standard error that a reading takes long because an account
// does not answer, and why: not at once, not again soon, and not of two hundred
// accounts in one breath.
type retrying struct {
	say func(format string, args ...any)
	now func() time.Time

	mu    sync.Mutex
	began map[trust.AccountID]time.Time
	next  map[trust.AccountID]time.Time // when an account is told of again
	any   time.Time                     // when anything is
}

func (a *app) newRetrying() *retrying {
	return &retrying{say: a.say, now: a.now, began: map[trust.AccountID]time.Time{}, next: map[trust.AccountID]time.Time{}}
}

// note is told of an attempt that failed.
func (r *retrying) note(t live.Retry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, id := r.now(), t.Account.ID
	if _, known := r.began[id]; !known {
		r.began[id] = now
	}
	if now.Sub(r.began[id]) < retryingAfter || now.Before(r.next[id]) || now.Before(r.any) {
		return
	}
	r.next[id], r.any = now.Add(retryingEvery), now.Add(time.Second)
	r.say("Account %s (%s): %s is tried again, since attempt %d ended with %s", visible.Line(t.Account.Name), id, t.Call, t.Attempt, visible.Line(t.Why))
}
