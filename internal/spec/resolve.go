package spec

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// The types of account.NAME and issuer.NAME. What such a value says is found
// again by its name, so that it may have passed through conditionals and maps.
var (
	accountType = cty.Object(map[string]cty.Type{"name": cty.String, "id": cty.String, "partition": cty.String, "region": cty.String})
	issuerType  = cty.Object(map[string]cty.Type{"name": cty.String, "url": cty.String})
)

// findAccount is the account that a value stands for, nil where it is unclear
// or a mistake.
func (e *environment) findAccount(v value) *Account {
	if v.state == absent {
		e.problem(mistakef(e.block.at, "Missing account",
			"Environment %s has no account. Say which in it, or for all of them in org %q: account = account.NAME.", e, e.org.name))
		return nil
	}
	name := e.nameOf(v, "account", accountType, slices.Sorted(maps.Keys(e.c.accountOf)))
	return e.c.accountOf[name]
}

// findIssuer is the issuer that a value stands for: Pulumi Cloud where it was
// left out.
func (e *environment) findIssuer(v value) *Issuer {
	if v.state == absent {
		return e.c.issuerOf["pulumi"]
	}
	name := e.nameOf(v, "issuer", issuerType, slices.Sorted(maps.Keys(e.c.issuerOf)))
	return e.c.issuerOf[name]
}

// nameOf is the name of the declared object of a kind that a value stands for.
func (e *environment) nameOf(v value, kind string, want cty.Type, names []string) string {
	if v.state != stated {
		return ""
	}
	report := func(format string, args ...any) string {
		e.problem(mistakef(v.at(), "Not an "+kind, format, args...))
		return ""
	}
	switch t := v.Type(); {
	case t == cty.String:
		name := v.AsString()
		if !slices.Contains(names, name) {
			name = "NAME"
		}
		return report(`This is the text %q. Refer to the %[2]s itself: %[2]s.%[3]s, or "${%[2]s.%[3]s}" in the JSON form.%[4]s`, v.AsString(), kind, name, didYouMean(v.AsString(), names))
	case !t.Equals(want):
		return report("This is %s, not one of the declared %ss. Refer to one: %s.NAME; one of several with for_each is %[2]s[each.key] or such.", t.FriendlyName(), kind, kind)
	}
	name := v.GetAttr("name")
	switch {
	case !name.IsKnown():
		return ""
	case name.IsNull() || !slices.Contains(names, name.AsString()):
		return report("No %s of that name is declared. Refer to a declared one: %[1]s.NAME.", kind)
	}
	return name.AsString()
}
