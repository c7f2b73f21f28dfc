package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/privilege"
	"github.com/trustctl/trustctl/internal/trust"
)

// folder is a Files in memory.
type folder struct {
	mu    sync.Mutex
	files map[string]trust.EnvironmentFile
}

func (f *folder) Write(file trust.EnvironmentFile, _ bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[file.Path] = file
	return nil
}

func (f *folder) Remove(file trust.EnvironmentFile, _ bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, file.Path)
	return nil
}

// place is an account and a folder, to be brought from state to state.
type place struct {
	*world
	folder *folder
}

func newPlace(t *testing.T) place {
	t.Helper()
	return place{newWorld(t), &folder{files: map[string]trust.EnvironmentFile{}}}
}

// goal is where a place is to be brought.
type goal struct {
	mode    plan.Mode
	desired trust.State
}

// plan is the plan from what the place holds now. From here on the caller may do
// no more there than the smallest policy for the goal says. The tests of single
// steps have no configuration that a policy could follow from.
func (p place) plan(t *testing.T, g goal) *plan.Plan {
	t.Helper()
	smallest := privilege.Policy(privilege.Options{
		Stack: "main", Account: trust.Account{ID: account, Partition: "aws"}, Desired: g.desired, Issuers: []string{providerURL},
		MaxDeletes: 100, Writes: true, Destroy: g.mode == plan.ModeDestroy,
	})
	if err := p.server.SetPolicy(string(account), smallest.String()); err != nil {
		t.Fatal(err)
	}
	want := live.Want{Issuers: []live.Issuer{{Name: "pulumi", URL: providerURL}}, Roles: map[trust.Address]bool{}}
	desired := g.desired
	for _, r := range desired.Roles {
		want.Roles[r.Address()] = true
	}
	home := trust.Account{ID: account, Name: "prod", Partition: "aws"}
	current, err := live.Read(t.Context(), &live.Sessions{All: []*live.Session{{Account: home, IAM: p.client}}}, want)
	if err != nil || !current.Accounts[0].Complete {
		t.Fatalf("reading: %v %+v", err, current.Accounts)
	}
	for _, path := range slices.Sorted(maps.Keys(p.folder.files)) {
		current.Files = append(current.Files, p.folder.files[path])
	}
	desired.Accounts = []trust.Account{home}
	return plan.Compute(desired, current, plan.Options{Stack: "main", Mode: g.mode, MaxDeletes: 100})
}

func (p place) apply(ctx context.Context, pl *plan.Plan) Result {
	var c clock
	return Run(ctx, pl, p.clients, p.folder, c.options())
}

// declared is a desired state of some environments; edit changes their roles.
func declared(t *testing.T, environments []string, edit func(*trust.Role)) trust.State {
	t.Helper()
	var s trust.State
	s.Providers = []trust.OIDCProvider{{
		Account: account, ARN: providerARN(), URL: providerURL, Issuer: "pulumi", ClientIDs: []string{"aws:acme"},
		Tags: map[string]string{trust.TagStack: "main", trust.AudienceMark("aws:acme"): "main"},
	}}
	for _, e := range environments {
		name := "esc-" + e
		r := trust.Role{
			Environment: "acme/payments/" + e, Account: account, Path: "/", Name: name, Description: "a role", MaxSession: time.Hour,
			Trust: trusting(t, "pulumi:environments:org:acme:env:payments/"+e), Managed: []trust.ARN{readOnly},
			Inline: map[string]policy.Document{"p": document(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`)},
			Tags:   map[string]string{trust.TagStack: "main", trust.TagRole: name, trust.TagEnvironment: "acme/payments/" + e},
		}
		if edit != nil {
			edit(&r)
		}
		s.Roles = append(s.Roles, r)
		s.Files = append(s.Files, trust.EnvironmentFile{
			Environment: r.Environment, Account: account, Stack: "main", Path: r.Environment + ".yaml", Content: []byte(r.Trust.String()),
		})
	}
	return s
}

// history is the states that a place is brought through, one after another.
func history(t *testing.T) []goal {
	t.Helper()
	changed := func(r *trust.Role) {
		r.Description, r.MaxSession, r.Boundary, r.Managed = "", 2*time.Hour, readOnly, nil
		r.Trust = trusting(t, "pulumi:environments:org:acme:env:payments/"+r.Name)
		r.Inline = map[string]policy.Document{"q": document(t, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)}
		r.Tags["team"] = "core"
	}
	moved := declared(t, []string{"prod"}, func(r *trust.Role) { r.Path = "/moved/" })
	return []goal{
		{plan.ModeApply, declared(t, []string{"dev", "prod"}, nil)},
		{plan.ModeApply, declared(t, []string{"prod"}, changed)},
		{plan.ModeApply, moved},
		{plan.ModeDestroy, moved},
	}
}

func TestAfterARunThePlanIsEmpty(t *testing.T) {
	p := newPlace(t)
	for i, desired := range history(t) {
		pl := p.plan(t, desired)
		r := p.apply(t.Context(), pl)
		if len(r.Failed)+len(r.NotTried) != 0 || len(r.Done) == 0 || r.Writes != pl.Writes() {
			t.Fatalf("state %d: %+v, want all done in %d writes (%+v)", i, r, pl.Writes(), pl.Problems)
		}
		if again := p.plan(t, desired); again.Pending() {
			t.Fatalf("state %d: a second plan still has changes: %+v", i, again.Changes)
		}
	}
	if p.wire.seen["DeleteOpenIDConnectProvider"] != 1 || len(p.folder.files) != 0 {
		t.Errorf("something is left: %v, %v", p.wire.seen, p.folder.files)
	}
}

// TestARunThatWasBrokenAnywhereIsFinishedByTheNext breaks a run at each of its
// calls, in several ways. No state is kept: running again is how to resume.
func TestARunThatWasBrokenAnywhereIsFinishedByTheNext(t *testing.T) {
	breaks := map[string]func(interrupt func()) *fault{
		"refused":     func(func()) *fault { return &fault{code: "AccessDenied", message: "no"} },
		"lost":        func(func()) *fault { return &fault{lose: true} },
		"interrupted": func(interrupt func()) *fault { interrupt(); return nil },
	}
	states := history(t)
	for step := range states {
		for name, do := range breaks {
			for at := 1; ; at++ {
				p := newPlace(t)
				for _, before := range states[:step] {
					p.apply(t.Context(), p.plan(t, before))
				}
				pl := p.plan(t, states[step])
				ctx, interrupt := context.WithCancel(t.Context())
				var mu sync.Mutex
				calls := 0
				p.wire.on = func(string, int) *fault {
					mu.Lock()
					defer mu.Unlock()
					if calls++; calls == at {
						return do(interrupt)
					}
					return nil
				}
				r := p.apply(ctx, pl)
				interrupt()
				p.wire.on = nil
				where := fmt.Sprintf("state %d, %s at call %d", step, name, at)
				if n := len(r.Done) + len(r.Failed) + len(r.NotTried); n != changes(pl) {
					t.Fatalf("%s: %d changes in the lists, want %d: %+v", where, n, changes(pl), r)
				}
				if name == "lost" && len(r.Failed) > 0 {
					t.Fatalf("%s: %v", where, r.Failed[0].Err)
				}
				if name == "refused" && calls >= at && (len(r.Failed) != 1 || r.Interrupted) {
					t.Fatalf("%s: %+v, want one failure", where, r)
				}
				for _, o := range r.NotTried {
					if need := new(NeedError); !errors.As(o.Err, &need) && !errors.Is(o.Err, ErrInterrupted) {
						t.Fatalf("%s: %+v says not why it was not tried", where, o)
					}
				}
				if next := p.apply(t.Context(), p.plan(t, states[step])); len(next.Failed)+len(next.NotTried) != 0 {
					t.Fatalf("%s: the next run: %+v", where, next)
				}
				if again := p.plan(t, states[step]); again.Pending() {
					t.Fatalf("%s: after the next run there are still changes: %+v", where, again.Changes)
				}
				if calls < at {
					break // the run has fewer calls: all were broken
				}
			}
		}
	}
}

// changes is how many changes of a plan have steps.
func changes(p *plan.Plan) int {
	seen := map[int]bool{}
	for _, t := range p.Schedule() {
		seen[t.Change] = true
	}
	return len(seen)
}
