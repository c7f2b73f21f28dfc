package policy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/policy"
)

func TestWhatSaysTheSameHasOneCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := document(t, rapid.SampledFrom([]string{"trust", "identity"}).Draw(t, "kind"))
		again, err := policy.Parse(render(t, rewrite(t, d)))
		if err != nil {
			t.Fatalf("Parse: %v", err)
		}
		if !d.Equal(again) {
			t.Fatalf("not equal\n%s\n%s\ncanonical\n%s\n%s", d, again, d.Canonical(), again.Canonical())
		}
		if diff := cmp.Diff(d.Canonical().String(), again.Canonical().String()); diff != "" {
			t.Fatalf("canonical forms differ (-first +second)\n%s", diff)
		}
	})
}

func TestCanonicalKeepsTheMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := document(t, rapid.SampledFrom([]string{"trust", "identity"}).Draw(t, "kind"))
		c := d.Canonical()
		if diff := cmp.Diff(c.String(), c.Canonical().String()); diff != "" {
			t.Fatalf("Canonical twice differs (-once +twice)\n%s\n%s", d, diff)
		}
		if again, err := policy.Parse(c.String()); err != nil || again.String() != c.String() {
			t.Fatalf("the canonical form reads back as %s (%v), was %s", again, err, c)
		}
		for range 20 {
			r := request(t)
			got, want := policy.Evaluate(c, r), policy.Evaluate(d, r)
			if got.Allowed != want.Allowed || got.Unknown != want.Unknown {
				t.Fatalf("the canonical form decides otherwise\n%s: %v %v\n%s: %v %v\n%+v", d, want.Allowed, want.Unknown, c, got.Allowed, got.Unknown, r)
			}
		}
	})
}

// TestWhatIsEqualDecidesAlike changes a document a little: where a request
// tells the two apart, they must not be equal.
func TestWhatIsEqualDecidesAlike(t *testing.T) {
	told, equal := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"trust", "identity"}).Draw(t, "kind")
		d := document(t, kind)
		e := mutate(t, d)
		same := d.Equal(e)
		if same {
			equal++
		}
		for range 20 {
			r := request(t)
			a, b := policy.Evaluate(d, r), policy.Evaluate(e, r)
			if a.Allowed == b.Allowed && a.Unknown == b.Unknown {
				continue
			}
			told++
			if same {
				t.Fatalf("equal, but a request tells them apart\n%s\n%s\n%+v", d, e, r)
			}
		}
	})
	if told == 0 || equal == 0 {
		t.Errorf("the generator is blunt: %d requests told documents apart, %d documents were equal", told, equal)
	}
}

// mutate changes one thing of a document, which may or may not change its
// meaning.
func mutate(t *rapid.T, d policy.Document) policy.Document {
	out := policy.Document{Version: d.Version, Statements: slices.Clone(d.Statements)}
	s := &out.Statements[rapid.IntRange(0, len(d.Statements)-1).Draw(t, "statement")]
	s.Conditions = slices.Clone(s.Conditions)
	switch kind := rapid.IntRange(0, 6).Draw(t, "mutation"); {
	case kind == 0:
		out.Version = rapid.SampledFrom([]string{policy.Version2012, policy.Version2008, ""}).Draw(t, "version")
	case kind == 1 && s.Actions != nil:
		s.Actions = some(t, someActions)
	case kind == 2 && s.Principals != nil:
		s.Principals = some(t, somePrincipals)
	case kind == 3 && len(s.Conditions) > 0:
		s.Conditions = s.Conditions[1:]
	case len(s.Conditions) > 0:
		c := &s.Conditions[rapid.IntRange(0, len(s.Conditions)-1).Draw(t, "condition")]
		if kind == 4 {
			c.Values = some(t, someValues)
			break
		}
		operator := rapid.SampledFrom(someOperators).Draw(t, "operator")
		if !slices.ContainsFunc(s.Conditions, func(o policy.Condition) bool { return o.Operator == operator && o.Key == c.Key }) {
			c.Operator = operator
		}
	default:
		out.Statements = slices.Delete(out.Statements, 0, 1)
	}
	return out
}

// TestNarrowsIsSound: what is said to narrow never allows what was refused.
func TestNarrowsIsSound(t *testing.T) {
	shown := 0
	rapid.Check(t, func(t *rapid.T) {
		before := document(t, "trust")
		after := before
		for range rapid.IntRange(1, 2).Draw(t, "mutations") {
			if len(after.Statements) > 0 {
				after = mutate(t, after)
			}
		}
		if !policy.Narrows(before, after) {
			return
		}
		if !before.Equal(after) {
			shown++
		}
		for range 20 {
			r := request(t)
			a, b := policy.Evaluate(before, r), policy.Evaluate(after, r)
			if b.Allowed && !a.Allowed && !a.Unknown {
				t.Fatalf("said to narrow\n%s\n%s\n%+v", before, after, r)
			}
		}
	})
	if shown == 0 {
		t.Error("the generator is blunt: nothing was shown to narrow")
	}
}
