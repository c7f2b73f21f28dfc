package plan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// files compares the ESC files. A file without our header is never touched
// without -force, and those of an account that was not read are left alone.
func (c *comparison) files() {
	staying := c.stayingByARN()
	for _, p := range pairs(c.desired.Files, c.current.Files) {
		d, live := p.desired, p.live
		if c.o.Mode == ModeDestroy {
			d = nil
		}
		ch := Change{Address: p.address}
		if live != nil {
			before := stored(live)
			before.Content = nil // it may not be ours to show
			ch.Before = &Object{File: before}
		}
		switch {
		case d != nil:
			if _, ok := c.read[d.Account]; !ok {
				continue
			}
			ch.Resource = c.fileResource(d)
			ch.After = &Object{File: stored(d)}
			c.declaredFile(&ch, d, live)
		case live == nil || live.Foreign || live.Stack != c.o.Stack || !c.mayRemoveFile(live):
			continue
		default:
			ch.Resource = c.fileResource(live)
			c.undeclaredFile(&ch, live, staying)
		}
		if c.scope.includes(ch.Resource, p.address.Name) {
			c.change(ch)
		}
	}
}

// undeclaredFile shares the fate of the role that the file names. Of a file that
// is forgotten all that is taken off is its first line, which says whose it is.
//
//	the role              the file
//	goes, or is gone      goes, once its login is out of Pulumi Cloud
//	stays, nobody's       is forgotten, before the role: what a removed block says, or the role was adopted
//	stays, ours           goes likewise: the role serves another environment now
//	is another stack's    goes, and its login stays: that stack has a file of its own
func (c *comparison) undeclaredFile(ch *Change, live *trust.EnvironmentFile, staying map[trust.ARN]*trust.Role) {
	var role *trust.Role
	if live.Login != nil {
		role = staying[live.Login.RoleARN]
	}
	named := slices.ContainsFunc(c.desired.Removed, func(r trust.Removed) bool { return r.Environment == live.Environment && !r.Destroy })
	switch {
	case role != nil && role.Stack() == "", role == nil && (named || live.Login == nil && c.forgets(door{live.Account, live.Environment})):
		ch.Reason = "its role stays"
		if named {
			ch.Reason = "a removed block forgets its role"
		}
		c.forgetFile(ch, live)
	case role != nil && role.Stack() != c.o.Stack:
		ch.Action, ch.Reason = Delete, fmt.Sprintf("its role is that of stack %q", role.Stack())
	case c.o.Mode == ModeDestroy:
		ch.Action, ch.Push = Delete, PushBefore
	default:
		ch.Action, ch.Push, ch.Reason = Delete, PushBefore, live.Environment+" is not in the configuration"
	}
}

func (c *comparison) forgetFile(ch *Change, live *trust.EnvironmentFile) {
	after := stored(live)
	first, rest, _ := bytes.Cut(live.Content, []byte("\n"))
	after.Stack, after.Former, after.Login, after.Content, after.SHA256 = "", live.Stack, nil, rest, ""
	after.SHA256 = after.Hash()
	ch.Action, ch.After = Forget, &Object{File: after}
	ch.Fields = fileFields(ch.Before.File, after)
	ch.Fields[0].Removed = []string{strings.TrimSuffix(string(first), "\r")}
}

// stayingByARN are the roles that the accounts will hold.
func (c *comparison) stayingByARN() map[trust.ARN]*trust.Role {
	all := map[trust.ARN]*trust.Role{}
	for _, roles := range c.staying {
		for _, r := range roles {
			all[r.ARN] = r
		}
	}
	return all
}

// forgets says whether the plan forgets a role behind a door.
func (c *comparison) forgets(at door) bool {
	return slices.ContainsFunc(c.plan.Changes, func(ch Change) bool {
		return ch.Action == Forget && ch.Address.Kind == trust.KindRole && at == door{ch.Address.Account, environmentOf(ch.Before.Role)}
	})
}

// stored is what a plan keeps of a file: a hash stands for the content of one
// that is on disk, and of any in a plan that was saved.
func stored(f *trust.EnvironmentFile) *trust.EnvironmentFile {
	out := *f
	if f.Document != nil {
		out.Login = &f.Document.Login
	}
	out.Source, out.Document, out.SHA256 = nil, nil, f.Hash()
	return &out
}

func (c *comparison) declaredFile(ch *Change, d, live *trust.EnvironmentFile) {
	switch {
	case live == nil:
		ch.Action = Create
	case d.Hash() == live.Hash():
		ch.Action = NoOp
	default:
		ch.Action, ch.Fields = Update, fileFields(ch.Before.File, ch.After.File)
		if !live.Foreign {
			ch.Fields[0].Added, ch.Fields[0].Removed = fileLines(d.Content, live.Content)
		}
		if live.Irregular != "" && c.scope.includes(ch.Resource, d.Environment) {
			c.refuse(ch, d.Source[""], "The file has no place",
				live.Irregular+": nothing is written through it, with -force neither. Put a real one there, or take it away; emit = false needs no file.")
			return
		}
		if live.Foreign && !c.o.Force && c.scope.includes(ch.Resource, d.Environment) {
			c.refuse(ch, d.Source[""], "The file is not ours",
				fmt.Sprintf("%s is there and %s. It is not overwritten without -force; emit = false leaves it to you.", c.plan.Shown(d), c.whose(live)))
		}
	}
}

// whose says of a foreign file what its first line does.
func (c *comparison) whose(f *trust.EnvironmentFile) string {
	if f.Stack != "" && f.Stack != c.o.Stack {
		return fmt.Sprintf("belongs to stack %q by its first line", f.Stack)
	}
	return fmt.Sprintf("was not written by trustctl for stack %q", c.o.Stack)
}

// mayRemoveFile says whether a file's role could be missing at all.
func (c *comparison) mayRemoveFile(f *trust.EnvironmentFile) bool {
	if _, declared := c.declared[f.Account]; !declared {
		c.warn(f.Address(), trust.Pos{}, "A file of an account that is not declared",
			fmt.Sprintf("%s says that this stack wrote it for account %s, which the configuration does not declare. It is left alone: delete it by hand if it is of no use.", c.plan.Shown(f), f.Account))
		return false
	}
	return c.mayRemove(f.Account)
}

func fileFields(before, after *trust.EnvironmentFile) []FieldChange {
	if before.Hash() == after.Hash() {
		return nil
	}
	return []FieldChange{{Name: "content"}}
}
