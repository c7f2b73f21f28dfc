package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/plan"
)

// widening are the changes by which somebody gains, or may: the worst first,
// and last the new roles that only their own environment gains.
func (m *markdown) widening() []plan.Change {
	var all, own []plan.Change
	for _, r := range []access.Relation{access.Unknown, access.Both, access.Wider} {
		for _, ch := range m.having(r) {
			if ch.Action == plan.Create && admitsItsOwn(ch) {
				own = append(own, ch)
			} else {
				all = append(all, ch)
			}
		}
	}
	return append(all, own...)
}

// having are the changes with this relation.
func (m *markdown) having(r access.Relation) []plan.Change {
	var all []plan.Change
	for _, ch := range m.plan.Changes {
		if ch.Relation() == r {
			all = append(all, ch)
		}
	}
	return all
}

// destroyed are the changes that take an object away, for good or for a while.
func (m *markdown) destroyed() []plan.Change {
	var all []plan.Change
	for _, ch := range m.plan.Changes {
		if ch.Action == plan.Delete || ch.Action == plan.Replace {
			all = append(all, ch)
		}
	}
	return all
}

// accessTable is a row for every role whose access changes.
func (m *markdown) accessTable() {
	rows := m.widening()
	narrower, same := m.having(access.Narrower), m.having(access.Same)
	if m.narrower {
		rows = append(rows, narrower...)
	} else {
		m.leave(len(narrower), "role", " with narrower access")
	}
	if m.same {
		rows = append(rows, same...)
	} else {
		m.leave(len(same), "role", " with the same access, said otherwise")
	}
	if len(rows) == 0 {
		return
	}
	m.paragraph("### Access")
	if m.names == 0 {
		m.paragraph("%s", "Roles whose access widens, or may:")
		m.line("%s", fence("", m.brief(rows, func(ch plan.Change) string { return string(ch.Relation()) + ": " })))
		return
	}
	m.line("| | role | account | gains | loses |\n|---|---|---|---|---|")
	for _, ch := range rows {
		gains, loses := m.cells(ch)
		m.line("| %s | %s%s | %s | %s | %s |", m.relation(ch.Relation()), code(ch.Resource), becomes(ch), code(label(m.accounts, ch.Address.Account)), gains, loses)
	}
	m.line("")
}

func (m *markdown) relation(r access.Relation) string {
	if r == access.Same || r == access.Narrower {
		return string(r)
	}
	return "**" + string(r) + "**"
}

// becomes says of an object that is not merely changed what becomes of it.
func becomes(ch plan.Change) string {
	switch ch.Action {
	case plan.Create:
		if ch.Access != nil && ch.Access.Instead != "" {
			return ", in the place of " + code(ch.Access.Instead)
		}
		return ", new"
	case plan.Delete:
		return ", destroyed"
	case plan.Replace:
		return ", replaced"
	case plan.Adopt:
		return ", adopted"
	}
	return ""
}

// cells are who gains and who loses.
func (m *markdown) cells(ch plan.Change) (gains, loses string) {
	if ch.Access == nil {
		admitted := func(names []string) string {
			var all []string
			for _, name := range names {
				all = append(all, "whoever the trust of role "+code(name)+" admits")
			}
			return m.cell(all)
		}
		if s := ch.Session; s != nil {
			words := []string{"its session: " + string(s.Relation) + " by other session policies"}
			if s.Relation == access.Narrower {
				return m.cell(nil), m.cell(words)
			}
			return m.cell(words), m.cell(nil)
		}
		return admitted(ch.Opens), admitted(ch.Closes)
	}
	a := ch.Access
	up, down := m.tokens(a.Tokens.Gained, a.Environments.Gained, a.Gained), m.tokens(a.Tokens.Lost, a.Environments.Lost, a.Lost)
	for _, name := range a.Environments.Unsure {
		up = append(up, code(name)+", not decided")
	}
	if a.Unnamed {
		up = append(up, "the plan is too large to name the declared environments among them")
	}
	related := func(what, name string, relation access.Relation) {
		words := what + " " + code(name) + ": " + string(relation)
		if relation == access.Narrower {
			down = append(down, words)
		} else {
			up = append(up, words)
		}
	}
	for _, c := range a.Principals.Changes {
		related("principal", c.Principal, c.Relation)
	}
	for _, arn := range a.Permissions.Attached {
		up = append(up, "policy "+code(arn))
	}
	for _, arn := range a.Permissions.Detached {
		down = append(down, "policy "+code(arn))
	}
	for _, c := range a.Permissions.Inline {
		related("inline policy", c.Name, c.Relation)
	}
	if p := a.Permissions; p.BoundaryBefore != p.BoundaryAfter {
		up = append(up, "boundary "+code(quote(p.BoundaryBefore)+" -> "+quote(p.BoundaryAfter)))
	}
	return m.cell(up), m.cell(down)
}

// tokens are who gains, or who loses: declared environments by name, the rest
// as patterns with an example.
func (m *markdown) tokens(side access.Side, named []string, others []access.Gain) []string {
	var all []string
	for _, g := range others {
		all = append(all, code(gain(g)))
	}
	for _, name := range named {
		all = append(all, code(name))
	}
	if side.More {
		all = append(all, "others")
	}
	for _, doubt := range side.Open {
		all = append(all, "not decided: "+code(doubt.Why))
	}
	return all
}

// cell is a list in a cell.
func (m *markdown) cell(all []string) string {
	if len(all) == 0 {
		return "–"
	}
	shown := slices.Clone(all[:min(m.names, len(all))])
	if more := len(all) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, "<br>")
}

// destroyedList names everything that goes.
func (m *markdown) destroyedList() {
	all := m.destroyed()
	if len(all) == 0 {
		return
	}
	m.paragraph("### Destroyed")
	m.line("%s", fence("", m.brief(all, func(ch plan.Change) string {
		return map[plan.Action]string{plan.Replace: "replaced: "}[ch.Action]
	})))
}

// brief is changes by name alone, a line each, account after account.
func (m *markdown) brief(all []plan.Change, lead func(plan.Change) string) string {
	var b strings.Builder
	for _, account := range m.byAccount(all) {
		if account.id != "" {
			b.WriteString(safe(label(m.accounts, account.id)) + ":\n")
		}
		for _, ch := range account.changes {
			refused := ""
			if ch.Refused != "" {
				refused = " (refused)"
			}
			b.WriteString("  " + lead(ch) + safe(ch.Resource) + refused + "\n")
		}
	}
	return b.String()
}
