package plan

import (
	"bytes"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/trust"
)

func aPlan() *Plan {
	return Compute(
		trust.State{Accounts: accounts(one), Roles: []trust.Role{role(one, "payments/prod")}},
		trust.State{Accounts: accounts(one), Roles: []trust.Role{live(role(one, "old/gone"))}}, options())
}

func TestAPlanFileThatWasTouchedIsRefused(t *testing.T) {
	text, meta, err := Encode(aPlan(), Meta{Version: "1.2.3", ConfigDigest: "sha256:c"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		text []byte
		want string
	}{
		{"cut short", text[:len(text)/2], "cut short"},
		{"empty", nil, "cut short"},
		{"of another format", bytes.Replace(text, []byte(`"format_version": "1"`), []byte(`"format_version": "2"`), 1), "format version"},
		{"changed", bytes.Replace(text, []byte("payments/prod"), []byte("payments/prox"), 1), "changed"},
		{"not a plan", []byte("{}"), "not a plan file"},
		{"no JSON", []byte("hello"), "not a plan file"},
		{"followed by more", append(bytes.Clone(text), "{}"...), "not a plan file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _, err := Decode(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) || p != nil {
				t.Errorf("Decode says %v, want something of %q", err, tt.want)
			}
		})
	}
	if _, read, err := Decode(text); err != nil || read != meta {
		t.Errorf("Decode says %v, %v", read, err)
	}
	if err := meta.Check("1.2.3", "sha256:c"); err != nil {
		t.Error(err)
	}
	for _, err := range []error{meta.Check("1.2.4", "sha256:c"), meta.Check("1.2.3", "sha256:d")} {
		if err == nil {
			t.Error("a plan of another version or configuration is taken")
		}
	}
}

func TestAStalePlanNamesWhatMoved(t *testing.T) {
	p := aPlan()
	moved := live(role(one, "old/gone"))
	moved.Description = "by hand"
	_, got := p.Recheck(trust.State{Accounts: accounts(one), Roles: []trust.Role{moved}})
	if len(got) != 1 || got[0] != moved.Address() {
		t.Errorf("moved: %v", got)
	}
	used := live(role(one, "old/gone"))
	used.LastUsed = used.LastUsed.AddDate(2, 0, 0)
	if _, got := p.Recheck(trust.State{Accounts: accounts(one), Roles: []trust.Role{used}}); len(got) != 0 {
		t.Errorf("the last use of a role made the plan stale: %v", got)
	}
}

func TestTheDeletionOfAProviderRestsOnTheRolesThatTrustIt(t *testing.T) {
	current := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}
	p := Compute(trust.State{Accounts: accounts(one)}, current, options())
	stranger := live(role(one, "stranger/new"))
	stranger.Tags = nil
	current.Roles = append(current.Roles, stranger)
	if _, moved := p.Recheck(current); len(moved) != 1 {
		t.Errorf("a role that began to trust the provider is not noticed: %v", moved)
	}
}

func FuzzDecodeNeverAnswersHalfAPlan(f *testing.F) {
	text, _, err := Encode(aPlan(), Meta{Version: "1.2.3"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"format_version":"1","plan":{"changes":[{"action":"delete"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, meta, err := Decode(text)
		if err != nil {
			if p != nil || meta != (Meta{}) {
				t.Error("an error and a plan")
			}
			return
		}
		p.Schedule()
	})
}

func TestAPlanWhoseChangesMakeNoSenseIsRefused(t *testing.T) {
	r := live(role(one, "payments/prod"))
	at := r.Address()
	for name, ch := range map[string]Change{
		"a deletion of nothing":           {Address: at, Action: Delete},
		"an unknown action":               {Address: at, Action: "burn", Before: &Object{Role: &r}},
		"an update without an after":      {Address: at, Action: Update, Before: &Object{Role: &r}},
		"a role at a provider's address":  {Address: trust.ProviderAddress(one, issuer), Action: Delete, Before: &Object{Role: &r}},
		"an object of no kind":            {Address: at, Action: Delete, Before: &Object{}},
		"an object that is two at a time": {Address: at, Action: Delete, Before: &Object{Role: &r, File: &trust.EnvironmentFile{}}},
	} {
		t.Run(name, func(t *testing.T) {
			text, _, err := Encode(&Plan{Mode: ModeApply, Changes: []Change{ch}, Base: map[trust.Address]trust.Fingerprint{at: "x"}}, Meta{})
			if err != nil {
				t.Fatal(err)
			}
			if p, _, err := Decode(text); err == nil {
				t.Errorf("it is taken: %+v", p.Changes)
			}
		})
	}
}
