package access_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
)

// full asks for the long run of the property tests: TRUSTCTL_FULL=1.
var full = os.Getenv("TRUSTCTL_FULL") != ""

func rounds(normal, long int) int {
	if full {
		return long
	}
	return normal
}

func decided(d policy.Document, r policy.Request) policy.Truth {
	switch e := policy.Evaluate(d, r); {
	case e.Unknown:
		return policy.Unknown
	case e.Allowed:
		return policy.Yes
	}
	return policy.No
}

// agree decides a request by the set and by the evaluator. Where a fact isn't
// known, the set may know that it doesn't matter.
func agree(t *testing.T, set access.Set, d policy.Document, r policy.Request) policy.Truth {
	t.Helper()
	want, got := decided(d, r), set.Contains(r)
	if got != want && !(want == policy.Unknown && darkened(r)) {
		t.Fatalf("the set says %s, the evaluator %s\npolicy: %s\nrequest: %+v\n%+v", got, want, d, r.Context, policy.Evaluate(d, r).Statements)
	}
	return want
}

// TestSetAndEvaluatorAgree decides random requests under random policies by
// the set and by the evaluator, and counts what was drawn: each operator, what
// the request had for its key, and the effect of the statement.
func TestSetAndEvaluatorAgree(t *testing.T) {
	g := newGenerator(1)
	drawn := map[string]int{}
	answers := map[policy.Truth]int{}
	for range rounds(2_000, 150_000) {
		d := g.document()
		set := access.Of(d, abstract)
		for range 8 {
			r := g.request()
			answers[agree(t, set, d, r)]++
			evaluated := policy.Evaluate(d, r)
			for i, s := range evaluated.Statements {
				for j, c := range s.Conditions {
					drawn[strings.Join([]string{c.Operator, outcome(d.Statements[i].Conditions[j], r, c.Holds), string(s.Effect)}, " ")]++
				}
			}
		}
	}
	t.Logf("answers: %v", answers)
	least := rounds(5, 1_000)
	for _, operator := range stringOperators {
		var row []string
		for _, effect := range []string{"Allow", "Deny"} {
			for _, what := range []string{"match", "miss", "missing", "multivalued"} {
				n := drawn[operator+" "+what+" "+effect]
				row = append(row, fmt.Sprintf("%s %d", what, n))
				if n < least {
					t.Errorf("%s %s %s was drawn %d times only", operator, what, effect, n)
				}
			}
		}
		t.Logf("%-42s Allow: %s | Deny: %s", operator, strings.Join(row[:4], ", "), strings.Join(row[4:], ", "))
	}
}

func darkened(r policy.Request) bool {
	for _, fact := range r.Context {
		if fact.Unknown {
			return true
		}
	}
	return false
}

func outcome(c policy.Condition, r policy.Request, holds policy.Truth) string {
	for key, fact := range r.Context {
		if strings.EqualFold(key, c.Key) && (fact.Unknown || len(fact.Values) > 0) {
			switch {
			case holds == policy.Unknown:
				return "unknown"
			case fact.Multivalued:
				return "multivalued"
			case holds == policy.Yes:
				return "match"
			}
			return "miss"
		}
	}
	return "missing"
}

// proves tells whether the evaluator admits a witness under one policy and
// not under the other, in some surroundings if it takes some for granted.
func proves(issuer access.Issuer, g access.Gain, in, out policy.Document) bool {
	var keys []string
	for _, key := range unknownKeys {
		if strings.Contains(strings.Join(g.If, " "), key) {
			keys = append(keys, key)
		}
	}
	const missing = "\x00"
	texts := slices.Concat([]string{missing, "10.0.0.1", "192.0.2.1", "2026-01-01", "5", "arn:aws:iam::1:x/y"}, someTexts, someValues)
	for _, s := range slices.Concat(in.Statements, out.Statements) {
		for _, c := range s.Conditions {
			if slices.Contains(unknownKeys, c.Key) {
				texts = append(texts, c.Values...)
			}
		}
	}
	r := issuer.Request(*g.Witness)
	var try func(keys []string) bool
	try = func(keys []string) bool {
		if len(keys) == 0 {
			return decided(in, r) == policy.Yes && decided(out, r) == policy.No
		}
		for _, text := range texts {
			if delete(r.Context, keys[0]); text != missing {
				r.Context[keys[0]] = policy.Is(text)
			}
			if try(keys[1:]) {
				return true
			}
		}
		return false
	}
	return try(keys)
}

// proveDelta holds a delta to the evaluator: every witness is admitted by the
// one policy and refused by the other, and where nothing is said to be gained
// or lost no random request is. It counts the witnesses.
func proveDelta(t *testing.T, g generator, d access.Delta, before, after policy.Document) (proved int) {
	t.Helper()
	for _, side := range []struct {
		access.Side
		in, out policy.Document
	}{{d.Gained, after, before}, {d.Lost, before, after}} {
		for _, gain := range side.Gains {
			if gain.Witness == nil {
				t.Fatalf("no witness for %+v\nin: %s\nout: %s", gain, side.in, side.out)
			}
			if !proves(abstract, gain, side.in, side.out) {
				t.Fatalf("the witness %+v proves nothing (%+v)\nin: %s\nout: %s", gain.Witness, gain, side.in, side.out)
			}
			proved++
		}
		if side.Outcome == access.None {
			for range 20 {
				r := g.request()
				if decided(side.in, r) == policy.Yes && decided(side.out, r) == policy.No {
					t.Fatalf("nothing is said to be gained, but %+v is\nin: %s\nout: %s", r.Context, side.in, side.out)
				}
			}
		}
	}
	return proved
}

// TestDeltasAreProved compares random policies: every witness is admitted by
// the one and refused by the other, and no random request contradicts a
// relation.
func TestDeltasAreProved(t *testing.T) {
	g := newGenerator(2)
	relations := map[access.Relation]int{}
	proved := 0
	for range rounds(1_500, 60_000) {
		before := g.document()
		after := g.edited(before)
		if strings.Contains(before.String()+after.String(), `\u0130`) {
			continue // of İ the evaluator says nothing, even where no reading of it matters
		}
		d := access.Compare(before, after, access.Options{Issuer: abstract})
		relations[d.Relation]++
		proved += proveDelta(t, g, d, before, after)
	}
	t.Logf("relations: %v; witnesses proved: %d", relations, proved)
	for _, r := range []access.Relation{access.Same, access.Narrower, access.Wider, access.Both, access.Unknown} {
		if relations[r] < rounds(10, 1_000) {
			t.Errorf("%s came up %d times only", r, relations[r])
		}
	}
}

// words are short texts over the letters that the policies below name and one
// that they don't.
func words(n int) []string {
	out := []string{""}
	for from := 0; n > 0; n-- {
		to := len(out)
		for _, w := range out[from:to] {
			for _, letter := range []string{"a", "b", "x", "o"} {
				out = append(out, w+letter)
			}
		}
		from = to
	}
	return out
}

// TestDeltasAgreeWithBruteForce compares policies over aud, sub and amr whose
// patterns are short with every request of short words.
func TestDeltasAgreeWithBruteForce(t *testing.T) {
	g := newGenerator(3)
	vocabulary := []string{"a", "b", "x", "a*", "*b", "?", "*", "?*", "x?", "*a*"}
	operators := []string{"StringEquals", "StringLike", "StringLike", "StringNotLike", "StringNotEquals", "StringEqualsIgnoreCase",
		"ForAnyValue:StringLike", "ForAllValues:StringLike", "ForAnyValue:StringNotLike", "ForAllValues:StringNotEquals", "StringLikeIfExists", "Null"}
	draw := func() policy.Document {
		d := policy.Document{Version: policy.Version2012}
		for range 1 + g.IntN(3) {
			s := g.statement()
			s.Effect = one(g, []policy.Effect{policy.Allow, policy.Allow, policy.Deny})
			s.Principals, s.NotPrincipals, s.Actions, s.NotActions = []policy.Principal{{Type: "Federated", Value: providerA}}, nil, []string{access.Action}, nil
			s.Conditions = nil
			for range g.IntN(4) {
				c := policy.Condition{Operator: one(g, operators), Key: one(g, []string{"idp.example/i:aud", "idp.example/i:sub", "idp.example/i:sub", "idp.example/i:amr"}), Values: g.some(vocabulary, 3)}
				switch {
				case c.Operator == "Null":
					c.Values = g.some([]string{"true", "false"}, 1)
				case strings.Contains(c.Operator, "Equals"):
					c.Values = g.some(vocabulary[:3], 3)
				}
				s.Conditions = append(s.Conditions, c)
			}
			d.Statements = append(d.Statements, s)
		}
		return d
	}
	short := words(2)
	audiences := append(words(1), "ab", "xo", "oo", "aa")
	sets := [][]string{nil, {"a"}, {"b"}, {"o"}, {"a", "b"}, {"a", "o"}, {"x", "o"}, {"b", "xo"}, {"xa", "oo"}, {"", "a"}, {"a", "b", "o"}, {"x", "ab"}}
	for range rounds(15, 1_000) {
		before, after := draw(), draw()
		if g.chance(60) {
			after = policy.Document{Version: policy.Version2012, Statements: slices.Clone(before.Statements)}
			i := g.IntN(len(after.Statements))
			after.Statements[i].Conditions = slices.Clone(after.Statements[i].Conditions)
			for j := range after.Statements[i].Conditions {
				if c := &after.Statements[i].Conditions[j]; strings.Contains(c.Operator, "Like") {
					c.Values = g.some(vocabulary, 3)
				}
			}
		}
		d := access.Compare(before, after, access.Options{Issuer: abstract})
		var gained, lost bool
		for _, aud := range audiences {
			for _, sub := range short {
				for _, amr := range sets {
					w := access.Witness{Aud: aud, Sub: sub}
					if amr != nil {
						w.Others = []access.Claim{{Key: "idp.example/i:amr", Values: amr, Multivalued: true}}
					}
					r := abstract.Request(w)
					b, a := decided(before, r), decided(after, r)
					gained = gained || b == policy.No && a == policy.Yes
					lost = lost || b == policy.Yes && a == policy.No
				}
			}
		}
		wrong := gained && d.Gained.Outcome != access.Some || lost && d.Lost.Outcome != access.Some || d.Relation == access.Unknown
		for _, gain := range d.Gained.Gains {
			wrong = wrong || !proves(abstract, gain, after, before)
		}
		for _, gain := range d.Lost.Gains {
			wrong = wrong || !proves(abstract, gain, before, after)
		}
		if wrong {
			t.Fatalf("gained %v, lost %v, but %+v\nbefore: %s\nafter: %s", gained, lost, d, before, after)
		}
	}
}
