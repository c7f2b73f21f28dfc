package main

import (
	"context"
	"strings"
	"sync"

	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// unconfirmed sums up what is said of objects that IAM does not show as they
// were written.
const unconfirmed = "Written, but not confirmed"

// confirm reads what the run changed again; nil where that was not to be done,
// or an interrupt ended the run.
func (v *view) confirm(ctx context.Context, a *app, p *plan.Plan, w *world, result apply.Result) *apply.Confirmation {
	if v.flags.confirmWithin == 0 || ctx.Err() != nil {
		return nil
	}
	var once sync.Once
	confirmed := apply.Confirm(ctx, p, result,
		func(account trust.AccountID) (apply.Reader, error) { return w.sessions.Again(account) },
		apply.ConfirmOptions{
			Within: v.flags.confirmWithin, Parallelism: v.flags.parallelism, Total: v.flags.total, Now: a.now,
			Waiting: func(int) { once.Do(func() { a.say("Waiting for IAM to show what was written...") }) },
		})
	return &confirmed
}

// unconfirmedText warns of all objects that are not confirmed.
func unconfirmedText(all []apply.Unconfirmed) string {
	var b strings.Builder
	b.WriteString(unconfirmed + "\n\nIAM took the writes, but does not show these objects as they were written:\n")
	for _, u := range all {
		b.WriteString("\n  " + u.Resource)
		if u.Err != nil {
			b.WriteString(": " + visible.Line(u.Err.Error()))
		}
	}
	b.WriteString("\n\nIAM may need longer, or somebody else changed them since: plan again to see")
	return b.String()
}

// unconfirmedDetail is what is said of one.
func unconfirmedDetail(u apply.Unconfirmed) string {
	if u.Err != nil {
		return "It could not be read again: " + u.Err.Error()
	}
	return "IAM took the writes, but does not show the object as it was written. IAM may need longer, or somebody else changed it since: plan again to see."
}
