package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// roles compares the roles of every account that was read.
//
//	declared  live               what happens
//	yes       –                  created
//	yes       ours               no-op, updated, or replaced
//	yes       nobody's           adopted, where the configuration asks for it; else an error
//	yes       another stack's    an error
//	no        ours               deleted, or forgotten (adopted, or a removed block says so)
//	no        our mark only      a warning: copied, or a forged tag
//	no        anybody else's     not in the plan
func (c *comparison) roles() {
	removed := map[string]trust.Removed{}
	for _, r := range c.desired.Removed {
		removed[r.Environment] = r
	}
	serving := map[string]*trust.Role{} // by environment: each is in one account
	for i := range c.desired.Roles {
		serving[c.desired.Roles[i].Environment] = &c.desired.Roles[i]
	}
	for _, p := range pairs(c.desired.Roles, c.current.Roles) {
		account, ok := c.read[p.address.Account]
		if !ok {
			continue
		}
		d, live := p.desired, p.live
		if d == nil && live.Stack() != c.o.Stack {
			c.stay(live)
			continue
		}
		var resource string
		if d != nil {
			resource = c.roleResource(d)
		} else {
			resource = c.roleResource(live)
		}
		if !c.scope.includes(resource, environment(d), environment(live)) {
			if live != nil {
				c.stay(live)
			}
			continue
		}
		ch := Change{Address: p.address, Resource: resource}
		switch {
		case d != nil && c.o.Mode == ModeDestroy:
			if live == nil {
				continue
			}
			if !live.MarkedBy(c.o.Stack) {
				c.stay(live)
				continue
			}
			c.removeRole(&ch, d, live, false)
		case d != nil && live == nil:
			if u, there := c.unread[p.address]; there {
				c.unreadRole(&ch, account, d, u)
			} else {
				c.createRole(&ch, account, d)
			}
		case d != nil:
			c.declaredRole(&ch, account, d, live)
		default:
			if !c.undeclaredRole(&ch, account, live, removed, serving[environmentOf(live)]) {
				continue
			}
		}
		c.checkRole(&ch, account, d)
		if ch.takesRole() {
			ch.LastUse = lastUse(ch.Before.Role, c.o.Now)
		}
		c.passing(&ch)
		c.change(ch)
		if ch.Refused != "" {
			c.stay(live)
		} else if ch.After != nil {
			c.stay(ch.After.Role)
		} else if ch.Action == NoOp {
			c.stay(live)
		}
	}
}

func environment(r *trust.Role) string {
	if r == nil {
		return ""
	}
	return environmentOf(r)
}

// stay notes a role that the account will hold once the plan is applied.
func (c *comparison) stay(r *trust.Role) {
	if r != nil {
		c.staying[r.Account] = append(c.staying[r.Account], r)
	}
}

func (c *comparison) createRole(ch *Change, account trust.Account, d *trust.Role) {
	after := clean(d)
	after.ARN = trust.RoleARN(account.Partition, d.Account, d.Path, d.Name)
	ch.Action, ch.After = Create, &Object{Role: after}
}

// declaredRole compares a declared role with the live one of its name.
func (c *comparison) declaredRole(ch *Change, account trust.Account, d, live *trust.Role) {
	before := clean(live)
	before.Environment = environmentOf(live)
	ch.Before = &Object{Role: before}
	after := c.merged(d, before)
	adopting := !live.MarkedBy(c.o.Stack)
	if adopting {
		after.Tags[trust.TagAdopted] = "true"
	}
	ch.After = &Object{Role: after}
	ch.Fields = roleFields(before, after)

	moved := before.Path != after.Path || before.Name != after.Name
	switch {
	case adopting:
		ch.Action = Adopt
		c.checkAdoption(ch, d, live)
		if moved {
			c.refuse(ch, d.Source[""], "An adopted role keeps its name and path",
				fmt.Sprintf("The live role is %s%s and the configuration says %s%s. Only a new role could have that, and adoption never replaces. Write the live name and path.", before.Path, before.Name, after.Path, after.Name))
		}
	case moved && before.Tags[trust.TagAdopted] != "":
		ch.Action = Replace
		c.refuse(ch, d.Source[""], "An adopted role is never replaced",
			fmt.Sprintf("%s%s existed before trustctl, which therefore doesn't delete it to make %s%s. Write the live name and path.", before.Path, before.Name, after.Path, after.Name))
	case moved:
		ch.Action, ch.Reason = Replace, "IAM cannot change a role's path or the letter case of its name"
		after.ID, after.Created, after.LastUsed, after.LastUseKnown, after.InstanceProfiles = "", zeroTime, zeroTime, false, nil
		after.ARN = trust.RoleARN(account.Partition, d.Account, after.Path, after.Name)
		c.checkRemoval(ch, d, live)
		c.checkUndeclared(ch, clean(d), after)
	case len(ch.Fields) > 0:
		ch.Action = Update
	default:
		ch.Action = NoOp
	}
	c.moved(ch, d)
}

// checkUndeclared refuses to replace a role some of which only the live one
// knows: a run that ended between its deletion and its creation would leave
// nobody to tell.
func (c *comparison) checkUndeclared(ch *Change, declared, after *trust.Role) {
	declared.Inline = mergeInline(declared.Inline, after.Inline) // IAM folds their names
	var kept []string
	for _, f := range roleFields(declared, after) {
		if f.Name != "tags" && !slices.Contains(kept, f.Name) {
			kept = append(kept, f.Name)
		}
	}
	if len(kept) > 0 {
		c.refuse(ch, trust.Pos{}, "A replacement would rest on what is not declared",
			fmt.Sprintf("Role %s must be deleted and created again, and of %s the configuration keeps what is live. Declare it first, so that a run which ends half-way loses nothing.", after.Name, strings.Join(kept, ", ")))
	}
}

// undeclaredRole decides on a role with our mark that the configuration does
// not declare; now is the one that it declares for the role's environment, if
// any. false leaves it out of the plan.
func (c *comparison) undeclaredRole(ch *Change, account trust.Account, live *trust.Role, removed map[string]trust.Removed, now *trust.Role) bool {
	if !c.mayRemove(account.ID) {
		c.stay(live)
		return false
	}
	block, named := removed[environmentOf(live)]
	if named && !block.Destroy && live.MarkedBy(c.o.Stack) {
		c.forgetRole(ch, live, "a removed block says so")
		return true
	}
	if why := c.notOurs(live, account); why != "" {
		c.strayMark(ch.Address, live, why)
		c.stay(live)
		return false
	}
	if now != nil && now.Lifecycle.Overlap && c.o.Mode != ModeDestroy {
		before := clean(live)
		before.Environment = environmentOf(live)
		ch.Action, ch.Before, ch.Reason = NoOp, &Object{Role: before}, "kept while lifecycle.overlap stands"
		return true
	}
	switch ch.Reason = environmentOf(live) + " is not in the configuration"; {
	case now != nil && now.Account == live.Account:
		ch.Reason = environmentOf(live) + " has role " + now.Name + " now"
	case now != nil:
		ch.Reason = environmentOf(live) + " is in account " + string(now.Account) + " now"
	}
	c.removeRole(ch, nil, live, named && block.Destroy)
	return true
}

// notOurs says what a role with our mark lacks to be deleted as ours, or "".
func (c *comparison) notOurs(r *trust.Role, account trust.Account) string {
	if !r.MarkedBy(c.o.Stack) {
		return fmt.Sprintf("its tag %s says %q", trust.TagRole, r.Tags[trust.TagRole])
	}
	for _, url := range c.issuers() {
		if r.Trust.Trusts(string(trust.ProviderARN(account.Partition, account.ID, url))) {
			return ""
		}
	}
	return "its trust policy names no declared issuer"
}

// issuers are the URLs of the declared issuers.
func (c *comparison) issuers() []string {
	urls := slices.Clone(c.o.Issuers)
	for _, p := range c.desired.Providers {
		urls = append(urls, p.URL)
	}
	slices.Sort(urls)
	return slices.Compact(urls)
}

// removeRole deletes a role of ours, or forgets an adopted one unless a
// removed block with destroy asks for it.
func (c *comparison) removeRole(ch *Change, d, live *trust.Role, destroy bool) {
	if live.Tags[trust.TagAdopted] != "" && !destroy {
		c.forgetRole(ch, live, "it existed before trustctl")
		return
	}
	before := clean(live)
	before.Environment = environmentOf(live)
	ch.Action, ch.Before = Delete, &Object{Role: before}
	c.checkRemoval(ch, d, live)
}

func (c *comparison) forgetRole(ch *Change, live *trust.Role, reason string) {
	before := clean(live)
	before.Environment = environmentOf(live)
	after := *before
	after.Environment = ""
	after.Tags = map[string]string{}
	for key, value := range before.Tags {
		if !trust.IsMark(key) {
			after.Tags[key] = value
		}
	}
	ch.Action, ch.Reason = Forget, reason
	c.warn(ch.Address, trust.Pos{}, "A role that is forgotten keeps its access",
		fmt.Sprintf("Only trustctl's own tags are taken off role %s. Its trust and its policies stay as they are, so whoever may assume it now still may. To take that away as well, delete it: removed %q { destroy = true }.", live.Name, environmentOf(live)))
	ch.Before, ch.After = &Object{Role: before}, &Object{Role: &after}
	ch.Fields = roleFields(before, &after)
}
