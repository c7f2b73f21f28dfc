package spec

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// reader evaluates the attributes of one block, or of one instance of it, and
// collects the mistakes.
type reader struct {
	scope *scope
	extra map[string]cty.Value
	diags hcl.Diagnostics
	// secret: sensitive values may be used, since nothing here is written.
	secret bool
}

func (r *reader) mistake(at hcl.Range, summary, format string, args ...any) {
	r.diags = append(r.diags, mistake(at, summary, fmt.Sprintf(format, args...)))
}

// value is an attribute's value without marks; ok is false where it is left
// out, null, unknown or a mistake.
func (r *reader) value(attr *hcl.Attribute, want cty.Type) (v cty.Value, ok bool) {
	if attr == nil {
		return cty.NilVal, false
	}
	v, diags := r.scope.eval(attr.Expr, want, r.extra)
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	if isSensitive(v) && !r.secret {
		r.mistake(attr.Expr.Range(), "Sensitive value", "%q is written where others can read it, so it cannot be a sensitive value.", attr.Name)
		return cty.NilVal, false
	}
	v = unmark(v)
	return v, !v.IsNull() && v.IsWhollyKnown()
}

func (r *reader) text(attr *hcl.Attribute) (string, bool) {
	v, ok := r.value(attr, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

// matching is a text that is of a form; rule says of which in words.
func (r *reader) matching(attr *hcl.Attribute, is func(string) bool, rule string) string {
	s, ok := r.text(attr)
	if ok && !is(s) {
		if r.secret {
			r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "%s.", sentence(rule))
		} else {
			r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "%q is not valid: %s.", s, rule)
		}
		return ""
	}
	return s
}

func (r *reader) texts(attr *hcl.Attribute) ([]string, bool) {
	v, ok := r.value(attr, cty.List(cty.String))
	if !ok {
		return nil, false
	}
	texts := []string{}
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if element.IsNull() {
			r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "An element of the list is null.")
			return nil, false
		}
		texts = append(texts, element.AsString())
	}
	return texts, true
}

func (r *reader) whole(attr *hcl.Attribute, or int) int {
	v, ok := r.value(attr, cty.Number)
	if !ok {
		return or
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact || n < 0 || n > 1<<31-1 {
		r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "A whole number from zero is needed.")
		return or
	}
	return int(n)
}

func (r *reader) duration(attr *hcl.Attribute, from, to time.Duration) time.Duration {
	s, ok := r.text(attr)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, `%s is not a duration: write "45m", "1h" or "1h30m".`, r.quoted(s))
	case d%time.Second != 0 || d < from || d > to:
		r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "%s is out of range: whole seconds from %s to %s.", r.quoted(s), from, to)
	default:
		return d
	}
	return 0
}

// quoted is a text for a message, unless it may be sensitive.
func (r *reader) quoted(s string) string {
	if r.secret {
		return "The value"
	}
	return strconv.Quote(s)
}

// tags are checked one by one against IAM's rules; how many an object may have
// is known only where all of them come together.
func (r *reader) tags(attr *hcl.Attribute) map[string]string {
	v, ok := r.value(attr, cty.Map(cty.String))
	if !ok {
		return nil
	}
	tags, folded := map[string]string{}, map[string]string{}
	for it := v.ElementIterator(); it.Next(); { // in the order of the keys
		k, element := it.Element()
		key := k.AsString()
		if element.IsNull() {
			continue
		}
		value := element.AsString()
		if rule := checkTag(key, value); rule != "" {
			r.mistake(attr.Expr.Range(), "Invalid tag", "The tag %q: %s.", key, rule)
			continue
		}
		if before, twice := folded[strings.ToLower(key)]; twice {
			r.mistake(attr.Expr.Range(), "Invalid tag", "The tags %q and %q differ by letter case only, which IAM takes for one key.", before, key)
			continue
		}
		folded[strings.ToLower(key)] = key
		tags[key] = value
	}
	return tags
}

// checkTag is the rule of IAM, or of ours, that a tag breaks, or "".
func checkTag(key, value string) string {
	switch {
	case key == "" || utf8.RuneCountInString(key) > trust.MaxTagKey:
		return "a key has 1 to 128 characters"
	case trust.IsMark(key):
		return fmt.Sprintf("keys that begin with %q are trustctl's own", trust.TagPrefix)
	case strings.HasPrefix(strings.ToLower(key), "aws:"), strings.HasPrefix(strings.ToLower(value), "aws:"):
		return `keys and values that begin with "aws:" are reserved by AWS`
	case utf8.RuneCountInString(value) > 256:
		return "a value has up to 256 characters"
	case !trust.IsTagText(key) || !trust.IsTagText(value):
		return "letters, digits, spaces and _ . : / = + - @ are allowed, and nothing else"
	}
	return ""
}

// instance is one of a for_each.
type instance struct {
	key   string
	extra map[string]cty.Value // "each"
}

// forEach evaluates a for_each: a map, an object or a set of strings. unknown
// is set where its instances cannot be told yet, or it is a mistake.
func (s *scope) forEach(expr hcl.Expression) (instances []instance, unknown bool, diags hcl.Diagnostics) {
	v, diags := s.eval(expr, cty.DynamicPseudoType, nil)
	if diags.HasErrors() {
		return nil, true, diags
	}
	refuse := func(summary, detail string) ([]instance, bool, hcl.Diagnostics) {
		return nil, true, append(diags, mistake(expr.Range(), summary, detail))
	}
	// Sensitive elements are the block's matter; sensitive keys would be in
	// every address.
	if v.IsMarked() || v.Type().IsSetType() && isSensitive(v) {
		return refuse("Sensitive for_each", "What for_each goes through is shown in every plan, so it cannot be a sensitive value.")
	}
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return nil, true, diags
	case v.IsNull():
		return refuse("Invalid for_each", "The value is null: a map, an object or a set of strings is needed.")
	case ty.IsMapType() || ty.IsObjectType():
	case ty.IsSetType() && (ty.ElementType() == cty.String || v.LengthInt() == 0):
	case ty.IsTupleType() || ty.IsListType():
		return refuse("Invalid for_each", "A list has no keys: a map, an object or a set of strings is needed. If each element is unique, write toset(…).")
	default:
		return refuse("Invalid for_each", fmt.Sprintf("A map, an object or a set of strings is needed, not %s.", ty.FriendlyName()))
	}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if !value.IsKnown() && ty.IsSetType() {
			return nil, true, diags
		}
		if ty.IsSetType() {
			if value.IsNull() {
				return refuse("Invalid for_each", "An element of the set is null.")
			}
			key = value
		}
		each := cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})
		instances = append(instances, instance{key.AsString(), map[string]cty.Value{"each": each}})
	}
	slices.SortFunc(instances, func(a, b instance) int { return strings.Compare(a.key, b.key) })
	return instances, false, diags
}
