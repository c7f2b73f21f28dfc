package spec

import (
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/zclconf/go-cty/cty"
)

// decodeTests reads the test blocks. Whether they hold is not decided here.
func (c *compiler) decodeTests() {
	seen := map[string]block{}
	for _, hb := range c.tests {
		b := c.decode(hb, testSchema)
		r := &evaluator{scope: c.scope.withRoleARNs(c.roleARN), report: c.report}
		if first, twice := seen[b.label]; twice {
			r.problem(mistakef(b.labelAt, "Duplicate test", "A test of this name stands at %s already.", place(first.at)))
		}
		seen[b.label] = b
		t := Test{Name: b.label, Pos: c.scope.pos(b.at)}
		v := r.eval(b.attrs["role"], cty.String)
		role, ok := r.text(v, "")
		tested := c.declared[role]
		if ok && b.attrs["role"] != nil && tested == nil && !c.guessing {
			r.problem(mistakef(b.attrs["role"].Expr.Range(), "Reference to nothing",
				"Environment %q is not declared, so it has no role to test. Write organization/project/environment.%s", role, didYouMean(role, c.declaredNames())))
		}
		t.Role = role
		var attrs []subject.Attribute
		if tested != nil {
			attrs = tested.attrs
		}
		if b.attrs["allow"] == nil && b.attrs["deny"] == nil {
			r.problem(mistakef(b.at, "Empty test", "The test says neither whom the role must allow nor whom it must deny."))
		}
		t.Allow = c.tested(r, r.eval(b.attrs["allow"], textList), attrs, false)
		t.Deny = c.tested(r, r.eval(b.attrs["deny"], textList), attrs, true)
		c.config.Tests = append(c.config.Tests, t)
	}
}

// tested are the subjects of a test. A reference stands for every subject that
// the grammar allows where all must be denied, and for those that the
// environment really carries where they must be allowed.
func (c *compiler) tested(r *evaluator, v value, attrs []subject.Attribute, every bool) (list []string) {
	items, _ := r.texts(v)
	for _, i := range items {
		switch ref, is := subject.DecodeReference(i.text); {
		case is && every:
			list = append(list, ref.Every()...)
		case is:
			if e := c.declared[ref.Org+"/"+ref.Environment]; e != nil {
				attrs = e.attrs
			}
			list = append(list, ref.Expand(attrs)...)
		case r.checkSubject(i.text, v.itemAt(i.index)):
			list = append(list, i.text)
		}
	}
	return list
}
