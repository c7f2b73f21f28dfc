package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// accountChanges are the changes of one account, or of the ESC files.
type accountChanges struct {
	id      trust.AccountID
	changes []plan.Change
}

// byAccount groups changes, in their own order; files come last.
func (m *markdown) byAccount(all []plan.Change) []accountChanges {
	var groups []accountChanges
	at := map[trust.AccountID]int{}
	for _, ch := range all {
		i, known := at[ch.Address.Account]
		if !known {
			i = len(groups)
			at[ch.Address.Account] = i
			groups = append(groups, accountChanges{id: ch.Address.Account})
		}
		groups[i].changes = append(groups[i].changes, ch)
	}
	slices.SortStableFunc(groups, func(a, b accountChanges) int {
		return cmp.Or(cmp.Compare(min(len(b.id), 1), min(len(a.id), 1)), cmp.Compare(a.id, b.id))
	})
	return groups
}

// changes are all that change anything, folded per account. Each takes a line
// at least; the worst are shown whole as long as the text stays below limit.
func (m *markdown) changes(limit int) {
	var all []plan.Change
	for _, ch := range m.plan.Changes {
		if ch.Action != plan.NoOp {
			all = append(all, ch)
		}
	}
	if len(all) == 0 {
		return
	}
	m.paragraph("### Changes")
	groups := m.byAccount(all)
	room := limit - m.out.Len()
	for _, g := range groups {
		room -= len(m.summaryLine(g)) + 2*longest + len("<details>```diff</details>\n\n\n\n\n")
	}
	shown := map[trust.Address]string{}
	if m.blocks != countsAlone {
		for _, ch := range all {
			shown[ch.Address] = m.block(ch, true)
			room -= len(shown[ch.Address])
		}
		lines := 0
		for _, ch := range worstFirst(all) {
			block := m.block(ch, false)
			if grows := len(block) - len(shown[ch.Address]); m.blocks == whole || grows <= room {
				shown[ch.Address] = block
				room -= grows
			} else {
				lines++
			}
		}
		if lines > 0 {
			m.left = append(m.left, "the fields of "+count(lines, "change"))
		}
	} else {
		m.leave(len(all), "change", "")
	}
	for _, g := range groups {
		if m.blocks == countsAlone {
			m.line("- %s", m.summaryLine(g))
			continue
		}
		var text strings.Builder
		for _, ch := range g.changes {
			text.WriteString(shown[ch.Address])
		}
		m.paragraph("<details><summary>%s</summary>", m.summaryLine(g))
		m.paragraph("%s\n</details>", fence("diff", strings.TrimRight(text.String(), "\n")))
	}
	if m.blocks == countsAlone {
		m.line("")
	}
}

// summaryLine is an account with its counts, where HTML is read.
func (m *markdown) summaryLine(g accountChanges) string {
	part := plan.Plan{Changes: g.changes}
	return htmlCode(label(m.accounts, g.id)) + ": " + countText(part.Counts(), "to import", "to add", "to change", "to destroy", "to forget")
}

// worstFirst orders changes by how much a reader must see them.
func worstFirst(all []plan.Change) []plan.Change {
	rank := func(ch plan.Change) int {
		switch {
		case ch.Relation() == access.Unknown, ch.Refused != "":
			return 0
		case ch.Relation() == access.Wider || ch.Relation() == access.Both:
			return 1
		case ch.Action == plan.Delete || ch.Action == plan.Replace:
			return 2
		case ch.Relation() == access.Narrower:
			return 3
		}
		return 4
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b plan.Change) int { return cmp.Compare(rank(a), rank(b)) })
	return sorted
}

// block is a change as text, its marks where the colours of a diff want them.
func (m *markdown) block(ch plan.Change, concise bool) string {
	t := &text{TextOptions: TextOptions{Concise: concise}, report: m.report, plan: m.plan, accounts: m.accounts, names: m.resources}
	t.change(ch)
	lines := strings.Split(strings.TrimSuffix(t.out.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = diffLine(line)
	}
	return strings.Join(lines, "\n") + "\n"
}

// diffLine moves a line's mark to its first column; what changes in place is
// marked ! there.
func diffLine(line string) string {
	rest := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(rest)]
	if rest == "" || indent == "" {
		return line
	}
	switch mark(rest[0]) {
	case added, removed:
		return rest[:1] + indent + rest[1:]
	case changed:
		return "!" + indent + rest[1:]
	}
	return line
}
