package trust

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
)

func TestAddressesOfOneObjectAreEqual(t *testing.T) {
	tests := []struct {
		name string
		a, b Address
		same bool
	}{
		{"role names fold letter case", RoleAddress("123456789012", "Prod"), RoleAddress("123456789012", "pROD"), true},
		{"roles of two accounts differ", RoleAddress("123456789012", "prod"), RoleAddress("210987654321", "prod"), false},
		{"a provider is named with or without its scheme", ProviderAddress("1", "https://api.pulumi.com/oidc"), ProviderAddress("1", "api.pulumi.com/oidc"), true},
		{"IAM keeps two providers apart by a trailing slash", ProviderAddress("1", "https://a.example/x"), ProviderAddress("1", "https://a.example/x/"), false},
		{"environment names keep letter case", FileAddress("acme/a/b"), FileAddress("acme/a/B"), false},
		{"a role and its file are two objects", RoleAddress("", "x"), FileAddress("x"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a == tt.b; got != tt.same {
				t.Errorf("%v == %v is %v, want %v", tt.a, tt.b, got, tt.same)
			}
			if got := tt.a.Compare(tt.b) == 0; got != tt.same {
				t.Errorf("%v.Compare(%v) == 0 is %v, want %v", tt.a, tt.b, got, tt.same)
			}
		})
	}
}

func TestAddressesSortByKindAccountAndName(t *testing.T) {
	want := []Address{
		ProviderAddress("1", "b"), ProviderAddress("2", "a"),
		RoleAddress("1", "a"), RoleAddress("1", "b"), RoleAddress("2", "a"),
		FileAddress("a/b/c"),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Address.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestAnAddressSurvivesAsTheKeyOfAJSONObject(t *testing.T) {
	want := map[Address]Fingerprint{
		RoleAddress("123456789012", "a+b=c,d.e@f-g"):                     "sha256:1",
		ProviderAddress("123456789012", "https://api.pulumi.com/oidc|x"): Absent,
		FileAddress("acme/payments/prod"):                                "sha256:2",
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got map[Address]Fingerprint
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"role":"x"}`), &got); err == nil {
		t.Error("a key that is no address was read without an error")
	}
}

func TestMarksAreKnownInAnyLetterCase(t *testing.T) {
	for key, want := range map[string]bool{
		TagStack: true, "TrustCtl:Stack": true, "trustctl:": true, AudienceMark("aws:acme"): true,
		"trustctl": false, "team": false, "": false, "xtrustctl:stack": false,
	} {
		if got := IsMark(key); got != want {
			t.Errorf("IsMark(%q) = %v, want %v", key, got, want)
		}
	}
}

func TestARoleIsMarkedOnlyWithItsOwnName(t *testing.T) {
	role := Role{Name: "Prod", Tags: map[string]string{TagStack: "acme", TagRole: "Prod"}}
	if !role.MarkedBy("acme") {
		t.Error("a role with the stack's mark and its own name is not taken as marked")
	}
	if role.MarkedBy("other") {
		t.Error("a role is taken as marked by a stack that it does not name")
	}
	role.Name = "Copy"
	if role.MarkedBy("acme") {
		t.Error("a copied role, whose tag names the original, is taken as marked")
	}
}

// TestAFingerprintMovesWithEveryDeclaredField changes one field at a time.
func TestAFingerprintMovesWithEveryDeclaredField(t *testing.T) {
	parse := func(s string) policy.Document {
		d, err := policy.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const (
		open   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
		closed = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`
	)
	base := func() Role {
		return Role{
			ID: "AROA1", Path: "/", Name: "r", Description: "d", Trust: parse(open), MaxSession: time.Hour, Boundary: "b",
			Managed: []ARN{"m"}, Inline: map[string]policy.Document{"p": parse(open)}, Tags: map[string]string{"k": "v"},
		}
	}
	was := base().Fingerprint()
	moves := map[string]func(*Role){
		"id":           func(r *Role) { r.ID = "AROA2" },
		"path":         func(r *Role) { r.Path = "/x/" },
		"name":         func(r *Role) { r.Name = "R" },
		"description":  func(r *Role) { r.Description = "" },
		"trust":        func(r *Role) { r.Trust = parse(closed) },
		"session":      func(r *Role) { r.MaxSession = 2 * time.Hour },
		"boundary":     func(r *Role) { r.Boundary = "" },
		"managed":      func(r *Role) { r.Managed = nil },
		"inline":       func(r *Role) { r.Inline["p"] = parse(closed) },
		"inline name":  func(r *Role) { r.Inline = map[string]policy.Document{"q": parse(open)} },
		"tag":          func(r *Role) { r.Tags["k"] = "w" },
		"another tag":  func(r *Role) { r.Tags["l"] = "" },
		"tags removed": func(r *Role) { r.Tags = nil },
	}
	for name, move := range moves {
		r := base()
		move(&r)
		if r.Fingerprint() == was {
			t.Errorf("%s changed, the fingerprint did not", name)
		}
	}
	still := map[string]func(*Role){
		"last use":              func(r *Role) { r.LastUsed = time.Unix(1, 0) },
		"letter case of a name": func(r *Role) { r.Inline = map[string]policy.Document{"P": parse(open)} },
		"how IAM renders a policy": func(r *Role) {
			r.Trust = parse(`{"Statement":[{"Resource":["*"],"Action":["s3:*"],"Effect":"Allow"}],"Version":"2012-10-17"}`)
		},
	}
	for name, move := range still {
		r := base()
		move(&r)
		if r.Fingerprint() != was {
			t.Errorf("%s changed, and so did the fingerprint", name)
		}
	}
	if (Role{}).Fingerprint() != (Role{Managed: []ARN{}, Tags: map[string]string{}}).Fingerprint() {
		t.Error("none and empty have two fingerprints")
	}
}

func TestAProvidersDeletionRestsOnTheRolesThatTrustIt(t *testing.T) {
	p := OIDCProvider{ARN: "a", ClientIDs: []string{"aws:acme"}}
	if p.Fingerprint(nil) == p.Fingerprint([]string{"someone"}) {
		t.Error("a role that began to trust the provider does not move its fingerprint")
	}
}

func TestSplitEnvironmentWantsThreeParts(t *testing.T) {
	if org, project, name, ok := SplitEnvironment("acme/payments/prod"); !ok || org != "acme" || project != "payments" || name != "prod" {
		t.Errorf("got %q %q %q %v", org, project, name, ok)
	}
	for _, bad := range []string{"", "acme", "acme/prod", "acme/a/b/c", "/a/b", "a//b", "a/b/"} {
		if _, _, _, ok := SplitEnvironment(bad); ok {
			t.Errorf("%q was taken for an environment", bad)
		}
	}
}
