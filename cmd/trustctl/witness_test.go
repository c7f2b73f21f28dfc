package main

import (
	"encoding/json"
	"testing"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/explain"
	"github.com/trustctl/trustctl/internal/policy"
	"pgregory.net/rapid"
)

// drawTrust draws a trust policy over everything that claims decide.
func drawTrust(t *rapid.T, label string) policy.Document {
	const host = "api.pulumi.com/oidc"
	texts := map[string][]string{
		host + ":aud":      {"aws:acme", "acme", "aws:*", "*", "AWS:ACME"},
		host + ":oaud":     {"aws:acme", "other", "o*", "*"},
		host + ":sub":      {"pulumi:environments:org:acme:env:p/e", "pulumi:environments:org:acme:env:*", "*:p/?", "x", "${*}", "*"},
		host + ":amr":      {"authenticated", "a*", "x"},
		host + ":email":    {"a@acme.example", "*@acme.example"},
		explain.SessionKey: {"ci", "ci-*"},
	}
	operators := []string{
		"StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase", "StringLikeIfExists", "StringNotEqualsIfExists",
		"ForAllValues:StringLike", "ForAnyValue:StringLike", "ForAnyValue:StringNotEquals", "ForAllValues:StringNotLike",
	}
	d := policy.Document{Version: rapid.SampledFrom([]string{policy.Version2012, policy.Version2008}).Draw(t, label+" version")}
	for i := range rapid.IntRange(1, 3).Draw(t, label+" statements") {
		s := policy.Statement{
			Effect:     policy.Allow,
			Principals: []policy.Principal{{Type: "Federated", Value: "arn:aws:iam::111122223333:oidc-provider/" + host}},
			Actions:    []string{access.Action},
		}
		if i > 0 && rapid.Bool().Draw(t, label+" deny") {
			s.Effect = policy.Deny
		}
		for range rapid.IntRange(0, 3).Draw(t, label+" conditions") {
			key := rapid.SampledFrom(sortedKeys(texts)).Draw(t, label+" key")
			s.Conditions = append(s.Conditions, policy.Condition{
				Operator: rapid.SampledFrom(operators).Draw(t, label+" operator"), Key: key,
				Values: rapid.SliceOfN(rapid.SampledFrom(texts[key]), 1, 3).Draw(t, label+" values"),
			})
		}
		d.Statements = append(d.Statements, s)
	}
	return d
}

func TestAWitnessOfCompareIsDecidedSoByExplain(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawTrust(t, "before"), drawTrust(t, "after")
		c := compared(before, after, access.Options{Issuer: access.Issuer{Host: "api.pulumi.com/oidc"}})
		if gains, loses := len(c.Gained) > 0, len(c.Lost) > 0; c.Relation != access.Unknown && c.Relation != map[[2]bool]access.Relation{
			{false, false}: access.Same, {true, false}: access.Wider, {false, true}: access.Narrower, {true, true}: access.Both,
		}[[2]bool{gains, loses}] {
			t.Errorf("the relation is %s with %d gained and %d lost", c.Relation, len(c.Gained), len(c.Lost))
		}
		for _, side := range []struct {
			tokens  []comparedTokens
			has, no policy.Document
		}{{c.Gained, after, before}, {c.Lost, before, after}} {
			for _, tokens := range side.tokens {
				w := tokens.Witness
				if w == nil || w.Keys != nil || tokens.If != nil {
					continue
				}
				text, err := json.Marshal(w)
				if err != nil {
					t.Fatal(err)
				}
				read, err := explain.ParseClaims(text)
				if err != nil {
					t.Fatal(err)
				}
				q := explain.Inquiry{Claims: read, Session: w.Session, Target: explain.Target{Issuer: "api.pulumi.com/oidc"}}
				if q.Session == "" {
					q.Session = "session"
				}
				admits := func(d policy.Document) bool {
					q.Policy = d
					return q.Explain().Allowed
				}
				if has, no := admits(side.has), admits(side.no); !has || no {
					t.Errorf("the witness %s is admitted %v and %v, want true and false, by\n%s\n%s", text, has, no, side.has, side.no)
				}
				checked++
			}
		}
	})
	if checked == 0 {
		t.Error("no witness was checked")
	}
}

func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{"aud":"aws:acme","sub":"x"}`, `{"aud":["a","b"],"azp":"a","sub":1,"exp":1e9}`, `{"a":null}`, `[]`, `{"a":1,"a":2}`, `{"sub":"\ud800"}`, "{", `{"exp":1e999}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := explain.ParseClaims([]byte(text))
		if err != nil {
			if c != nil {
				t.Error("a failed reading gave claims")
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%q was read and is not valid JSON", text)
		}
		q := explain.Inquiry{Claims: c, Target: explain.Target{Issuer: "api.pulumi.com/oidc"}}
		for _, d := range []policy.Document{{}, {Statements: []policy.Statement{{Effect: policy.Allow,
			Principals: []policy.Principal{{Type: "Federated", Value: explain.AnyProvider("api.pulumi.com/oidc")}}, Actions: []string{"sts:*"},
			Conditions: []policy.Condition{{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{"a*"}}}}}}} {
			q.Policy = d
			e := q.Explain()
			if shown := explanationText(e, false); hasControl(shown) {
				t.Errorf("%q shows control characters: %q", text, shown)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Error(err)
			}
		}
	})
}

func hasControl(s string) bool {
	for _, r := range s {
		if r < ' ' && r != '\n' || r == 0x7f || r == 0x202e {
			return true
		}
	}
	return false
}
