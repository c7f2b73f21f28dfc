package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// handOver are the options of a transfer of our stack to theirs.
func handOver() Options {
	o := options()
	o.Mode, o.To = ModeTransfer, theirs
	return o
}

// callsOf are the calls of a whole plan.
func callsOf(p *Plan) []string {
	var all []string
	for _, ch := range p.Changes {
		all = append(all, calls(ch.Steps())...)
	}
	return all
}

func TestATransferChangesMarksAndNothingElse(t *testing.T) {
	kept, undeclared, copied, lost := live(role(one, "payments/prod")), live(role(one, "payments/dev")), live(role(one, "web/copy")), live(role(one, "web/lost"))
	copied.Tags[trust.TagRole] = "another"
	lost.Trust = admits(two, "aws:acme", "x")
	foreign, third := live(role(one, "web/foreign")), live(role(one, "web/third"))
	foreign.Tags = map[string]string{"team": "x"}
	third.Tags[trust.TagStack] = "third"
	shared := provider(one, "acme", "aws:acme", "aws:beta", "unmarked")
	delete(shared.Tags, trust.AudienceMark("unmarked"))
	shared.Tags[trust.AudienceMark("aws:beta")] = "third"
	shared.Tags["team"] = ours // a tag that says the same by chance

	current := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{shared}, Roles: []trust.Role{kept, undeclared, copied, lost, foreign, third}}
	p := Compute(roles(role(one, "payments/prod")), current, handOver())
	want := []string{
		"TagOpenIDConnectProvider trustctl:audience:acme=beta-platform trustctl:audience:aws:acme=beta-platform trustctl:stack=beta-platform",
		"TagRole trustctl:stack=beta-platform", "TagRole trustctl:stack=beta-platform",
	}
	if diff := cmp.Diff(want, callsOf(p)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if got := summary(p); len(got) != 5 || got[3] != "warning: A role with our mark is not ours" || got[4] != got[3] {
		t.Errorf("the plan is %q", got)
	}
}

func TestATransferOfAPartLeavesWhatIsShared(t *testing.T) {
	current := trust.State{Accounts: accounts(one, two), Providers: []trust.OIDCProvider{provider(one, "aws:acme"), provider(two, "aws:acme")},
		Roles: []trust.Role{live(role(one, "payments/prod")), live(role(one, "payments/dev")), live(role(two, "payments/prod"))}}
	for name, tt := range map[string]struct {
		change func(*Options)
		want   []string
	}{
		"-target an environment": {func(o *Options) { o.Targets = []string{"acme/payments/dev"} }, []string{`update aws_iam_role.acme["payments/dev"]`}},
		"-target the provider":   {func(o *Options) { o.Targets = []string{`aws_iam_openid_connect_provider.pulumi["111111111111"]`} }, []string{`update aws_iam_openid_connect_provider.pulumi["111111111111"]`}},
		"-exclude":               {func(o *Options) { o.Excludes = []string{"acme/payments/prod"} }, []string{`update aws_iam_role.acme["payments/dev"]`}},
		"-account": {func(o *Options) { o.InAccounts = []trust.AccountID{two} },
			[]string{`update aws_iam_openid_connect_provider.pulumi["222222222222"]`, `update aws_iam_role.acme["payments/prod"]`}},
	} {
		t.Run(name, func(t *testing.T) {
			o := handOver()
			tt.change(&o)
			if diff := cmp.Diff(tt.want, summary(Compute(trust.State{Accounts: accounts(one, two)}, current, o))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestATransferSaysWhereAnEnvironmentWouldHaveTwoRoles(t *testing.T) {
	other := live(role(one, "payments/prod"))
	other.Name = "billing"
	other.Tags[trust.TagStack], other.Tags[trust.TagRole] = theirs, "billing"
	p := Compute(roles(), roles(live(role(one, "payments/prod")), other), handOver())
	contains(t, detail(t, p, "Two roles for one environment"), "billing", "acme/payments/prod", "esc-acme--payments--prod", theirs)
}

func TestATransferLeavesTheCallersOwnRole(t *testing.T) {
	current := roles(live(role(one, "payments/prod")))
	current.Accounts[0].Caller = "arn:aws:sts::111111111111:assumed-role/esc-acme--payments--prod/x"
	p := Compute(roles(), current, handOver())
	contains(t, detail(t, p, "The caller's own role"), "-allow-self")
}

// declaredBy is what a stack declares for some environments of one account.
func declaredBy(stack string, environments []string) trust.State {
	s := trust.State{Accounts: accounts(one)}
	if len(environments) > 0 {
		p := provider(one, "aws:acme")
		for key := range p.Tags {
			if strings.HasPrefix(key, trust.TagPrefix) {
				p.Tags[key] = stack
			}
		}
		s.Providers = append(s.Providers, p)
	}
	for _, e := range environments {
		r := role(one, e)
		r.Tags[trust.TagStack] = stack
		s.Roles = append(s.Roles, r)
	}
	return s
}

// Wherever a transfer ends, and whatever either stack declares and does then, up
// to its destruction: the roles of the other, and of anybody else, stay as they
// are, and so does what their tokens come in by.
func TestWhereverATransferEndsNeitherStackTakesWhatTheOtherHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(trust.State{Accounts: accounts(one)})
		for _, stack := range []string{ours, theirs} {
			var mine []string
			for _, e := range subset(t, someEnvironments, "of "+stack) {
				if !slices.ContainsFunc(m.state().Roles, func(r trust.Role) bool { return r.Name == role(one, e).Name }) {
					mine = append(mine, e)
				}
			}
			o := options()
			o.Stack = stack
			applyInAnyOrder(t, Compute(declaredBy(stack, mine), m.state(), o), m, func(Change) {})
		}
		nobodys := live(role(one, "web/nobodys"))
		nobodys.Tags = nil
		if len(m.providers) > 0 && rapid.Bool().Draw(t, "a role of nobody's") {
			m.roles[nobodys.Address()] = nobodys
		}
		for a, p := range m.providers { // marks that somebody took off, or changed
			for _, key := range sortedKeys(p.Tags) {
				switch rapid.SampledFrom([]string{"", "", "off", "third"}).Draw(t, "mark") {
				case "off":
					delete(p.Tags, key)
				case "third":
					p.Tags[key] = "third"
				}
			}
			m.providers[a] = p
		}

		o := handOver()
		if rapid.Bool().Draw(t, "a part") {
			o.Targets = []string{rapid.SampledFrom([]string{"acme/*", "aws_iam_openid_connect_provider.*"}).Draw(t, "target")}
		}
		tasks := Compute(trust.State{Accounts: accounts(one)}, m.state(), o).Schedule()
		for _, task := range rapid.Permutation(tasks).Draw(t, "order")[:rapid.IntRange(0, len(tasks)).Draw(t, "stop")] {
			for _, s := range task.Steps {
				if err := m.run(task.Account, s); err != nil {
					t.Fatal(err)
				}
			}
		}

		o = options()
		o.MaxDeletes = -1
		o.Stack = rapid.SampledFrom([]string{ours, theirs}).Draw(t, "who")
		o.Mode = rapid.SampledFrom([]Mode{ModeApply, ModeDestroy}).Draw(t, "mode")
		var others []trust.Role
		for _, r := range m.state().Roles {
			if !r.MarkedBy(o.Stack) {
				others = append(others, r)
			}
		}
		p := Compute(declaredBy(o.Stack, subset(t, someEnvironments, "declared")), m.state(), o)
		if p.Errored() {
			return // never applied
		}
		applyInAnyOrder(t, p, m, func(Change) {
			now := objects(m.state())
			for _, r := range others {
				is, provider := now[r.Address()], now[trust.ProviderAddress(one, issuer)]
				switch {
				case is == nil || is.Role.Fingerprint() != r.Fingerprint():
					t.Fatalf("%s, of stack %q, was changed by %q", r.Name, r.Stack(), o.Stack)
				case provider == nil || !slices.Contains(provider.Provider.ClientIDs, "aws:acme"):
					t.Fatalf("%s, of stack %q, lost its way in by %q", r.Name, r.Stack(), o.Stack)
				}
			}
		})
	})
}

// What was transferred by halves is finished by running again, and what was
// transferred whole is the other stack's as if it had made it.
func TestATransferCanBeInterruptedAndEndsInAnEmptyPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		environments := append(subset(t, someEnvironments, "environments"), "web/always")
		desired := declaredBy(ours, environments)
		m := newModel(trust.State{Accounts: accounts(one)})
		applyInAnyOrder(t, Compute(desired, m.state(), options()), m, func(Change) {})

		p := Compute(desired, m.state(), handOver())
		stop := rapid.IntRange(0, len(p.Schedule())).Draw(t, "stop")
		for _, task := range p.Schedule()[:stop] {
			for _, s := range task.Steps {
				if err := m.run(task.Account, s); err != nil {
					t.Fatal(err)
				}
			}
		}
		applyInAnyOrder(t, Compute(desired, m.state(), handOver()), m, func(Change) {})
		if again := Compute(desired, m.state(), handOver()); again.Pending() {
			t.Errorf("there is more to hand over: %q", summary(again))
		}

		o := options()
		o.Stack = theirs
		if next := Compute(declaredBy(theirs, environments), m.state(), o); next.Pending() || len(next.Problems) > 0 {
			t.Errorf("the other stack's plan is not empty: %q", summary(next))
		}
	})
}

func TestATransferOfAPartThatIsDoneHasNothingLeftToDo(t *testing.T) {
	moved := live(role(one, "payments/prod"))
	moved.Tags[trust.TagStack] = theirs
	shared := provider(one, "aws:acme")
	shared.Tags[trust.TagStack], shared.Tags[trust.AudienceMark("aws:acme")] = theirs, theirs
	current := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{shared}, Roles: []trust.Role{moved, live(role(one, "payments/dev"))}}
	for _, target := range []string{"acme/payments/prod", `aws_iam_role.*prod*`, "aws_iam_openid_connect_provider.*"} {
		o := handOver()
		o.Targets = []string{target}
		if p := Compute(roles(role(one, "payments/prod")), current, o); p.Pending() || p.Errored() {
			t.Errorf("-target=%s: the plan is %q", target, summary(p))
		}
	}
	o := handOver()
	o.Targets = []string{"acme/payments/none"}
	if p := Compute(roles(role(one, "payments/prod")), current, o); !p.Errored() {
		t.Error("a target that names nothing is no error")
	}
}
