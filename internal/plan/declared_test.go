package plan

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/trust"
)

func TestAPlaceIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Place{File: rapid.String().Draw(t, "file"), Line: rapid.Int().Draw(t, "line"), Column: rapid.Int().Draw(t, "column")}
		text, err := want.MarshalText()
		var got Place
		if err == nil {
			err = got.UnmarshalText(text)
		}
		if err != nil || got != want {
			t.Errorf("%q became %+v, want %+v (%v)", text, got, want, err)
		}
	})
	for _, text := range []string{"", "a", "a:1", "a:1:", "a::1", ":x:1"} {
		if err := new(Place).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a place", text)
		}
	}
}

func TestWhatIsDeclaredIsTheSameWhereverItLies(t *testing.T) {
	role := trust.RoleAddress("111122223333", "r")
	declared := func(edit func(*Declared)) *Declared {
		d := &Declared{
			Folder: "trust", Issuers: []DeclaredIssuer{{"pulumi", "https://api.pulumi.com/oidc"}}, Orgs: []string{"acme"},
			Accepts: []Accept{{"TRUST105", "acme/p/e", "meant", Place{"a.trust.hcl", 3, 1}}},
			Places:  map[trust.Address]map[string]Place{role: {"": {"a.trust.hcl", 2, 1}}},
			Logins:  map[string]trust.Login{"acme/p/e": {RoleARN: "arn:aws:iam::111122223333:role/r", Duration: time.Hour, SubjectAttributes: []string{"currentEnvironment.name"}}},
		}
		if edit != nil {
			edit(d)
		}
		return d
	}
	text, err := json.Marshal(declared(nil))
	if err != nil {
		t.Fatal(err)
	}
	var read Declared
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(declared(nil), &read); diff != "" {
		t.Errorf("it is read otherwise than it was written (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		edit func(*Declared)
		same bool
	}{
		"another folder":        {func(d *Declared) { d.Folder = "elsewhere" }, true},
		"another file on disk":  {func(d *Declared) { d.Logins = nil }, true},
		"another accept block":  {func(d *Declared) { d.Accepts[0].Code = "TRUST101" }, false},
		"none":                  {func(d *Declared) { d.Accepts = nil }, false},
		"another place":         {func(d *Declared) { d.Places[role][""] = Place{"b.trust.hcl", 2, 1} }, false},
		"another organization":  {func(d *Declared) { d.Orgs = []string{"initech"} }, false},
		"an issuer too many":    {func(d *Declared) { d.Issuers = append(d.Issuers, d.Issuers[0]) }, false},
		"nothing of it differs": {nil, true},
	} {
		if got := declared(nil).Same(declared(test.edit)); got != test.same {
			t.Errorf("%s: the same is %v", name, got)
		}
	}
}
