package spec

import (
	"strings"

	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// decodeRemoved reads the removed blocks.
func (c *compiler) decodeRemoved() {
	r := &evaluator{scope: c.scope, report: c.report}
	declared := map[string]*environment{} // by lower case
	for _, e := range c.all {
		if e.known {
			declared[strings.ToLower(e.id.String())] = e
		}
	}
	seen := map[string]block{}
	for _, hb := range c.removed {
		b := c.decode(hb, removedSchema)
		fold := strings.ToLower(b.label)
		first, twice := seen[fold]
		seen[fold] = b
		if _, err := subject.ParseEnvironment(b.label); err != nil {
			r.problem(mistakef(b.labelAt, "Invalid environment name", "%s.", sentence(err.Error())))
		} else if e := declared[fold]; e != nil {
			r.problem(mistakef(b.labelAt, "Removed environment is declared", "Environment %s is declared at %s. Take out either that or this block.", e, place(e.block.at)))
		} else if twice {
			r.problem(mistakef(b.labelAt, "Duplicate removed block", "What becomes of environment %s is said at %s already.", b.label, place(first.at)))
		}
		destroy, _ := r.flag(r.eval(b.attrs["destroy"], cty.Bool), false)
		c.config.State.Removed = append(c.config.State.Removed, trust.Removed{Environment: b.label, Destroy: destroy, Pos: c.scope.pos(b.at)})
	}
}
