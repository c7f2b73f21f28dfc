package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// token is a token that Pulumi Cloud signs.
type token struct{ aud, sub string }

// tokens are tokens of three organizations, of every family, with some lists
// of attributes.
func tokens() (out []token) {
	attributes := [][]subject.Attribute{nil, {subject.CurrentEnvironment}, {subject.CurrentEnvironment, subject.UserLogin}, {subject.UserLogin, subject.CurrentEnvironment},
		{subject.RootEnvironment, subject.TokenTeam}, {subject.UserLogin}, {subject.OrganizationLogin, subject.TokenType}, subject.Attributes()}
	for _, org := range []string{"acme", "acme-evil", "abc"} {
		for _, project := range []string{"default", "payments", "web"} {
			for _, name := range []string{"prod", "production", "x"} {
				e := subject.Environment{Org: org, Project: project, Name: name}
				for _, list := range attributes {
					for _, user := range []string{"ada", ""} {
						for _, sub := range e.Subjects(list, subject.Claims{User: user, Team: "ops", TokenType: "personal"}) {
							if !strings.Contains(sub, "*") {
								for _, aud := range subject.Audiences(sub) {
									out = append(out, token{aud, sub})
								}
							}
						}
					}
				}
			}
			for _, operation := range subject.Operations() {
				out = append(out, token{org, subject.Deployment{Org: org, Project: project, Stack: "s", Operation: operation}.Subject()})
			}
		}
		out = append(out, token{"aws:" + org, "pulumi:cmk:pulumi.organization.login:" + org}, token{"aws:" + org, "pulumi:environments:org:" + org + ":env:<yaml>"})
	}
	return out
}

// somePattern is the subject of a token with a few wildcards, or changed.
func (g generator) somePattern(all []token) string {
	sub := one(g, all).sub
	for range g.IntN(4) {
		at := g.IntN(len(sub) + 1)
		to := min(len(sub), at+g.IntN(12))
		sub = sub[:at] + one(g, []string{"*", "*", "*", "?", "", "x", ":"}) + sub[to:]
	}
	return sub
}

func (g generator) pulumiDocument(all []token) policy.Document {
	d := policy.Document{Version: policy.Version2012}
	for i := range 1 + g.IntN(3) {
		var subs []string
		for range 1 + g.IntN(3) {
			subs = append(subs, g.somePattern(all))
		}
		audiences := g.some([]string{"acme", "aws:acme", "aws:acme*", "aws:*", "*acme", "*s:?cme", "a*", "aws:acme-evil", "AWS:ACME", "*"}, 2)
		s := allowing(policy.Condition{Operator: one(g, []string{"StringLike", "StringLike", "StringNotLike"}), Key: "api.pulumi.com/oidc:sub", Values: subs},
			policy.Condition{Operator: one(g, []string{"StringLike", "StringLike", "StringEquals", "StringNotLike", "StringEqualsIgnoreCase"}), Key: "api.pulumi.com/oidc:aud", Values: audiences})
		if g.chance(15) {
			s.Conditions = append(s.Conditions, policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:oaud", Values: g.some(audiences, 1)})
		}
		if i > 0 && g.chance(50) {
			s.Effect = policy.Deny
		}
		d.Statements = append(d.Statements, s)
	}
	return d
}

// TestWithinTheGrammarAgreesWithTokens asks of random policies who of a list
// of tokens gains access, and of the delta among signed tokens whether that can be.
func TestWithinTheGrammarAgreesWithTokens(t *testing.T) {
	g := newGenerator(4)
	all := tokens()
	counts := map[access.Outcome]int{}
	for range rounds(60, 3_000) {
		before, after := g.pulumiDocument(all), g.pulumiDocument(all)
		if g.chance(50) {
			after = policy.Document{Version: before.Version, Statements: append(slices.Clone(before.Statements), after.Statements...)}
		}
		org := one(g, []string{"acme", "acme-evil", "abc"})
		o := access.Options{Issuer: pulumi, Org: org}
		d := access.Compare(before, after, o)
		everywhere := access.Compare(before, after, access.Options{Issuer: pulumi})
		counts[d.Gained.Outcome]++
		for _, gain := range slices.Concat(d.Gained.Gains, everywhere.Gained.Gains) {
			w := gain.Witness
			if w == nil {
				t.Fatalf("no example: %+v\nbefore: %s\nafter: %s", gain, before, after)
			}
			if !proves(pulumi, gain, after, before) {
				t.Fatalf("%+v proves nothing\nbefore: %s\nafter: %s", w, before, after)
			}
			if len(w.Others) > 0 {
				continue // with azp and several audiences: Pulumi signs no such token
			}
			if signed := slices.Contains(subject.Audiences(w.Sub), w.Aud); signed != w.Signed {
				t.Fatalf("%+v is signed: %v", w, signed)
			}
		}
		for _, gain := range d.Gained.Gains {
			if _, of, _ := subject.Classify(gain.Witness.Sub); of != org || !gain.Witness.Signed {
				t.Fatalf("%+v is no token of %s", gain.Witness, org)
			}
		}
		for _, token := range all {
			_, of, _ := subject.Classify(token.sub)
			r := pulumi.Request(access.Witness{Aud: token.aud, Sub: token.sub})
			if decided(before, r) != policy.No || decided(after, r) != policy.Yes {
				continue
			}
			if everywhere.Gained.Outcome != access.Some || of == org && d.Gained.Outcome == access.None {
				t.Fatalf("%v gains, but %+v\nbefore: %s\nafter: %s", token, d.Gained, before, after)
			}
			if !everywhere.Gained.More && !slices.ContainsFunc(everywhere.Gained.Gains, func(g access.Gain) bool { return g.Witness.Signed || strings.Contains(g.Note, "not decided") }) {
				for _, gain := range everywhere.Gained.Gains {
					t.Logf("%s %s %s", gain.Audience, gain.Pattern, gain.Note)
				}
				t.Fatalf("%v gains, but no example is signed\nbefore: %s\nafter: %s", token, before, after)
			}
		}
	}
	t.Logf("gained among an organization's tokens: %v", counts)
}

// dead asks for a token, of an organization if that is given, whose subject
// matches a pattern.
func dead(text, org string, issuer access.Issuer, o access.Options) access.Answer {
	s := policy.Statement{Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: issuer.Provider}}, Actions: []string{access.Action},
		Conditions: []policy.Condition{{Operator: "StringLike", Key: issuer.Host + ":sub", Values: []string{text}}}}
	return access.Of(policy.Document{Version: policy.Version2012, Statements: []policy.Statement{s}}, issuer).Within(org).Inhabited(o)
}

// TestDeadPatternsMatchNoToken holds what no token matches against package subject's own walk
// over the grammar, and against tokens.
func TestDeadPatternsMatchNoToken(t *testing.T) {
	g := newGenerator(5)
	all := tokens()
	counts := map[access.Outcome]int{}
	for range rounds(300, 10_000) {
		p := g.somePattern(all)
		a := dead(p, "", pulumi, access.Options{})
		counts[a.Outcome]++
		if a.Outcome == access.Undecided && (len(a.Open) == 0 || a.Open[0].Decides == "") {
			t.Fatalf("%q: not decided, and nothing is said of what would decide it", p)
		}
		if a.Outcome == access.Some && a.Witness == nil {
			t.Fatalf("%q: no example", p)
		}
		if a.Outcome == access.Some && (!a.Witness.Signed || !slices.Contains(subject.Audiences(a.Witness.Sub), a.Witness.Aud)) {
			t.Fatalf("%q: %+v is no token", p, a.Witness)
		}
		if !subject.Reachable(p) && a.Outcome != access.None {
			t.Fatalf("%q is not reachable, but %+v", p, a)
		}
		if a.Outcome == access.None {
			set := access.Of(policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
				allowing(policy.Condition{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{p}})}}, pulumi)
			for _, token := range all {
				if set.Contains(pulumi.Request(access.Witness{Aud: token.aud, Sub: token.sub})) == policy.Yes {
					t.Fatalf("%q is dead, but matches %v", p, token)
				}
			}
		}
	}
	t.Logf("%v", counts)
	if n := counts[access.Undecided]; n*100 > rounds(300, 10_000)*3 {
		t.Errorf("%d questions were not decided: more than 3 of 100", n)
	}
}

func TestQuestionsAreAnsweredWithAToken(t *testing.T) {
	o := access.Options{}
	const login = "pulumi:environments:pulumi.organization.login:"
	set := func(statements ...string) access.Set { return access.Of(parse(t, statements...), pulumi) }
	prod := set(env(`"` + of + `payments/prod"`))
	for _, test := range []struct {
		name string
		got  access.Answer
		want string // the witness's subject; "" for none, "?" for undecided
	}{
		{"a pattern of one organization stays in it", set(env(`"`+of+`*"`)).EscapesOrg("acme", o), ""},
		{"a pattern without the colon leaves it", set(when(`{"StringLike":{"@sub":"pulumi:deploy:org:acme*"}}`)).EscapesOrg("acme", o), "pulumi:deploy:org:acmex:"},
		{"an audience keeps the organization", set(when(`{"StringEquals":{"@aud":"aws:acme"}}`)).EscapesOrg("acme", o), ""},
		{"an audience of another organization leaves it", set(when(`{"StringEquals":{"@aud":["aws:acme","other"]}}`)).EscapesOrg("acme", o), "pulumi:environments:org:other:env:"},
		{"a star stands for the beginning of an audience", set(when(`{"StringLike":{"@aud":"*s:acme"}}`)).EscapesOrg("other", o), "pulumi:environments:org:acme:"},
		{"an audience that is excluded", set(when(`{"StringLike":{"@aud":"a*:*"},"StringNotLike":{"@aud":"*:??*"}}`)).EscapesOrg("other", o), ""},
		{"the legacy project has an audience of its own", set(env(`"` + of + `default/*"`)).Within("").Inhabited(o), ""},
		{"one project is not another", set(env(`"`+of+`payments/*"`)).OtherProjects("acme", []string{"payments"}, o), ""},
		{"a star in the middle of a project's name reaches others", set(env(`"`+of+`pay*"`)).OtherProjects("acme", []string{"payments"}, o), of + "pay"},
		{"so does one in attributes", set(env(`"`+login+`acme:currentEnvironment.name:payments*"`)).OtherProjects("acme", []string{"payments"}, o), login + "acme:currentEnvironment.name:payments"},
		{"one user's environments are in every project", set(env(`"`+login+`acme:pulumi.user.login:ada:*"`)).OtherProjects("acme", []string{"payments"}, o), login + "acme:pulumi.user.login:ada:currentEnvironment.name:"},
		{"the legacy project by either name", set(when(`{"StringEquals":{"@aud":"acme"},"StringLike":{"@sub":["`+of+`*","`+login+`acme:currentEnvironment.name:*"]}}`)).OtherProjects("acme", []string{"default"}, o), ""},
		{"roles that share a subject", access.Overlap(prod, set(env(`"`+of+`pay*/prod"`)), o), of + "payments/prod"},
		{"roles that don't", access.Overlap(prod, set(env(`"`+of+`pay*/staging"`)), o), ""},
		{"a Deny keeps roles apart", access.Overlap(prod, set(env(`"*"`), deny(`{"StringLike":{"@sub":"*payments*"}}`)), o), ""},
		{"a policy that can't be read", access.Overlap(prod, access.Of(policy.ParseLive("{"), pulumi), o), "?"},
		{"a pattern that no token carries", dead("pulumi:environments:org:acme:currentEnvironment.name:*", "", pulumi, o), ""},
		{"an upper-case organization", dead("pulumi:environments:org:Acme:env:*", "", pulumi, o), ""},
		{"a reserved name", dead(of+"payments/yaml", "", pulumi, o), ""},
		{"an attribute twice", dead(login+"acme:pulumi.user.login:a:pulumi.user.login:b", "", pulumi, o), ""},
		{"every attribute", dead(login+"acme:pulumi.token.team:*:pulumi.token.type:*:currentEnvironment.name:a/b:*", "", pulumi, o), login + "acme:pulumi.token.team:"},
		{"the audience's rule stands in the last attribute", dead("pulumi:environments:pulumi.organization.log*:currentEnvironment.name:default/production", "", pulumi, o), login},
		{"all attributes, with wildcards over their names", dead(login+"acme-evil:pulumi.organ*tion.logi?cme-evil:pulumi.token.type:personal", "", pulumi, o), "?"},
		{"so with a question mark in the second name", dead(login+"acme:pulumi.organization.login:a?cme:pulumi.token.type:personal", "", pulumi, o), "?"},
		{"another organization's subject", dead("pulumi:environments:org:other:env:*", "acme", pulumi, o), ""},
		{"a subject of the second issuer", dead("pulumi:org:*:env:0a", "", access.Issuer{Host: "api.pulumi.com/oidc/v2", Provider: provider + "/v2"}, o), "pulumi:org:x:env:0a"},
		{"a subject of the first issuer at the second", dead(of+"*", "", access.Issuer{Host: "api.pulumi.com/oidc/v2", Provider: provider + "/v2"}, o), ""},
		{"an environment's own token", prod.Meets(access.Environment{Audience: "aws:acme", Subjects: []string{of + "payments/prod"}}, o), of + "payments/prod"},
		{"another environment's token", prod.Meets(access.Environment{Audience: "aws:acme", Subjects: []string{of + "payments/dev"}}, o), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := access.Some
			switch test.want {
			case "":
				want = access.None
			case "?":
				want = access.Undecided
			}
			if open := test.got.Open; want == access.Undecided && (len(open) == 0 || open[0].Decides == "") {
				t.Errorf("nothing is said of what would decide it: %+v", open)
			}
			if test.got.Outcome != want {
				t.Fatalf("%+v %+v", test.got, test.got.Witness)
			}
			if want == access.Some && !strings.HasPrefix(test.got.Witness.Sub, test.want) {
				t.Errorf("%+v", test.got.Witness)
			}
		})
	}
}

func TestShadowedPatterns(t *testing.T) {
	for _, test := range []struct {
		patterns []string
		want     []access.Shadow
	}{
		{[]string{"a", "b"}, nil},
		{[]string{"a*", "ab"}, []access.Shadow{{Value: 1, By: []int{0}}}},
		{[]string{"ab", "a*"}, []access.Shadow{{Value: 0, By: []int{1}}}},
		{[]string{"a", "a", "a"}, []access.Shadow{{Value: 1, By: []int{0}}, {Value: 2, By: []int{0}}}},
		{[]string{"a*", "a", "a?*"}, []access.Shadow{{Value: 1, By: []int{0}}, {Value: 2, By: []int{0}}}},
		{[]string{"*b*", "b", "?*b*", "b*"}, []access.Shadow{{Value: 1, By: []int{0}}, {Value: 2, By: []int{0}}, {Value: 3, By: []int{0}}}},
		{[]string{"a?*", "a", "a*"}, []access.Shadow{{Value: 0, By: []int{2}}, {Value: 1, By: []int{2}}}},
		{[]string{"?b?", "?b", "?b??*", "?b*c"}, []access.Shadow{{Value: 3, By: []int{0, 2}}}},
		{[]string{"a${*}", "a*"}, []access.Shadow{{Value: 0, By: []int{1}}}},
	} {
		got := access.Shadowed(test.patterns, access.Options{})
		if !slices.EqualFunc(got, test.want, func(a, b access.Shadow) bool { return a.Value == b.Value && slices.Equal(a.By, b.By) }) {
			t.Errorf("%q: %v, want %v", test.patterns, got, test.want)
		}
	}
}
