package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// A run that is killed has a line for every write that was answered; the next
// run goes on in the same file, and closes what may stand there half.
func TestTheAuditLogOfAKilledRunLacksNoMoreThanWhatWasUnderWay(t *testing.T) {
	s := newSandboxed(t, place{dir: t.TempDir()})
	s.configure(t, threeRoles)
	log := filepath.Join(t.TempDir(), "audit.jsonl")
	const held = "AttachRolePolicy"
	must(t, s.server.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Fault: sandbox.Hold, Match: sandbox.Match{Actions: []string{held}}, Calls: []int{2}}}}))
	cmd, _ := s.process(t, "trustctl", "-auto-approve")
	cmd.Args = append(cmd.Args, "-audit-log="+log)
	must(t, cmd.Start())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := s.server.Held(ctx)
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	must(t, err)

	text, err := os.ReadFile(log)
	must(t, err)
	if diff := cmp.Diff(writes(s), append(logged(t, string(text)), held)); diff != "" {
		t.Errorf("the log of the killed run (-IAM's +its own):\n%s", diff)
	}

	must(t, s.server.SetFaults(sandbox.Faults{}))
	const half = `{"time":"20`
	must(t, os.WriteFile(log, append(text, half...), 0o600))
	s.server.ResetLog()
	s.succeed(t, "apply", "-auto-approve", "-parallelism=1", "-audit-log="+log)
	both, err := os.ReadFile(log)
	must(t, err)
	rest, ok := strings.CutPrefix(string(both), string(text)+half+"\n")
	if !ok {
		t.Fatalf("the log became %q", both)
	}
	calls := slices.DeleteFunc(logged(t, rest), func(call string) bool { return call == "WriteEnvironmentFile" })
	if diff := cmp.Diff(writes(s), calls); diff != "" || len(calls) == 0 {
		t.Errorf("the log of the run after it (-IAM's +its own):\n%s", diff)
	}
}

// writes are the calls to IAM that change something, as the server had them.
func writes(s *sandboxed) []string {
	var all []string
	for _, call := range s.server.Log() {
		if call.Write {
			all = append(all, call.Action)
		}
	}
	return all
}

// logged are the calls of an audit log.
func logged(t *testing.T, text string) []string {
	t.Helper()
	var all []string
	for l := range strings.Lines(text) {
		var line struct{ Call string }
		if err := json.Unmarshal([]byte(l), &line); err != nil || !strings.HasSuffix(l, "\n") {
			t.Fatalf("a line is %q: %v", l, err)
		}
		all = append(all, line.Call)
	}
	return all
}
