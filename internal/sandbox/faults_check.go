package sandbox

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/trustctl/trustctl/internal/policy"
)

// check says what makes no sense.
func (f Faults) check(actions map[string]action) error {
	for i, r := range f.Rules {
		where := fmt.Sprintf("rule %d", i+1)
		if err := r.Match.check(where, actions); err != nil {
			return err
		}
		if err := r.Fault.check(where, r.Delay); err != nil {
			return err
		}
		if min(r.From, r.Until) < 0 || len(r.Calls) > 0 && (slices.Min(r.Calls) < 1 || r.From+r.Until > 0) {
			return fmt.Errorf("%s: calls are counted from 1, and are given by number or from and until", where)
		}
	}
	if f.Random != nil {
		if err := f.Random.check(actions); err != nil {
			return err
		}
	}
	for i, l := range f.Lags {
		if err := l.check(fmt.Sprintf("lag %d", i+1), actions); err != nil {
			return err
		}
	}
	for i, r := range f.Rates {
		where := fmt.Sprintf("rate %d", i+1)
		if err := r.Match.check(where, actions); err != nil {
			return err
		}
		if r.Burst < 1 || r.PerSecond < 0 {
			return fmt.Errorf("%s: burst is at least 1, and per_second not negative", where)
		}
	}
	if f.Unseen < 0 {
		return fmt.Errorf("unseen is not negative")
	}
	return nil
}

func (m Match) check(where string, actions map[string]action) error {
	for _, name := range m.Actions {
		if _, ok := actions[name]; !ok {
			return fmt.Errorf("%s: the sandbox knows no action %q", where, name)
		}
	}
	if m.Account != "" && !policy.IsAccountID(m.Account) {
		return fmt.Errorf("%s: an account id is twelve digits, not %q", where, m.Account)
	}
	return nil
}

func (f Fault) check(where string, delay Duration) error {
	switch {
	case !slices.Contains(kinds(), f.kind()):
		return fmt.Errorf("%s: there is no fault %q", where, f)
	case delay < 0 || delay == 0 && f.kind() == Delay:
		return fmt.Errorf("%s: %s needs a delay", where, f)
	case delay > 0 && f.kind() != Delay && f.kind() != Timeout:
		return fmt.Errorf("%s: %s has no delay", where, f)
	}
	return nil
}

func (r Random) check(actions map[string]action) error {
	const where = "random"
	if err := r.Match.check(where, actions); err != nil {
		return err
	}
	total := 0.0
	for _, f := range slices.Sorted(maps.Keys(r.Chance)) {
		delay := r.Delay
		if f.kind() != Delay && f.kind() != Timeout {
			delay = 0
		}
		if err := f.check(where, delay); err != nil {
			return err
		}
		if f.kind() == Hold {
			return fmt.Errorf("%s: nothing is held by chance", where)
		}
		if p := r.Chance[f]; !(p >= 0 && p <= 1) {
			return fmt.Errorf("%s: the chance of %s is between 0 and 1", where, f)
		}
		total += r.Chance[f]
	}
	if total > 1 && math.Abs(total-1) > 1e-9 || r.InARow < 0 {
		return fmt.Errorf("%s: the chances are together at most 1, and in_a_row is not negative", where)
	}
	return nil
}

func (l Lag) check(where string, actions map[string]action) error {
	if err := l.Match.check(where, actions); err != nil {
		return err
	}
	for _, name := range l.Actions {
		if actions[name].writes && name != deleteRole {
			return fmt.Errorf("%s: %s is a write, and sees what it changes", where, name)
		}
	}
	if min(l.Reads, l.Calls) < 0 || l.Reads+l.Calls == 0 || l.Writes {
		return fmt.Errorf("%s: reads lag behind by a number of reads or calls", where)
	}
	return nil
}

const deleteRole = "DeleteRole"
