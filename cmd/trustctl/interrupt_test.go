//go:build unix

package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestAnInterruptLetsTheCallInFlightFinishAndListsWhatBecameOfThePlan(t *testing.T) {
	s, dir := newSlowIAM(t), t.TempDir()
	cmd, out := s.start(t, dir)
	<-s.arrived
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // the signal is on its way
	close(s.release)
	if code := ends(t, cmd); code != exitError {
		t.Errorf("the exit code is %d, want %d", code, exitError)
	}
	if strings.Contains(out.String(), "interrupted: interrupted") {
		t.Errorf("it says so twice:\n%s", out)
	}
	for _, want := range []string{"Interrupt received: finishing the calls under way. Press Ctrl-C again to stop at once.\n", "Error: interrupted\n", "\nDone (1):\n", "\nFailed (1):\n", "\nNot tried (", "The apply was interrupted."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}

	// Running it again is how one resumes.
	cmd, out = s.start(t, dir)
	if code := ends(t, cmd); code != exitFine || !strings.Contains(out.String(), "Apply complete!") {
		t.Errorf("the second run ended with exit code %d:\n%s", code, out)
	}
}

func TestASecondInterruptCancelsTheCallInFlight(t *testing.T) {
	s := newSlowIAM(t)
	cmd, out := s.start(t, t.TempDir())
	<-s.arrived
	for range 2 {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
	}
	if code := ends(t, cmd); code != exitError {
		t.Errorf("the exit code is %d, want %d", code, exitError)
	}
	for _, want := range []string{"\nDone (1):\n", "\nFailed (1):\n", "\nNot tried ("} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

func TestAnInterruptEndsTheRetriesOfAThrottledCall(t *testing.T) {
	s := newSlowIAM(t)
	close(s.release)
	if err := s.sandbox.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Fault: "throttling", Match: sandbox.Match{Actions: []string{"CreateRole"}}}}}); err != nil {
		t.Fatal(err)
	}
	cmd, out := s.start(t, t.TempDir())
	for range 5 { // the next one waits for seconds
		<-s.arrived
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, cmd); code != exitError {
		t.Errorf("the exit code is %d, want %d", code, exitError)
	}
	for _, want := range []string{"interrupted before CreateRole was tried again: CreateRole: Throttling", "\nNot tried (", "The apply was interrupted."} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), strings.TrimSpace(want)) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if more := len(s.arrived); more > 1 {
		t.Errorf("%d more attempts were begun", more)
	}
}
