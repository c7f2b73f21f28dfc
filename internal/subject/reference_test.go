package subject

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAReferenceSurvivesAsAString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Reference{
			Org:         rapid.String().Draw(t, "org"),
			Environment: rapid.String().Draw(t, "environment"),
			User:        rapid.SampledFrom([]string{"", "personA", `a"b\`, "<yaml>", "é"}).Draw(t, "user"),
			Team:        rapid.SampledFrom([]string{"", "ops"}).Draw(t, "team"),
			TokenType:   rapid.SampledFrom([]string{"", "team"}).Draw(t, "type"),
		}
		text := want.Encode()
		got, ok := DecodeReference(text)
		if !ok || got != want {
			t.Fatalf("%s decodes to %+v, %v; want %+v", text, got, ok, want)
		}
		if Reachable(text) || strings.HasPrefix(text, "pulumi:") {
			t.Fatalf("%s could be a subject", text)
		}
	})
	if got := (Reference{Org: "acme", Environment: "payments/*"}).Encode(); got != `env_sub({"org":"acme","environment":"payments/*"})` {
		t.Errorf("Encode = %s", got)
	}
}

func FuzzOnlyEncodedReferencesDecode(f *testing.F) {
	f.Add(Reference{Org: "acme", Environment: "payments/prod", User: "u"}.Encode())
	f.Add("pulumi:environments:org:acme:env:payments/prod")
	f.Add(`env_sub({"org":"acme","environment":"a/b","x":1})`)
	f.Add(`env_sub({"environment":"a/b","org":"acme"})`)
	f.Add(`env_sub(null)`)
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := DecodeReference(s)
		if ok && r.Encode() != s {
			t.Errorf("%q decodes to %+v, which is %q", s, r, r.Encode())
		}
		if !ok && r != (Reference{}) {
			t.Errorf("%q is no reference, but leaves %+v", s, r)
		}
	})
}

func TestReferencesExpandToSubjects(t *testing.T) {
	current := []Attribute{CurrentEnvironment}
	tests := []struct {
		name     string
		ref      Reference
		attrs    []Attribute
		audience string
		want     []string
	}{
		{"an environment", Reference{Org: "acme", Environment: "payments/prod"}, current, "aws:acme", []string{login + "acme:currentEnvironment.name:payments/prod"}},
		{"a pattern of a project's environments", Reference{Org: "acme", Environment: "payments/*"}, current, "aws:acme", []string{login + "acme:currentEnvironment.name:payments/*"}},
		{"a pattern without attributes", Reference{Org: "acme", Environment: "payments/*-preview"}, nil, "aws:acme", []string{"pulumi:environments:org:acme:env:payments/*-preview"}},
		{"a whole organization", Reference{Org: "acme", Environment: "*"}, current, "aws:acme", []string{login + "acme:currentEnvironment.name:*"}},
		{"the legacy project", Reference{Org: "acme", Environment: "default/dev"}, current, "acme", []string{login + "acme:currentEnvironment.name:dev", login + "acme:currentEnvironment.name:default/dev"}},
		{"a project that begins like the legacy one", Reference{Org: "acme", Environment: "default*/dev"}, current, "aws:acme", []string{login + "acme:currentEnvironment.name:default*/dev"}},
		{"a user and the rest open", Reference{Org: "acme", Environment: "a/b", User: "u"}, []Attribute{UserLogin, TokenTeam}, "aws:acme", []string{login + "acme:pulumi.user.login:u:pulumi.token.team:*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.ref.Check(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.ref.Expand(tt.attrs)); diff != "" {
				t.Errorf("subjects (-want +got):\n%s", diff)
			}
			if got, want := tt.ref.IsPattern(), strings.Contains(tt.ref.Environment, "*"); got != want {
				t.Errorf("IsPattern is %v", got)
			}
			if got := tt.ref.Audience(); got != tt.audience {
				t.Errorf("audience %q, want %q", got, tt.audience)
			}
		})
	}
}

func TestReferencesAreHeldToTheRulesOfNames(t *testing.T) {
	bad := []Reference{
		{Org: "Acme", Environment: "a/b"}, {Org: "ac*", Environment: "a/b"}, {Environment: "a/b"},
		{Org: "acme"}, {Org: "acme", Environment: "prod"}, {Org: "acme", Environment: "prod*"}, {Org: "acme", Environment: "a/b/c"},
		{Org: "acme", Environment: "a/"}, {Org: "acme", Environment: "a:b/*"}, {Org: "acme", Environment: "a/open"},
		{Org: "acme", Environment: "a/b", User: "u:pulumi.token.team:x"}, {Org: "acme", Environment: "a/b", Team: "a b"}, {Org: "acme", Environment: "a/b", TokenType: "\n"},
	}
	for _, r := range bad {
		if r.Check() == nil {
			t.Errorf("%+v passes", r)
		}
	}
}

func TestEveryFormOfAnEnvironmentsSubjectIsListed(t *testing.T) {
	r := Reference{Org: "acme", Environment: "default/dev"}
	every := r.Every()
	for _, attrs := range [][]Attribute{nil, {CurrentEnvironment}, {UserLogin, CurrentEnvironment}, Attributes()} {
		for _, s := range r.Expand(attrs) {
			if !slices.Contains(every, s) {
				t.Errorf("%q is missing", s)
			}
		}
	}
	if slices.Contains(every, "pulumi:environments:org:acme:env:<yaml>") {
		t.Error("<yaml> is among them")
	}
	slices.Sort(every)
	if n := len(slices.Compact(every)); n != len(every) {
		t.Errorf("%d of %d are listed twice", len(every)-n, len(every))
	}
	// 1957 ordered selections of six attributes; those with
	// currentEnvironment.name, 1631 of them, have two spellings.
	if len(every) != 1957+1631 {
		t.Errorf("%d forms", len(every))
	}
}

func TestDeploymentsAreHeldToTheRulesOfNames(t *testing.T) {
	for _, d := range []Deployment{{Org: "acme"}, {Org: "acme", Project: "web", Stack: "pr-*", Operation: "update"}, {Org: "acme", Operation: "*-drift"}} {
		if err := d.Check(); err != nil || !Reachable(d.Subject()) {
			t.Errorf("%+v: %v, reachable %v", d, err, Reachable(d.Subject()))
		}
	}
	for _, d := range []Deployment{{}, {Org: "Acme"}, {Org: "acme", Project: "a:b"}, {Org: "acme", Stack: "a/b"}, {Org: "acme", Operation: "deploy"}} {
		if d.Check() == nil {
			t.Errorf("%+v passes", d)
		}
	}
}
