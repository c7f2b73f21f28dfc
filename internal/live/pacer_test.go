package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// bucketIAM is an IAM as a pacer sees it: a token bucket behind a network.
type bucketIAM struct {
	bucket  *rate.Limiter // nil: none
	latency time.Duration // a fifth more or less

	mu      sync.Mutex
	dice    *rand.Rand
	refused int
}

func newBucketIAM(perSecond float64, burst int, seed uint64) *bucketIAM {
	return &bucketIAM{bucket: rate.NewLimiter(rate.Limit(perSecond), burst), latency: 80 * time.Millisecond, dice: rand.New(rand.NewPCG(seed, 4))}
}

// oneWay is half a call's latency.
func (b *bucketIAM) oneWay() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Duration((0.8 + 0.4*b.dice.Float64()) * float64(b.latency) / 2)
}

func (b *bucketIAM) call() (refused bool) {
	time.Sleep(b.oneWay())
	refused = b.bucket != nil && !b.bucket.Allow()
	if refused {
		b.mu.Lock()
		b.refused++
		b.mu.Unlock()
	}
	time.Sleep(b.oneWay())
	return refused
}

// paced makes n calls through a pacer, ten at a time, and says how long they
// took.
func (b *bucketIAM) paced(t *testing.T, p *pacer, n int) time.Duration {
	t.Helper()
	calls := make(chan struct{}, n)
	for range n {
		calls <- struct{}{}
	}
	close(calls)
	began := time.Now()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range calls {
				for refused := true; refused; {
					sent, err := p.wait(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					refused = b.call()
					p.answered(sent, refused, time.Now())
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// TestThePaceIsThatOfTheBucket makes the writes of a first apply of 100 and of
// 500 roles, three each and the provider, by a clock that costs nothing.
func TestThePaceIsThatOfTheBucket(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{5, 20, 50} {
		for _, seconds := range []float64{1, 5} { // of the rate, that the bucket holds
			for _, n := range []int{301, 1501} {
				for seed := range uint64(2) {
					t.Run(fmt.Sprintf("%d calls at %v a second with %v s at once, seed %d", n, perSecond, seconds, seed), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							burst := int(perSecond * seconds)
							b := newBucketIAM(perSecond, burst, seed)
							took := b.paced(t, newPacer(), n).Seconds()
							// Ten at a time take their time where the bucket does not.
							allowed := max(float64(n-burst)/perSecond, float64(n)/10*b.latency.Seconds())
							if took > 1.1*allowed+2 {
								t.Errorf("it took %.1f s, and the bucket allows %.1f s", took, allowed)
							}
							// A short run has the same refusals at its beginning: ten are under way at the first.
							most := 0.05
							if n == 301 {
								most = 0.08
							}
							if part := float64(b.refused) / float64(n+b.refused); part >= most {
								t.Errorf("%d of %d calls were refused: %.1f %%", b.refused, n+b.refused, 100*part)
							}
						})
					})
				}
			}
		}
	}
}

func TestAnIAMThatRefusesNothingIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, began := newPacer(), time.Now()
		for range 5000 {
			sent, err := p.wait(t.Context())
			if err != nil || sent != began {
				t.Fatalf("it waited until %s, error %v", sent, err)
			}
			p.answered(sent, false, time.Now())
		}
	})
}

func TestThePaceFollowsABucketThatChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, p := newBucketIAM(20, 20, 1), newPacer()
		b.paced(t, p, 300)
		b.refused = 0
		b.bucket.SetLimit(5) // as if somebody else took the rest
		if took := b.paced(t, p, 300); took > 65*time.Second || b.refused > 30 {
			t.Errorf("300 calls at 5 a second took %s, with %d refused", took, b.refused)
		}
		b.refused = 0
		b.bucket.SetLimit(20)
		if took := b.paced(t, p, 600); took > 45*time.Second || b.refused > 30 {
			t.Errorf("600 calls at 20 a second took %s, with %d refused", took, b.refused)
		}
		b.bucket = nil
		if took := b.paced(t, p, 2000); took > 45*time.Second {
			t.Errorf("2,000 calls without a limit took %s, and would take 16 s", took)
		}
	})
}

func TestAPauseOfTheRunDoesNotCountAsTheBucketsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, p := newBucketIAM(20, 20, 1), newPacer()
		b.paced(t, p, 200)
		time.Sleep(time.Minute)
		if took := b.paced(t, p, 400); took > 22*time.Second {
			t.Errorf("400 calls at 20 a second took %s", took)
		}
	})
}

func TestWhoWaitsForTheirTurnCanBeInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		p.answered(time.Now(), true, time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		for range 3 {
			if _, err := p.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("right after a refusal: error %v", err)
			}
		}
	})
}
