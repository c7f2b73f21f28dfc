package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// held waits for the one call that is held.
func (s server) held(t *testing.T) sandbox.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	calls, err := s.Held(ctx)
	if err != nil || len(calls) != 1 {
		t.Fatalf("want one call, got %v, %v", calls, err)
	}
	return calls[0]
}

func TestAHeldCallWaitsForADecision(t *testing.T) {
	for name, x := range map[string]struct {
		fault   sandbox.Fault
		dies    bool // the client, while the call is held
		decide  func(server, int) error
		carried bool // while it is held
		made    bool
		answer  bool
	}{
		"before, released":                    {sandbox.Hold, false, server.Release, false, true, true},
		"before, dropped":                     {sandbox.Hold, false, server.Drop, false, false, false},
		"after, released":                     {sandbox.Hold.After(), false, server.Release, true, true, true},
		"after, dropped":                      {sandbox.Hold.After(), false, server.Drop, true, true, false},
		"before, released with nobody there":  {sandbox.Hold, true, server.Release, false, true, false},
		"before, dropped with nobody there":   {sandbox.Hold, true, server.Drop, false, false, false},
		"before, ended with the other faults": {sandbox.Hold, false, func(s server, _ int) error { return s.SetFaults(sandbox.Faults{}) }, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sandbox.Options{})
			s.set(t, rule(x.fault, "CreateRole"))
			ctx, die := context.WithCancel(t.Context())
			defer die()
			result := make(chan error, 1)
			go func() { result <- tryRole(ctx, s.iam(prod), "role") }()
			call := s.held(t)
			if call.Number != 1 || call.Resource != "role" || call.Carried > 0 != x.carried {
				t.Errorf("held: %+v", call)
			}
			var err error
			if x.dies {
				die()
				err = <-result
			}
			if wrong := x.decide(s, call.Number); wrong != nil {
				t.Fatal(wrong)
			}
			if !x.dies {
				err = <-result
			}
			if (err == nil) != x.answer {
				t.Errorf("want an answer %v, got %v", x.answer, err)
			}
			if got := s.exists(t, prod, "role"); got != x.made {
				t.Errorf("carried out: want %v, got %v", x.made, got)
			}
			if err := s.Release(call.Number); err == nil {
				t.Error("a call that is over is released once more")
			}
		})
	}
}

func TestACallMayBeHeldBeforeAndAfter(t *testing.T) {
	s := start(t, sandbox.Options{})
	s.set(t, sandbox.Faults{Rules: []sandbox.Rule{{Fault: sandbox.Hold}, {Fault: sandbox.Hold.After()}}})
	result := make(chan error, 1)
	go func() { result <- tryRole(t.Context(), s.iam(prod), "role") }()
	if call := s.held(t); call.Carried != 0 {
		t.Errorf("held first after it was carried out: %+v", call)
	}
	if err := s.Release(1); err != nil { // which comes back when it is held again
		t.Fatal(err)
	}
	if calls, err := s.Held(t.Context()); err != nil || len(calls) != 1 || calls[0].Carried != 1 {
		t.Errorf("held again: %v, %v", calls, err)
	}
	if err := s.Release(1); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestHeldCallsAreServedOverHTTP(t *testing.T) {
	s := start(t, sandbox.Options{})
	if got := request(t, http.MethodGet, s.url+"/_sandbox/held?wait=1ms", "", ""); got != "200 {\"calls\":[]}\n" {
		t.Errorf("nothing is held: got %s", got)
	}
	request(t, http.MethodPut, s.url+"/_sandbox/faults", "", `{"rules":[{"fault":"hold"}]}`)
	result := make(chan error, 1)
	go func() { result <- tryRole(t.Context(), s.iam(prod), "role") }()
	got := request(t, http.MethodGet, s.url+"/_sandbox/held?wait=10s", "", "")
	var answer struct{ Calls []sandbox.Call }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(got, "200 ")), &answer); err != nil || len(answer.Calls) != 1 || answer.Calls[0].Action != "CreateRole" {
		t.Fatalf("held: %s", got)
	}
	for path, want := range map[string]string{"2/release": "400 no call 2 is held\n", "x/drop": "400 ", "1/release": "204 "} {
		if got := request(t, http.MethodPut, s.url+"/_sandbox/held/"+path, "", ""); !strings.HasPrefix(got, want) {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestWaitingForAHeldCallEndsWithItsContext(t *testing.T) {
	s := start(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Held(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
