package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"

	"github.com/trustctl/trustctl/internal/plan"
)

// attempts are those at one call. An interrupt ends the wait for the next one
// and leaves the one that is under way to come to its end.
type attempts struct {
	r        *run
	again    func()    // is told of every attempt but the first
	deadline time.Time // of the call, with all of them
	sent     int
	last     error // what the last one ended with
}

// begin is a call's context, for everything but an attempt under way.
func (a *attempts) begin() (context.Context, context.CancelFunc) {
	a.deadline = time.Now().Add(a.r.CallTimeout)
	ctx, cancel := context.WithDeadline(a.r.stop, a.deadline)
	aborted := context.AfterFunc(a.r.calls, cancel)
	return ctx, func() {
		aborted()
		cancel()
	}
}

// option makes a call's attempts these: it stands within the SDK's retry loop
// and whatever waits there, right before a request is signed and sent.
func (a *attempts) option(o *iam.Options) {
	attempt := middleware.FinalizeMiddlewareFunc("trustctl attempt",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
			if a.sent++; a.sent > 1 {
				a.again()
			}
			flight, cancel := context.WithDeadline(context.WithoutCancel(ctx), a.deadline)
			defer cancel()
			defer context.AfterFunc(a.r.calls, cancel)()
			out, metadata, a.last = next.HandleFinalize(flight, in)
			return out, metadata, a.last
		})
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(attempt, "Signing", middleware.Before)
	})
}

// interrupted reports whether err is that of a call that was not made, or not
// made again, because nothing new is to be begun.
func (a *attempts) interrupted(err error) bool {
	return a.r.stop.Err() != nil && a.r.calls.Err() == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

// brokenOff is the error of such a call: what its last attempt ended with, nil
// where none was made.
type brokenOff struct{ last error }

func (e *brokenOff) Error() string { return "broken off" }

// notAgain is the error of a step whose call ended with err, and that an
// interrupt kept from being made again.
func (r *run) notAgain(change plan.Change, s plan.Step, err error) error {
	return fmt.Errorf("%w before %s was tried again: %w", interrupted(context.Cause(r.stop)), stepName(s), r.stepError(change, s, err))
}
