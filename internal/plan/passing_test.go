package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

const oneBoundary, otherBoundary = trust.ARN("arn:aws:iam::111111111111:policy/one"), trust.ARN("arn:aws:iam::111111111111:policy/other")

// letters is a policy that allows and denies actions of one letter each.
func letters(allow, deny string) policy.Document {
	d := policy.Document{Version: policy.Version2012}
	for effect, actions := range map[policy.Effect]string{policy.Allow: allow, policy.Deny: deny} {
		if actions != "" {
			d.Statements = append(d.Statements, policy.Statement{Effect: effect, Actions: strings.Split(actions, ""), Resources: []string{"*"}})
		}
	}
	return d.Canonical()
}

func TestAPlanWarnsWhereNoOrderOfCallsIsRight(t *testing.T) {
	inline := func(name string, d policy.Document) func(*trust.Role) {
		return func(r *trust.Role) {
			if r.Inline == nil {
				r.Inline = map[string]policy.Document{}
			}
			r.Inline[name] = d
		}
	}
	subs := func(s ...string) func(*trust.Role) {
		return func(r *trust.Role) { r.Trust = admits(one, "aws:acme", s...) }
	}
	bound := func(arn trust.ARN) func(*trust.Role) { return func(r *trust.Role) { r.Boundary = arn } }
	attached := func(names ...trust.ARN) func(*trust.Role) {
		return func(r *trust.Role) { r.Managed = sorted(names) }
	}
	type edits []func(*trust.Role)
	for name, tt := range map[string]struct {
		before, after edits
		want          string // "" is no warning
	}{
		"a boundary and an inline policy are both exchanged": {edits{bound(oneBoundary), inline("p", letters("A", ""))}, edits{bound(otherBoundary), inline("p", letters("B", ""))},
			`inline policy "p", permissions boundary`},
		"a boundary and a Deny are both exchanged": {edits{bound(oneBoundary), attached("arn:x"), inline("d", letters("", "A"))}, edits{bound(otherBoundary), attached("arn:x"), inline("d", letters("", "B"))},
			`inline policy "d", permissions boundary`},
		"subjects come and go while a policy is exchanged": {edits{subs("a", "b"), inline("p", letters("A", ""))}, edits{subs("b", "c"), inline("p", letters("B", ""))},
			`inline policy "p", trust policy`},
		"subjects come and go while a boundary is exchanged": {edits{subs("a", "b"), attached("arn:x"), bound(oneBoundary)}, edits{subs("b", "c"), attached("arn:x"), bound(otherBoundary)},
			"permissions boundary, trust policy"},
		"two Denies are exchanged": {edits{attached("arn:x"), inline("d", letters("", "A")), inline("e", letters("", "B"))}, edits{attached("arn:x"), inline("d", letters("", "C")), inline("e", letters("", "D"))},
			`inline policy "d", inline policy "e"`},

		"a boundary alone":                              {edits{bound(oneBoundary), attached("arn:x")}, edits{bound(otherBoundary), attached("arn:x")}, ""},
		"a boundary, and policies that come and go":     {edits{bound(oneBoundary), attached("arn:x")}, edits{bound(otherBoundary), attached("arn:y")}, ""},
		"a boundary, and a policy that narrows":         {edits{bound(oneBoundary), inline("p", letters("AB", ""))}, edits{bound(otherBoundary), inline("p", letters("A", ""))}, ""},
		"a policy, and subjects that only come":         {edits{subs("a"), inline("p", letters("A", ""))}, edits{subs("a", "b"), inline("p", letters("B", ""))}, ""},
		"a policy, and subjects that only go":           {edits{subs("a", "b"), inline("p", letters("A", ""))}, edits{subs("a"), inline("p", letters("B", ""))}, ""},
		"subjects come and go":                          {edits{subs("a"), attached("arn:x")}, edits{subs("b"), attached("arn:x")}, ""},
		"subjects and policies come and go":             {edits{subs("a"), attached("arn:x")}, edits{subs("b"), attached("arn:y")}, ""},
		"two policies that only allow":                  {edits{inline("p", letters("A", "")), inline("q", letters("B", ""))}, edits{inline("p", letters("C", "")), inline("q", letters("D", ""))}, ""},
		"what allows and denies comes, subjects too":    {edits{subs("a"), attached("arn:x")}, edits{subs("a", "b"), attached("arn:x"), inline("m", letters("A", "B"))}, ""},
		"what allows and denies, under another name":    {edits{attached("arn:x"), inline("m", letters("A", "B"))}, edits{attached("arn:x"), inline("n", letters("A", "B"))}, ""},
		"what allows and denies comes, another changes": {edits{inline("p", letters("A", ""))}, edits{inline("m", letters("A", "B")), inline("p", letters("B", ""))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			was, will := role(one, "payments/prod"), role(one, "payments/prod")
			for _, edit := range tt.before {
				edit(&was)
			}
			for _, edit := range tt.after {
				edit(&will)
			}
			p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{will}}, trust.State{Accounts: accounts(one), Roles: []trust.Role{live(was)}}, options())
			got := ""
			for _, problem := range p.Problems {
				_, rest, _ := strings.Cut(problem.Detail, "exchanged for others: ")
				got, _, _ = strings.Cut(rest, ".")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the warning (-want +got):\n%s\nthe calls: %s", diff, strings.Join(calls(p.Changes[0].Steps()), ", "))
			}
		})
	}
}

// lettered is a role whose parts say little enough to try everything with.
func lettered(t *rapid.T, name string) trust.Role {
	r := role(one, "payments/prod")
	r.Trust = admits(one, "aws:acme", append(subset(t, []string{"a", "b"}, name+" subs"), "c")...)
	r.Boundary = rapid.SampledFrom([]trust.ARN{"", oneBoundary, otherBoundary}).Draw(t, name+" boundary")
	r.Managed = sorted(subset(t, []trust.ARN{"arn:A", "arn:BC"}, name+" managed"))
	r.Inline = map[string]policy.Document{}
	for _, policy := range subset(t, []string{"p", "q"}, name+" inline") {
		allow := rapid.SampledFrom([]string{"", "A", "B", "AC"}).Draw(t, name+" allow")
		deny := rapid.SampledFrom([]string{"", "", "A", "BC"}).Draw(t, name+" deny")
		if allow+deny != "" {
			r.Inline[policy] = letters(allow, deny)
		}
	}
	return r
}

// lets is what a lettered role lets whom do.
func lets(r *trust.Role) map[string]bool {
	within := map[trust.ARN]string{"": "ABC", oneBoundary: "AB", otherBoundary: "BC"}[r.Boundary]
	allowed, denied := "", ""
	for _, arn := range r.Managed {
		allowed += strings.TrimPrefix(string(arn), "arn:")
	}
	for _, d := range r.Inline {
		for _, s := range d.Statements {
			if s.Effect == policy.Deny {
				denied += strings.ToUpper(strings.Join(s.Actions, ""))
			} else {
				allowed += strings.ToUpper(strings.Join(s.Actions, ""))
			}
		}
	}
	all := map[string]bool{}
	for _, sub := range r.Trust.Statements[0].Conditions[1].Values {
		for _, action := range "ABC" {
			if a := string(action); strings.Contains(within, a) && strings.Contains(allowed, a) && !strings.Contains(denied, a) {
				all[sub+" "+a] = true
			}
		}
	}
	return all
}

func TestWhatIsNotWarnedOfGivesNobodyAnythingInPassing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := lettered(t, "before"), lettered(t, "after")
		reduce, rest := updateRole(&before, &after, false)
		steps := slices.Concat(reduce, rest)
		if len(inPassing(&before, &after, steps)) > 0 {
			return
		}
		was, will := lets(&before), lets(&after)
		at := before
		for _, s := range steps {
			at = passed(at, s)
			for pair := range lets(&at) {
				if !was[pair] && !will[pair] {
					t.Fatalf("in passing %s after %v of %v", pair, calls([]Step{s}), calls(steps))
				}
			}
		}
		if diff := cmp.Diff(will, lets(&at)); diff != "" {
			t.Fatalf("at the end (-want +got):\n%s", diff)
		}
	})
}

// Of a role that has a policy throughout. One that for a while could have none
// at all may have an order that is right by that.
func TestWhereAPlanWarnsNoOtherOrderIsRightEither(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := lettered(t, "before"), lettered(t, "after")
		for _, r := range []*trust.Role{&before, &after} {
			r.Managed = sorted(append(r.Managed, "arn:stays"))
		}
		reduce, rest := updateRole(&before, &after, false)
		steps := slices.Concat(reduce, rest)
		if len(steps) > 5 || len(inPassing(&before, &after, steps)) == 0 {
			return
		}
		orders(steps, func(other []Step) {
			if len(inPassing(&before, &after, other)) == 0 {
				t.Fatalf("the order %v is warned of, and %v is right", calls(steps), calls(other))
			}
		})
	})
}

// orders calls f with every order of the steps.
func orders(steps []Step, f func([]Step)) {
	var next func(done, left []Step)
	next = func(done, left []Step) {
		if len(left) == 0 {
			f(done)
		}
		for i := range left {
			next(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	next(nil, steps)
}
