package plan

import (
	"bytes"
	"fmt"

	"github.com/trustctl/trustctl/internal/trust"
)

// files compares the ESC files. A file without our header is never touched
// without -force, and those of an account that was not read are left alone.
func (c *comparison) files() {
	forgotten := map[string]bool{}
	for _, r := range c.desired.Removed {
		forgotten[r.Environment] = !r.Destroy
	}
	for _, p := range pairs(c.desired.Files, c.current.Files) {
		d, live := p.desired, p.live
		if c.o.Mode == ModeDestroy {
			d = nil
		}
		ch := Change{Address: p.address}
		if live != nil {
			before := *live
			before.Source, before.Document = nil, nil
			ch.Before = &Object{File: &before}
		}
		switch {
		case d != nil:
			if _, ok := c.read[d.Account]; !ok {
				continue
			}
			ch.Resource = c.fileResource(d)
			after := *d
			after.Source, after.Document = nil, nil
			ch.After = &Object{File: &after}
			c.declaredFile(&ch, d, live)
		case live == nil || live.Foreign || live.Stack != c.o.Stack || !c.mayRemoveFile(live):
			continue
		default:
			ch.Resource = c.fileResource(live)
			ch.Action, ch.Reason = Delete, live.Environment+" is not in the configuration"
			if c.o.Mode == ModeDestroy {
				ch.Reason = ""
			}
			if forgotten[live.Environment] {
				ch.Action, ch.Reason = NoOp, "a removed block forgets its role"
			}
		}
		if c.scope.includes(ch.Resource, p.address.Name) {
			c.change(ch)
		}
	}
}

func (c *comparison) declaredFile(ch *Change, d, live *trust.EnvironmentFile) {
	switch {
	case live == nil:
		ch.Action = Create
	case bytes.Equal(d.Content, live.Content):
		ch.Action = NoOp
	default:
		ch.Action, ch.Fields = Update, []FieldChange{{Name: "content"}}
		if live.Foreign && !c.o.Force && c.scope.includes(ch.Resource, d.Environment) {
			c.refuse(ch, d.Source[""], "The file is not ours",
				fmt.Sprintf("%s is there and was not written by trustctl for stack %q. It is not overwritten without -force; emit = false leaves it to you.", d.Path, c.o.Stack))
		}
	}
}

// mayRemoveFile says whether a file's role could be missing at all.
func (c *comparison) mayRemoveFile(f *trust.EnvironmentFile) bool {
	if _, declared := c.declared[f.Account]; !declared {
		c.warn(f.Address(), trust.Pos{}, "A file of an account that is not declared",
			fmt.Sprintf("%s says that this stack wrote it for account %s, which the configuration does not declare. It is left alone: delete it by hand if it is of no use.", f.Path, f.Account))
		return false
	}
	return c.mayRemove(f.Account)
}
