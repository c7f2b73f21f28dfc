package plan

import "github.com/trustctl/trustctl/internal/trust"

// Options are what a plan depends on besides the two states.
type Options struct {
	Stack      string
	Mode       Mode
	MaxDeletes int                      // roles that may be deleted or replaced in one account; doesn't bind ModeDestroy
	IgnoreTags IgnoreTags               // live tags that are nobody's business
	Resource   map[trust.Address]string // names for people of declared objects; others are derived
	Targets    []string                 // -target: org/project/environment, a pattern of it, or a resource address; nil: everything
	Excludes   []string                 // -exclude
	InAccounts []trust.AccountID        // -account: nil: all
	AllowSelf  bool                     // -allow-self: the caller's own role may change
	Sandbox    bool
}

// IgnoreTags names live tags that are left alone.
type IgnoreTags struct{ Keys, KeyPrefixes []string }

// Compute is the plan that turns current into desired.
func Compute(desired, current trust.State, o Options) *Plan { panic("written next") }

// Steps are the exact writes of a change, in order; none for a NoOp or a
// refused change. They follow from Before and After alone.
func (c Change) Steps() []Step { panic("written next") }

// Schedule lays out the tasks of a plan.
func (p *Plan) Schedule() []Task { panic("written next") }
