package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

const snapshotAccount = trust.AccountID("111122223333")

// wholeRole is a role in which everything of the current side says something.
func wholeRole() trust.Role {
	document := policy.ParseLive(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity"}}`)
	return trust.Role{
		Environment: "acme/p/one", Account: snapshotAccount, Path: "/p/", Name: "One", Description: "eins", Trust: document, MaxSession: 2 * time.Hour,
		Boundary: "arn:aws:iam::aws:policy/B", Managed: []trust.ARN{"arn:aws:iam::aws:policy/A"},
		Inline: map[string]policy.Document{"a": policy.ParseLive("not a policy"), "b": document},
		Tags:   map[string]string{trust.TagEnvironment: "acme/p/one", "team": "ü\u0000<>&"},
		ID:     "AROA1", ARN: "arn:aws:iam::111122223333:role/p/One", Created: time.Unix(1, 0).UTC(), LastUsed: time.Unix(2, 0).UTC(), LastUseKnown: true,
		InstanceProfiles: []string{"x"},
	}
}

func wholeState() trust.State {
	return trust.State{
		Accounts: []trust.Account{
			{ID: snapshotAccount, Name: "prod", Partition: "aws", Caller: "arn:aws:iam::111122223333:user/me", Complete: true, Quotas: trust.Quotas{TrustPolicySize: 1, InlinePolicySize: 2, AttachedPolicies: 3, Roles: 4, RolesInUse: 5}},
			{ID: "222233334444", Name: "dev", Partition: "aws", Failure: "it did not answer"},
		},
		Providers: []trust.OIDCProvider{{
			Account: snapshotAccount, ARN: "arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc", Issuer: "pulumi", URL: "https://api.pulumi.com/oidc",
			ClientIDs: []string{"aws:acme"}, Thumbprints: []string{"aa"}, Tags: map[string]string{"a": "b"}, Created: time.Unix(3, 0).UTC(),
		}},
		Roles:  []trust.Role{wholeRole()},
		Unread: []trust.Unread{{Account: snapshotAccount, URL: "https://x.example"}, {Account: snapshotAccount, Path: "/", Name: "Other"}},
	}
}

func wantAll() Want {
	return Want{
		Issuers: []Issuer{{"pulumi", "https://api.pulumi.com/oidc"}}, Stack: "s",
		Roles: map[trust.Address]bool{trust.RoleAddress(snapshotAccount, "other"): true},
	}
}

func encoded(t *testing.T) []byte {
	t.Helper()
	text, err := NewSnapshot(wholeState(), time.Unix(1_700_000_000, 0), "1", "s", false, []string{"https://api.pulumi.com/oidc"}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestASnapshotKeepsEverythingOfTheCurrentSide(t *testing.T) {
	s, err := DecodeSnapshot(bytes.NewReader(encoded(t)))
	if err != nil {
		t.Fatal(err)
	}
	got := s.State([]trust.Account{{ID: snapshotAccount, Name: "prod"}, {ID: "222233334444", Name: "dev"}, {ID: "333344445555", Name: "new"}}, wantAll())
	want := wholeState()
	want.Unread = want.Unread[1:] // the other issuer is not asked for
	want.Accounts[1].Failure = "the snapshot says of it: it did not answer"
	want.Accounts = append(want.Accounts, trust.Account{ID: "333344445555", Name: "new", Partition: "aws", Failure: "the snapshot does not have it"})
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b policy.Document) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A field that is added to a role must find its place in a snapshot too.
	desired := map[string]bool{"KeepBoundary": true, "Lifecycle": true, "Token": true, "Source": true}
	for _, value := range []reflect.Value{reflect.ValueOf(want.Roles[0]), reflect.ValueOf(want.Providers[0]), reflect.ValueOf(want.Accounts[0].Quotas)} {
		for i := range value.NumField() {
			if name := value.Type().Field(i).Name; value.Field(i).IsZero() && !desired[name] {
				t.Errorf("the test leaves %s.%s out", value.Type(), name)
			}
		}
	}
}

func TestASnapshotThatWasChangedOrCutShortIsRefused(t *testing.T) {
	text := encoded(t)
	for cut := range text {
		if _, err := DecodeSnapshot(bytes.NewReader(text[:cut])); err == nil {
			t.Fatalf("cut after %d of %d bytes it is taken", cut, len(text))
		}
	}
	for at := 0; at < len(text); at += 7 {
		changed := bytes.Clone(text)
		changed[at] ^= 1
		if _, err := DecodeSnapshot(bytes.NewReader(changed)); err == nil {
			t.Fatalf("with byte %d changed it is taken", at)
		}
	}
	if _, err := DecodeSnapshot(bytes.NewReader(append(bytes.Clone(text), text...))); err == nil {
		t.Error("twice in one file it is taken")
	}
}

// sealed is lines with the digest that they should have.
func sealed(lines ...string) string {
	text := strings.Join(lines, "\n") + "\n"
	sum := sha256.Sum256([]byte(text))
	return text + `{"digest":"sha256:` + hex.EncodeToString(sum[:]) + "\"}\n"
}

func TestASnapshotThatContradictsItselfIsRefused(t *testing.T) {
	const (
		head    = `{"snapshot":{"format_version":"1","trustctl_version":"1","taken":"2026-01-01T00:00:00Z","stack":"s","issuers":[]}}`
		account = `{"account":{"id":"111122223333","name":"a","partition":"aws","complete":true,"quotas":{}}}`
		doc     = `{"policy":"{}"}`
		role    = `{"role":{"account":"111122223333","path":"/","name":"r","trust":0,"max_session_duration":3600,"id":"","arn":""}}`
	)
	if _, err := DecodeSnapshot(strings.NewReader(sealed(head, account, doc, role))); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ why, text, says string }{
		{"nothing", "", "cut short"},
		{"nothing but its digest", sealed(), "not a snapshot"},
		{"another format", sealed(strings.Replace(head, `"1"`, `"2"`, 1)), `format version "2"`},
		{"no format", sealed(`{"snapshot":{}}`), "no format_version"},
		{"JSON of another kind", "[]\n", "not a snapshot"},
		{"no time", sealed(strings.Replace(head, "2026", "0001", 1)), "when it was taken"},
		{"two heads", sealed(head, head), "line 2"},
		{"an unknown field", sealed(head, `{"x":1}`), "unknown field"},
		{"two values on a line", sealed(head, account+account), "more than one"},
		{"an empty line", sealed(head, `{}`), "says nothing"},
		{"an account twice", sealed(head, account, account), "twice"},
		{"an account that is none", sealed(head, strings.Replace(account, "1111", "x111", 1)), "no account id"},
		{"an account that was not read", sealed(head, strings.Replace(account, "true", "false", 1)), "not read to its end"},
		{"a role without account", sealed(head, doc, role), "under its account"},
		{"a role without policy", sealed(head, account, role), "trust policy is not there"},
		{"a policy that comes later", sealed(head, account, role, doc), "trust policy is not there"},
		{"a negative place", sealed(head, account, doc, strings.Replace(role, `"trust":0`, `"trust":-1`, 1)), "trust policy is not there"},
		{"a role twice", sealed(head, account, doc, role, strings.Replace(role, `"r"`, `"R"`, 1)), "twice"},
		{"a provider of another name", sealed(head, account, `{"provider":{"account":"111122223333","arn":"arn:aws:iam::111122223333:oidc-provider/x","url":"https://y","client_ids":[],"tags":{}}}`), "not that of its URL"},
		{"an endless list", sealed(head, account, doc, strings.Replace(role, `"id"`, `"managed_policies":[`+strings.Repeat(`"",`, 2000)+`""],"id"`, 1)), "a list of 2001"},
		{"an endless line", head + "\n" + strings.Repeat("x", 2<<20), "longer than"},
		{"deep nesting", head + "\n" + strings.Repeat(`{"account":`, 20_000) + "\n", "depth"},
	} {
		if _, err := DecodeSnapshot(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.why, err, test.says)
		}
	}
}

// FuzzDecodeSnapshot holds whatever stands in a snapshot's lines to an answer,
// and what is taken to a state that can be asked and written again.
func FuzzDecodeSnapshot(f *testing.F) {
	text, err := NewSnapshot(wholeState(), time.Unix(1_700_000_000, 0), "1", "s", false, nil).Encode()
	if err != nil {
		f.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	f.Add(strings.Join(lines[:len(lines)-1], "\n"))
	f.Fuzz(func(t *testing.T, body string) {
		s, err := DecodeSnapshot(strings.NewReader(sealed(body)))
		if err != nil {
			return
		}
		first := s.State(s.Accounts(), wantAll())
		again, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s, err = DecodeSnapshot(bytes.NewReader(again))
		if err != nil {
			t.Fatalf("%v:\n%s", err, again)
		}
		if second := s.State(s.Accounts(), wantAll()); fmt.Sprint(first) != fmt.Sprint(second) {
			t.Errorf("written again it says otherwise:\n%v\n%v", first, second)
		}
	})
}
