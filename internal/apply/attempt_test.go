package apply

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/trustctl/trustctl/internal/plan"
)

// patient is a world whose client waits for an hour before it tries again.
func patient(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	o := w.client.Options()
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Hour, nil })
	})
	w.client = iam.New(o)
	return w
}

// runUntil carries out changes of a step each, until ctx ends.
func (w *world) runUntil(ctx context.Context, o Options, steps ...plan.Step) Result {
	p := &plan.Plan{Stack: "main"}
	var tasks []plan.Task
	for i, s := range steps {
		p.Changes = append(p.Changes, plan.Change{Resource: string(rune('a' + i))})
		tasks = append(tasks, plan.Task{Change: i, Account: account, Steps: []plan.Step{s}})
	}
	return walk(ctx, p, tasks, w.clients, nil, o)
}

func TestAnInterruptBeginsNoFurtherAttemptAndEndsTheWaitForIt(t *testing.T) {
	for name, test := range map[string]struct {
		fault  fault
		exists bool // in the end
		want   string
	}{
		"refused": {fault{code: "Throttling", message: "Rate exceeded"}, false, "interrupted before CreateRole was tried again: CreateRole: Throttling: Rate exceeded"},
		"lost":    {fault{lose: true}, true, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			w := patient(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			w.wire.on = func(action string, _ int) *fault {
				if action != "CreateRole" {
					return nil
				}
				cancel(ErrInterrupted)
				return &test.fault
			}
			began := time.Now()
			got := w.runUntil(ctx, Options{Parallelism: 1}, createRole(t, "r"), createRole(t, "s"))
			if took := time.Since(began); took > 30*time.Second || w.wire.seen["CreateRole"] != 1 {
				t.Errorf("it took %s and %d calls, want one", took, w.wire.seen["CreateRole"])
			}
			if !got.Interrupted || len(got.Failed) != 1 || len(got.NotTried) != 1 || !errors.Is(got.Failed[0].Err, ErrInterrupted) {
				t.Fatalf("result %+v, want one interrupted and one not tried", got)
			}
			if text := got.Failed[0].Err.Error(); !strings.Contains(text, test.want) {
				t.Errorf("the error is %q, want %q in it", text, test.want)
			}
			w.wire.on = nil
			if got := roleExists(t, w, "r"); got != test.exists {
				t.Errorf("the role exists: %v, want %v", got, test.exists)
			}
			if again := w.runUntil(t.Context(), Options{}, createRole(t, "r"), createRole(t, "s")); len(again.Done) != 2 {
				t.Errorf("running it again: %+v", again)
			}
		})
	}
}

func TestAnInterruptEndsTheWaitForIAMToSeeItsOwnWrites(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	w.wire.on = first(100, "CreateRole", fault{code: malformedPolicyDocument, message: "Invalid principal in policy"})
	got := w.runUntil(ctx, Options{Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel(ErrInterrupted)
		<-ctx.Done()
		return ctx.Err()
	}}, createRole(t, "r"))
	if !got.Interrupted || len(got.Failed) != 1 || !strings.Contains(got.Failed[0].Err.Error(), "Invalid principal") || w.wire.seen["CreateRole"] != 1 {
		t.Errorf("result %+v after %d calls", got, w.wire.seen["CreateRole"])
	}
}
