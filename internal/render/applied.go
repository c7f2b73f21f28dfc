package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Applied is what became of a plan.
type Applied struct {
	Done, Failed, NotTried []Outcome
	Counts                 plan.Counts // of what was done in full
	Writes                 int         // IAM calls made
	Confirmed, Unconfirmed int         // objects in IAM that read as they were written, and that do not
	Destroy                bool        // everything was to go
	Interrupted            bool
	Sandbox                bool
	Roles                  []trust.ARN // of the environments, at the end
	Pushes                 []Push      // of the files that were written or removed
	Untold                 int         // files that were there already, as they are declared: whether they were pushed is not known
}

// Outcome is what became of one change.
type Outcome struct {
	Resource string
	Action   plan.Action
	Error    string // "" unless it failed
	Because  string // the resource whose failure kept this one from being tried, or ""
}

// ApplyText writes the end of an apply: one line where all went well, else
// the three lists of what was done, what failed and what was not tried.
func ApplyText(w io.Writer, a Applied, o TextOptions) error {
	t := &text{TextOptions: o}
	whole := len(a.Failed)+len(a.NotTried) == 0 && !a.Interrupted
	if !whole {
		t.outcomes("Done", a.Done)
		t.outcomes("Failed", a.Failed)
		t.notTried(a.NotTried)
	}
	if len(a.Roles) > 0 {
		t.line(0, "Roles:")
		for _, arn := range a.Roles {
			t.line(2, safe(string(arn)))
		}
		t.blank()
	}
	t.pushes(a.Pushes)
	t.untold(a)
	t.sentence("Writes: " + count(a.Writes, "call") + "." + confirmedText(a))
	t.blank()
	what, counts := "Apply", countText(a.Counts, "imported", "added", "changed", "destroyed", "forgotten")
	if a.Destroy {
		what, counts = "Destroy", destroyedText(a.Counts)
	}
	sandbox := ""
	if a.Sandbox {
		sandbox = " (SANDBOX: no AWS account was touched)"
	}
	switch {
	case whole:
		t.sentence(t.Style.Green(what+" complete!") + " Resources: " + counts + "." + sandbox)
	case a.Interrupted:
		t.sentence(t.Style.Red("Error: ") + t.Style.Bold("The "+strings.ToLower(what)+" was interrupted.") + " Resources: " + counts + ". " + what + " again to finish it." + sandbox)
	default:
		t.sentence(t.Style.Red("Error: ") + t.Style.Bold("The "+strings.ToLower(what)+" did not complete.") + " Resources: " + counts + ". " + what + " again to finish it." + sandbox)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// untold says that the list of what to push is this run's alone.
func (t *text) untold(a Applied) {
	if a.Untold == 0 {
		return
	}
	t.sentence("Of " + count(a.Untold, "file") + " that this run found as declared it is not known whether Pulumi Cloud has them: push them too if an earlier run was stopped before it listed them.")
	t.blank()
}

// confirmedText is how many of the changed objects were seen as written.
func confirmedText(a Applied) string {
	switch total := a.Confirmed + a.Unconfirmed; {
	case total == 0:
		return ""
	case a.Unconfirmed == 0:
		return " Confirmed: " + count(total, "object") + "."
	default:
		return fmt.Sprintf(" Confirmed: %d of %s.", a.Confirmed, count(total, "object"))
	}
}

// destroyedText counts what a destroy did: mostly one thing.
func destroyedText(n plan.Counts) string {
	s := fmt.Sprintf("%d destroyed", n.Destroy)
	for _, part := range []struct {
		n    int
		what string
	}{{n.Import, "imported"}, {n.Add, "added"}, {n.Change, "changed"}, {n.Forget, "forgotten"}} {
		if part.n > 0 {
			s += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	return s
}

// notTried lists what was not tried, a list for each failure that is the cause.
func (t *text) notTried(all []Outcome) {
	var causes []string
	by := map[string][]Outcome{}
	for _, o := range all {
		if _, known := by[o.Because]; !known {
			causes = append(causes, o.Because)
		}
		by[o.Because] = append(by[o.Because], o)
	}
	if len(all) == 0 {
		t.outcomes("Not tried", nil)
	}
	for _, cause := range causes {
		title := "Not tried"
		if cause != "" {
			title = "Not tried, because " + safe(cause) + " failed"
		}
		t.outcomes(title, by[cause])
	}
}

// outcomes is one of the lists.
func (t *text) outcomes(title string, all []Outcome) {
	t.line(0, t.Style.Bold(fmt.Sprintf("%s (%d):", title, len(all))))
	for _, o := range all {
		t.line(2, safe(o.Resource)+": "+string(o.Action))
		if o.Error != "" {
			for _, line := range wrap(safe(o.Error), t.Width-6, 0) {
				t.line(6, line)
			}
		}
	}
	t.blank()
}
