package apply

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestALostAnswerIsNotAFailure(t *testing.T) {
	for name, test := range map[string]struct {
		action string
		steps  func(t *testing.T) (before, steps []plan.Step)
	}{
		"CreateRole": {"CreateRole", func(t *testing.T) (_, _ []plan.Step) {
			return []plan.Step{createProvider()}, []plan.Step{createRole(t, "r"), plan.AttachRolePolicy{RoleName: "r", Policy: readOnly}}
		}},
		"CreateOpenIDConnectProvider": {"CreateOpenIDConnectProvider", func(t *testing.T) (_, _ []plan.Step) {
			return nil, []plan.Step{createProvider(), plan.AddClientIDToOpenIDConnectProvider{ARN: providerARN(), ClientID: "aws:b"}}
		}},
		"DeleteRole": {"DeleteRole", func(t *testing.T) (_, _ []plan.Step) {
			return []plan.Step{createProvider(), createRole(t, "r")}, []plan.Step{plan.DeleteRole{RoleName: "r"}}
		}},
		"DetachRolePolicy": {"DetachRolePolicy", func(t *testing.T) (_, _ []plan.Step) {
			return []plan.Step{createProvider(), createRole(t, "r"), plan.AttachRolePolicy{RoleName: "r", Policy: readOnly}},
				[]plan.Step{plan.DetachRolePolicy{RoleName: "r", Policy: readOnly}, plan.DeleteRole{RoleName: "r"}}
		}},
		"DeleteOpenIDConnectProvider": {"DeleteOpenIDConnectProvider", func(t *testing.T) (_, _ []plan.Step) {
			return []plan.Step{createProvider()}, []plan.Step{plan.DeleteOpenIDConnectProvider{ARN: providerARN()}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			before, steps := test.steps(t)
			if before != nil {
				w.must(t, before...)
			}
			nth := w.wire.seen[test.action]
			w.wire.on = first(nth+1, test.action, fault{lose: true})
			r := w.run(t, Options{}, steps)
			if len(r.Done) != 1 || r.Writes != len(steps) {
				t.Errorf("got %+v, want done", r)
			}
			if w.wire.seen[test.action] < nth+2 {
				t.Error("the answer was not lost: the test tests nothing")
			}
		})
	}
}

func TestWhatExistsAlreadyIsOursOnlyWithOurMarksAndOurContent(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*plan.CreateRole)
		says   string
		advice string
	}{
		"no mark":          {func(s *plan.CreateRole) { s.Tags = nil }, "no stack's mark", "adopt = true"},
		"another stack's":  {func(s *plan.CreateRole) { s.Tags[trust.TagStack] = "other" }, "belongs to stack other", "removed block"},
		"another's name":   {func(s *plan.CreateRole) { s.Tags[trust.TagRole] = "x" }, "differs from the plan in tags", "plan again"},
		"another trust":    {func(s *plan.CreateRole) { s.Trust = trusting(t, "pulumi:environments:org:acme:env:x") }, "in trust", "plan again"},
		"another duration": {func(s *plan.CreateRole) { s.MaxSession = 0 }, "in max_session_duration", "plan again"},
		"another path":     {func(s *plan.CreateRole) { s.Path = "/" }, "in path", "plan again"},
		"a boundary":       {func(s *plan.CreateRole) { s.Boundary = readOnly }, "in permissions_boundary", "plan again"},
		"more": {func(s *plan.CreateRole) { s.RoleName, s.Description = "R", "x"; s.Tags["a"] = "b" },
			"in name, description, tags", "plan again"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			there := createRole(t, "r")
			test.change(&there)
			w.must(t, createProvider(), there)
			r := w.run(t, Options{}, []plan.Step{createRole(t, "r"), plan.AttachRolePolicy{RoleName: "r", Policy: readOnly}})
			if len(r.Failed) != 1 {
				t.Fatalf("got %+v, want a failure", r)
			}
			var e *StepError
			if !errors.As(r.Failed[0].Err, &e) || e.Code != "EntityAlreadyExists" || !strings.Contains(e.Message, test.says) || !strings.Contains(e.Advice, test.advice) {
				t.Errorf("error %v, want one with %q and %q", r.Failed[0].Err, test.says, test.advice)
			}
			if w.wire.seen["AttachRolePolicy"] != 0 {
				t.Error("somebody else's role was written to")
			}
		})
	}
}

func TestWhatExistsButCannotBeSeenYetIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.must(t, createProvider(), createRole(t, "r"))
	w.wire.on = first(2, "GetRole", fault{code: "NoSuchEntity", message: "The role with name r cannot be found."})
	if r := w.run(t, (&clock{}).options(), []plan.Step{createRole(t, "r")}); len(r.Done) != 1 || w.wire.seen["GetRole"] != 3 {
		t.Errorf("%d readings: %+v", w.wire.seen["GetRole"], r)
	}
	w.wire.on = first(99, "GetRole", fault{code: "AccessDenied", message: "no reading"})
	r := w.run(t, (&clock{}).options(), []plan.Step{createRole(t, "r")})
	if len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Err.Error(), "EntityAlreadyExists: it exists already") || !strings.Contains(r.Failed[0].Err.Error(), "no reading") {
		t.Errorf("got %+v, want an error that says both", r)
	}
}

func TestARoleThatWasJustDeletedMayStillBeSeen(t *testing.T) {
	w := newWorld(t)
	old := createRole(t, "r")
	old.Path = "/old/"
	w.must(t, createProvider(), old)
	w.wire.on = first(1, "DeleteRole", fault{pretend: true})
	o := Options{Sleep: func(ctx context.Context, _ time.Duration) error { // now it is gone indeed
		return call(ctx, w.client, plan.DeleteRole{RoleName: "r"})
	}}
	if r := w.run(t, o, []plan.Step{plan.DeleteRole{RoleName: "r"}, createRole(t, "r")}); len(r.Done) != 1 || w.wire.seen["CreateRole"] != 3 {
		t.Errorf("after %d creates: %+v", w.wire.seen["CreateRole"], r)
	}
}

func TestWithoutMarksNothingCountsAsOurs(t *testing.T) {
	w := newWorld(t)
	bare := createRole(t, "r")
	bare.Tags = nil
	w.must(t, createProvider(), bare)
	if r := w.run(t, Options{}, []plan.Step{bare}); len(r.Failed) != 1 {
		t.Errorf("got %+v, want a failure", r)
	}
}

func TestAProviderThatExistsAlreadyIsNotTakenOver(t *testing.T) {
	w := newWorld(t)
	there := createProvider()
	there.Tags = nil
	w.must(t, there)
	r := w.run(t, Options{}, []plan.Step{createProvider()})
	if len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Err.Error(), "no stack's mark") {
		t.Errorf("got %+v, want a failure that says whose it is", r)
	}
}

func TestWhatIsGoneNeedsNoRemoving(t *testing.T) {
	w := newWorld(t)
	w.must(t, createProvider(), createRole(t, "r"))
	gone := []plan.Step{
		plan.DetachRolePolicy{RoleName: "r", Policy: readOnly}, plan.DeleteRolePolicy{RoleName: "r", PolicyName: "x"},
		plan.DeleteRolePermissionsBoundary{RoleName: "r"}, plan.DeleteRole{RoleName: "nobody"},
		plan.UntagRole{RoleName: "nobody", Keys: []string{"a"}},
		plan.RemoveClientIDFromOpenIDConnectProvider{ARN: providerARN() + "/x", ClientID: "a"},
		plan.UntagOpenIDConnectProvider{ARN: providerARN() + "/x", Keys: []string{"a"}},
		plan.DeleteOpenIDConnectProvider{ARN: providerARN() + "/x"},
	}
	if r := w.run(t, Options{}, gone); len(r.Done) != 1 {
		t.Errorf("got %v, want done", r.Failed[0].Err)
	}
}

func TestWhatMayPassIsTriedAgainForAWhileAndThenReported(t *testing.T) {
	invalid := fault{code: "MalformedPolicyDocument", message: "Invalid principal in policy: x"}
	missing := fault{code: "NoSuchEntity", message: "The role with name r cannot be found."}
	conflict := fault{code: "DeleteConflict", message: "Cannot delete entity, must detach all policies first."}
	const always = 1 << 20
	attach := plan.AttachRolePolicy{RoleName: "r", Policy: readOnly}
	for name, test := range map[string]struct {
		on     func(string, int) *fault
		before []plan.Step
		steps  []plan.Step
		done   bool
		tries  int // of the faulty action
		action string
	}{
		"a principal that IAM does not see yet": {first(3, "CreateRole", invalid), nil, []plan.Step{createRole(t, "r")}, true, 4, "CreateRole"},
		"a principal that never comes":          {first(always, "CreateRole", invalid), nil, []plan.Step{createRole(t, "r")}, false, 15, "CreateRole"},
		"a policy that is wrong": {first(always, "CreateRole", fault{code: "MalformedPolicyDocument", message: "Syntax"}), nil,
			[]plan.Step{createRole(t, "r")}, false, 1, "CreateRole"},
		"a role that was just made":       {first(2, "AttachRolePolicy", missing), nil, []plan.Step{createRole(t, "r"), attach}, true, 3, "AttachRolePolicy"},
		"a role that somebody else made":  {first(2, "AttachRolePolicy", missing), []plan.Step{createRole(t, "r")}, []plan.Step{attach}, false, 1, "AttachRolePolicy"},
		"a policy that does not exist":    {nil, nil, []plan.Step{createRole(t, "r"), plan.AttachRolePolicy{RoleName: "r", Policy: readOnly + "x"}}, false, 1, "AttachRolePolicy"},
		"a conflict after our detaching":  {first(2, "DeleteRole", conflict), []plan.Step{createRole(t, "r"), attach}, []plan.Step{plan.DetachRolePolicy{RoleName: "r", Policy: readOnly}, plan.DeleteRole{RoleName: "r"}}, true, 3, "DeleteRole"},
		"a conflict that is not our own":  {first(2, "DeleteRole", conflict), []plan.Step{createRole(t, "r")}, []plan.Step{plan.DeleteRole{RoleName: "r"}}, false, 1, "DeleteRole"},
		"a name that was just made free":  {first(2, "CreateRole", fault{code: "EntityAlreadyExists", message: "Role with name r already exists."}), nil, []plan.Step{plan.DeleteRole{RoleName: "r"}, createRole(t, "r")}, true, 3, "CreateRole"},
		"a permission that never existed": {first(always, "CreateRole", fault{code: "AccessDenied", message: "no"}), nil, []plan.Step{createRole(t, "r")}, false, 1, "CreateRole"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(t, append([]plan.Step{createProvider()}, test.before...)...)
			clear(w.wire.seen)
			w.wire.on = test.on
			var c clock
			began := c.Now()
			r := w.run(t, c.options(), test.steps)
			if done := len(r.Done) == 1; done != test.done || w.wire.seen[test.action] != test.tries {
				t.Errorf("done %v after %d tries, want %v after %d: %+v", done, w.wire.seen[test.action], test.done, test.tries, r)
			}
			if took := c.Now().Sub(began); took > 2*time.Minute {
				t.Errorf("it waited %s", took)
			}
		})
	}
}

func TestAnInterruptEndsTheWaitingForIAM(t *testing.T) {
	w := newWorld(t)
	w.wire.on = first(1<<20, "CreateRole", fault{code: "MalformedPolicyDocument", message: "Invalid principal in policy"})
	ctx, interrupt := context.WithCancel(t.Context())
	p := &plan.Plan{Changes: make([]plan.Change, 1)}
	waits := 0
	sleep := func(ctx context.Context, d time.Duration) error { waits++; interrupt(); return sleep(ctx, d) }
	r := walk(ctx, p, []plan.Task{{Account: account, Steps: []plan.Step{createRole(t, "r")}}}, w.clients, nil, Options{Sleep: sleep})
	if len(r.Failed) != 1 || r.Failed[0].Failed != "CreateRole" || waits != 1 || w.wire.seen["CreateRole"] != 1 {
		t.Errorf("after %d waits and %d calls: %+v, want a failure after one", waits, w.wire.seen["CreateRole"], r)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { interrupt(ErrInterrupted) })
		took := since(func() {
			if err := sleep(ctx, time.Hour); !errors.Is(err, ErrInterrupted) {
				t.Errorf("error %v", err)
			}
		})
		if took != time.Second {
			t.Errorf("it waited %s", took)
		}
		if took := since(func() { _ = sleep(t.Context(), time.Minute) }); took != time.Minute {
			t.Errorf("without an interrupt it waited %s", took)
		}
	})
}

func TestTheFirstInterruptLetsACallFinishAndTheSecondBreaksItOff(t *testing.T) {
	for name, abort := range map[string]bool{"one interrupt": false, "two interrupts": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(t, createProvider())
			ctx, interrupt := context.WithCancel(t.Context())
			second := make(chan struct{})
			w.wire.on = first(1, "CreateRole", fault{wait: func(r *http.Request) error {
				interrupt()
				if !abort {
					time.Sleep(20 * time.Millisecond)
					return r.Context().Err()
				}
				close(second)
				<-r.Context().Done()
				return r.Context().Err()
			}})
			p := &plan.Plan{Stack: "main", Changes: make([]plan.Change, 1)}
			steps := []plan.Step{createRole(t, "r"), plan.AttachRolePolicy{RoleName: "r", Policy: readOnly}}
			r := walk(ctx, p, []plan.Task{{Account: account, Steps: steps}}, w.clients, nil, Options{Abort: second})
			if len(r.Failed) != 1 {
				t.Fatalf("got %+v, want a change that was stopped part-way", r)
			}
			failed := r.Failed[0]
			switch {
			case abort && (failed.Failed != "CreateRole" || !errors.Is(failed.Err, context.Canceled)):
				t.Errorf("got %+v, want CreateRole broken off", failed)
			case !abort && (len(failed.Steps) != 1 || !errors.Is(failed.Err, ErrInterrupted) || !roleExists(t, w, "r") || !r.Interrupted):
				t.Errorf("got %+v, want CreateRole done and the rest left", failed)
			}
		})
	}
}

func TestAnErrorSaysWhatAWSSaysAndWhatToDo(t *testing.T) {
	for code, advice := range map[string]string{
		"AccessDenied":          "needs iam:CreateRole",
		"ExpiredToken":          "get new ones",
		"ExpiredTokenException": "get new ones",
		"LimitExceeded":         "quota",
		"InvalidInput":          "",
	} {
		w := newWorld(t)
		w.wire.on = first(9, "CreateRole", fault{code: code, message: "because."})
		r := w.run(t, Options{}, []plan.Step{createRole(t, "r")})
		var e *StepError
		if all := append(r.Failed, r.NotTried...); len(all) != 1 || !errors.As(all[0].Err, &e) {
			t.Fatalf("%s: got %+v", code, r)
		}
		if e.Step != "CreateRole" || e.Code != code || e.Message != "because." || e.RequestID != "req-1" ||
			!strings.Contains(e.Advice, advice) || (advice == "") != (e.Advice == "") {
			t.Errorf("%s: got %#v", code, e)
		}
		if text := e.Error(); !strings.HasPrefix(text, "CreateRole: "+code+": because (request id req-1)") {
			t.Errorf("%s: text %q", code, text)
		}
	}
}

func TestTheObserverIsToldOfEveryTimeThatACallIsMadeAgain(t *testing.T) {
	w, told, c := newWorld(t), &witness{}, &clock{}
	w.must(t, createProvider())
	w.wire.on = func(action string, nth int) *fault {
		switch {
		case action == "CreateRole" && nth <= 2: // the SDK tries again
			return &fault{lose: true}
		case action == "AttachRolePolicy" && nth <= 1: // the walk does
			return &fault{code: "NoSuchEntity", message: "The role with name r cannot be found."}
		}
		return nil
	}
	o := c.options()
	o.Observer = told
	r := w.run(t, o, []plan.Step{createRole(t, "r"), plan.AttachRolePolicy{RoleName: "r", Policy: readOnly}})
	if len(r.Done) != 1 {
		t.Fatalf("got %+v, want done", r)
	}
	want := map[string][]string{"0": {"start", "CreateRole", "CreateRole again", "CreateRole again", "AttachRolePolicy", "AttachRolePolicy again", "end"}}
	if diff := cmp.Diff(want, told.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAnInterruptIsNamedOnceAndAnotherCauseBesideIt(t *testing.T) {
	for _, test := range []struct {
		cause error
		want  string
	}{
		{ErrInterrupted, "interrupted"},
		{errors.New("the run took longer than -timeout=1s"), "interrupted: the run took longer than -timeout=1s"},
	} {
		ctx, interrupt := context.WithCancelCause(t.Context())
		d := &desk{write: func(trust.EnvironmentFile) error { interrupt(test.cause); return nil }}
		r := walk(ctx, files("a"), []plan.Task{write(0, []string{"a1", "a2"})}, noClients, d, Options{})
		if len(r.Failed) != 1 || r.Failed[0].Err.Error() != test.want || !errors.Is(r.Failed[0].Err, ErrInterrupted) {
			t.Errorf("got %+v, want the error %q", r, test.want)
		}
	}
}

func TestAMissingPolicySaysWhichAttributeNamesIt(t *testing.T) {
	const missing, ofAWS = trust.ARN("arn:aws:iam::" + account + ":policy/x"), readOnly + "x"
	bounded := createRole(t, "bounded")
	bounded.Boundary = missing
	for name, test := range map[string]struct {
		step      plan.Step
		attribute string
	}{
		"AWS's own":          {plan.AttachRolePolicy{RoleName: "r", Policy: ofAWS}, "managed_policies"},
		"attached":           {plan.AttachRolePolicy{RoleName: "r", Policy: missing}, "managed_policies"},
		"a boundary":         {plan.PutRolePermissionsBoundary{RoleName: "r", Boundary: missing}, "permissions_boundary"},
		"a new role's":       {bounded, "permissions_boundary"},
		"a role that is not": {plan.AttachRolePolicy{RoleName: "nobody", Policy: readOnly}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(t, createProvider(), createRole(t, "r"))
			p := &plan.Plan{
				Accounts: []trust.Account{{ID: account, Name: "prod"}},
				Changes:  []plan.Change{{Address: trust.RoleAddress(account, "r"), After: &plan.Object{Role: &trust.Role{Environment: "acme/p/one"}}}},
			}
			r := walk(t.Context(), p, []plan.Task{{Account: account, Steps: []plan.Step{test.step}}}, w.clients, nil, Options{})
			var e *StepError
			if len(r.Failed) != 1 || !errors.As(r.Failed[0].Err, &e) {
				t.Fatalf("got %+v, want one failure", r)
			}
			want := "The policy ARN does not exist in account prod. Create it, or correct " + test.attribute + " of acme/p/one, then apply again."
			if name == "AWS's own" {
				want = "AWS has no managed policy of that ARN, and nobody else can make one. Check its name, its path and its partition, correct managed_policies of acme/p/one, then apply again."
			}
			if (e.Advice == want) != (test.attribute != "") {
				t.Errorf("the advice is %q", e.Advice)
			}
		})
	}
}

func TestAnUntaggingWhoseAnswerWasLostIsDoneThoughItIsRefusedThen(t *testing.T) {
	for action, step := range map[string]plan.Step{
		"UntagRole":                  plan.UntagRole{RoleName: "r", Keys: []string{trust.TagStack}},
		"UntagOpenIDConnectProvider": plan.UntagOpenIDConnectProvider{ARN: providerARN(), Keys: []string{trust.TagStack}},
	} {
		for _, carried := range []bool{true, false} {
			w := newWorld(t)
			w.must(t, createProvider(), createRole(t, "r"))
			w.wire.on = func(a string, nth int) *fault {
				switch {
				case a != action:
					return nil
				case nth == 1 && carried:
					return &fault{lose: true}
				case nth == 1:
					return &fault{code: "Throttling", message: "slow down"}
				}
				return &fault{code: "AccessDenied", message: "no"}
			}
			r := w.run(t, Options{}, []plan.Step{step})
			if done := len(r.Done) == 1; done != carried || w.wire.seen[action] != 2 {
				t.Errorf("%s: done %v after %d calls, want %v after 2: %+v", action, done, w.wire.seen[action], carried, r)
			}
		}
	}
}
