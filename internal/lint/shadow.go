package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// hygiene are the rules about what could be said better.
func (v *view) hygiene() {
	for _, s := range v.role.Trust.Statements {
		if v.speaks(s) {
			v.shadows(s)
		}
	}
	v.idle()
}

// shadows finds values of a condition that others make superfluous.
func (v *view) shadows(s policy.Statement) {
	for _, c := range s.Conditions {
		if !v.isKey(c.Key, "sub") && !v.isKey(c.Key, "aud") || len(c.Values) < 2 || !strings.Contains(c.Operator, "String") {
			continue
		}
		if !likes(c.Operator) {
			v.repeated(c)
			continue
		}
		if v.role.Trust.Version != policy.Version2012 && slices.ContainsFunc(c.Values, func(t string) bool { return strings.Contains(t, "${") }) {
			continue
		}
		for _, shadow := range access.Shadowed(c.Values, v.options()) {
			text := c.Values[shadow.Value]
			var by []string
			for _, i := range shadow.By {
				by = append(by, visible.Quote(c.Values[i]))
			}
			v.report(Finding{
				Code: shadowed, Pos: v.at([]tested{{text, c.Operator}}, "trust[0].subs"),
				Detail: fmt.Sprintf("Whatever %s matches, %s matches as well.", visible.Quote(text), few(by, 3)),
				Proof:  words(visible.Quote(text) + " is within " + few(by, 3)),
				Remedy: "Take it out; who gets in does not change. If it was meant to narrow, the wider one has to go.",
			})
		}
	}
}

// repeated finds a text that stands twice.
func (v *view) repeated(c policy.Condition) {
	for i, text := range c.Values {
		if slices.Contains(c.Values[:i], text) && !slices.Contains(c.Values[i+1:], text) {
			v.report(Finding{
				Code: shadowed, Pos: v.at([]tested{{text, c.Operator}}, "trust[0].subs"),
				Detail: fmt.Sprintf("%s stands in the list more than once.", visible.Quote(text)),
				Proof:  words(visible.Quote(text) + " is within " + visible.Quote(text)), Remedy: "Take it out; who gets in does not change.",
			})
		}
	}
}

// idle finds statements for the issuer alone whose tokens other statements
// admit as well.
func (v *view) idle() {
	if len(v.grants) < 2 {
		return
	}
	rest := v.role.Trust
	for _, g := range v.grants {
		if len(g.Principals) != 1 || len(g.Actions) != 1 {
			continue
		}
		less := rest
		less.Statements = nil
		for _, s := range rest.Statements {
			if !sameStatement(s, g.Statement) {
				less.Statements = append(less.Statements, s)
			}
		}
		repeats := len(rest.Statements) - len(less.Statements)
		if repeats > 1 {
			less.Statements = append(less.Statements, g.Statement)
		} else if access.Compare(less, rest, v.options()).Gained.Outcome != access.None {
			continue
		} else if !v.set(policy.Document{Version: rest.Version, Statements: []policy.Statement{g.Statement}}).Known() ||
			v.set(policy.Document{Version: rest.Version, Statements: []policy.Statement{g.Statement}}).Inhabited(v.options()).Outcome != access.Some {
			continue // one that admits nobody at all is another finding
		}
		v.report(Finding{
			Code: shadowed, Pos: v.at(v.values(g.Statement, "sub"), "trust[0].subs"),
			Detail: fmt.Sprintf("%s admits nobody whom the other statements do not admit as well.", v.statement(g)),
			Proof:  words("the policy without it admits the same tokens"),
			Remedy: "Take it out; who gets in does not change. If it was meant to narrow, the wider one has to go.",
		})
		rest = less
	}
}

func sameStatement(a, b policy.Statement) bool {
	one := func(s policy.Statement) policy.Document {
		return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{s}}
	}
	return one(a).Equal(one(b))
}
