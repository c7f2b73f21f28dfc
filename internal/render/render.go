// Package render writes a plan, and what became of it, for people and for
// machines. It decides nothing and reads nothing: everything it says is in the
// values it is given. Text that isn't trustctl's own is printed with its
// control characters escaped.
package render

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// TextOptions say how a text looks.
type TextOptions struct {
	Style    Style
	Width    int  // columns that sentences are wrapped to; 0: not at all
	Terminal bool // lists are wrapped too; elsewhere what is searched for stands in one line
	Concise  bool // one line a change
	Verbose  bool // policies as JSON, and the exact IAM calls
}

// Text writes a plan for people, in Terraform's line shapes, which tools
// parse: "# ADDRESS will be created", "Plan: …", "No changes.", "Error: …".
func Text(w io.Writer, r Report, o TextOptions) error {
	t, p := newText(r, o), r.Plan
	if p.Sandbox {
		t.sentence(o.Style.Bold("SANDBOX: this plan is for the embedded IAM; no AWS account was read."))
		t.blank()
	}
	if p.Mode == plan.ModeRefresh {
		return t.drift(w)
	}
	t.legend()
	for _, ch := range p.Changes {
		if ch.Action != plan.NoOp {
			t.change(ch)
		}
	}
	if o.Concise && p.Pending() {
		t.blank()
	}
	t.problems()
	t.findings()
	t.accessSummary()
	t.summary()
	_, err := io.WriteString(w, t.out.String())
	return err
}

// text is a text in the making.
type text struct {
	TextOptions
	report   Report
	plan     *plan.Plan
	accounts map[trust.AccountID]string // as people call them
	names    map[trust.Address]string   // resource addresses
	out      strings.Builder
}

func newText(r Report, o TextOptions) *text {
	return &text{TextOptions: o, report: r, plan: r.Plan, accounts: accountNames(r.Plan.Accounts), names: resourceNames(r.Plan)}
}

// line writes one line, indented.
func (t *text) line(indent int, s string) {
	t.out.WriteString(strings.Repeat(" ", indent))
	t.out.WriteString(s)
	t.out.WriteByte('\n')
}

// sentence is a line that is wrapped on a terminal.
func (t *text) sentence(s string) { t.hanging(0, "", "", s) }

// item is a line of a list: on a terminal what does not fit is indented further.
func (t *text) item(indent int, s string) { t.hanging(indent, "", "  ", s) }

// hanging is a line behind a lead, which on a terminal is wrapped: what does not
// fit stands behind the lead as well, and further in.
func (t *text) hanging(indent int, lead, further, s string) {
	width := 0
	if t.Terminal {
		width = t.Width - indent - lipgloss.Width(lead)
	}
	for i, line := range wrap(s, width, len(further)) {
		if i == 1 {
			lead += further
		}
		t.line(indent, lead+line)
	}
}

func (t *text) blank() { t.out.WriteByte('\n') }

func (t *text) account(id trust.AccountID) string { return safe(cmp.Or(t.accounts[id], string(id))) }

// legend explains the symbols that follow.
func (t *text) legend() {
	used := map[plan.Action]bool{}
	for _, ch := range t.plan.Changes {
		used[ch.Action] = true
	}
	if !t.plan.Pending() {
		return
	}
	t.sentence("trustctl will perform the following actions, marked with these symbols:")
	for _, l := range []struct {
		symbol, meaning string
		used            bool
	}{
		{t.Style.Green("  +"), "create", used[plan.Create]},
		{t.Style.Yellow("  ~"), "update in-place", used[plan.Update] || used[plan.Adopt]},
		{t.Style.Red("  -"), "destroy", used[plan.Delete]},
		{t.Style.Red("-") + "/" + t.Style.Green("+"), "destroy and then create replacement", used[plan.Replace]},
		{"  .", "forget", used[plan.Forget]},
	} {
		if l.used {
			t.line(0, l.symbol+" "+l.meaning)
		}
	}
	t.blank()
}

// problems are all of them, the errors last.
func (t *text) problems() {
	for _, severity := range []plan.Severity{plan.Warning, plan.Error} {
		for _, problem := range t.plan.Problems {
			if problem.Severity == severity {
				t.problem(problem)
			}
		}
	}
}

// problem is a block that begins with Warning: or Error: at the line's start.
func (t *text) problem(p plan.Problem) {
	paint := t.Style.Yellow
	word := "Warning: "
	if p.Severity == plan.Error {
		paint, word = t.Style.Red, "Error: "
	}
	t.line(0, paint(word)+t.Style.Bold(safe(p.Summary)))
	t.blank()
	if p.Pos.File != "" {
		t.line(2, fmt.Sprintf("on %s line %d", safe(p.Pos.File), p.Pos.Line))
	}
	if resource := t.resource(p.Address); resource != "" {
		t.line(2, "with "+safe(resource))
	}
	for _, line := range wrap(safe(p.Detail), t.Width-2, 0) {
		t.line(2, line)
	}
	t.blank()
}

// resource is how people call an address, or "" for none.
func (t *text) resource(a trust.Address) string {
	if a == (trust.Address{}) {
		return ""
	}
	return cmp.Or(t.names[a], a.String())
}

// summary is what tools look for: one line that begins with Plan: or
// No changes.
func (t *text) summary() {
	reads := "Reads: " + count(t.report.Reads, "call") + fromSnapshot(t.plan) + ". "
	if t.report.Reads == 0 && t.plan.Snapshot == nil { // a saved plan does not say
		reads = ""
	}
	t.sentence(reads + "Writes: " + count(t.plan.Writes(), "call") + ".")
	t.blank()
	switch {
	case t.plan.Pending():
		t.line(0, t.Style.Bold("Plan:")+" "+countText(t.plan.Counts(), "to import", "to add", "to change", "to destroy", "to forget")+".")
	case t.plan.Errored():
		t.line(0, "Nothing is planned.")
	case t.plan.Mode == plan.ModeTransfer:
		t.line(0, t.Style.Green("No changes.")+" Nothing carries the mark of stack "+quote(t.plan.Stack)+".")
	case t.plan.Mode == plan.ModeDestroy:
		t.line(0, t.Style.Green("No changes.")+" No objects need to be destroyed.")
	default:
		t.line(0, t.Style.Green("No changes.")+" Your infrastructure matches the configuration.")
	}
	if t.plan.Partial {
		t.sentence("This is a part of the configuration only: -target, -exclude or -account leaves the rest out.")
	}
	if t.plan.Errored() {
		t.line(0, "The plan has errors and cannot be applied.")
	}
}

// fromSnapshot says what was read in the place of the accounts.
func fromSnapshot(p *plan.Plan) string {
	s := p.Snapshot
	if s == nil {
		return ""
	}
	return ", from a snapshot of " + s.Taken.UTC().Format("2006-01-02 15:04 UTC") + ", " + s.Old() + " old"
}

// countText counts as Terraform does: imports and what is forgotten only
// where there are any.
func countText(n plan.Counts, imported, added, changed, destroyed, forgotten string) string {
	s := fmt.Sprintf("%d %s, %d %s, %d %s", n.Add, added, n.Change, changed, n.Destroy, destroyed)
	if n.Import > 0 {
		s = fmt.Sprintf("%d %s, ", n.Import, imported) + s
	}
	if n.Forget > 0 {
		s += fmt.Sprintf(", %d %s", n.Forget, forgotten)
	}
	return s
}
