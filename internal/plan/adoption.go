package plan

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/trust"
)

// checkAdoption refuses to take over what isn't free to take.
func (c *comparison) checkAdoption(ch *Change, d, live *trust.Role) {
	pos := d.Source[""]
	switch owner := live.Stack(); {
	case owner != "" && owner != c.o.Stack:
		how := "with a removed block there"
		if trust.IsStack(owner) { // a tag may say anything, and this is to be copied
			how += fmt.Sprintf(" or, this role alone, with `trustctl transfer -from=%s -to=%s -target=%s`", owner, c.o.Stack, d.Environment)
		}
		c.refuse(ch, pos, "The role belongs to another stack",
			fmt.Sprintf("Role %s carries the mark of stack %q. Two stacks cannot manage one role: give this environment's role another name, or let the other stack give the role up, %s.", live.Name, owner, how))
	case !d.Lifecycle.Adopt && owner != "":
		c.refuse(ch, pos, "The role is not ours",
			fmt.Sprintf("Role %s carries this stack's mark, but its tag %s says %q, not its own name: it looks like a copy. To take it over, write lifecycle { adopt = true }.", live.Name, trust.TagRole, live.Tags[trust.TagRole]))
	case !d.Lifecycle.Adopt:
		c.refuse(ch, pos, "The role exists already",
			fmt.Sprintf("Role %s is there and carries no mark of trustctl. To take it over as it is declared, write lifecycle { adopt = true }; otherwise give this environment's role another name.", live.Name))
	}
}

// adoptions warns of what is taken away from roles that somebody uses already,
// once it is known who loses by the plan.
func (c *comparison) adoptions() {
	for _, ch := range c.plan.Changes {
		if ch.Action != Adopt || ch.Refused != "" {
			continue
		}
		live := ch.Before.Role
		var said []string
		if lost := losses(ch.Access); len(lost) > 0 {
			said = append(said, "What the configuration does not declare is taken from it: "+strings.Join(lost, "; ")+".")
		}
		if len(live.InstanceProfiles) > 0 {
			said = append(said, fmt.Sprintf("It is in %s, so EC2 instances may run with it; it stays there, with the permissions that the configuration declares.", list("instance profile", live.InstanceProfiles)))
		}
		if len(said) > 0 {
			c.warn(ch.Address, trust.Pos{}, "An adopted role is in use as it is", fmt.Sprintf("Role %s existed before. %s", live.Name, strings.Join(said, " ")))
		}
	}
}

// losses are what a change takes away, in words: who may enter no longer, and
// which permissions go.
func losses(a *Access) []string {
	if a == nil {
		return nil
	}
	less := func(r access.Relation) bool { return r != access.Same && r != access.Wider }
	var all, gone, others, policies []string
	for _, p := range a.Principals.Changes {
		switch {
		case p.Gone:
			gone = append(gone, p.Principal)
		case less(p.Relation):
			others = append(others, p.Principal)
		}
	}
	for _, p := range a.Permissions.Inline {
		if p.Removed || less(p.Relation) {
			policies = append(policies, p.Name)
		}
	}
	add := func(noun string, names []string, rest string) {
		if len(names) > 0 {
			all = append(all, list(noun, names)+rest)
		}
	}
	add("principal", gone, "")
	add("principal", others, " in part")
	add("environment", a.Environments.Lost, "")
	var tokens []string
	for _, g := range a.Lost {
		tokens = append(tokens, fmt.Sprintf("%q", g.Pattern))
	}
	if a.Tokens.Lost.More {
		tokens = append(tokens, "others")
	}
	add("subject", tokens, "")
	add("managed policy", a.Permissions.Detached, "")
	add("inline policy", policies, "")
	if b := a.Permissions.BoundaryAfter; b != "" {
		all = append(all, "whatever the boundary "+b+" does not allow")
	}
	return all
}
