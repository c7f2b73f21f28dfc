package render

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
)

// mark says what becomes of a line's content.
type mark byte

const (
	added   mark = '+'
	removed mark = '-'
	changed mark = '~'
	same    mark = ' '
)

// element is one line of a list.
type element struct {
	mark mark
	text string
}

func (t *text) paint(m mark) string {
	switch m {
	case added:
		return t.Style.Green("+")
	case removed:
		return t.Style.Red("-")
	case changed:
		return t.Style.Yellow("~")
	}
	return " "
}

// attribute is one name = value, names side by side.
func (t *text) attribute(m mark, name, value string) {
	t.line(6, fmt.Sprintf("%s %-20s = %s", t.paint(m), name, value))
}

// optional is an attribute that says nothing where it is empty.
func (t *text) optional(m mark, name, value string) {
	if value != "" {
		t.attribute(m, name, quote(value))
	}
}

// list is a list by its elements; nothing where there are none.
func (t *text) list(m mark, name string, all []element) { t.group(m, name, "[", "]", all) }

func (t *text) group(m mark, name, open, shut string, all []element) {
	if len(all) == 0 {
		return
	}
	t.attribute(m, name, open)
	for _, e := range all {
		t.line(10, t.paint(e.mark)+" "+e.text)
	}
	t.line(8, shut)
}

func elements(m mark, lines []string) []element {
	out := make([]element, len(lines))
	for i, line := range lines {
		out[i] = element{m, line}
	}
	return out
}

func quoted[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quote(string(s))
	}
	return out
}

func (t *text) tags(m mark, tags map[string]string) {
	var all []element
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, element{m, quote(key) + " = " + quote(tags[key])})
	}
	t.group(m, "tags", "{", "}", all)
}

func tagElement(f plan.FieldChange) element {
	switch {
	case f.Before == nil:
		return element{added, quote(f.Key) + " = " + quote(*f.After)}
	case f.After == nil:
		return element{removed, quote(f.Key) + " = " + quote(*f.Before)}
	default:
		return element{changed, quote(f.Key) + " = " + quote(*f.Before) + " -> " + quote(*f.After)}
	}
}

// inline is all inline policies of a role that comes or goes.
func (t *text) inline(m mark, policies map[string]policy.Document) {
	var all []element
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		all = append(all, t.document(m, name, elements(m, t.policyText(policies[name])))...)
	}
	t.group(m, "inline_policies", "{", "}", all)
}

// inlineElements are one inline policy that differs.
func (t *text) inlineElements(ch plan.Change, name string) []element {
	before, had := ch.Before.Role.Inline[name]
	after, has := ch.After.Role.Inline[name]
	switch {
	case !had:
		return t.document(added, name, elements(added, t.policyText(after)))
	case !has:
		return t.document(removed, name, elements(removed, t.policyText(before)))
	default:
		return t.document(changed, name, t.policyElements(before, after))
	}
}

// document is a named policy as elements of its map.
func (t *text) document(m mark, name string, lines []element) []element {
	all := []element{{m, quote(name) + " = ["}}
	for _, line := range lines {
		all = append(all, element{same, "  " + t.paint(line.mark) + " " + line.text})
	}
	return append(all, element{same, "]"})
}

// policyText is a policy in readable lines, or, verbose, its JSON.
func (t *text) policyText(d policy.Document) []string {
	if t.Verbose {
		return jsonLines(d)
	}
	return policyLines(d)
}

// policyElements are the lines in which two policies differ.
func (t *text) policyElements(before, after policy.Document) []element {
	if t.Verbose {
		return lineElements(jsonLines(before), jsonLines(after))
	}
	was, is := policyLines(before), policyLines(after)
	out := slices.Concat(elements(removed, without(was, is)), elements(added, without(is, was)))
	if len(out) == 0 {
		return []element{{changed, "(differs in a way that only -verbose shows)"}}
	}
	return out
}

func jsonLines(d policy.Document) []string {
	lines := strings.Split(d.Canonical().Indent(), "\n")
	for i, line := range lines {
		lines[i] = safe(line)
	}
	return lines
}

// without are the lines of a that b doesn't have.
func without(a, b []string) []string {
	has := make(map[string]bool, len(b))
	for _, line := range b {
		has[line] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(line string) bool { return has[line] })
}

// textLines are a file's lines, safe to print.
func textLines(content []byte) []string {
	lines := strings.Split(string(bytes.TrimSuffix(content, []byte("\n"))), "\n")
	for i, line := range lines {
		lines[i] = safe(line)
	}
	return lines
}

// lineElements are two texts' lines, but for those with which both begin and
// end.
func lineElements(before, after []string) []element {
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	return slices.Concat(elements(removed, before), elements(added, after))
}

func orNull(s *string) string {
	if s == nil {
		return "null"
	}
	return quote(*s)
}

// hours is a duration as the language spells it: 2h, 1h30m.
func hours(s string) string {
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
