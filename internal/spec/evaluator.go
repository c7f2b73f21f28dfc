package spec

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// evaluator evaluates the attributes of blocks, of one instance, and reports what
// is wrong with them.
type evaluator struct {
	scope  *scope
	each   map[string]cty.Value // nil outside for_each
	note   string               // which instance, for diagnostics
	report *report
}

func (r *evaluator) problem(d *hcl.Diagnostic) { r.report.add(d, r.note) }

// presence says what there is of a value.
type presence int

const (
	absent  presence = iota // left out, or null
	unclear                 // not known yet, or reported as a mistake
	stated
)

// value is what an attribute says. Under stated, Value is known, not null and
// not sensitive; what is inside a collection may still be unknown.
type value struct {
	cty.Value
	state presence
	attr  *hcl.Attribute
}

var (
	textList  = cty.List(cty.String)
	textTable = cty.Map(cty.String)
)

// eval is what the attribute says; a nil attribute was left out.
func (r *evaluator) eval(a *hcl.Attribute, want cty.Type) value {
	if a == nil {
		return value{}
	}
	v, diags := r.scope.eval(a.Expr, want, r.each)
	for _, d := range diags {
		r.report.add(d, "")
	}
	switch {
	case diags.HasErrors():
		return value{state: unclear, attr: a}
	case isSensitive(v):
		r.problem(mistakef(a.Expr.Range(), "Sensitive value",
			"What %s says ends up in IAM, in an ESC file or in a plan, and this value is sensitive. Use one that may be seen.", a.Name))
		return value{state: unclear, attr: a}
	case !v.IsKnown():
		return value{state: unclear, attr: a}
	case v.IsNull():
		return value{attr: a}
	}
	return value{Value: v, state: stated, attr: a}
}

// at is where the value stands; a value that was left out has no place.
func (v value) at() hcl.Range { return v.attr.Expr.Range() }

// itemAt is where an item of a list stands, as near as the source shows.
func (v value) itemAt(i int) hcl.Range {
	if items, diags := hcl.ExprList(v.attr.Expr); !diags.HasErrors() && len(items) == v.LengthInt() {
		return items[i].Range()
	}
	return v.at()
}

// keyAt is where a key of an object stands, as near as the source shows.
func (v value) keyAt(key string) hcl.Range {
	pairs, diags := hcl.ExprMap(v.attr.Expr)
	if diags.HasErrors() {
		return v.at()
	}
	for _, pair := range pairs {
		if k, diags := pair.Key.Value(nil); !diags.HasErrors() && k.Type() == cty.String && k.IsKnown() && !k.IsNull() && k.AsString() == key {
			return hcl.RangeBetween(pair.Key.Range(), pair.Value.Range())
		}
	}
	return v.at()
}

// text is a string, or the fallback where it was left out; ok is false where
// the value is unclear.
func (r *evaluator) text(v value, fallback string) (s string, ok bool) {
	if v.state != stated {
		return fallback, v.state == absent
	}
	s = v.AsString()
	return s, r.plain(s, v.at)
}

// flag is a bool, or the fallback where it was left out.
func (r *evaluator) flag(v value, fallback bool) (b, ok bool) {
	if v.state != stated {
		return fallback, v.state == absent
	}
	return v.True(), true
}

// item is a string of a list, at its index.
type item struct {
	index int
	text  string
}

// texts are the strings of a list; ok is false where not all are clear.
func (r *evaluator) texts(v value) (list []item, ok bool) {
	if v.state != stated {
		return nil, v.state == absent
	}
	ok = true
	for i, e := range v.AsValueSlice() {
		switch {
		case !e.IsKnown():
			ok = false
		case e.IsNull():
			r.problem(mistakef(v.itemAt(i), "Null in a list", "An item of %s is null. Leave it out, or give it a value.", v.attr.Name))
			ok = false
		case r.plain(e.AsString(), func() hcl.Range { return v.itemAt(i) }):
			list = append(list, item{i, e.AsString()})
		default:
			ok = false
		}
	}
	return list, ok
}

// entry is a key of an object and its string.
type entry struct{ key, text string }

// table are the keys of an object with their strings, sorted by key. Strings
// may hold ESC references where refs is set.
func (r *evaluator) table(v value, refs bool) (entries []entry, ok bool) {
	if v.state != stated {
		return nil, v.state == absent
	}
	ok = true
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		key := k.AsString()
		at := func() hcl.Range { return v.keyAt(key) }
		switch {
		case !e.IsKnown():
			ok = false
		case e.IsNull():
			r.problem(mistakef(at(), "Null in an object", "%q in %s is null. Leave the key out, or give it a value.", key, v.attr.Name))
			ok = false
		case r.plain(key, at) && (refs || r.plain(e.AsString(), at)):
			entries = append(entries, entry{key, e.AsString()})
		default:
			ok = false
		}
	}
	return entries, ok
}

// plain refuses an ESC reference where nothing would resolve it.
func (r *evaluator) plain(s string, at func() hcl.Range) bool {
	if !strings.ContainsAny(s, escRefOpen+escRefClose) {
		return true
	}
	r.problem(mistakef(at(), "Misplaced esc_ref",
		"esc_ref yields what Pulumi ESC fills in when the environment is opened, and nothing would fill it in here. Use it in esc.values and esc.environment_variables."))
	return false
}

// layered are the attributes of a block, over those of the organization's
// block that they fall back to. Both may be nil.
type layered struct {
	own, base hcl.Attributes
	at        hcl.Range // of the own block, or of what stands for it
}

// get is the nearest value of an attribute: the block's own, or its
// organization's, which is evaluated without each.
func (e *environment) get(s layered, name string, want cty.Type) value {
	own := e.eval(s.own[name], want)
	if own.state != absent || s.base[name] == nil {
		return own
	}
	return e.org.get(s.base[name], want)
}
