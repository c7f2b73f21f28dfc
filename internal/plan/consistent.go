package plan

import (
	"errors"
	"fmt"

	"github.com/trustctl/trustctl/internal/trust"
)

// check refuses a plan whose parts don't fit, before anything is derived from
// them or shown.
func (p *Plan) check() error {
	if p.Mode != ModeApply && p.Mode != ModeDestroy && p.Mode != ModeTransfer || (p.Mode == ModeTransfer) != (p.To != "") {
		return fmt.Errorf("unknown mode %q", p.Mode)
	}
	touched := 0
	for i, ch := range p.Changes {
		if err := p.checkChange(ch); err != nil {
			return fmt.Errorf("%s: %w", ch.Address, err)
		}
		if i > 0 && p.Changes[i-1].Address.Compare(ch.Address) >= 0 {
			return fmt.Errorf("%s: it is out of order, or there twice", ch.Address)
		}
		if ch.Action != NoOp {
			touched++
		}
	}
	if touched != len(p.Base) {
		return errors.New("it rests on objects that it does not touch")
	}
	return nil
}

func (p *Plan) checkChange(c Change) error {
	for _, o := range []*Object{c.Before, c.After} {
		if o != nil && (o.address() != c.Address || o.address() == trust.Address{}) {
			return errors.New("the object is not the one that its address names")
		}
	}
	sides := map[Action][2]bool{ // before, after
		NoOp: {true, true}, Create: {false, true}, Update: {true, true}, Replace: {true, true},
		Delete: {true, false}, Adopt: {true, true}, Forget: {true, true},
	}
	want, known := sides[c.Action]
	if !known {
		return fmt.Errorf("unknown action %q", c.Action)
	}
	if want != [2]bool{c.Before != nil, c.After != nil} {
		return fmt.Errorf("action %q has the wrong sides", c.Action)
	}
	if c.Previous != "" && (c.Before == nil || c.Before.Role == nil || c.Previous != formerly(c.Before.Role)) {
		return errors.New("it did not serve the environment that it is said to have served")
	}
	if err := c.checkLastUse(); err != nil {
		return err
	}
	base, touched := p.Base[c.Address]
	switch before := c.Before.fingerprint(nil); {
	case c.Action == NoOp && (touched || c.After.fingerprint(nil) != before):
		return errors.New("it is said not to change, and does")
	case c.Action != NoOp && (!touched || base != before):
		return errors.New("it does not rest on what it shows as read")
	}
	return nil
}
