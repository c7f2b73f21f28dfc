package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// The rule of docs/security-model.md: whatever the order in which the tasks of
// a plan run side by side, and wherever some of them fail, at every prefix of
// the writes nobody has anything that they have neither before nor after, and
// nobody lacks the boundary that they have both before and after. Who fails
// elsewhere holds no revocation up.
func TestAtEveryPrefixOfTheWritesNobodyHasWhatTheyHaveNeitherBeforeNorAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, current, o := anyDesired(t), anyCurrent(t), anyOptions(t)
		p := Compute(desired, current, o)
		if p.Errored() {
			return // never applied
		}
		last := newModel(current)
		interleave(t, p, last, false, func() {})
		first := newModel(current)
		before, after := holdings(first), holdings(last)
		incomparable := p.incomparable()

		m := newModel(current)
		interleave(t, p, m, true, func() {
			for h := range holdings(m) {
				if !before[h] && !after[h] && !(incomparable[h.role] && h.action) {
					t.Fatalf("for a moment %s has %s through %s\n%s", h.token, h.what, h.role, p.order())
				}
			}
			for a, r := range m.roles {
				was, is := first.roles[a].Boundary, last.roles[a].Boundary
				if r.Boundary != was && r.Boundary != is {
					t.Fatalf("for a moment %s has the boundary %q, before %q, after %q", a, r.Boundary, was, is)
				}
			}
		})
	})
}

// holding is what somebody has: through a role, with a token that it and its
// provider take, a policy or an action that the role's policies allow.
type holding struct {
	role        trust.Address
	token, what string
	action      bool
}

func holdings(m *model) map[holding]bool {
	all := map[holding]bool{}
	for a, r := range m.roles {
		served := m.providers[trust.ProviderAddress(r.Account, issuer)].ClientIDs
		for pair := range mayDo(r) {
			if aud, _, _ := strings.Cut(pair[0], " "); slices.Contains(served, aud) {
				all[holding{a, pair[0], pair[1], true}] = true
			}
		}
		var policies []string
		for _, arn := range r.Managed {
			policies = append(policies, string(arn))
		}
		for name, d := range r.Inline {
			if effectOf(d) != denying {
				policies = append(policies, "inline policy "+strings.ToLower(name))
			}
		}
		for _, s := range r.Trust.Statements {
			for _, sub := range s.Conditions[1].Values {
				if aud := s.Conditions[0].Values[0]; slices.Contains(served, aud) {
					for _, policy := range policies {
						all[holding{role: a, token: aud + " " + sub, what: policy}] = true
					}
				}
			}
		}
	}
	return all
}

// incomparable are the roles of which no order of calls is right for what an
// inline policy allows: it becomes another one while subjects come and go, or
// several do.
func (p *Plan) incomparable() map[trust.Address]bool {
	all := map[trust.Address]bool{}
	for _, ch := range p.Changes {
		if ch.Address.Kind != trust.KindRole || ch.Before == nil || ch.After == nil || ch.Action == Replace {
			continue
		}
		before, after := ch.Before.Role, ch.After.Role
		if n := len(compareInline(before, after).changed); n > 1 || n > 0 && trustMove(before, after) == mixes {
			all[ch.Address] = true
		}
	}
	return all
}

// interleave runs the steps of all tasks side by side as package apply may: a
// task once those that it needs have succeeded, one task of a change at a time.
// Some fail, at any of their steps, which may have been carried out. What only
// takes away has to come through wherever others fail.
func interleave(t *rapid.T, p *Plan, m *model, failing bool, each func()) {
	tasks := p.Schedule()
	next, failed := make([]int, len(tasks)), make([]bool, len(tasks))
	broken, busy := map[int]bool{}, map[int]int{} // by change
	done := func(i int) bool { return next[i] == len(tasks[i].Steps) && !failed[i] }
	for {
		var can []int
		for i, task := range tasks {
			at, inFlight := busy[task.Change]
			switch {
			case done(i) || broken[task.Change]:
			case inFlight && at == i, !inFlight && !slices.ContainsFunc(task.Needs, func(n int) bool { return !done(n) }):
				can = append(can, i)
			}
		}
		if len(can) == 0 {
			break
		}
		i := rapid.SampledFrom(can).Draw(t, "next")
		task := tasks[i]
		fails := failing && rapid.IntRange(0, 19).Draw(t, "fails") == 0
		busy[task.Change] = i
		if !fails || rapid.Bool().Draw(t, "carried out") {
			if err := m.run(task.Account, task.Steps[next[i]]); err != nil {
				t.Fatalf("%s: %v: %v", p.Changes[task.Change].Address, calls(task.Steps[next[i]:next[i]+1]), err)
			}
			next[i]++
			each()
		}
		if fails {
			failed[i], broken[task.Change] = true, true
		}
		if fails || done(i) {
			delete(busy, task.Change)
		}
	}
	for i, task := range tasks {
		if !done(i) && !broken[task.Change] && (!failing || task.Stage == StageRevoke) {
			t.Fatalf("task %d was never begun\n%s", i, p.order())
		}
	}
}

// order is the schedule, for messages.
func (p *Plan) order() string {
	var b strings.Builder
	for i, task := range p.Schedule() {
		fmt.Fprintf(&b, "%d %s %s: %v after %v\n", i, task.Stage, p.Changes[task.Change].Address, calls(task.Steps), task.Needs)
	}
	return b.String()
}

// A role may trust an audience that nobody serves: no token opens it then. If
// the audience comes while that role changes, tokens must not find it as it was.
func TestAnAudienceComesAfterTheRolesThatTrustItAlreadyHaveChanged(t *testing.T) {
	dangling := live(role(one, "web/prod"))
	dangling.Trust = admits(one, "acme", "anybody")
	dangling.Managed = []trust.ARN{"arn:aws:iam::aws:policy/AdministratorAccess"}
	narrower := role(one, "web/prod")
	narrower.Trust = admits(one, "aws:acme", "somebody")
	arrives := role(one, "payments/prod")
	arrives.Trust = admits(one, "acme", "x")

	p := Compute(
		trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")}, Roles: []trust.Role{narrower, arrives}},
		trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme")}, Roles: []trust.Role{dangling}},
		options())
	tasks := p.Schedule()
	at := func(call string) int {
		return slices.IndexFunc(tasks, func(t Task) bool {
			return slices.ContainsFunc(calls(t.Steps), func(c string) bool { return strings.HasPrefix(c, call) })
		})
	}
	comes, changes, created := at("AddClientID"), at("UpdateAssumeRolePolicy"), at("CreateRole")
	if !slices.Contains(tasks[comes].Needs, changes) || slices.Contains(tasks[changes].Needs, comes) || !slices.Contains(tasks[created].Needs, comes) {
		t.Errorf("the audience comes at the wrong time:\n%s", p.order())
	}
}
