package subject

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// login is the beginning of subjects with attributes.
const login = "pulumi:environments:pulumi.organization.login:"

func TestAnEnvironmentsTokensCarryTheDocumentedClaims(t *testing.T) {
	tests := []struct {
		name     string
		env      string
		attrs    []Attribute
		claims   Claims
		audience string
		subjects []string
	}{
		{"without attributes", "acme/app/dev", nil, Claims{}, "aws:acme", []string{"pulumi:environments:org:acme:env:app/dev"}},
		{"the legacy project without attributes", "acme/default/dev", nil, Claims{}, "acme", []string{"pulumi:environments:org:acme:env:dev"}},
		{"two attributes in the order listed", "contoso/project/development", []Attribute{CurrentEnvironment, UserLogin}, Claims{User: "personA"}, "aws:contoso",
			[]string{login + "contoso:currentEnvironment.name:project/development:pulumi.user.login:personA"}},
		{"two attributes the other way round", "contoso/project/development", []Attribute{UserLogin, CurrentEnvironment}, Claims{User: "personA"}, "aws:contoso",
			[]string{login + "contoso:pulumi.user.login:personA:currentEnvironment.name:project/development"}},
		{"the legacy project is spelled in two ways", "contoso/default/development", []Attribute{CurrentEnvironment}, Claims{}, "contoso",
			[]string{login + "contoso:currentEnvironment.name:development", login + "contoso:currentEnvironment.name:default/development"}},
		{"the root environment is stripped in the legacy project", "contoso/default/development", []Attribute{RootEnvironment}, Claims{}, "contoso",
			[]string{login + "contoso:rootEnvironment.name:development"}},
		{"a claim left open is a wildcard", "acme/app/dev", []Attribute{TokenType, TokenTeam, UserLogin, OrganizationLogin}, Claims{Team: "ops"}, "aws:acme",
			[]string{login + "acme:pulumi.token.type:*:pulumi.token.team:ops:pulumi.user.login:*:pulumi.organization.login:acme"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := ParseEnvironment(tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if e.String() != tt.env {
				t.Errorf("%q reads as %q", tt.env, e)
			}
			if got := e.Audience(); got != tt.audience {
				t.Errorf("audience %q, want %q", got, tt.audience)
			}
			if diff := cmp.Diff(tt.subjects, e.Subjects(tt.attrs, tt.claims)); diff != "" {
				t.Errorf("subjects (-want +got):\n%s", diff)
			}
			for _, s := range tt.subjects {
				f, org, ok := Classify(s)
				if f != Environments || org != e.Org || !ok || !Reachable(s) {
					t.Errorf("Classify(%q) = %q, %q, %v; Reachable %v", s, f, org, ok, Reachable(s))
				}
			}
		})
	}
}

func TestOtherFamiliesCarryTheDocumentedClaims(t *testing.T) {
	update := Deployment{Org: "acme", Project: "p", Stack: "s", Operation: "update"}
	tests := []struct {
		subject, want, audience string
		family                  Family
	}{
		{update.Subject(), "pulumi:deploy:org:acme:project:p:stack:s:operation:update:scope:write", "acme", Deploy},
		{Deployment{Org: "acme", Project: "p"}.Subject(), "pulumi:deploy:org:acme:project:p:stack:*:operation:*:scope:write", "acme", Deploy},
		{CustomerKeySubject("acme"), "pulumi:cmk:pulumi.organization.login:acme", "aws:acme", CustomerKey},
	}
	for _, tt := range tests {
		family, _, _ := Classify(tt.subject)
		audience, _ := AudienceOf(tt.subject)
		if tt.subject != tt.want || family != tt.family || audience != tt.audience || !Reachable(tt.subject) {
			t.Errorf("%q: %q %q, reachable %v; want %q: %q %q", tt.subject, family, audience, Reachable(tt.subject), tt.want, tt.family, tt.audience)
		}
	}
	if got := DeployAudience("acme"); got != "acme" {
		t.Errorf("DeployAudience = %q", got)
	}
}

func TestNamesAreHeldToPulumisRules(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct {
		check func(string) error
		good  []string
		bad   []string
	}{
		{CheckOrg, []string{"acme", "a-c", "a_c", "0x1", long[:40]}, []string{"", "ab", "Acme", "-acme", "acme-", "_ab", "a.b", "a b", "a*b", "acmé", long[:41], "a/b"}},
		{CheckProject, []string{"a", "default", "Pay.ments-1_2", "...", "open", long}, []string{"", ".", "..", long + "x", "a/b", "a:b", "a*", "a b", "é"}},
		{CheckEnvironmentName, []string{"a", "default", "prod", "openapi", long}, []string{"", ".", "..", "open", "yaml", long + "x", "a/b", "<yaml>", "a?"}},
	}
	for i, tt := range tests {
		for _, s := range tt.good {
			if err := tt.check(s); err != nil {
				t.Errorf("check %d refuses %q: %v", i, s, err)
			}
		}
		for _, s := range tt.bad {
			if tt.check(s) == nil {
				t.Errorf("check %d takes %q", i, s)
			}
		}
	}
	for _, s := range []string{"", "acme", "acme/prod", "acme/a/b/c", "Acme/a/b", "acme//b", "acme/a/", "acme/a/*"} {
		if e, err := ParseEnvironment(s); err == nil || e != (Environment{}) {
			t.Errorf("ParseEnvironment(%q) = %v, %v", s, e, err)
		}
	}
	if err := CheckOrg("Acme"); err == nil || !strings.Contains(err.Error(), `"acme"`) {
		t.Errorf("the upper-case organization's error does not say what to write: %v", err)
	}
	if CheckAttributes(Attributes()) != nil || CheckAttributes([]Attribute{"pulumi.token.name"}) == nil || CheckAttributes([]Attribute{UserLogin, UserLogin}) == nil {
		t.Error("CheckAttributes takes what ESC does not, or refuses what it does")
	}
}

func TestFamilyAndAudienceAreToldOnlyWhereThePatternSettlesThem(t *testing.T) {
	tests := []struct {
		subject  string
		family   Family
		org      string
		audience string
	}{
		{"pulumi:environments:org:acme:env:payments/*", Environments, "acme", "aws:acme"},
		{"pulumi:environments:org:acme:env:*", Environments, "acme", "aws:acme"},
		{"pulumi:environments:org:acme:*", Environments, "acme", "aws:acme"},
		{"pulumi:environments:org:acme:env:dev", Environments, "acme", "acme"},
		{"pulumi:environments:org:acme:env:dev*", Environments, "acme", "aws:acme"},
		{"pulumi:environments:org:acme:env:<yaml>", Environments, "acme", "aws:acme"},
		{login + "acme:currentEnvironment.name:default/*", Environments, "acme", "acme"},
		{login + "acme:currentEnvironment.name:d*", Environments, "acme", "aws:acme"},
		{login + "acme:pulumi.user.login:*:currentEnvironment.name:dev", Environments, "acme", "acme"},
		{login + "acme:*:currentEnvironment.name:dev", Environments, "acme", "acme"},
		{login + "acme:pulumi.user.login:env:currentEnvironment.name:a/b", Environments, "acme", "aws:acme"},
		{login + "acme:pulumi.user.login:rootEnvironment.name:currentEnvironment.name:a/b", Environments, "acme", "aws:acme"},
		{login + "acme:pulumi.user.login:*", Environments, "acme", "aws:acme"},
		{login + "acme:currentEnvironment.name:a/b:rootEnvironment.name:dev", Environments, "acme", ""},
		{"pulumi:environments:org:Acme:env:a/b", Environments, "Acme", "aws:Acme"},
		{"pulumi:deploy:org:acme:*", Deploy, "acme", "acme"},
		{"pulumi:environments:org:acme*", "", "", ""},
		{"pulumi:environments:org:ac?e:env:a/b", "", "", ""},
		{"pulumi:environments:org:*:env:a/b", "", "", ""},
		{"pulumi:environments:org:${aws:x}:env:a/b", "", "", ""},
		{"pulumi:environments:org:acme", "", "", ""},
		{"pulumi:environments:org::env:a/b", "", "", ""},
		{"pulumi:deploy:org:acme", "", "", ""},
		{"pulumi:*", "", "", ""},
		{"*", "", "", ""},
		{"", "", "", ""},
		{"repo:acme/app:ref:refs/heads/main", "", "", ""},
	}
	for _, tt := range tests {
		f, org, ok := Classify(tt.subject)
		if f != tt.family || org != tt.org || ok != (tt.family != "") {
			t.Errorf("Classify(%q) = %q, %q, %v; want %q, %q", tt.subject, f, org, ok, tt.family, tt.org)
		}
		audience, ok := AudienceOf(tt.subject)
		if audience != tt.audience || ok != (tt.audience != "") {
			t.Errorf("AudienceOf(%q) = %q, %v; want %q", tt.subject, audience, ok, tt.audience)
		}
	}
}

func TestOnlyWhatATokenCanCarryIsReachable(t *testing.T) {
	tests := []struct {
		pattern string
		want    bool
	}{
		{"*", true},
		{"pulumi:environments:org:acme:env:payments/prod", true},
		{"pulumi:environments:org:acme:env:prod", true},
		{"pulumi:environments:org:acme:env:<yaml>", true},
		{"pulumi:environments:org:acme:*prod", true},
		{"pulumi:environments:org:acme*:env:payments/prod", true},
		{"pulumi:environments:org:ac?e:env:p${*}", false},
		{"pulumi:environments:org:acme:env:${aws:PrincipalTag/x}", true},
		{"pulumi:environments:org:Acme:env:payments/prod", false},
		{"pulumi:environments:org:acme:env:a/b/c", false},
		{"pulumi:environments:org:acme:env:", false},
		{"pulumi:environments:org:acme:environment:payments/prod", false},
		{"pulumi:environments:org:acme:currentEnvironment.name:payments/prod", false},
		{login + "acme:env:payments/prod", false},
		{login + "acme", false},
		{login + "acme:currentEnvironment.name:payments/prod", true},
		{login + "acme:currentEnvironment.name:payments/prod:*", true},
		{login + "acme:pulumi.token.name:x", false},
		{login + "acme:pulumi.token.team:", true},
		{login + "acme:pulumi.user.login:a@example.com:pulumi.token.type:personal", true},
		{"pulumi:deploy:org:acme:project:p:stack:*", true},
		{"pulumi:deploy:org:acme:project:p:*:operation:update:scope:write", true},
		{"pulumi:deploy:org:acme:project:p:*:operation:update", false},
		{"pulumi:deploy:org:acme:project:p:stack:s:operation:update:scope:read", false},
		{"pulumi:cmk:pulumi.organization.login:acme", true},
		{"pulumi:cmk:pulumi.organization.login:acme:*", false},
		{"pulumi:insights:org:acme:*", false},
		{"\xff", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := Reachable(tt.pattern); got != tt.want {
			t.Errorf("Reachable(%q) = %v, want %v", tt.pattern, got, tt.want)
		}
	}
}

func TestPatternsAreToldFromLiterals(t *testing.T) {
	for value, want := range map[string]bool{"a*": true, "?": true, "a": false, "${*}${?}${$}": false, "${*}*": true, "$": false, "": false} {
		if got := IsPattern(value); got != want {
			t.Errorf("IsPattern(%q) = %v", value, got)
		}
	}
}

func TestWhateverIsComposedIsReachableAndReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		org := rapid.StringMatching(`[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]`).Draw(t, "org")
		project := rapid.OneOf(rapid.Just("default"), rapid.StringMatching(`[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,20}`)).Draw(t, "project")
		name := rapid.StringMatching(`[A-Z0-9_-][a-zA-Z0-9._-]{0,20}`).Draw(t, "name")
		e, err := ParseEnvironment(org + "/" + project + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		attrs := rapid.SliceOfNDistinct(rapid.SampledFrom(Attributes()), 0, 6, rapid.ID).Draw(t, "attrs")
		user := rapid.StringMatching(`[a-zA-Z0-9@._-]{0,12}`).Draw(t, "user")
		for _, s := range e.Subjects(attrs, Claims{User: user}) {
			if f, o, ok := Classify(s); f != Environments || o != org || !ok {
				t.Fatalf("Classify(%q) = %q, %q, %v", s, f, o, ok)
			}
			if !Reachable(s) {
				t.Fatalf("%q is not reachable", s)
			}
			namesIt := len(attrs) == 0
			for _, a := range attrs {
				namesIt = namesIt || a == CurrentEnvironment || a == RootEnvironment
			}
			if audience, ok := AudienceOf(s); namesIt && (audience != e.Audience() || !ok) {
				t.Fatalf("AudienceOf(%q) = %q, want %q", s, audience, e.Audience())
			}
		}
	})
}
