// Package apply carries a plan out: it walks the plan's tasks and makes one
// call for each of their steps.
//
// It computes nothing of what to do: every call and its parameters stand in
// the plan. It does not read accounts, does not check whether the plan is
// still true of them and does not ask anybody; it only looks an object up by
// name where IAM says that what it was to create is there already.
package apply

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// IAM is what a run asks of an account; *iam.Client is one.
type IAM interface {
	CreateOpenIDConnectProvider(context.Context, *iam.CreateOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.CreateOpenIDConnectProviderOutput, error)
	GetOpenIDConnectProvider(context.Context, *iam.GetOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.GetOpenIDConnectProviderOutput, error)
	AddClientIDToOpenIDConnectProvider(context.Context, *iam.AddClientIDToOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.AddClientIDToOpenIDConnectProviderOutput, error)
	RemoveClientIDFromOpenIDConnectProvider(context.Context, *iam.RemoveClientIDFromOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.RemoveClientIDFromOpenIDConnectProviderOutput, error)
	UpdateOpenIDConnectProviderThumbprint(context.Context, *iam.UpdateOpenIDConnectProviderThumbprintInput, ...func(*iam.Options)) (*iam.UpdateOpenIDConnectProviderThumbprintOutput, error)
	TagOpenIDConnectProvider(context.Context, *iam.TagOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.TagOpenIDConnectProviderOutput, error)
	UntagOpenIDConnectProvider(context.Context, *iam.UntagOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.UntagOpenIDConnectProviderOutput, error)
	DeleteOpenIDConnectProvider(context.Context, *iam.DeleteOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.DeleteOpenIDConnectProviderOutput, error)

	CreateRole(context.Context, *iam.CreateRoleInput, ...func(*iam.Options)) (*iam.CreateRoleOutput, error)
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	UpdateRole(context.Context, *iam.UpdateRoleInput, ...func(*iam.Options)) (*iam.UpdateRoleOutput, error)
	UpdateAssumeRolePolicy(context.Context, *iam.UpdateAssumeRolePolicyInput, ...func(*iam.Options)) (*iam.UpdateAssumeRolePolicyOutput, error)
	PutRolePermissionsBoundary(context.Context, *iam.PutRolePermissionsBoundaryInput, ...func(*iam.Options)) (*iam.PutRolePermissionsBoundaryOutput, error)
	DeleteRolePermissionsBoundary(context.Context, *iam.DeleteRolePermissionsBoundaryInput, ...func(*iam.Options)) (*iam.DeleteRolePermissionsBoundaryOutput, error)
	AttachRolePolicy(context.Context, *iam.AttachRolePolicyInput, ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error)
	DetachRolePolicy(context.Context, *iam.DetachRolePolicyInput, ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error)
	PutRolePolicy(context.Context, *iam.PutRolePolicyInput, ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error)
	DeleteRolePolicy(context.Context, *iam.DeleteRolePolicyInput, ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error)
	TagRole(context.Context, *iam.TagRoleInput, ...func(*iam.Options)) (*iam.TagRoleOutput, error)
	UntagRole(context.Context, *iam.UntagRoleInput, ...func(*iam.Options)) (*iam.UntagRoleOutput, error)
	DeleteRole(context.Context, *iam.DeleteRoleInput, ...func(*iam.Options)) (*iam.DeleteRoleOutput, error)
}

// Clients gives an account's client.
type Clients func(trust.AccountID) (IAM, error)

// Files writes and removes ESC environment files; force means those too that
// somebody else wrote.
type Files interface {
	Write(file trust.EnvironmentFile, force bool) error
	Remove(file trust.EnvironmentFile, force bool) error
}

// Observer is told how a run goes. Its methods are called from many
// goroutines, those for one change in order: Start, a Step before every step,
// a Retry whenever the step's call is made again, End. A change that is not
// tried is not told of.
type Observer interface {
	Start(change plan.Change)
	Step(change plan.Change, step string)
	Retry(change plan.Change, step string)
	End(change plan.Change, err error)
}

// Options are how to run. The zero Options are good.
type Options struct {
	Parallelism int           // calls at once in one account; 0 is 10
	Total       int           // calls at once in all accounts; 0 is 64
	Force       bool          // write and remove files that somebody else wrote
	Observer    Observer      // nil: nobody
	Patience    time.Duration // how long to wait for IAM to see its own writes; 0 is 2 minutes
	CallTimeout time.Duration // how long one call may take with its retries; 0 is 3 minutes

	// Audit gets a line of JSON for every write, before the next step of its
	// change begins; nil: nobody. Once it fails nothing new is begun.
	Audit      io.Writer
	Unlogged   func(line []byte) // is told of every line that Audit did not take; nil: nobody
	PlanDigest string            // for Audit

	// Abort, once closed, cancels the calls in flight: a second interrupt.
	// The first one is Run's context.
	Abort <-chan struct{}

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: a timer
}

func (o Options) withDefaults() Options {
	if o.Parallelism <= 0 {
		o.Parallelism = 10
	}
	if o.Total <= 0 {
		o.Total = 64
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Patience <= 0 {
		o.Patience = 2 * time.Minute
	}
	if o.CallTimeout <= 0 {
		o.CallTimeout = 3 * time.Minute
	}
	if o.Unlogged == nil {
		o.Unlogged = func([]byte) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

type nobody struct{}

func (nobody) Start(plan.Change)         {}
func (nobody) Step(plan.Change, string)  {}
func (nobody) Retry(plan.Change, string) {}
func (nobody) End(plan.Change, error)    {}
