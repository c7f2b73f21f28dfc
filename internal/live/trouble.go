package live

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/trustctl/trustctl/internal/trust"
)

// Retry is a call that an account did not answer, or refused for now, and that
// is made again.
type Retry struct {
	Account trust.Account
	Call    string // "iam:ListRoles"
	Attempt int    // that failed, from 1
	Why     string // one line
}

// troubles are the calls of an account that were not answered well when they
// were last tried. Its methods may be called from several goroutines.
type troubles struct {
	mu     sync.Mutex
	byCall map[string]Retry
	last   string // the call that failed last
}

func (t *troubles) note(r Retry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byCall == nil {
		t.byCall = map[string]Retry{}
	}
	t.byCall[r.Call], t.last = r, r.Call
}

func (t *troubles) passed(call string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byCall, call)
}

// worst is the call that failed last and was not answered since.
func (t *troubles) worst() (Retry, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, on := t.byCall[t.last]
	return r, on
}

// reading marks the context of a reading, of whose retries Options.Retrying is
// told; a run that changes something has words of its own.
type reading struct{}

// noteRetries is an API option that notes every attempt at a call that is made
// again.
func (s *Session) noteRetries(service string, o Options, retryer aws.Retryer) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		attempts := 0 // at this one call: a stack is made for each
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("trustctl note retries",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				attempts++
				call := service + ":" + middleware.GetOperationName(ctx)
				out, metadata, err := next.HandleFinalize(ctx, in)
				switch {
				case err == nil:
					s.troubles.passed(call)
				case ctx.Err() == nil && attempts < s.mostAttempts(retryer) && (firstHand{retryer}).IsErrorRetryable(err):
					r := Retry{Account: s.Account, Call: call, Attempt: attempts, Why: reason(err)}
					s.troubles.note(r)
					if o.Log != nil {
						o.Log.Debug("an attempt failed", "account", string(r.Account.ID), "call", r.Call, "attempt", r.Attempt, "why", r.Why)
					}
					if o.Retrying != nil && ctx.Value(reading{}) != nil {
						o.Retrying(r)
					}
				}
				return out, metadata, err
			}), "Retry", middleware.After)
	}
}

// mostAttempts are those at one call.
func (s *Session) mostAttempts(retryer aws.Retryer) int {
	if !s.known.Load() {
		return fewAttempts
	}
	return retryer.MaxAttempts()
}

// ended is the error of a reading that a context ended, and what the accounts
// were in trouble with: a limit of time is mostly met because of that.
func (s *Sessions) ended(ctx context.Context) error {
	err := context.Cause(ctx)
	var first *Retry
	more := 0
	for _, session := range s.All {
		if session == nil {
			continue
		}
		if r, on := session.troubles.worst(); on && first == nil {
			first = &r
		} else if on {
			more++
		}
	}
	if first == nil {
		return err
	}
	err = fmt.Errorf("%w. Account %s (%s) did not answer %s: attempt %d ended with %s",
		err, oneLine(first.Account.Name), first.Account.ID, first.Call, first.Attempt, first.Why)
	if more > 0 {
		err = fmt.Errorf("%w (and so did calls of %d more accounts)", err, more)
	}
	return err
}
