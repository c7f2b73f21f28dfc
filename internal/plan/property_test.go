package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

var (
	someEnvironments = []string{"payments/prod", "payments/dev", "web/prod", "old/gone"}
	someAudiences    = []string{"aws:acme", "acme", "aws:beta"}
	somePolicies     = []trust.ARN{"arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"}
	someTags         = []string{"team", "Team", "cost", "aws-made"}
)

func subset[T any](t *rapid.T, all []T, name string) []T {
	var out []T
	for i, x := range all {
		if rapid.Bool().Draw(t, fmt.Sprint(name, i)) {
			out = append(out, x)
		}
	}
	return out
}

// anyRole is a role with random fields; in both states it comes from here, so
// that every kind of drift is drawn.
func anyRole(t *rapid.T, account trust.AccountID, environment string) trust.Role {
	r := role(account, environment)
	if rapid.IntRange(0, 5).Draw(t, "spelling") == 0 {
		r.Name = strings.ToUpper(r.Name)
		r.Tags[trust.TagRole] = r.Name
	}
	r.Path = rapid.SampledFrom([]string{"/", "/", "/", "/pulumi/"}).Draw(t, "path")
	r.Description = rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "description")
	r.MaxSession = time.Duration(rapid.IntRange(1, 2).Draw(t, "hours")) * time.Hour
	r.Boundary = rapid.SampledFrom([]trust.ARN{"", "arn:aws:iam::aws:policy/B"}).Draw(t, "boundary")
	r.Managed = subset(t, somePolicies, "managed")
	for _, name := range subset(t, []string{"deploy", "Read"}, "inline") {
		if r.Inline == nil {
			r.Inline = map[string]policy.Document{}
		}
		if rapid.Bool().Draw(t, "fold") {
			name = strings.ToLower(name)
		}
		r.Inline[name] = may(rapid.SampledFrom([]policy.Effect{policy.Allow, policy.Deny}).Draw(t, "effect"), rapid.SampledFrom([]string{"s3:*", "s3:GetObject", "sqs:*"}).Draw(t, "action"))
	}
	folded := map[string]bool{}
	for _, key := range subset(t, someTags, "tags") {
		if !folded[strings.ToLower(key)] {
			folded[strings.ToLower(key)] = true
			r.Tags[key] = rapid.SampledFrom([]string{"1", "2"}).Draw(t, "value")
		}
	}
	subs := append(subset(t, []string{"a", "b"}, "subs"), "c")
	r.Trust = admits(account, rapid.SampledFrom(someAudiences).Draw(t, "audience"), subs...)
	return r
}

func anyDesired(t *rapid.T) trust.State {
	s := trust.State{Accounts: accounts(one, two)}
	audiences := map[trust.AccountID][]string{}
	for _, account := range []trust.AccountID{one, two} {
		for _, environment := range subset(t, someEnvironments, "declared") {
			r := anyRole(t, account, environment)
			r.KeepBoundary = r.Boundary == "" && rapid.Bool().Draw(t, "keep boundary")
			r.Lifecycle.Adopt = rapid.IntRange(0, 3).Draw(t, "adopt") > 0
			r.Lifecycle.Overlap = rapid.IntRange(0, 4).Draw(t, "overlap") == 0
			r.Lifecycle.IgnoreChanges = subset(t, []string{"description", "tags", "trust"}, "ignore")[:0:0]
			if rapid.IntRange(0, 4).Draw(t, "ignore") == 0 {
				r.Lifecycle.IgnoreChanges = []string{"description", "inline_policies", "managed_policies", "max_session_duration", "permissions_boundary", "tags"}
			}
			s.Roles = append(s.Roles, r)
			audiences[account] = append(audiences[account], audienceOf(r))
			if account == one {
				s.Files = append(s.Files, file(account, environment, rapid.SampledFrom([]string{"x", "y"}).Draw(t, "content")))
			}
		}
		if len(audiences[account]) > 0 {
			p := provider(account, sorted(audiences[account])...)
			if rapid.Bool().Draw(t, "pinned") {
				p.Thumbprints = []string{"aa"}
			}
			for _, key := range subset(t, someTags, "provider tags") {
				p.Tags[key] = "1"
			}
			s.Providers = append(s.Providers, p)
		}
	}
	if rapid.Bool().Draw(t, "removed") {
		s.Removed = []trust.Removed{{Environment: "acme/old/gone", Destroy: rapid.Bool().Draw(t, "destroy")}}
	}
	return s
}

func audienceOf(r trust.Role) string { return r.Trust.Statements[0].Conditions[0].Values[0] }

func anyCurrent(t *rapid.T) trust.State {
	s := trust.State{Accounts: accounts(one, two)}
	for _, account := range []trust.AccountID{one, two} {
		for _, environment := range subset(t, someEnvironments, "live") {
			r := live(anyRole(t, account, environment))
			switch rapid.IntRange(0, 9).Draw(t, "owner") {
			case 0: // nobody's
				r.Tags = map[string]string{"team": "x"}
			case 1: // another stack's
				r.Tags[trust.TagStack] = theirs
			case 2: // a copy
				r.Tags[trust.TagRole] = "another"
			case 3:
				r.Tags[trust.TagAdopted] = "true"
			}
			s.Roles = append(s.Roles, r)
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "strangers") {
			r := live(anyRole(t, account, fmt.Sprintf("stranger/%d", i)))
			r.Tags = map[string]string{"team": "x"}
			if rapid.Bool().Draw(t, "of a stack") {
				r.Tags = map[string]string{trust.TagStack: theirs, trust.TagRole: r.Name}
			}
			s.Roles = append(s.Roles, r)
		}
		if rapid.IntRange(0, 3).Draw(t, "provider") > 0 {
			s.Providers = append(s.Providers, anyProvider(t, account))
		}
	}
	for _, environment := range subset(t, someEnvironments, "files") {
		f := file(one, environment, "x")
		f.Foreign = rapid.IntRange(0, 9).Draw(t, "foreign") == 0
		s.Files = append(s.Files, f)
	}
	return newModel(s).state()
}

func anyProvider(t *rapid.T, account trust.AccountID) trust.OIDCProvider {
	p := provider(account)
	p.Tags, p.Thumbprints = map[string]string{}, []string{"bb"}
	if owner := rapid.SampledFrom([]string{"", ours, ours, theirs}).Draw(t, "maker"); owner != "" {
		p.Tags[trust.TagStack] = owner
	}
	for _, key := range subset(t, someTags, "live provider tags") {
		p.Tags[key] = "2"
	}
	for _, audience := range append(slices.Clone(someAudiences), "other") {
		if rapid.Bool().Draw(t, "audience") {
			p.ClientIDs = append(p.ClientIDs, audience)
		}
		if owner := rapid.SampledFrom([]string{"", ours, ours, theirs}).Draw(t, "mark"); owner != "" {
			p.Tags[trust.AudienceMark(audience)] = owner
		}
	}
	p.ClientIDs = sorted(p.ClientIDs)
	return p
}

func anyOptions(t *rapid.T) Options {
	o := options()
	o.MaxDeletes = -1
	if rapid.IntRange(0, 4).Draw(t, "mode") == 0 {
		o.Mode = ModeDestroy
	}
	if rapid.Bool().Draw(t, "ignore tags") {
		o.IgnoreTags = IgnoreTags{Keys: []string{"Cost"}, KeyPrefixes: []string{"aws-"}}
	}
	return o
}

// applyInAnyOrder runs all tasks in a random order that their Needs allow.
func applyInAnyOrder(t *rapid.T, p *Plan, m *model, each func(Change)) {
	tasks := p.Schedule()
	done := make([]bool, len(tasks))
	for range tasks {
		var ready []int
		for i, task := range tasks {
			if !done[i] && !slices.ContainsFunc(task.Needs, func(n int) bool { return !done[n] }) {
				ready = append(ready, i)
			}
		}
		if len(ready) == 0 {
			t.Fatalf("the tasks wait for each other: %+v", tasks)
		}
		i := rapid.SampledFrom(ready).Draw(t, "next")
		for _, s := range tasks[i].Steps {
			if err := m.run(tasks[i].Account, s); err != nil {
				t.Fatalf("%s: %v: %v", p.Changes[tasks[i].Change].Address, calls([]Step{s}), err)
			}
			each(p.Changes[tasks[i].Change])
		}
		done[i] = true
	}
}

func TestAfterOneApplyInAnyOrderNothingIsLeftToDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, current, o := anyDesired(t), anyCurrent(t), anyOptions(t)
		p := Compute(desired, current, o)
		if p.Errored() {
			return // never applied
		}
		m := newModel(current)
		applyInAnyOrder(t, p, m, func(ch Change) { checkPairs(t, m, ch) })
		after := m.state()

		again := Compute(desired, after, o)
		for _, ch := range again.Changes {
			if ch.Action != NoOp {
				t.Errorf("%s is still planned: %s %+v", ch.Address, ch.Action, ch.Fields)
			}
		}
		if again.Errored() {
			t.Errorf("the next plan has errors: %+v", again.Problems)
		}
		if done, moved := p.Recheck(after); len(moved) > 0 || len(done) != len(p.Base) {
			t.Errorf("of %d objects %d are done and %v moved", len(p.Base), len(done), moved)
		}
		if done, moved := p.Recheck(current); len(moved)+len(done) > 0 {
			t.Errorf("before the first write %v count as done and %v as moved", done, moved)
		}
		checkStrangers(t, p, current, after)
	})
}

// checkPairs: at no moment may anybody do what they may do neither before nor
// after. Where no order of calls could keep that, and the plan says so, it
// isn't asked.
func checkPairs(t *rapid.T, m *model, ch Change) {
	if ch.Address.Kind != trust.KindRole || ch.Before == nil || ch.After == nil || ch.Action == Replace {
		return
	}
	before, after := ch.Before.Role, ch.After.Role
	if len(inPassing(before, after, ch.Steps())) > 0 {
		return
	}
	allowed := mayDo(*before)
	for pair := range mayDo(*after) {
		allowed[pair] = true
	}
	for pair := range mayDo(m.roles[ch.Address]) {
		if !allowed[pair] {
			t.Fatalf("%s: for a moment %v", ch.Address, pair)
		}
	}
}

// mayDo is who may do what: the actions of the generator's inline policies,
// and for each managed policy one that it alone allows. The generator's only
// boundary lets s3:* and the first managed policy through.
func mayDo(r trust.Role) map[[2]string]bool {
	allowed, denied := map[string]bool{}, map[string]bool{}
	for _, arn := range r.Managed {
		allowed[string(arn)] = true
	}
	for _, d := range r.Inline {
		for _, s := range d.Statements {
			does := allowed
			if s.Effect == policy.Deny {
				does = denied
			}
			does[s.Actions[0]] = true
			if s.Actions[0] == "s3:*" {
				does["s3:GetObject"] = true
			}
		}
	}
	pairs := map[[2]string]bool{}
	for _, s := range r.Trust.Statements {
		for _, sub := range s.Conditions[1].Values {
			for action := range allowed {
				if !denied[action] && (r.Boundary == "" || strings.HasPrefix(action, "s3:") || action == string(somePolicies[0])) {
					pairs[[2]string{s.Conditions[0].Values[0] + " " + sub, action}] = true
				}
			}
		}
	}
	return pairs
}

// checkStrangers: what isn't ours is as it was.
func checkStrangers(t *rapid.T, p *Plan, before, after trust.State) {
	planned := map[trust.Address]bool{}
	for _, ch := range p.Changes {
		planned[ch.Address] = true
	}
	was, is := objects(before), objects(after)
	for address, object := range was {
		foreign := object.Role != nil && !planned[address] || object.File != nil && object.File.Foreign
		if foreign && is[address].fingerprint(nil) != object.fingerprint(nil) {
			t.Errorf("%s is not ours and has changed:\n%s", address, cmp.Diff(object, is[address]))
		}
		if object.Provider != nil && object.Provider.Stack() != ours {
			checkSharedProvider(t, object.Provider, is[address])
		}
	}
}

// checkSharedProvider: on a provider of others only our audiences and marks
// may have moved.
func checkSharedProvider(t *rapid.T, was *trust.OIDCProvider, now *Object) {
	if now == nil {
		t.Fatalf("provider %s was not ours and is gone", was.ARN)
	}
	is := now.Provider
	if !slices.Equal(was.Thumbprints, is.Thumbprints) {
		t.Errorf("thumbprints of %s changed", was.ARN)
	}
	for _, id := range minus(was.ClientIDs, is.ClientIDs) {
		if was.Tags[trust.AudienceMark(id)] != ours {
			t.Errorf("client id %q of others is gone", id)
		}
	}
	set, gone := tagDifference(was.Tags, is.Tags)
	for _, key := range append(sortedKeys(set), gone...) {
		if !strings.HasPrefix(key, trust.TagAudiencePrefix) {
			t.Errorf("tag %q of a shared provider changed", key)
		}
	}
}

func TestAPlanIsTheSameWhateverTheOrderOfItsInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, current, o := anyDesired(t), anyCurrent(t), anyOptions(t)
		first := encoded(t, Compute(desired, current, o))
		for _, s := range []*trust.State{&desired, &current} {
			slices.Reverse(s.Roles)
			slices.Reverse(s.Providers)
			slices.Reverse(s.Files)
			slices.Reverse(s.Accounts)
		}
		if diff := cmp.Diff(first, encoded(t, Compute(desired, current, o))); diff != "" {
			t.Errorf("plans differ:\n%s", diff)
		}
	})
}

func encoded(t *rapid.T, p *Plan) string {
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestASavedPlanRunsTheSameSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Compute(anyDesired(t), anyCurrent(t), anyOptions(t))
		text, meta, err := Encode(p, Meta{Version: "1.2.3", ConfigDigest: "sha256:c"})
		if err != nil {
			t.Fatal(err)
		}
		q, read, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(meta, read); diff != "" {
			t.Errorf("meta differ:\n%s", diff)
		}
		content := cmpopts.IgnoreFields(trust.EnvironmentFile{}, "Content") // is not saved
		if diff := cmp.Diff(p.Schedule(), q.Schedule(), cmpopts.EquateEmpty(), content); diff != "" {
			t.Errorf("tasks differ:\n%s", diff)
		}
		if diff := cmp.Diff(p.Base, q.Base, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("fingerprints differ:\n%s", diff)
		}
	})
}
