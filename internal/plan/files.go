package plan

import (
	"fmt"
	"strings"

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

// newLines are the declared lines that a file doesn't have. Of the lines that
// it has there is no telling who wrote them: they are not shown.
func newLines(declared, live []byte) []string {
	has := map[string]bool{}
	for line := range strings.Lines(string(live)) {
		has[strings.TrimSuffix(line, "\n")] = true
	}
	var out []string
	for line := range strings.Lines(string(declared)) {
		if line = strings.TrimSuffix(line, "\n"); !has[line] {
			out = append(out, line)
		}
	}
	return out
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
			ch.Fields[0].Added = newLines(d.Content, live.Content)
		}
		if live.Irregular != "" && c.scope.includes(ch.Resource, d.Environment) {
			c.refuse(ch, d.Source[""], "The file has no place",
				live.Irregular+": nothing is written through it, with -force neither. Put a real one there, or take it away; emit = false needs no file.")
			return
		}
		if live.Foreign && !c.o.Force && c.scope.includes(ch.Resource, d.Environment) {
			c.refuse(ch, d.Source[""], "The file is not ours",
				fmt.Sprintf("%s is there and %s. It is not overwritten without -force; emit = false leaves it to you.", d.Path, c.whose(live)))
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
			fmt.Sprintf("%s says that this stack wrote it for account %s, which the configuration does not declare. It is left alone: delete it by hand if it is of no use.", f.Path, f.Account))
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
