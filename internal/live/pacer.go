package live

import (
	"context"
	"math"
	"sync"
	"time"
)

// pacer keeps the writes of one account at the rate at which IAM lets them
// through. IAM has token buckets, of which AWS publishes neither the size nor
// the rate, and a client that sends faster has the rest refused. So the rate is
// learned from the refusals, and before the first of them nothing waits.
//
// A refusal says one thing for sure: there the bucket was empty. What came
// through between two of them, in the time between, is the bucket's rate,
// however fast the calls were sent, as long as the bucket was not full in
// between. So after the first refusal the pacer begins slowly and goes faster
// until the second, before a bucket of a second's calls can be full; from then
// on it sends what it measured, and slowly more. The bucket stays near empty,
// nothing of it is lost, and the few refusals go on measuring it.
//
// AWS has buckets for single APIs besides, and others may use the account: what
// is measured is what this mix of calls is given now.
// https://aws.amazon.com/blogs/security/how-to-monitor-and-query-iam-resources-at-scale-part-2/
// https://repost.aws/knowledge-center/iam-sts-throttling-error
type pacer struct {
	turn chan struct{} // held by the one who waits for the next slot

	mu      sync.Mutex
	rate    float64       // calls a second; 0 before the first refusal
	rise    float64       // of the rate, calls a second each second: until it is measured
	growth  float64       // of the rate, in proportion, each second: once it is
	next    time.Time     // when the next call may be sent
	grown   time.Time     // until when the rate has grown
	slack   time.Duration // in which nobody wanted to send, since the bucket was empty
	through int           // calls that came through
	slowed  empty         // the last refusal that changed the rate
	since   [2]empty      // what the rate is measured from, and what it will be next
	inARow  int           // refusals with next to nothing between them
}

// empty is a moment at which the bucket was empty.
type empty struct {
	at      time.Time
	through int
}

const (
	firstRate  = 2.0                    // calls a second, after the first refusal
	firstRise  = 30.0                   // calls a second each second: 50 a second are reached before a second's are saved up
	minRate    = 0.2                    // calls a second
	below      = 0.99                   // of what was measured
	enough     = 8                      // calls to measure with
	window     = 10 * time.Second       // to measure over, at least, once that long has passed
	calm       = 2 * time.Second        // without a refusal, from which on the rate grows faster and faster
	late       = 100 * time.Millisecond // what a call that comes late can make up for
	maxSlack   = 500 * time.Millisecond // with which the bucket cannot have become full
	mostInARow = 3                      // refusals, which say that the rate fell since it was measured
)

func newPacer() *pacer { return &pacer{turn: make(chan struct{}, 1)} }

// wait lasts until the next call may be sent, and says when that was.
func (p *pacer) wait(ctx context.Context) (time.Time, error) {
	if now := time.Now(); p.unlimited() {
		return now, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	for {
		now := time.Now()
		wait := p.take(now)
		if wait <= 0 {
			return now, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return time.Time{}, ctx.Err()
		}
	}
}

func (p *pacer) unlimited() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate == 0
}

// take takes the next slot, or says how long it is until then.
func (p *pacer) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rate == 0 {
		return 0
	}
	if wait := p.next.Sub(now); wait > 0 {
		return wait
	}
	if unused := now.Sub(p.next) - late; unused > 0 {
		// The rate is not what is waited for: it need not grow.
		p.slack += unused
		p.next = now.Add(-late)
	} else {
		p.grow(now)
	}
	p.grown = now
	p.next = p.next.Add(p.slot())
	return 0
}

// grow makes up for a rate that was measured too low, or has become higher:
// the more slowly the surer it is, and without a refusal faster and faster.
func (p *pacer) grow(now time.Time) {
	since := now.Sub(p.grown).Seconds()
	growth := max(p.growth, 0.01*(now.Sub(p.slowed.at)-calm).Seconds())
	p.rate = p.rate*math.Exp(growth*since) + p.rise*since
}

// answered learns from what became of a call.
func (p *pacer) answered(sent time.Time, refused bool, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !refused:
		p.through++
	case p.rate == 0:
		p.rate, p.rise = firstRate, firstRise
		p.measureFrom(now)
	case sent.After(p.slowed.at): // the others were under way already, and say nothing new
		p.slow(now)
	}
}

// slow learns from a refusal.
func (p *pacer) slow(now time.Time) {
	if p.inARow++; p.through-p.slowed.through > mostInARow {
		p.inARow = 0
	}
	through := p.through - p.since[0].through
	switch {
	case p.slack > maxSlack || p.inARow > mostInARow: // what was measured does not count
		p.rate = max(minRate, 0.8*p.rate)
		p.measureFrom(now)
		return
	case through < enough:
		p.rate = max(minRate, p.rate/2)
		p.rise /= 2
	default:
		measured := float64(through) / now.Sub(p.since[0].at).Seconds()
		p.rate = max(minRate, min(p.rate, max(below*measured, 0.7*p.rate)))
		p.rise, p.growth = 0, 0.2/float64(through) // since it may be wrong by a call or so
	}
	if now.Sub(p.since[1].at) >= window {
		p.since = [2]empty{p.since[1], {now, p.through}}
	}
	p.pause(now)
}

// measureFrom begins to measure anew: the bucket is empty now.
func (p *pacer) measureFrom(now time.Time) {
	p.slack, p.inARow = 0, 0
	p.since = [2]empty{{now, p.through}, {now, p.through}}
	p.pause(now)
}

// pause lets a slot go by after a refusal, for the bucket to have a token.
func (p *pacer) pause(now time.Time) {
	p.slowed, p.grown, p.next = empty{now, p.through}, now, now.Add(p.slot())
}

// slot is the time from one call to the next.
func (p *pacer) slot() time.Duration { return time.Duration(float64(time.Second) / p.rate) }
