package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestAReadingThatIsTriedAgainSaysSoAfterSomeSecondsAndNotTooOften(t *testing.T) {
	now := time.Unix(0, 0)
	var said []string
	a := &app{now: func() time.Time { return now }}
	r := a.newRetrying()
	r.say = func(format string, args ...any) {
		said = append(said, fmt.Sprintf("%d: "+format, append([]any{now.Unix()}, args...)...))
	}
	for attempt := range 26 {
		for _, name := range []string{"prod", "dev"} {
			r.note(live.Retry{Account: trust.Account{ID: trust.AccountID(name), Name: name}, Call: "iam:ListRoles", Attempt: attempt + 1, Why: "HTTP 503"})
		}
		now = now.Add(time.Second)
	}
	want := []string{
		"3: Account prod (prod): iam:ListRoles is tried again, since attempt 4 ended with HTTP 503",
		"4: Account dev (dev): iam:ListRoles is tried again, since attempt 5 ended with HTTP 503",
		"23: Account prod (prod): iam:ListRoles is tried again, since attempt 24 ended with HTTP 503",
		"24: Account dev (dev): iam:ListRoles is tried again, since attempt 25 ended with HTTP 503",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

func TestATimeoutNamesWhatTheAccountsWereInTroubleWith(t *testing.T) {
	s := newSlowIAM(t)
	if err := s.sandbox.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Fault: "unavailable", Match: sandbox.Match{Actions: []string{"ListRoles"}}}}}); err != nil {
		t.Fatal(err)
	}
	cmd, out := s.run(t, t.TempDir(), "plan", "-timeout=3s")
	if code := ends(t, cmd); code != exitError {
		t.Errorf("the exit code is %d, want %d", code, exitError)
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"Error: reading the accounts: the run took longer than -timeout=3s. Account a (111122223333) did not answer iam:ListRoles: attempt ", "HTTP 503 Service Unavailable"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}
