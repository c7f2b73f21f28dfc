package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/visible"
)

// question is one that must be answered in just these words.
type question struct{ text, only, want string }

// questions are those that a plan asks. Only "yes" is a yes; to destroy, only
// the stack's name is; and where roles go that somebody uses, their number is.
func questions(p *plan.Plan) []question {
	var all []question
	if p.Mode == plan.ModeDestroy {
		all = append(all, question{fmt.Sprintf("Do you really want to destroy everything that the stack %q owns? Enter its name.", p.Stack), strconv.Quote(p.Stack), p.Stack})
	}
	if used := p.RecentlyUsed(); len(used) > 0 && !p.Choices.AllowRecentlyUsed {
		all = append(all, question{
			"Roles that were used in the last 30 days would be deleted or replaced: " + visible.Line(strings.Join(used, ", ")) + ". If you want that, enter how many they are.",
			"their number", strconv.Itoa(len(used)),
		})
	}
	if len(all) == 0 {
		all = append(all, question{"Do you want to perform these actions?", strconv.Quote("yes"), "yes"})
	}
	return all
}

// confirm asks.
func (a *app) confirm(ctx context.Context, cmd *cobra.Command, p *plan.Plan, f *runFlags) error {
	ask, err := a.mayAsk(cmd, f.configFlags)
	if err != nil {
		return err
	}
	const declined = "the plan was not approved, and nothing was changed"
	const instead = "use -auto-approve, or apply a saved plan"
	if !ask {
		return fmt.Errorf("%s: -input=false forbids to ask; %s", declined, instead)
	}
	for _, q := range questions(p) {
		yes, err := term.Confirm(ctx, a.Streams, q.text, q.only, q.want)
		switch {
		case errors.Is(err, term.ErrNoTerminal):
			return fmt.Errorf("%s: there is no terminal to ask at; %s", declined, instead)
		case err != nil:
			return fmt.Errorf("%s: %w", declined, err)
		case !yes:
			return errors.New(declined)
		}
	}
	return nil
}

// allowsRecentlyUsed holds a plan that nobody is asked about to
// -allow-recently-used.
func allowsRecentlyUsed(p *plan.Plan, saved bool) error {
	used := p.RecentlyUsed()
	if len(used) == 0 || p.Choices.AllowRecentlyUsed {
		return nil
	}
	how := "-allow-recently-used allows it"
	if saved {
		how = "it was made without -allow-recently-used; make it again with that"
	}
	return fmt.Errorf("the plan would delete or replace roles that were used in the last 30 days, and nothing was changed: %s\n\nIf that is meant: %s", strings.Join(used, ", "), how)
}
