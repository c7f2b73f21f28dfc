package plan

import (
	"fmt"
	"time"

	"github.com/trustctl/trustctl/internal/trust"
)

const (
	// recently is how long after its last use a role still counts as in use.
	recently = 30 * 24 * time.Hour
	// tracked is how far back IAM's record of a role's use reaches.
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
	tracked = 400 * 24 * time.Hour
)

// Use is what is known of a role's use.
type Use string

// What may be known. Only of a role that is younger than IAM's record does the
// record's silence say that nobody ever used it.
const (
	Used        Use = "used"         // at the time beside it
	NeverUsed   Use = "never"        // since it was made
	NoneTracked Use = "none-tracked" // not in the last 400 days; of the time before IAM keeps no record
	UseUnknown  Use = "unknown"      // IAM did not say
)

// LastUse is when a role that goes was last used.
type LastUse struct {
	Use    Use       `json:"use"`
	At     time.Time `json:"at,omitzero"`
	Recent bool      `json:"recent"` // in the last 30 days
}

func lastUse(r *trust.Role, now time.Time) *LastUse {
	switch {
	case !r.LastUsed.IsZero(): // also of a clock that is behind
		return &LastUse{Use: Used, At: r.LastUsed, Recent: now.IsZero() || now.Sub(r.LastUsed) < recently}
	case !r.LastUseKnown:
		return &LastUse{Use: UseUnknown}
	case !r.Created.IsZero() && !now.IsZero() && now.Sub(r.Created) < tracked:
		return &LastUse{Use: NeverUsed}
	}
	return &LastUse{Use: NoneTracked}
}

// takesRole says whether a change takes a role away, be it for a new one.
func (c Change) takesRole() bool {
	return c.Address.Kind == trust.KindRole && (c.Action == Delete || c.Action == Replace)
}

// RecentlyUsed are the names of the roles that the plan deletes or replaces
// although they were used in the last 30 days.
func (p *Plan) RecentlyUsed() []string {
	var names []string
	for _, ch := range p.Changes {
		if ch.takesRole() && ch.Refused == "" && ch.LastUse != nil && ch.LastUse.Recent {
			names = append(names, ch.Before.Role.Name)
		}
	}
	return names
}

// inUse warns of the roles that would go although somebody uses them.
func (c *comparison) inUse(account trust.Account) {
	var names []string
	for _, ch := range c.plan.Changes {
		if ch.Address.Account == account.ID && ch.takesRole() && ch.Refused == "" && ch.LastUse != nil && ch.LastUse.Recent {
			names = append(names, ch.Before.Role.Name+" ("+ch.LastUse.At.UTC().Format(time.DateOnly)+")")
		}
	}
	if len(names) == 0 {
		return
	}
	consent := "apply asks for their number; where nobody is asked, and for a plan file, plan with -allow-recently-used."
	if c.o.AllowRecentlyUsed {
		consent = "-allow-recently-used allows that."
	}
	c.problem(Problem{Severity: Warning, Summary: "Roles in use would go",
		Detail: fmt.Sprintf("This plan deletes or replaces %d of account %s's roles that were used in the last 30 days: %s. Whoever uses them will be refused. %s", len(names), accountName(account), few(names, 10), consent)})
}

// usedSince says that a role was used after a plan showed it as idle: whoever
// approved the plan did not know.
func usedSince(was, is Change) (Problem, bool) {
	if is.LastUse == nil || !is.LastUse.Recent || was.LastUse != nil && was.LastUse.Recent {
		return Problem{}, false
	}
	return Problem{Severity: Error, Address: is.Address, Summary: "The role is in use",
		Detail: fmt.Sprintf("Role %s was used at %s, and the plan that was approved did not say so.", is.Before.Role.Name, is.LastUse.At.UTC().Format(time.RFC3339))}, true
}

// checkLastUse refuses a change that says of a role's use what its before
// does not.
func (c Change) checkLastUse() error {
	if (c.LastUse != nil) != c.takesRole() {
		return fmt.Errorf("its last use is there without a reason, or missing")
	}
	if c.LastUse != nil && !c.LastUse.At.Equal(c.Before.Role.LastUsed) {
		return fmt.Errorf("its last use is not that of what it shows as read")
	}
	return nil
}
