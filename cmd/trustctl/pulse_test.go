package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestAChangeThatTakesLongIsToldOfEveryThirtySeconds(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := func() time.Time { return now }
	var talk, lines bytes.Buffer
	bar := term.NewProgress(term.Streams{Err: &talk}, 2, time.Now)
	p := newPulse(both{
		&progress{bar: bar, now: clock, began: map[string]time.Time{}},
		newStream(&lines, clock),
	}, clock)
	slow := plan.Change{Address: trust.RoleAddress("111122223333", "slow"), Resource: "role.slow", Action: plan.Update}
	quick := plan.Change{Address: trust.RoleAddress("111122223333", "quick"), Resource: "role.quick", Action: plan.Create}
	p.Start(slow)
	p.Start(quick)
	p.Retry(slow, "TagRole")
	for second := range 100 {
		now = now.Add(time.Second)
		p.beat()
		switch second {
		case 20:
			p.End(quick, nil)
		case 50:
			p.Retry(slow, "TagRole")
		}
	}
	p.End(slow, errors.New("no"))
	p.beat()
	want := `role.slow: Modifying...
role.quick: Creating...
role.quick: Creation complete after 21s
role.slow: Still modifying... [30s elapsed, 1 retry]
role.slow: Still modifying... [1m0s elapsed, 2 retries]
role.slow: Still modifying... [1m30s elapsed, 2 retries]
role.slow: Failed after 1m40s
`
	if diff := cmp.Diff(want, talk.String()); diff != "" {
		t.Errorf("the lines (-want +got):\n%s", diff)
	}
	if n := strings.Count(lines.String(), `"type":"apply_progress"`); n != 3 {
		t.Errorf("the stream has %d apply_progress, want 3:\n%s", n, lines.String())
	}
	if want := `"elapsed_seconds":60,"trustctl_retries":2}`; !strings.Contains(lines.String(), want) {
		t.Errorf("the stream does not say %s:\n%s", want, lines.String())
	}
}
