package lint

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	account  = "123456789012"
	issuerV1 = "https://api.pulumi.com/oidc"
	hostV1   = "api.pulumi.com/oidc"
	arnV1    = "arn:aws:iam::" + account + ":oidc-provider/" + hostV1
)

// sample is a trust policy of testdata, and the environment that it is for.
type sample struct {
	Name        string          `json:"name"`
	Environment string          `json:"environment"`
	Attributes  []string        `json:"attributes"` // nil: currentEnvironment.name
	Policy      json.RawMessage `json:"policy"`
	Codes       []string        `json:"codes"`
	Issuer      string          `json:"issuer"`
	Note        string          `json:"note"`
}

func samples(t *testing.T, name string) []sample {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []sample
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.Name] {
			t.Errorf("%s: there are two samples %q", name, s.Name)
		}
		seen[s.Name] = true
	}
	return list
}

func parse(t testing.TB, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// input is a state with one role.
func (s sample) input(t testing.TB) Input {
	url := s.Issuer
	if url == "" {
		url = issuerV1
	}
	role := trust.Role{
		Environment: s.Environment, Account: account, Path: "/", Name: "role", Trust: parse(t, string(s.Policy)), MaxSession: time.Hour,
		ARN: trust.RoleARN("aws", account, "/", "role"),
	}
	in := Input{
		Stack:   "stack",
		Issuers: []Issuer{{Name: "pulumi", URL: url}},
		State: trust.State{
			Accounts:  []trust.Account{{ID: account, Name: "prod", Partition: "aws"}},
			Providers: []trust.OIDCProvider{{Account: account, ARN: trust.ProviderARN("aws", account, url), URL: url, ClientIDs: []string{"acme", "aws:acme", "aws:acme-labs", "aws:umbrella"}}},
			Roles:     []trust.Role{role},
		},
	}
	if s.Environment != "" {
		attrs := s.Attributes
		if attrs == nil {
			attrs = []string{string(subject.CurrentEnvironment)}
		}
		in.State.Files = []trust.EnvironmentFile{{Environment: s.Environment, Document: &trust.EnvironmentDocument{Login: trust.Login{SubjectAttributes: attrs}}}}
	}
	return in
}

func codes(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Code)
	}
	return unique(out)
}

func show(t testing.TB, findings []Finding) string {
	t.Helper()
	var out strings.Builder
	if err := NewReport(findings).Text(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// confirm holds every proof against the policy's own evaluation.
func confirm(t testing.TB, in Input, findings []Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Proof == nil {
			t.Errorf("%s has no proof: %s", f.Code, f.Detail)
			continue
		}
		request, ok := f.Proof.Request()
		if !ok {
			continue
		}
		at := slices.IndexFunc(in.State.Roles, func(r trust.Role) bool { return r.Address() == f.Address })
		if at < 0 {
			continue
		}
		want := f.Code != ownRefused && f.Code != fileBehind
		if got := policy.Evaluate(in.State.Roles[at].Trust, request); got.Allowed != want || *f.Proof.Admitted != want {
			t.Errorf("%s: the proof %s is evaluated to %t, said to be %t", f.Code, f.Proof, got.Allowed, *f.Proof.Admitted)
		}
	}
}

func TestRightPoliciesAreFoundRight(t *testing.T) {
	list := samples(t, "right.json")
	if len(list) < 60 {
		t.Errorf("there are %d right policies", len(list))
	}
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			for kind, look := range map[string]func(Input) []Finding{"Config": Config, "Live": Live} {
				findings := look(s.input(t))
				findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Severity == Info })
				if len(findings) > 0 {
					t.Errorf("%s of a right policy:\n%s", kind, show(t, findings))
				}
			}
		})
	}
}

func TestMisconfigurationsAreFoundWithProof(t *testing.T) {
	for _, s := range samples(t, "wrong.json") {
		t.Run(s.Name, func(t *testing.T) {
			in := s.input(t)
			findings := Config(in)
			confirm(t, in, findings)
			if diff := cmp.Diff(s.Codes, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s\n%s", diff, show(t, findings))
			}
		})
	}
}

func TestTheGlanceSaysWhatTheWholeLookSays(t *testing.T) {
	for _, s := range append(samples(t, "right.json"), samples(t, "wrong.json")...) {
		in := s.input(t)
		slow := newLinter(in)
		slow.thorough = true
		slow.roles()
		slow.accounts()
		if diff := cmp.Diff(show(t, slow.finish(true)), show(t, Config(in))); diff != "" {
			t.Errorf("%s (-thorough +glance):\n%s", s.Name, diff)
		}
	}
}
