package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// transfer hands what carries one stack's marks to another stack. Nothing but
// the marks changes, and a mark of a third stack stays what it is.
//
//	roles      all that are the stack's own, declared or not
//	providers  the maker's mark and those of audiences; under -target and
//	           -exclude only those that -target names: roles share them
//	files      their first line
//
// The desired state's files are the stack's as they will be. -target and
// -exclude may name what the other stack has already: a transfer that is run
// again has nothing left to do.
func (c *comparison) transfer() {
	reason := fmt.Sprintf("it moves from stack %q to stack %q", c.o.Stack, c.o.To)
	c.transferRoles(reason)
	for _, p := range pairs(nil, c.current.Providers) {
		live := p.live
		ch := Change{Address: p.address, Action: Update, Reason: reason}
		if _, ok := c.read[live.Account]; !ok {
			continue
		}
		if !live.TouchedBy(c.o.Stack) {
			if c.scope.limited() && live.TouchedBy(c.o.To) {
				c.scope.includes(c.providerResource(live))
			}
			c.strangersProvider(live)
			continue
		}
		if ch.Resource = c.providerResource(live); !c.providerInScope(ch.Resource, nil) {
			continue
		}
		before, after := cleanProvider(live), cleanProvider(live)
		for key, owner := range before.Tags {
			if owner == c.o.Stack && (key == trust.TagStack || strings.HasPrefix(key, trust.TagAudiencePrefix)) {
				after.Tags[key] = c.o.To
			}
		}
		ch.Before, ch.After = &Object{Provider: before}, &Object{Provider: after}
		ch.Fields = providerFields(before, after)
		c.change(ch)
	}
	for _, p := range pairs(c.desired.Files, c.current.Files) {
		d, live := p.desired, p.live
		if d != nil && live != nil && live.Stack == c.o.To {
			c.scope.includes(c.fileResource(d), live.Environment)
		}
		if d == nil || live == nil || live.Foreign || live.Stack != c.o.Stack || !c.mayRemoveFile(live) {
			continue
		}
		ch := Change{Address: p.address, Resource: c.fileResource(d), Action: Update, Reason: reason}
		if c.scope.includes(ch.Resource, live.Environment) {
			ch.Before, ch.After = &Object{File: stored(live)}, &Object{File: stored(d)}
			ch.Before.File.Content = nil
			ch.Fields = fileFields(ch.Before.File, ch.After.File)
			ch.Fields[0].Added, ch.Fields[0].Removed = fileLines(d.Content, live.Content)
			c.change(ch)
		}
	}
}

func (c *comparison) transferRoles(reason string) {
	declared := map[trust.Address]*trust.Role{}
	for i := range c.desired.Roles {
		declared[c.desired.Roles[i].Address()] = &c.desired.Roles[i]
	}
	serving := map[door]string{} // roles that the other stack has already
	for _, r := range c.current.Roles {
		if r.MarkedBy(c.o.To) {
			serving[door{r.Account, environmentOf(&r)}] = r.Name
		}
	}
	for _, p := range pairs(nil, c.current.Roles) {
		live, d := p.live, declared[p.address]
		account, ok := c.read[live.Account]
		if !ok || live.Stack() != c.o.Stack {
			if c.scope.limited() && ok && live.Stack() == c.o.To {
				c.scope.includes(c.roleResource(live), environment(d), environmentOf(live))
			}
			continue
		}
		ch := Change{Address: p.address, Resource: c.roleResource(live), Action: Update, Reason: reason}
		if !c.scope.includes(ch.Resource, environment(d), environmentOf(live)) {
			continue
		}
		// For a declared role the mark and the name are enough.
		if why := c.notOurs(live, account); why != "" && (d == nil || !live.MarkedBy(c.o.Stack)) {
			c.strayMark(ch.Address, live, why)
			continue
		}
		before := clean(live)
		before.Environment = environmentOf(live)
		after := *before
		after.Tags = union(before.Tags, map[string]string{trust.TagStack: c.o.To})
		ch.Before, ch.After = &Object{Role: before}, &Object{Role: &after}
		ch.Fields = roleFields(before, &after)
		c.checkRole(&ch, account, d)
		if other := serving[door{live.Account, environmentOf(live)}]; other != "" {
			c.warn(ch.Address, trust.Pos{}, "Two roles for one environment",
				fmt.Sprintf("Stack %q has role %s for %s already, and gets %s as well. The next plan deletes the one that its configuration does not declare.", c.o.To, other, cmp.Or(environmentOf(live), "no environment"), live.Name))
		}
		c.change(ch)
	}
}

// strayMark warns of a role that carries the stack's mark and is not its own.
func (c *comparison) strayMark(a trust.Address, live *trust.Role, why string) {
	c.warn(a, trust.Pos{}, "A role with our mark is not ours",
		fmt.Sprintf("Role %s carries the mark of stack %q, but %s. It is left alone. Take its tag %s off if the mark was copied or forged.", live.Name, c.o.Stack, why, trust.TagStack))
}
