package render

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// The most that GitHub takes: characters of a comment, and bytes of a step's
// summary. A text is held to them in bytes, which are never fewer.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
const (
	CommentLimit = 65_536
	SummaryLimit = 1 << 20
)

// detail is how much a Markdown text says.
type detail struct {
	same     bool // roles whose access is the same, said otherwise
	blocks   blocks
	narrower bool // roles that narrow
	names    int  // of those who gain or lose, in a row
	findings int
	problems int
	pushes   int // files that go to Pulumi Cloud
}

// blocks says how much is shown of the changes.
type blocks int

const (
	countsAlone blocks = iota // how many, per account
	asFit                     // each in a line, and the worst whole, as far as there is room
	whole                     // each whole
)

// levels are how much is said, most first. What goes first is what nobody
// gains or loses by; a role that widens, and what is destroyed, stay to the
// last.
func levels() []detail {
	return []detail{
		{same: true, blocks: whole, narrower: true, names: 8, findings: 50, problems: 50, pushes: 100},
		{blocks: whole, narrower: true, names: 8, findings: 50, problems: 50, pushes: 100},
		{blocks: asFit, narrower: true, names: 5, findings: 50, problems: 50, pushes: 50},
		{blocks: asFit, names: 3, findings: 20, problems: 20, pushes: 20},
		{names: 3, findings: 20, problems: 20},
		{names: 1, findings: 10, problems: 10},
		{findings: 5, problems: 5},
	}
}

// Markdown is a plan for a comment on a pull request: the verdict first, then
// who gains and who loses, and the changes folded, in at most limit bytes.
func Markdown(r Report, limit int) string {
	if r.Plan.Mode == plan.ModeRefresh {
		return driftMarkdown(r, limit)
	}
	for _, d := range levels() {
		m := newMarkdown(r, d)
		m.all(limit)
		if m.out.Len() <= limit {
			return m.out.String()
		}
	}
	m := newMarkdown(r, detail{})
	m.head()
	m.line("It is too large for this place: %s, %s. `trustctl show`, or the run's own output, has them all.",
		count(len(m.widening()), "role")+" with wider access", count(len(m.destroyed()), "object")+" destroyed")
	return m.out.String()
}

// markdown is a text in the making.
type markdown struct {
	detail
	report    Report
	plan      *plan.Plan
	accounts  map[trust.AccountID]string
	resources map[trust.Address]string
	left      []string // what is left out
	out       strings.Builder
}

func newMarkdown(r Report, d detail) *markdown {
	return &markdown{detail: d, report: r, plan: r.Plan, accounts: accountNames(r.Plan.Accounts), resources: resourceNames(r.Plan)}
}

// line writes one line.
func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

// paragraph writes one line and a blank one.
func (m *markdown) paragraph(format string, args ...any) { m.line(format+"\n", args...) }

// leave notes what is left out, where it is anything.
func (m *markdown) leave(n int, thing, which string) {
	if n > 0 {
		m.left = append(m.left, count(n, thing)+which)
	}
}

func (m *markdown) all(limit int) {
	m.head()
	m.accessTable()
	m.destroyedList()
	m.problemList()
	m.findingTable()
	m.pushList()
	end := m.end()
	m.changes(limit - len(end) - 400) // room for what is noted as left out
	if len(m.left) > 0 {
		m.paragraph("Left out for length: %s. `trustctl show`, or the run's own output, has them all.", strings.Join(m.left, ", "))
	}
	m.out.WriteString(end)
}

// verdict is the plan in a few words: does anybody gain?
func (m *markdown) verdict() string {
	switch r := m.plan.Relation(); {
	case !m.plan.Pending() && m.plan.Errored():
		return "Nothing is planned"
	case !m.plan.Pending():
		return "No changes"
	case r == access.Same:
		return "Same access"
	case r == access.Narrower:
		return "Narrower: nobody gains"
	case r == access.Unknown:
		return "**Not decided**: somebody may gain"
	case len(m.plan.Fails(plan.GateWider))+len(m.plan.Fails(plan.GatePermissions)) == 0:
		return "**Wider**: new roles, and no role that exists"
	case r == access.Both:
		return "**Wider** and narrower"
	default:
		return "**Wider**: somebody gains"
	}
}

// head is the marker, the verdict and the counts.
func (m *markdown) head() {
	m.line("%s", m.report.Marker())
	m.paragraph("## %s", m.verdict())
	for _, n := range m.plan.NewOrganizations {
		m.paragraph("**NEW ORGANISATION**: %s may now reach account %s.", code(n.Organization), code(label(m.accounts, n.Account)))
	}
	if m.plan.Errored() {
		m.paragraph("**The plan has errors and cannot be applied.**")
	}
	where := "Stack " + code(m.plan.Stack)
	switch m.plan.Mode {
	case plan.ModeDestroy:
		where += ", to be destroyed"
	case plan.ModeTransfer:
		where += ", to be handed to stack " + code(m.plan.To)
	}
	if m.plan.Sandbox {
		where += " (SANDBOX: no AWS account was read)"
	}
	stay := 0
	for _, ch := range m.plan.Changes {
		if ch.Action == plan.NoOp {
			stay++
		}
	}
	m.paragraph("%s. Plan: %s; %s.", where, countText(m.plan.Counts(), "to import", "to add", "to change", "to destroy", "to forget"), count(stay, "object")+map[bool]string{true: " stays as it is", false: " stay as they are"}[stay == 1])
	if m.plan.Partial {
		m.paragraph("This is a part of the configuration only: `-target`, `-exclude` or `-account` leaves the rest out.")
	}
}

// problemList is what the plan refuses, and what its reader must know.
func (m *markdown) problemList() {
	shown, left := 0, 0
	for _, severity := range []plan.Severity{plan.Error, plan.Warning} {
		for _, p := range m.plan.Problems {
			switch {
			case p.Severity != severity:
				continue
			case shown == m.problems:
				left++
				continue
			case shown == 0:
				m.paragraph("### Problems")
			}
			shown++
			word := map[plan.Severity]string{plan.Error: "**Error**", plan.Warning: "Warning"}[severity]
			if name := m.resources[p.Address]; name != "" {
				word += ", " + code(name)
			}
			m.line("- %s: %s. %s", word, prose(p.Summary), prose(p.Detail))
		}
	}
	if shown > 0 {
		m.line("")
	}
	m.leave(left, "problem", "")
}

// findingTable is what lint says that a reader must know.
func (m *markdown) findingTable() {
	all, warnings, infos := m.report.notable()
	if len(all) == 0 {
		return
	}
	m.paragraph("### Findings")
	shown := all[:min(m.findings, len(all))]
	if len(shown) > 0 {
		m.line("| | code | what | where |\n|---|---|---|---|")
	}
	for _, f := range shown {
		word := string(f.Severity)
		if f.Severity == "error" {
			word = "**error**"
		}
		m.line("| %s | %s | %s | %s |", word, link(f.Code, page(f.Code)), prose(f.Summary), code(m.report.place(f)))
	}
	m.line("")
	if rest := unshown(warnings, infos); rest != "" {
		m.paragraph("Besides: %s. `trustctl lint` has them.", rest)
	}
	m.leave(len(all)-len(shown), "finding", "")
}

// end is what comes last.
func (m *markdown) end() string {
	end := fmt.Sprintf("Reads: %s%s. Writes: %s.", count(m.report.Reads, "call"), fromSnapshot(m.plan), count(m.plan.Writes(), "call"))
	if d := m.report.PlanDigest; d != "" {
		end += " Plan digest: " + code(d)
	}
	return end + "\n"
}
