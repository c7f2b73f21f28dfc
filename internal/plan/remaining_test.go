package plan

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// saveAndLoad is a plan that went through a file.
func saveAndLoad(t interface{ Fatal(...any) }, p *Plan) *Plan {
	text, _, err := Encode(p, Meta{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	q, _, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// left is what Remaining leaves of a plan that somebody edited.
func left(t *testing.T, desired, planned, current trust.State, o Options, edit func(*Plan)) (*Plan, error) {
	t.Helper()
	p := Compute(desired, planned, o)
	// Through JSON, so that an edit does not reach the states.
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	p = new(Plan)
	if err := json.Unmarshal(text, p); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(p)
	}
	for i := range p.Changes {
		if ch := &p.Changes[i]; ch.Action != NoOp {
			p.Base[ch.Address] = ch.Before.fingerprint(nil)
		}
	}
	q := saveAndLoad(t, p)
	return q.Remaining(Compute(desired, current, o.With(q)), current)
}

// at is the change of a plan to an object.
func (p *Plan) at(a trust.Address) *Change {
	return &p.Changes[slices.IndexFunc(p.Changes, func(c Change) bool { return c.Address == a })]
}

func TestAPlanFileThatSomebodyMadeUpDoesNothing(t *testing.T) {
	prod, gone := role(one, "payments/prod"), live(role(one, "old/gone"))
	stranger := live(role(one, "stranger/one"))
	stranger.Tags = nil
	updated := role(one, "web/prod")
	updated.Description = "new"
	desired := trust.State{Accounts: accounts(one), Roles: []trust.Role{prod, updated}, Files: []trust.EnvironmentFile{file(one, "payments/prod", "x\n")}}
	current := trust.State{Accounts: accounts(one), Roles: []trust.Role{gone, stranger, live(role(one, "web/prod"))}}
	if rest, err := left(t, desired, current, current, options(), nil); err != nil || len(rest.Base) != 4 {
		t.Fatalf("the plan itself is refused: %v", err)
	}
	for name, edit := range map[string]func(*Plan){
		"another trust policy": func(p *Plan) {
			p.at(prod.Address()).After.Role.Trust = admits(one, "aws:acme", "pulumi:environments:org:evil:env:a/b")
		},
		"one policy more": func(p *Plan) {
			p.at(prod.Address()).After.Role.Managed = []trust.ARN{"arn:aws:iam::aws:policy/AdministratorAccess"}
		},
		"the deletion of a stranger's role": func(p *Plan) {
			*p.at(gone.Address()) = Change{Address: stranger.Address(), Resource: "x", Action: Delete, Before: &Object{Role: clean(&stranger)}, LastUse: &LastUse{Use: UseUnknown}}
			slices.SortFunc(p.Changes, func(a, b Change) int { return a.Address.Compare(b.Address) })
			delete(p.Base, gone.Address())
		},
		"another action": func(p *Plan) { p.at(updated.Address()).Action = Adopt },
		"another name":   func(p *Plan) { p.at(gone.Address()).Resource = `aws_iam_role.acme["harmless"]` },
		"another reason": func(p *Plan) { p.at(gone.Address()).Reason = "it is harmless" },
		"a change that it says is done": func(p *Plan) {
			p.at(updated.Address()).After, p.at(updated.Address()).Before = p.at(updated.Address()).Before, p.at(updated.Address()).After
		},
		"another file": func(p *Plan) {
			f := p.at(trust.FileAddress("acme/payments/prod")).After.File
			f.SHA256 = trust.EnvironmentFile{Content: []byte("y\n")}.Hash()
		},
		"another account of who gains": func(p *Plan) { p.at(prod.Address()).Access.Headline = "narrower" },
		"another account's name":       func(p *Plan) { p.Accounts[0].Name = "sandbox" },
		"another stack":                func(p *Plan) { p.Stack = theirs },
	} {
		t.Run(name, func(t *testing.T) {
			rest, err := left(t, desired, current, current, options(), edit)
			if stale, ok := errors.AsType[*StaleError](err); !ok || rest != nil {
				t.Errorf("it says %v (%v)", err, stale)
			}
		})
	}
}

func TestAPlanFileThatContradictsItselfIsRefused(t *testing.T) {
	r, other := live(role(one, "payments/prod")), live(role(one, "web/prod"))
	wide := r
	wide.Trust = admits(one, "aws:acme", "pulumi:environments:org:acme:env:payments/prod", "pulumi:environments:org:acme:env:payments/dev")
	update := func(before, after trust.Role) Change {
		return Change{Address: r.Address(), Action: Update, Before: &Object{Role: clean(&before)}, After: &Object{Role: clean(&after)}}
	}
	base := map[trust.Address]trust.Fingerprint{r.Address(): clean(&r).Fingerprint()}
	for name, p := range map[string]*Plan{
		"it says one role and changes another": {Mode: ModeApply, Changes: []Change{update(r, other)}, Base: base},
		"it read something else":               {Mode: ModeApply, Changes: []Change{update(wide, r)}, Base: base},
		"it rests on nothing":                  {Mode: ModeApply, Changes: []Change{update(r, wide)}},
		"no change, and still one": {Mode: ModeApply, Changes: []Change{
			{Address: r.Address(), Action: NoOp, Before: &Object{Role: &r}, After: &Object{Role: &wide}}}},
		"one object twice":  {Mode: ModeApply, Changes: []Change{update(r, wide), update(r, wide)}, Base: base},
		"an unknown mode":   {Mode: "burn", Changes: []Change{update(r, wide)}, Base: base},
		"more than changes": {Mode: ModeApply, Base: base},
	} {
		t.Run(name, func(t *testing.T) {
			text, _, err := Encode(p, Meta{})
			if err != nil {
				t.Fatal(err)
			}
			if q, _, err := Decode(text); err == nil || !strings.Contains(err.Error(), "contradicts itself") {
				t.Errorf("Decode says %v, %+v", err, q)
			}
		})
	}
}

func TestASavedPlanShowsTheFieldsThatDiffer(t *testing.T) {
	was, is := live(role(one, "payments/prod")), role(one, "payments/prod")
	is.Description = "new"
	q := saveAndLoad(t, Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{is}}, trust.State{Accounts: accounts(one), Roles: []trust.Role{was}}, options()))
	if f := q.Changes[0].Fields; len(f) != 1 || f[0].Name != "description" {
		t.Errorf("the fields are %+v", f)
	}
}

func TestARefusalDoesNotTellTheDigestThatWasWanted(t *testing.T) {
	text, meta, err := Encode(aPlan(), Meta{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Decode([]byte(strings.Replace(string(text), meta.Digest, "sha256:0", 1)))
	if err == nil || strings.Contains(err.Error(), "sha256:") {
		t.Errorf("Decode says %v", err)
	}
}

func TestAnAudienceThatOthersBeganToUseIsNotTakenAway(t *testing.T) {
	desired := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme")}, Roles: []trust.Role{role(one, "payments/prod")}}
	planned := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme", "aws:old")}, Roles: []trust.Role{live(role(one, "payments/prod"))}}
	p := Compute(desired, planned, options())
	current := planned
	stranger := live(role(one, "stranger/one"))
	stranger.Tags, stranger.Trust = nil, admits(one, "aws:other", "s")
	current.Roles = append(slices.Clone(planned.Roles), stranger)
	if _, moved := p.Recheck(current); len(moved) != 0 {
		t.Errorf("a role of another audience makes the plan stale: %v", moved)
	}
	current.Roles[1].Trust = admits(one, "aws:old", "s")
	if _, moved := p.Recheck(current); len(moved) != 1 {
		t.Errorf("a role that began to use the audience is not noticed: %v", moved)
	}
	if _, err := p.Remaining(Compute(desired, current, options().With(p)), current); err == nil {
		t.Error("the audience is taken away")
	}
}

func TestAnAudienceThatOpensMoreThanWasShownDoesNotCome(t *testing.T) {
	stranger := live(role(one, "x/y"))
	stranger.Name, stranger.Tags, stranger.Trust = "someone-elses-admin", nil, admits(one, "acme", "pulumi:deploy:org:acme:*")
	ours := live(role(one, "payments/prod"))
	ours.Description = "old"
	desired := trust.State{Accounts: accounts(one), Roles: []trust.Role{role(one, "payments/prod")}, Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")}}
	alone := trust.State{Accounts: accounts(one), Roles: []trust.Role{ours}, Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}
	both := alone
	both.Roles = []trust.Role{ours, stranger}
	begun := both
	begun.Roles = []trust.Role{live(role(one, "payments/prod")), stranger}
	narrows := both
	wide := live(role(one, "payments/prod"))
	wide.Trust = admits(one, "aws:acme", "pulumi:environments:org:acme:env:payments/prod", "pulumi:environments:org:acme:env:payments/dev")
	narrows.Roles, narrows.Providers = []trust.Role{wide}, []trust.OIDCProvider{provider(one, "acme")}
	hide := func(p *Plan) { p.at(provider(one).Address()).Opens = nil }
	for name, tt := range map[string]struct {
		planned, current trust.State
		edit             func(*Plan)
		ok               bool
	}{
		"it was shown":                  {both, both, nil, true},
		"it was shown, and is begun":    {both, begun, nil, true},
		"the role came since":           {alone, both, nil, false},
		"it came since, and is begun":   {alone, begun, nil, false},
		"a plan that hides it":          {both, both, hide, false},
		"a plan that hides it is begun": {both, begun, hide, false},
		"the role changes besides":      {narrows, narrows, nil, true},
		"and the plan hides it":         {narrows, narrows, hide, false},
	} {
		if _, err := left(t, desired, tt.planned, tt.current, options(), tt.edit); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheAppliersOwnRoleIsNotChangedByAnothersPlan(t *testing.T) {
	own := role(one, "payments/prod")
	own.Description = "new"
	desired := trust.State{Accounts: accounts(one), Roles: []trust.Role{own}}
	planned := trust.State{Accounts: accounts(one), Roles: []trust.Role{live(role(one, "payments/prod"))}}
	current := planned
	current.Accounts = accounts(one)
	current.Accounts[0].Caller = trust.ARN("arn:aws:sts::" + string(one) + ":assumed-role/" + own.Name + "/session")
	_, err := left(t, desired, planned, current, options(), nil)
	if stale, ok := errors.AsType[*StaleError](err); !ok || len(stale.Problems) != 1 || stale.Problems[0].Summary != "The caller's own role" {
		t.Errorf("it says %v", err)
	}
	allowed := options()
	allowed.AllowSelf = true
	if _, err := left(t, desired, planned, current, allowed, nil); err != nil {
		t.Errorf("planned with -allow-self: %v", err)
	}
}

func TestWhatIsHalfWayIsNeitherBeforeNorAfterInAnyField(t *testing.T) {
	before, after := live(role(one, "payments/prod")), live(role(one, "payments/prod"))
	before.Managed, after.Managed = []trust.ARN{"a", "b"}, []trust.ARN{"b", "c"}
	before.Description, after.Description = "old", "new"
	ch := Change{Action: Update, Before: &Object{Role: &before}, After: &Object{Role: &after}}
	for name, tt := range map[string]struct {
		edit func(*trust.Role)
		want bool
	}{
		"a field is after":                   {func(r *trust.Role) { r.Description = "new" }, true},
		"a policy is gone, and another came": {func(r *trust.Role) { r.Managed = []trust.ARN{"b", "c"} }, true},
		"a policy that stays is gone":        {func(r *trust.Role) { r.Managed = []trust.ARN{"a"} }, false},
		"a policy of neither":                {func(r *trust.Role) { r.Managed = []trust.ARN{"a", "b", "x"} }, false},
		"a tag of neither":                   {func(r *trust.Role) { r.Tags["x"] = "" }, false},
		"a description of neither":           {func(r *trust.Role) { r.Description = "other" }, false},
		"a trust of neither":                 {func(r *trust.Role) { r.Trust = admits(one, "aws:acme", "*") }, false},
		"another role of the name":           {func(r *trust.Role) { r.ID = "AROAOTHER" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			now := live(before)
			now.Managed, now.ID = slices.Clone(before.Managed), before.ID
			tt.edit(&now)
			if got := ch.isBetween(&Object{Role: &now}); got != tt.want {
				t.Errorf("isBetween is %v", got)
			}
		})
	}
}

// leftToTheAccount says whether a role that is made anew has fields that the
// configuration leaves to the account: once it is there, or the one that it
// replaces is gone, nobody can tell what they were to be, and the file is
// refused.
func leftToTheAccount(p *Plan, desired trust.State, o Options, resource string) bool {
	i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.Resource == resource })
	if ch := p.Changes[i]; ch.Action == Create || ch.Action == Replace {
		return slices.ContainsFunc(desired.Roles, func(r trust.Role) bool {
			kept := ch.Action == Replace && (r.Lifecycle.Overlap || len(o.IgnoreTags.Keys) > 0)
			return r.Address() == ch.Address && (r.KeepBoundary || kept || len(r.Lifecycle.IgnoreChanges) > 0)
		})
	}
	return false
}

// TestAPlanFileFinishesWhatAKilledApplyBegan stops a run at any step and goes
// on with the same file.
func TestAPlanFileFinishesWhatAKilledApplyBegan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, current, o := anyDesired(t), anyCurrent(t), anyOptions(t)
		p := Compute(desired, current, o)
		if p.Errored() || !p.Pending() {
			return
		}
		file := saveAndLoad(t, p)
		if _, err := file.Remaining(Compute(desired, current, o.With(file)), current); err != nil {
			t.Fatalf("the file is refused at once: %v", err)
		}
		m := newModel(current)
		killed := errors.New("killed")
		budget := rapid.IntRange(0, 40).Draw(t, "steps before the end")
		err := func() (err error) {
			defer func() {
				if v := recover(); v != nil {
					if err, _ = v.(error); !errors.Is(err, killed) {
						panic(v)
					}
				}
			}()
			applyInAnyOrder(t, p, m, func(Change) {
				if budget--; budget < 0 {
					panic(killed)
				}
			})
			return nil
		}()
		then := m.state()
		rest, stale := file.Remaining(Compute(desired, then, o.With(file)), then)
		if errors.Is(stale, ErrApplied) {
			if again := Compute(desired, then, o); again.Pending() {
				t.Fatalf("it is said to be applied, and is not: %+v", again.Changes)
			}
			return
		}
		if e, ok := errors.AsType[*StaleError](stale); ok && len(e.Moved)+len(e.Problems) == 0 && !slices.ContainsFunc(e.Differ, func(name string) bool { return !leftToTheAccount(p, desired, o, name) }) {
			return
		}
		if stale != nil {
			t.Fatalf("the file cannot be finished (%v): %v", err, stale)
		}
		applyInAnyOrder(t, rest, m, func(Change) {})
		for _, ch := range Compute(desired, m.state(), o).Changes {
			if ch.Action != NoOp {
				t.Errorf("%s is still planned: %s %+v", ch.Address, ch.Action, ch.Fields)
			}
		}
	})
}
