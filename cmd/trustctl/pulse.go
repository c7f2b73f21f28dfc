package main

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// stillEvery is how often is said of a change that it still goes on.
const stillEvery = 30 * time.Second

// watcher is told how a run goes: as apply.Observer is, but of the retries
// with what still goes on.
type watcher interface {
	Start(plan.Change)
	Step(c plan.Change, step string)
	Still(c plan.Change, elapsed time.Duration, retries int)
	End(c plan.Change, err error)
}

func newPulse(w watcher, now func() time.Time) *pulse {
	return &pulse{watcher: w, now: now, going: map[trust.Address]*going{}}
}

// pulse is an apply.Observer that says of a change that takes long, because
// IAM throttles or does not see its own writes yet, that it still goes on.
type pulse struct {
	watcher
	now func() time.Time

	mu      sync.Mutex
	started int
	going   map[trust.Address]*going
}

// going is a change that began and did not end.
type going struct {
	change      plan.Change
	nth         int       // to start
	began, next time.Time // next is when it is told of again
	retries     int
}

// Start is called as the first step of a change begins.
func (p *pulse) Start(c plan.Change) {
	p.watcher.Start(c)
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started++
	p.going[c.Address] = &going{change: c, nth: p.started, began: now, next: now.Add(stillEvery)}
}

// Retry is called whenever a call is made again.
func (p *pulse) Retry(c plan.Change, _ string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.going[c.Address]; g != nil {
		g.retries++
	}
}

// End is called once a change is done or has failed.
func (p *pulse) End(c plan.Change, err error) {
	p.mu.Lock()
	delete(p.going, c.Address)
	p.mu.Unlock()
	p.watcher.End(c, err)
}

// beat tells of what goes on for long. The lock keeps a change's end from
// overtaking.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	inOrder := slices.SortedFunc(maps.Values(p.going), func(a, b *going) int { return cmp.Compare(a.nth, b.nth) })
	for _, g := range inOrder {
		if now.Before(g.next) {
			continue
		}
		p.watcher.Still(g.change, now.Sub(g.began).Round(time.Second), g.retries)
		for !g.next.After(now) {
			g.next = g.next.Add(stillEvery)
		}
	}
}

// run beats until stop is closed.
func (p *pulse) run(stop <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.beat()
		case <-stop:
			return
		}
	}
}
