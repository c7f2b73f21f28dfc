package apply

import (
	"errors"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Result is what became of a plan: every change that has steps is in exactly
// one of the three lists, in the plan's order.
type Result struct {
	// Done are the changes that were carried out whole.
	Done []Outcome
	// Failed are the changes of which a step failed, or between whose steps
	// the run was interrupted or its account's credentials ended.
	Failed []Outcome
	// NotTried are the changes that were left because the run was interrupted,
	// because their account's credentials are not taken (any more) or it takes no
	// more roles, or because they need one that failed. What such a change did
	// before, for others to rest on, stands in its Steps.
	NotTried []Outcome

	Writes      int                 // IAM calls that were carried out
	Interrupted bool                // an interrupt left something undone
	Refused     []*CredentialsError // one for each account whose credentials were not taken
	Unaudited   error               // *AuditError: why the audit log lacks what was done last; nil: it doesn't
}

// Outcome is what became of one change.
type Outcome struct {
	Change   int // index into the plan's Changes
	Address  trust.Address
	Resource string
	Action   plan.Action
	Steps    []string // carried out, under IAM's names
	Failed   string   // the step that failed, or ""
	Left     []string // not tried
	Err      error    // nil for one that is done; *StepError, *BugError, *CredentialsError, *QuotaError, ErrInterrupted, *NeedError
	Duration time.Duration
}

// ErrInterrupted is the error of a change that an interrupt stopped before or
// between its steps, and the cause to cancel Run's context with where a person
// interrupts.
var ErrInterrupted = errors.New("interrupted")

// NeedError is the error of a change that rests on one that did not succeed.
type NeedError struct{ Resource string }

func (e *NeedError) Error() string { return "not tried: it needs " + e.Resource + ", which failed" }
