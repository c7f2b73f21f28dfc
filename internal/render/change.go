package render

import (
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// headline is what happens, in the words that tools look for.
func headline(a plan.Action) string {
	switch a {
	case plan.Create:
		return "will be created"
	case plan.Replace:
		return "must be replaced"
	case plan.Delete:
		return "will be destroyed"
	case plan.Adopt:
		return "will be imported"
	case plan.Forget:
		return "will no longer be managed by trustctl, but will not be destroyed"
	default:
		return "will be updated in-place"
	}
}

// change is the block of one object.
func (t *text) change(ch plan.Change) {
	happens := headline(ch.Action)
	if t.plan.Mode == plan.ModeRefresh {
		happens = happened(ch.Action)
	}
	if ch.Previous != "" && ch.Action == plan.Update && !ch.ChangesMore() {
		t.line(2, t.Style.Bold("# "+safe(ch.Previous)+" has moved to "+safe(ch.Resource)))
	} else {
		t.line(2, t.Style.Bold("# "+safe(ch.Resource)+" "+happens))
		if ch.Previous != "" {
			t.line(2, "# (moved from "+safe(ch.Previous)+")")
		}
	}
	if ch.Reason != "" {
		t.hanging(2, "# ", " ", "(because "+safe(ch.Reason)+")")
	}
	if u := ch.LastUse; u != nil && (u.Recent || !t.Concise) {
		line := "# (" + lastUse(u) + ")"
		if u.Recent {
			line = t.Style.Red(line)
		}
		t.line(2, line)
	}
	if ch.Refused != "" {
		t.hanging(2, "# ", " ", t.Style.Red("(refused: "+safe(ch.Refused)+")"))
	}
	if ch.Unread {
		t.hanging(2, "# ", " ", t.Style.Red("(known only live: the snapshot does not say what is there now)"))
	}
	if t.Concise {
		return
	}
	kind, label, _ := strings.Cut(ch.Resource, ".")
	label, _, _ = strings.Cut(label, "[")
	head, object := t.symbol(ch.Action)+" resource "+quote(kind)+" "+quote(label)+" {", t.Style.Faint("# "+t.object(ch))
	if t.Terminal && lipgloss.Width(head+" "+object) > t.Width {
		t.line(0, head)
		t.hanging(6, t.Style.Faint("#")+" ", "  ", t.object(ch))
	} else {
		t.line(0, head+" "+object)
	}
	switch {
	case ch.Unread:
		t.whole(changed, ch.After)
	case ch.Before == nil:
		t.whole(added, ch.After)
	case ch.After == nil:
		t.whole(removed, ch.Before)
	default:
		t.fields(ch)
	}
	t.access(ch)
	t.push(ch)
	if t.Verbose && t.plan.Mode != plan.ModeRefresh {
		t.calls(ch.Steps())
	}
	t.line(4, "}")
	t.blank()
}

func (t *text) symbol(a plan.Action) string {
	switch a {
	case plan.Replace:
		return t.paint(removed) + "/" + t.paint(added)
	case plan.Create:
		return "  " + t.paint(added)
	case plan.Delete:
		return "  " + t.paint(removed)
	case plan.Forget:
		return "  ."
	default:
		return "  " + t.paint(changed)
	}
}

// object is what AWS knows an object by.
func (t *text) object(ch plan.Change) string {
	o := ch.After
	if o == nil {
		o = ch.Before
	}
	switch {
	case o.Role != nil:
		return "role " + safe(o.Role.Name) + " in account " + t.account(o.Role.Account)
	case o.Provider != nil:
		return "provider " + safe(trust.IssuerHost(o.Provider.URL)) + " in account " + t.account(o.Provider.Account)
	default:
		return "file " + safe(t.plan.Shown(o.File))
	}
}

// whole is every field of an object that comes or goes.
func (t *text) whole(m mark, o *plan.Object) {
	switch {
	case o.Role != nil:
		r := o.Role
		t.attribute(m, "name", quote(r.Name))
		t.attribute(m, "path", quote(r.Path))
		t.list(m, "trust", elements(m, t.policyText(r.Trust)))
		t.optional(m, "description", r.Description)
		t.attribute(m, "max_session_duration", quote(hours(r.MaxSession.String())))
		t.optional(m, "permissions_boundary", string(r.Boundary))
		t.list(m, "managed_policies", elements(m, quoted(r.Managed)))
		t.inline(m, r.Inline)
		t.tags(m, r.Tags)
	case o.Provider != nil:
		p := o.Provider
		t.attribute(m, "url", quote(p.URL))
		t.list(m, "client_ids", elements(m, quoted(p.ClientIDs)))
		t.list(m, "thumbprints", elements(m, quoted(p.Thumbprints)))
		t.tags(m, p.Tags)
	default:
		t.attribute(m, "filename", quote(t.plan.Shown(o.File)))
		if t.Verbose && o.File.Content != nil {
			t.list(m, "content", elements(m, textLines(o.File.Content)))
		}
	}
}

// fields are those that differ, sets and maps by element.
func (t *text) fields(ch plan.Change) {
	var inline, tags []element
	for _, f := range ch.Fields {
		switch f.Name {
		case "trust":
			t.list(changed, "trust", t.policyElements(ch.Before.Role.Trust, ch.After.Role.Trust))
		case "inline_policies":
			inline = append(inline, t.inlineElements(ch, f.Key)...)
		case "tags":
			tags = append(tags, tagElement(f))
		case "content":
			t.content(f)
		case "managed_policies", "client_ids", "thumbprints":
			t.list(changed, f.Name, slices.Concat(elements(removed, quoted(f.Removed)), elements(added, quoted(f.Added))))
		default:
			t.field(ch, f)
		}
	}
	t.group(changed, "inline_policies", "{", "}", inline)
	t.group(changed, "tags", "{", "}", tags)
}

// content is a file that differs: the lines that go, without what could be a
// secret that somebody wrote there, and those that come.
func (t *text) content(f plan.FieldChange) {
	if len(f.Added)+len(f.Removed) == 0 {
		t.attribute(changed, "content", "(differs)")
		return
	}
	lines := func(all []string) []string {
		out := make([]string, len(all))
		for i, line := range all {
			out[i] = safe(line)
		}
		return out
	}
	t.list(changed, "content", slices.Concat(elements(removed, lines(f.Removed)), elements(added, lines(f.Added))))
}

// field is one value that differs.
func (t *text) field(ch plan.Change, f plan.FieldChange) {
	before, after := orNull(f.Before), orNull(f.After)
	if f.Name == "max_session_duration" {
		before, after = quote(hours(*f.Before)), quote(hours(*f.After))
	}
	m := changed
	switch {
	case f.Before == nil:
		t.attribute(added, f.Name, after)
		return
	case f.After == nil:
		m = removed
	}
	value := before + " -> " + after
	if ch.Action == plan.Replace && (f.Name == "name" || f.Name == "path") {
		value += t.Style.Red(" # forces replacement")
	}
	t.attribute(m, f.Name, value)
}
