package apply

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

// scene is a run that makes one call of a name, over the client that every run
// has, by a clock that costs nothing.
type scene struct {
	call          string
	before, after trust.State
}

// scenes are one for each kind of write: of a new object, of a part of one, of
// one that goes.
func scenes(t *testing.T) []scene {
	t.Helper()
	nothing, one := declared(t, nil, nil), declared(t, []string{"prod"}, nil)
	tagged := declared(t, []string{"prod"}, func(r *trust.Role) { r.Tags["team"] = "core" })
	return []scene{
		{"CreateOpenIDConnectProvider", trust.State{}, one},
		{"CreateRole", nothing, one},
		{"PutRolePolicy", nothing, one},
		{"AttachRolePolicy", nothing, one},
		{"TagRole", one, tagged},
		{"DeleteRole", one, nothing},
	}
}

// meets runs the scene with a fault at the first call of its name, and says
// what became of it and how often the call came.
func (s scene) meets(t *testing.T, fault sandbox.Fault) (f *fleet, r Result, calls int) {
	t.Helper()
	f = newFleet(t, account)
	f.must(t, s.before)
	p := f.plan(t, s.after)
	f.faults(t, sandbox.Faults{Rules: []sandbox.Rule{{Fault: fault, Match: sandbox.Match{Actions: []string{s.call}}, Calls: []int{1}}}})
	f.server.ResetLog()
	r = Run(t.Context(), p, f.clients, f.folder, Options{})
	for _, call := range f.server.Log() {
		if call.Action == s.call {
			calls++
		}
	}
	f.faults(t, sandbox.Faults{})
	return f, r, calls
}

// reached demands that nothing is left to do.
func (s scene) reached(t *testing.T, f *fleet) {
	t.Helper()
	if again := f.plan(t, s.after); again.Pending() {
		t.Errorf("there are still changes: %+v", again.Changes)
	}
}

// A call whose answer is lost, or is not to be read, is made again. Where it was
// carried out, the second answer, that there is such a one or that there is none,
// is no failure.
func TestACallWhoseAnswerIsLostIsMadeAgain(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"the connection was reset":       sandbox.Reset.After(),
		"it was reset before":            sandbox.Reset,
		"the answer was cut off":         sandbox.CutOff,
		"a gateway answered in its turn": sandbox.BadGateway.After(),
	} {
		for _, s := range scenes(t) {
			t.Run(name+" at "+s.call, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f, r, calls := s.meets(t, fault)
					if len(r.Failed)+len(r.NotTried) > 0 || calls != 2 {
						t.Errorf("after %d calls: %+v, want all done after 2", calls, r)
					}
					s.reached(t, f)
				})
			})
		}
	}
}

// A proxy, or the sign-in page of a network, answers with HTTP 200. The calls
// whose answer holds nothing but its success would take that for theirs.
func TestAPageOfHTMLIsNoSuccess(t *testing.T) {
	for _, s := range scenes(t) {
		t.Run(s.call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, r, _ := s.meets(t, sandbox.Garbage)
				var page *live.PageError
				if len(r.Failed) != 1 || r.Failed[0].Failed != s.call || !errors.As(r.Failed[0].Err, &page) || page.Status != 200 {
					t.Errorf("got %+v, want %s failed with a page", r, s.call)
				}
				for _, o := range r.Failed {
					if !strings.Contains(o.Err.Error(), "a web page came back (HTTP 200)") {
						t.Errorf("the error is %q", o.Err)
					}
				}
				f.must(t, s.after)
				s.reached(t, f)
			})
		})
	}
}

// IAM may not find what it has just made.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
func TestWhatIAMDoesNotFindRightAfterItsCreationIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, account)
		f.must(t, declared(t, nil, nil))
		one := declared(t, []string{"prod"}, nil)
		p := f.plan(t, one)
		f.faults(t, sandbox.Faults{Unseen: 3})
		f.server.ResetLog()
		r := Run(t.Context(), p, f.clients, f.folder, Options{})
		unseen := 0
		for _, call := range f.server.Log() {
			if call.Code == noSuchEntity {
				unseen++
			}
		}
		if len(r.Failed)+len(r.NotTried) > 0 || unseen != 3 {
			t.Errorf("%d calls did not find the role: %+v, want 3 and all done", unseen, r)
		}
		f.faults(t, sandbox.Faults{})
		if again := f.plan(t, one); again.Pending() {
			t.Errorf("there are still changes: %+v", again.Changes)
		}
	})
}

// No attempt waits for its answer for ever: after a minute the next one may be
// heard, within the time that a call has.
func TestACallThatIsNeverAnsweredIsMadeAgainAfterAMinute(t *testing.T) {
	for _, fault := range []sandbox.Fault{sandbox.Timeout, sandbox.Timeout.After()} {
		for _, s := range scenes(t) {
			t.Run(string(fault)+" at "+s.call, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var f *fleet
					var r Result
					calls := 0
					took := since(func() { f, r, calls = s.meets(t, fault) })
					if len(r.Failed)+len(r.NotTried) > 0 || calls != 2 {
						t.Errorf("after %d calls: %+v, want all done after 2", calls, r)
					}
					if took < time.Minute || took > 90*time.Second {
						t.Errorf("it took %s, want a minute and what lies between two attempts", took)
					}
					s.reached(t, f)
				})
			})
		}
	}
}
