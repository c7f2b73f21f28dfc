package live

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

const (
	maxAttempts = 10
	fewAttempts = 3 // before it is known who calls
	maxBackoff  = 20 * time.Second
	// atOnce is how many attempts at a write IAM may throttle before the next
	// one has to wait for more than the pacer.
	atOnce = 4
)

// retryer is one account's retryer: the SDK's standard mode, with the errors
// that ask to come back later and that the SDK does not know as such, and the
// answers that cannot be read: every write here may be made twice, or is looked
// up after the second time. Its bucket of retry tokens is off: it would turn a
// long throttling, which the pacer answers, into failures.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html#API_CreateRole_Errors
func (o Options) retryer() aws.Retryer {
	return retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = maxAttempts
		s.MaxBackoff = maxBackoff
		s.RateLimiter = ratelimit.None
		s.Retryables = append(s.Retryables, retry.IsErrorRetryableFunc(unreadable), retry.RetryableErrorCode{Codes: map[string]struct{}{
			"ConcurrentModification":                 {},
			"ConcurrentModificationException":        {},
			"EntityTemporarilyUnmodifiable":          {},
			"EntityTemporarilyUnmodifiableException": {},
		}})
		if s.Backoff = retry.NewExponentialJitterBackoff(maxBackoff); o.Backoff != nil {
			s.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return o.Backoff(attempt), nil })
		}
		s.Backoff = pacedBackoff{s.Backoff}
	})
}

// firstHand is a retryer that leaves the getting of credentials to those who
// get them: they have tried again themselves.
type firstHand struct{ aws.Retryer }

// IsErrorRetryable says whether to make the call again.
func (f firstHand) IsErrorRetryable(err error) bool {
	return !strings.Contains(err.Error(), noCredentials) && f.Retryer.IsErrorRetryable(err)
}

// unreadable reports whether a connection ended within an answer, or a good
// answer came that is not AWS's or not the whole of it: neither is an answer.
func unreadable(err error) aws.Ternary {
	var unread *smithy.DeserializationError
	var answer interface{ HTTPStatusCode() int }
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &unread) && errors.As(err, &answer) && answer.HTTPStatusCode()/100 == 2 {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// pacedError is IAM's refusal of a write that waits for the pacer before the
// next attempt.
type pacedError struct{ error }

func (e *pacedError) Unwrap() error { return e.error }

// pacedBackoff is a backoff that leaves the first waits of a throttled write to
// the pacer, which lets others go on meanwhile. What is throttled for longer
// waits like everything else.
type pacedBackoff struct{ retry.BackoffDelayer }

func (b pacedBackoff) BackoffDelay(attempt int, err error) (time.Duration, error) {
	var paced *pacedError
	if errors.As(err, &paced) {
		if attempt < atOnce {
			return 0, nil
		}
		attempt -= atOnce - 1
	}
	return b.BackoffDelayer.BackoffDelay(attempt, err)
}

// paceWrites is an API option that has the pacer's slot for every attempt at a
// write. Reads have buckets of their own, and are few.
func (p *pacer) paceWrites(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("trustctl pace writes",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if name := middleware.GetOperationName(ctx); strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") {
				return next.HandleFinalize(ctx, in)
			}
			sent, err := p.wait(ctx)
			if err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, &aws.RequestCanceledError{Err: err}
			}
			out, metadata, err := next.HandleFinalize(ctx, in)
			refused := retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool()
			p.answered(sent, refused, time.Now())
			if refused {
				err = &pacedError{err}
			}
			return out, metadata, err
		}), "Retry", middleware.After)
}
