package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"pgregory.net/rapid"
)

// drawTrust draws a trust policy over everything that claims decide.
func drawTrust(t *rapid.T, label string) policy.Document {
	const host = "api.pulumi.com/oidc"
	texts := map[string][]string{
		host + ":aud":   {"aws:acme", "acme", "aws:*", "*", "AWS:ACME"},
		host + ":oaud":  {"aws:acme", "other", "o*", "*"},
		host + ":sub":   {"pulumi:environments:org:acme:env:p/e", "pulumi:environments:org:acme:env:*", "*:p/?", "x", "${*}", "*"},
		host + ":amr":   {"authenticated", "a*", "x"},
		host + ":email": {"a@acme.example", "*@acme.example"},
		sessionKey:      {"ci", "ci-*"},
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
				read, err := parseClaims(text)
				if err != nil {
					t.Fatal(err)
				}
				q := inquiry{claims: read, session: w.Session, target: target{issuer: "api.pulumi.com/oidc"}}
				if q.session == "" {
					q.session = "session"
				}
				if !q.evaluate(side.has).Allowed || q.evaluate(side.no).Allowed {
					t.Errorf("the witness %s is admitted %v and %v, want true and false, by\n%s\n%s", text, q.evaluate(side.has).Allowed, q.evaluate(side.no).Allowed, side.has, side.no)
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
		c, err := parseClaims([]byte(text))
		if err != nil {
			if c != nil {
				t.Error("a failed reading gave claims")
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%q was read and is not valid JSON", text)
		}
		q := inquiry{claims: c, target: target{issuer: "api.pulumi.com/oidc"}}
		for _, d := range []policy.Document{{}, {Statements: []policy.Statement{{Effect: policy.Allow,
			Principals: []policy.Principal{{Type: "Federated", Value: anyProvider("api.pulumi.com/oidc")}}, Actions: []string{"sts:*"},
			Conditions: []policy.Condition{{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{"a*"}}}}}}} {
			q.policy = d
			e := q.explain()
			if shown := e.text(false); hasControl(shown) {
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

func TestATokenIsReadAsItsClaims(t *testing.T) {
	for _, text := range []string{"", "a.b", "a..c", "a.b.c.d", "a.!!!.c", "a.W10.c", ".e30.c"} {
		if _, err := decodeToken([]byte(text)); err == nil {
			t.Errorf("%q was read as a token", text)
		} else if len(text) > 3 && fmt.Sprint(err) == text {
			t.Errorf("%q is quoted", text)
		}
	}
	c, err := decodeToken([]byte("e30.eyJzdWIiOiJ4In0.\n"))
	if sub, _ := c.text("sub"); err != nil || sub != "x" {
		t.Errorf("the subject is %q, %v", sub, err)
	}
}
