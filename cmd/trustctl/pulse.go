package main

import (
	"slices"
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
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

// pulse is an apply.Observer that says of a change that takes long, because
// IAM throttles or does not see its own writes yet, that it still goes on.
type pulse struct {
	watcher
	now func() time.Time

	mu    sync.Mutex
	going []*going // in the order in which they started
}

// going is a change that began and did not end.
type going struct {
	change      plan.Change
	began, next time.Time // next is when it is told of again
	retries     int
}

// Start is called as the first step of a change begins.
func (p *pulse) Start(c plan.Change) {
	p.watcher.Start(c)
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.going = append(p.going, &going{change: c, began: now, next: now.Add(stillEvery)})
}

// Retry is called whenever a call is made again.
func (p *pulse) Retry(c plan.Change, _ string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.find(c); i >= 0 {
		p.going[i].retries++
	}
}

// End is called once a change is done or has failed.
func (p *pulse) End(c plan.Change, err error) {
	p.mu.Lock()
	if i := p.find(c); i >= 0 {
		p.going = slices.Delete(p.going, i, i+1)
	}
	p.mu.Unlock()
	p.watcher.End(c, err)
}

func (p *pulse) find(c plan.Change) int {
	return slices.IndexFunc(p.going, func(g *going) bool { return g.change.Address == c.Address })
}

// beat tells of what goes on for long. The lock keeps a change's end from
// overtaking.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for _, g := range p.going {
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
