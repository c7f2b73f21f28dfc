package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"github.com/trustctl/trustctl/internal/trust"
)

// WrongAccountError is the error for credentials that lead into another
// account than the declared one. It stops everything: what would be read and
// written there is not what the configuration speaks of.
type WrongAccountError struct {
	Account trust.Account   // as declared
	Actual  trust.AccountID // where the credentials lead
	Caller  trust.ARN
}

func (e *WrongAccountError) Error() string {
	return fmt.Sprintf("account %q is declared as %s, but its credentials belong to account %s (%s): set its profile or assume_role to credentials of %s",
		e.Account.Name, e.Account.ID, e.Actual, e.Caller, e.Account.ID)
}

// WrongPartitionError is the error for credentials, or an endpoint, of another
// partition than the declared one: every ARN that is planned would be wrong.
type WrongPartitionError struct {
	Account trust.Account // as declared
	Caller  trust.ARN
}

func (e *WrongPartitionError) Error() string {
	return fmt.Sprintf("account %q is declared in partition %q, but its credentials lead into %q (%s): correct its partition, its region or its credentials",
		e.Account.Name, e.Account.Partition, e.Caller.Partition(), e.Caller)
}

// Connect makes a session for every target and asks each who it is, before
// the first call to IAM. An account that cannot be reached has a Failure in
// its session; credentials of another account, or of another partition, are an
// error, *WrongAccountError or *WrongPartitionError, or several joined.
func Connect(ctx context.Context, targets []Target, o Options) (*Sessions, error) {
	ctx = context.WithValue(ctx, reading{}, true)
	sessions := &Sessions{All: make([]*Session, len(targets)), options: o}
	p := newProfiles(o)
	for i, t := range targets {
		s, err := p.connect(ctx, t)
		if err != nil {
			s.Account.Failure = s.failure(err)
		}
		sessions.All[i] = s
	}
	wrong := make([]error, len(targets))
	var group errgroup.Group
	group.SetLimit(o.parallelism())
	for i, s := range sessions.All {
		if s.Account.Failure == "" {
			group.Go(guarded(func() error {
				wrong[i] = s.identify(ctx)
				return nil
			}))
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("connecting to the accounts: %w", sessions.ended(ctx))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return sessions, nil
}

// identify asks who the caller is: the one call that needs no permission. An
// endpoint that does not answer is not worth the long patience that a
// throttling is.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (s *Session) identify(ctx context.Context) error {
	who, err := s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.Options) {
		o.Retryer, o.RetryMaxAttempts = firstHand{o.Retryer}, fewAttempts
	})
	if err != nil {
		s.Account.Failure = s.failure(err)
		return nil
	}
	s.known.Store(true)
	s.Account.Caller = trust.ARN(aws.ToString(who.Arn))
	if actual := trust.AccountID(aws.ToString(who.Account)); actual != s.Account.ID {
		return &WrongAccountError{Account: s.Account, Actual: actual, Caller: s.Account.Caller}
	}
	if p := s.Account.Caller.Partition(); p != "" && p != s.Account.Partition {
		return &WrongPartitionError{Account: s.Account, Caller: s.Account.Caller}
	}
	return nil
}
