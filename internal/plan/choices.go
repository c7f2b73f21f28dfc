package plan

import (
	"strconv"

	"github.com/trustctl/trustctl/internal/trust"
)

// Choices are what was asked for on the command line: with the same ones the
// same configuration and the same accounts give the same plan.
type Choices struct {
	Targets    []string          `json:"targets,omitempty"`
	Excludes   []string          `json:"excludes,omitempty"`
	InAccounts []trust.AccountID `json:"accounts,omitempty"`
	MaxDeletes int               `json:"max_deletes"` // the configuration's, unless asked otherwise
	AllowSelf  bool              `json:"allow_self,omitempty"`
	Force      bool              `json:"force,omitempty"`

	AllowRecentlyUsed bool `json:"allow_recently_used,omitempty"`
}

func (o Options) choices() Choices {
	return Choices{o.Targets, o.Excludes, o.InAccounts, o.MaxDeletes, o.AllowSelf, o.Force, o.AllowRecentlyUsed}
}

// With is the same options with the mode and the choices of a plan.
func (o Options) With(p *Plan) Options {
	c := p.Choices
	if p.Mode == ModeTransfer {
		o.Stack, o.To = p.Stack, p.To
	}
	o.Mode, o.Targets, o.Excludes, o.InAccounts = p.Mode, c.Targets, c.Excludes, c.InAccounts
	o.MaxDeletes, o.AllowSelf, o.Force, o.AllowRecentlyUsed = c.MaxDeletes, c.AllowSelf, c.Force, c.AllowRecentlyUsed
	return o
}

// Flags are the choices of a plan as they are given on a command line, for
// people; the number of deletions, which may be the configuration's, as its
// setting and only where there are any.
func (p *Plan) Flags() []string {
	var out []string
	add := func(name string, values ...string) {
		for _, v := range values {
			out = append(out, "-"+name+"="+v)
		}
	}
	add("target", p.Choices.Targets...)
	add("exclude", p.Choices.Excludes...)
	add("account", texts(p.Choices.InAccounts)...)
	if p.Counts().Destroy > 0 && p.Mode != ModeDestroy {
		out = append(out, "max_deletes="+strconv.Itoa(p.Choices.MaxDeletes)) // it may be the configuration's
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"-destroy", p.Mode == ModeDestroy}, {"-allow-self", p.Choices.AllowSelf}, {"-force", p.Choices.Force}, {"-allow-recently-used", p.Choices.AllowRecentlyUsed}} {
		if flag.set {
			out = append(out, flag.name)
		}
	}
	return out
}
