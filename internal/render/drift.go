package render

import (
	"fmt"
	"io"

	"github.com/trustctl/trustctl/internal/plan"
)

// happened is what has become of an object, in the words of a drift.
func happened(a plan.Action) string {
	switch a {
	case plan.Create:
		return "has been created"
	case plan.Replace:
		return "has been replaced"
	case plan.Delete:
		return "has been deleted"
	default:
		return "has changed"
	}
}

// drift writes what changed since a snapshot.
func (t *text) drift(w io.Writer) error {
	p := t.plan
	shown := *p
	shown.Changes = p.Drift
	t.plan = &shown
	since := ""
	if p.Since != nil {
		since = " since the snapshot of " + p.Since.Taken.UTC().Format("2006-01-02 15:04 UTC") + ", " + p.Since.Old() + " ago"
	}
	if p.Drifted() {
		t.line(0, "Objects have changed"+since+":")
		t.blank()
	}
	n := map[plan.Action]int{}
	for _, ch := range p.Drift {
		n[ch.Action]++
		t.change(ch)
	}
	if t.Concise && p.Drifted() {
		t.blank()
	}
	t.problems()
	t.accessSummary()
	t.line(0, "Reads: "+count(t.report.Reads, "call")+".")
	t.blank()
	switch {
	case p.Drifted():
		t.line(0, t.Style.Bold("Drift:")+fmt.Sprintf(" %d created, %d changed, %d replaced, %d deleted. Nothing is planned.", n[plan.Create], n[plan.Update], n[plan.Replace], n[plan.Delete]))
	case p.Errored():
		t.line(0, "Nothing was compared.")
	default:
		t.line(0, t.Style.Green("No drift.")+" Nothing has changed"+since+".")
	}
	if p.Partial {
		t.sentence("This is a part of the configuration only: -target, -exclude or -account leaves the rest out.")
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}
