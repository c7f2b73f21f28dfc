package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/trustctl/trustctl/internal/apply"
)

// grace is how long the calls in flight may take once -timeout is over.
const grace = 10 * time.Second

// interruptible is a context that SIGINT or SIGTERM cancels.
func (a *app) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, _, stop := a.interruptibleTwice(ctx)
	return ctx, stop
}

// interruptibleWithin is interruptible, and bounded by -timeout; 0 is no limit.
func (a *app) interruptibleWithin(ctx context.Context, timeout time.Duration) (context.Context, func()) {
	limit, cancel := limited(ctx, timeout)
	ctx, stop := a.interruptible(limit)
	return ctx, func() {
		stop()
		cancel()
	}
}

// interruptibleTwice is a context that the first SIGINT or SIGTERM cancels,
// and a channel that the second one closes. The end of ctx itself, a time
// limit, counts as a first, and grace after it as a second.
func (a *app) interruptibleTwice(limit context.Context) (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancelCause(limit)
	signals, abort, done := make(chan os.Signal, 2), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	a.background(os.Exit, func() {
		over := limit.Done()
		var late <-chan time.Time
		for {
			select {
			case <-signals:
				if ctx.Err() != nil {
					close(abort)
					return
				}
				cancel(apply.ErrInterrupted)
			case <-over:
				over, late = nil, time.After(grace)
			case <-late:
				close(abort)
				return
			case <-done:
				return
			}
		}
	})
	return ctx, abort, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// finishing is said when a run that changes something is told to end.
func finishing(cause error) string {
	if errors.Is(cause, apply.ErrInterrupted) {
		return "Interrupt received: finishing the calls under way. Press Ctrl-C again to stop at once."
	}
	return fmt.Sprintf("Stopping, since %s: finishing the calls under way.", cause)
}

// limited bounds a run by -timeout; 0 is no limit.
func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, errors.New("the run took longer than -timeout="+timeout.String()))
}

// bounded is limited for a command that has no other flags of a run.
func bounded(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc, error) {
	if timeout < 0 {
		return nil, nil, fmt.Errorf("-timeout is %s, and must not be negative", timeout)
	}
	ctx, cancel := limited(ctx, timeout)
	return ctx, cancel, nil
}

// cause puts the words of an interrupt, or of -timeout, in the place of
// "context canceled".
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return c
	}
	return err
}
