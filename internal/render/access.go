package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/plan"
)

// access says under a role who gains and who loses by its change.
func (t *text) access(ch plan.Change) {
	for _, name := range ch.Opens {
		t.note("access: " + t.Style.Red("opens") + " role " + safe(name) + ", whose trust names this provider and audience already")
	}
	for _, name := range ch.Closes {
		t.note("access: " + t.Style.Green("closes") + " role " + safe(name) + ", whose trust names this provider and audience still")
	}
	if s := ch.Session; s != nil {
		t.note("session policies: " + t.relation(s.Relation))
		for _, arn := range s.Added {
			t.note("  " + t.paint(added) + " " + safe(string(arn)))
		}
		for _, arn := range s.Removed {
			t.note("  " + t.paint(removed) + " " + safe(string(arn)))
		}
	}
	a := ch.Access
	if a == nil {
		return
	}
	t.note("access: " + t.relation(a.Tokens.Relation))
	if a.Instead != "" {
		t.note("  (compared with role " + safe(a.Instead) + ", whose place it takes)")
	}
	t.side(added, a.Tokens.Gained, a.Environments.Gained, a.Gained)
	t.side(removed, a.Tokens.Lost, a.Environments.Lost, a.Lost)
	if a.Unnamed {
		t.note("  (the plan is too large to name the declared environments among them)")
	}
	for _, name := range a.Environments.Unsure {
		t.note("  ? " + safe(name) + ": not decided")
	}
	if a.Principals.Relation != access.Same {
		t.note("other principals: " + t.relation(a.Principals.Relation))
		for _, c := range a.Principals.Changes {
			t.note("  " + safe(c.Principal) + ": " + t.relation(c.Relation))
		}
	}
	if p := a.Permissions; p.Relation != access.Same {
		t.note("permissions: " + t.relation(p.Relation))
		for _, arn := range p.Attached {
			t.note("  " + t.paint(added) + " " + safe(arn))
		}
		for _, arn := range p.Detached {
			t.note("  " + t.paint(removed) + " " + safe(arn))
		}
		for _, c := range p.Inline {
			t.note("  " + quote(c.Name) + ": " + t.relation(c.Relation))
		}
		if p.BoundaryBefore != p.BoundaryAfter {
			t.note("  boundary " + quote(p.BoundaryBefore) + " -> " + quote(p.BoundaryAfter))
		}
	}
}

func (t *text) note(s string) { t.hanging(6, t.Style.Faint("#")+" ", "    ", s) }

// side is one direction of a change of the tokens: the declared environments
// by name, the rest as patterns with an example.
func (t *text) side(m mark, side access.Side, named []string, others []access.Gain) {
	for _, name := range named {
		t.note("  " + t.paint(m) + " " + safe(name))
	}
	for _, g := range others {
		t.note("  " + t.paint(m) + " " + safe(gain(g)))
	}
	if side.More {
		t.note("  " + t.paint(m) + " and others")
	}
	for _, doubt := range side.Open {
		t.note("  ? " + safe(doubt.Why) + ": " + safe(doubt.Decides) + " would decide it")
	}
}

// gain is a set of tokens in words.
func gain(g access.Gain) string {
	var b strings.Builder
	audience := "aud " + quote(g.Audience)
	if g.Any {
		audience = g.Audience
	}
	fmt.Fprintf(&b, "%s, sub %s", audience, quote(g.Pattern))
	list := func(lead string, patterns []string) {
		for i, p := range patterns {
			if i > 0 {
				lead = ", "
			}
			b.WriteString(lead + quote(p))
		}
	}
	list(" and ", g.And)
	list(" except ", g.Except)
	for i, condition := range g.If {
		lead := " if "
		if i > 0 {
			lead = " and "
		}
		b.WriteString(lead + condition)
	}
	if w := g.Witness; w != nil && w.Sub != g.Pattern {
		fmt.Fprintf(&b, "; for example %s", quote(w.Sub))
	}
	if g.Note != "" {
		b.WriteString("; " + g.Note)
	}
	return b.String()
}

func (t *text) relation(r access.Relation) string {
	switch r {
	case access.Same:
		return "same"
	case access.Narrower:
		return t.Style.Green(string(r))
	}
	return t.Style.Red(string(r))
}

// accessSummary is what a reviewer reads first: every role whose access
// changes, the worst first, and organizations that are new to an account.
func (t *text) accessSummary() {
	var lines []string
	own := 0
	for _, r := range []access.Relation{access.Unknown, access.Both, access.Wider, access.Narrower, access.Same} {
		for _, ch := range t.plan.Changes {
			switch {
			case ch.Relation() != r:
			case ch.Access == nil:
				lines = append(lines, t.besideRoles(ch))
			case ch.Action == plan.Create && admitsItsOwn(ch):
				own++
			default:
				lines = append(lines, t.accessLine(ch))
			}
		}
	}
	if own > 0 {
		lines = append(lines, fmt.Sprintf("new: %s, for the own tokens of %s alone", count(own, "role"), map[bool]string{true: "its environment", false: "their environments"}[own == 1]))
	}
	if len(lines)+len(t.plan.NewOrganizations) == 0 {
		return
	}
	t.line(0, t.Style.Bold("Access:"))
	for _, n := range t.plan.NewOrganizations {
		t.item(2, t.Style.Red("NEW ORGANISATION:")+" "+safe(n.Organization)+" may now reach account "+t.account(n.Account))
	}
	for _, line := range lines {
		t.item(2, line)
	}
	t.blank()
}

// besideRoles says how many roles a change of a provider opens or closes, and
// that a login has other session policies.
func (t *text) besideRoles(ch plan.Change) string {
	var parts []string
	if ch.Session != nil {
		parts = append(parts, "session policies "+string(ch.Session.Relation))
	}
	if n := len(ch.Opens); n > 0 {
		parts = append(parts, "opens "+count(n, "role")+", whose trust is there already")
	}
	if n := len(ch.Closes); n > 0 {
		parts = append(parts, "closes "+count(n, "role")+", whose trust is there still")
	}
	return t.relation(ch.Relation()) + ": " + safe(ch.Resource) + " (" + strings.Join(parts, "; ") + ")"
}

func (t *text) accessLine(ch plan.Change) string {
	a := ch.Access
	var parts []string
	for _, p := range []struct {
		what string
		r    access.Relation
	}{{"tokens", a.Tokens.Relation}, {"other principals", a.Principals.Relation}, {"permissions", a.Permissions.Relation}} {
		if p.r != access.Same {
			parts = append(parts, p.what+" "+string(p.r))
		}
	}
	if len(parts) == 0 {
		parts = []string{"same access, said otherwise"}
	}
	isNew := ""
	if ch.Action == plan.Create && a.Instead == "" {
		isNew = ", new"
	}
	line := t.relation(a.Headline) + isNew + ": " + safe(ch.Resource) + " (" + strings.Join(parts, ", ") + ")"
	return line + who("gained", a.Environments.Gained, a.Gained) + who("lost", a.Environments.Lost, a.Lost)
}

// who names those that gain or lose in a line: a few declared environments, and
// that there are others, with an example.
func who(what string, environments []string, others []access.Gain) string {
	const most = 5
	shown := environments[:min(most, len(environments))]
	line := safe(strings.Join(shown, ", "))
	if more := len(environments) - len(shown); more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	if len(others) > 0 {
		if line != "" {
			line += ", and by "
		}
		line += "others, such as " + quote(plan.Example(others))
	}
	if line == "" {
		return ""
	}
	return "; " + what + " by " + line
}

// admitsItsOwn says whether a new role admits the tokens of its own
// environment and nobody else.
func admitsItsOwn(ch plan.Change) bool {
	a := ch.Access
	return a != nil && a.Instead == "" && a.Principals.Relation == access.Same && !a.Tokens.Gained.More && len(a.Tokens.Gained.Open) == 0 &&
		slices.Equal(a.Environments.Gained, []string{ch.After.Role.Environment}) &&
		len(a.Gained) == 0
}

// count is a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
