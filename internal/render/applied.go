package render

import (
	"fmt"
	"io"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Applied is what became of a plan.
type Applied struct {
	Done, Failed, NotTried []Outcome
	Counts                 plan.Counts // of what was done in full
	Writes                 int         // IAM calls made
	Interrupted            bool
	Sandbox                bool
	Roles                  []trust.ARN // of the environments, at the end
}

// Outcome is what became of one change.
type Outcome struct {
	Resource string
	Action   plan.Action
	Error    string // "" unless it failed
}

// ApplyText writes the end of an apply: one line where all went well, else
// the three lists of what was done, what failed and what was not tried.
func ApplyText(w io.Writer, a Applied, o TextOptions) error {
	t := &text{TextOptions: o}
	whole := len(a.Failed)+len(a.NotTried) == 0 && !a.Interrupted
	if !whole {
		t.outcomes("Done", a.Done)
		t.outcomes("Failed", a.Failed)
		t.outcomes("Not tried", a.NotTried)
	}
	if len(a.Roles) > 0 {
		t.line(0, "Roles:")
		for _, arn := range a.Roles {
			t.line(2, safe(string(arn)))
		}
		t.blank()
	}
	t.line(0, "Writes: "+count(a.Writes, "call")+".")
	t.blank()
	counts := countText(a.Counts, "imported", "added", "changed", "destroyed", "forgotten")
	sandbox := ""
	if a.Sandbox {
		sandbox = " (SANDBOX: no AWS account was touched)"
	}
	switch {
	case whole:
		t.line(0, t.Style.Green("Apply complete!")+" Resources: "+counts+"."+sandbox)
	case a.Interrupted:
		t.line(0, t.Style.Red("Error: ")+t.Style.Bold("The apply was interrupted.")+" Resources: "+counts+". Apply again to finish it."+sandbox)
	default:
		t.line(0, t.Style.Red("Error: ")+t.Style.Bold("The apply did not complete.")+" Resources: "+counts+". Apply again to finish it."+sandbox)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// outcomes is one of the lists.
func (t *text) outcomes(title string, all []Outcome) {
	t.line(0, t.Style.Bold(fmt.Sprintf("%s (%d):", title, len(all))))
	for _, o := range all {
		t.line(2, safe(o.Resource)+": "+string(o.Action))
		if o.Error != "" {
			for _, line := range wrap(safe(o.Error), t.Width-6) {
				t.line(6, line)
			}
		}
	}
	t.blank()
}
