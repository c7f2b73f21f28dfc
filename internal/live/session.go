package live

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"github.com/trustctl/trustctl/internal/trust"
)

// Session is a connection to one account. Its Account says who the caller is,
// or, under Failure, why there is no getting in.
type Session struct {
	Account trust.Account
	IAM     *iam.Client

	sts   *sts.Client
	calls counter

	troubles troubles
	known    atomic.Bool // who the caller is

	// How many pages the lists of the account's roles had when they were last read.
	detailPages, listPages atomic.Int64
}

// Calls is how many API calls the session made, retries not counted.
func (s *Session) Calls() int {
	total, _ := s.calls.sum()
	return total
}

// Sessions are the connections of a run, one an account, in the order of the
// targets.
type Sessions struct {
	All []*Session

	options Options
}

// IAM is the client for an account that was reached.
func (s *Sessions) IAM(account trust.AccountID) (*iam.Client, error) {
	session, err := s.Session(account)
	if err != nil {
		return nil, err
	}
	return session.IAM, nil
}

// Session is the connection to an account that was reached.
func (s *Sessions) Session(account trust.AccountID) (*Session, error) {
	for _, session := range s.All {
		if session.Account.ID != account {
			continue
		}
		if session.Account.Failure != "" {
			return nil, fmt.Errorf("account %s could not be reached: %s", account, session.Account.Failure)
		}
		return session, nil
	}
	return nil, fmt.Errorf("account %s is not connected", account)
}

// Calls is how many API calls all sessions made, retries not counted: in all
// and by action ("iam:ListRoles").
func (s *Sessions) Calls() (total int, byAction map[string]int) {
	byAction = map[string]int{}
	for _, session := range s.All {
		n, actions := session.calls.sum()
		total += n
		for action, n := range actions {
			byAction[action] += n
		}
	}
	return total, byAction
}

// counter counts a client's calls by action.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *counter) sum() (total int, byAction map[string]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.counts {
		total += n
	}
	return total, maps.Clone(c.counts)
}

// count is an API option that counts the calls to a service. It stands before
// the retry loop: a call counts once however often it is tried.
func (c *counter) count(service string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("trustctl count calls",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				c.mu.Lock()
				if c.counts == nil {
					c.counts = map[string]int{}
				}
				c.counts[service+":"+middleware.GetOperationName(ctx)]++
				c.mu.Unlock()
				return next.HandleInitialize(ctx, in)
			}), middleware.After)
	}
}
