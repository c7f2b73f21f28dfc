package render

import (
	"fmt"

	"github.com/trustctl/trustctl/internal/plan"
)

// driftMarkdown is what changed since a snapshot, in at most limit bytes: who
// gained and who lost first, and as many of the changes as there is room for.
func driftMarkdown(r Report, limit int) string {
	p := r.Plan
	shown := *p
	shown.Changes = p.Drift
	r.Plan = &shown
	for _, d := range levels() {
		m := newMarkdown(r, d)
		m.drift(p, limit)
		if m.out.Len() <= limit {
			return m.out.String()
		}
	}
	return fmt.Sprintf("%s\n## Drift\n\n%s. It is too large for this place.\n", r.Marker(), count(len(p.Drift), "change"))
}

func (m *markdown) drift(p *plan.Plan, limit int) {
	m.line("%s", m.report.Marker())
	switch {
	case p.Drifted():
		m.paragraph("## Drift: access %s", p.Relation())
	case p.Errored():
		m.paragraph("## Drift: not compared")
	default:
		m.paragraph("## No drift")
	}
	for _, n := range p.NewOrganizations {
		m.paragraph("**NEW ORGANISATION**: %s may now reach account %s.", code(n.Organization), code(label(m.accounts, n.Account)))
	}
	if p.Since != nil {
		m.paragraph("Stack %s, since a snapshot of %s (%s old). Nothing is planned.", code(p.Stack), p.Since.Taken.UTC().Format("2006-01-02 15:04 UTC"), p.Since.Old())
	}
	m.accessTable()
	m.problemList()
	for i, ch := range p.Drift {
		line := fmt.Sprintf("- %s %s", code(ch.Resource), happened(ch.Action))
		if m.out.Len()+len(line)+100 > limit {
			m.line("- and %s more", count(len(p.Drift)-i, "change"))
			return
		}
		m.line("%s", line)
	}
}
