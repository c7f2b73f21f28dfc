package render

import (
	"github.com/trustctl/trustctl/internal/plan"
)

// Push is a file that Pulumi Cloud has to hear of.
type Push struct {
	Environment string    `json:"environment"`
	Path        string    `json:"path"`
	When        plan.Push `json:"push"`
	Gap         bool      `json:"gap,omitempty"`    // until then the environment has no login that works
	Unseen      bool      `json:"unseen,omitempty"` // what Pulumi Cloud has is not at hand
	Removed     bool      `json:"removed,omitempty"`
	Earlier     bool      `json:"earlier,omitempty"` // an earlier run of the same plan wrote or removed it
}

// Pushes are the files that a plan writes and removes, in its order.
func Pushes(p *plan.Plan) []Push {
	all := []Push{}
	for _, ch := range p.Changes {
		if ch.Push == "" {
			continue
		}
		o := ch.After
		if o == nil {
			o = ch.Before
		}
		all = append(all, Push{Environment: o.File.Environment, Path: p.Shown(o.File), When: ch.Push, Gap: ch.Gap, Unseen: ch.Unseen, Removed: ch.After == nil})
	}
	return all
}

// push says when a file goes to Pulumi Cloud.
func (t *text) push(ch plan.Change) {
	switch {
	case ch.Push == "":
	case ch.After == nil:
		t.hanging(6, "# ", "", "take the login out of Pulumi Cloud before the apply")
	case ch.Gap:
		t.hanging(6, "# ", "", "push after the apply, at once: in between no login works (lifecycle.overlap keeps the old one open)")
	case ch.Unseen && ch.Push == plan.PushBefore:
		t.hanging(6, "# ", "", "push before the apply: the file that Pulumi Cloud has is not here to compare, and the new login works already")
	case ch.Unseen:
		t.hanging(6, "# ", "", "push after the apply, at once: the file that Pulumi Cloud has is not here, so whether its login works in between can't be told")
	default:
		t.hanging(6, "# ", "", "push "+string(ch.Push)+" the apply")
	}
}

// pushes lists the files that are still to be pushed.
func (t *text) pushes(all []Push) {
	if len(all) == 0 {
		return
	}
	t.line(0, "Push to Pulumi Cloud:")
	for _, p := range all {
		switch {
		case p.Removed && p.Earlier:
			t.item(2, safe(p.Environment)+": take its login out, unless that was done after an earlier run")
		case p.Removed:
			t.item(2, safe(p.Environment)+": take its login out, the role is no longer there for it")
		case p.Earlier:
			t.item(2, safe(p.Environment)+": "+safe(p.Path)+" now, unless that was done after an earlier run")
		case p.When == plan.PushBefore:
			t.item(2, safe(p.Environment)+": "+safe(p.Path)+" now, if that was not done before")
		default:
			t.item(2, safe(p.Environment)+": "+safe(p.Path)+" now")
		}
	}
	t.blank()
}

// pushList says which files go to Pulumi Cloud before the apply, and which
// after it.
func (m *markdown) pushList() {
	all := Pushes(m.plan)
	if len(all) == 0 {
		return
	}
	shown := all[:min(m.pushes, len(all))]
	if len(shown) > 0 {
		m.paragraph("### Push to Pulumi Cloud")
	}
	for _, p := range shown {
		switch {
		case p.Removed:
			m.line("- before the apply: take the login of %s out", code(p.Environment))
		case p.Gap:
			m.line("- **at once** after the apply: %s, for %s, which has no login that works in between", code(p.Path), code(p.Environment))
		case p.Unseen && p.When == plan.PushBefore:
			m.line("- before the apply: %s, for %s; the file that Pulumi Cloud has is not here to compare, and the new login works already", code(p.Path), code(p.Environment))
		case p.Unseen:
			m.line("- **at once** after the apply: %s, for %s; the file that Pulumi Cloud has is not here, so whether its login works in between can't be told", code(p.Path), code(p.Environment))
		default:
			m.line("- %s the apply: %s, for %s", string(p.When), code(p.Path), code(p.Environment))
		}
	}
	if len(shown) > 0 {
		m.line("")
	}
	m.leave(len(all)-len(shown), "file", " to push")
}
