package lint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

const pages = "../../docs/findings/"

func TestEveryCodeHasAPageAndEveryPageACode(t *testing.T) {
	var want []string
	index, err := os.ReadFile(pages + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range lint.Rules() {
		want = append(want, r.Code+".md")
		if i > 0 && lint.Rules()[i-1].Code >= r.Code {
			t.Errorf("%s is out of order", r.Code)
		}
		text, err := os.ReadFile("../../" + r.Page())
		if err != nil {
			t.Error(err)
			continue
		}
		if title := "# " + r.Code + ": " + r.Summary + "\n\nSeverity: " + string(r.Severity); !strings.HasPrefix(string(text), title) {
			t.Errorf("the page of %s does not begin with %q", r.Code, title)
		}
		for _, part := range []string{"What it finds", "Why it matters", "Wrong", "Right", "How to accept it"} {
			if !strings.Contains(string(text), "\n## "+part+"\n") {
				t.Errorf("the page of %s has no part %q", r.Code, part)
			}
		}
		if row := "| [" + r.Code + "](" + r.Code + ".md) | " + string(r.Severity); !strings.Contains(string(index), row) {
			t.Errorf("the index has no row %q", row)
		}
	}
	files, err := filepath.Glob(pages + "TRUST*.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	if !slices.Equal(files, want) {
		t.Errorf("pages %q, codes %q", files, want)
	}
}

var fenced = regexp.MustCompile("(?s)```(json|hcl)\n(.*?)\n```")

func TestTheExamplesOfAPageAreWhatItSays(t *testing.T) {
	shown := 0
	for _, r := range lint.Rules() {
		text, err := os.ReadFile(pages + r.Code + ".md")
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n## ") {
			title, body, _ := strings.Cut(part, "\n")
			if title != "Wrong" && title != "Right" {
				continue
			}
			for _, block := range fenced.FindAllStringSubmatch(body, -1) {
				shown++
				in := fromHCL
				if block[1] == "json" {
					in = fromJSON
				}
				findings := lint.Config(in(t, block[2]))
				found := slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Code == r.Code })
				if found != (title == "Wrong") {
					t.Errorf("the %s form of %s is found: %t, with %v", strings.ToLower(title), r.Code, found, findings)
				}
				if title == "Right" {
					for _, f := range findings {
						if f.Severity != lint.Info && r.Code != "TRUST110" {
							t.Errorf("the right form of %s is found by %s: %s", r.Code, f.Code, f.Detail)
						}
					}
				}
			}
		}
	}
	if shown < 40 {
		t.Errorf("only %d examples were looked at", shown)
	}
}

func TestTheIndexShowsAcceptBlocksThatCompile(t *testing.T) {
	text, err := os.ReadFile(pages + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		fromHCL(t, block[2])
	}
}

// fromJSON is a role of acme/payments/prod with a trust policy.
func fromJSON(t *testing.T, text string) lint.Input {
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	const account, url = "123456789012", "https://api.pulumi.com/oidc"
	return lint.Input{
		Issuers: []lint.Issuer{{Name: "pulumi", URL: url}},
		State: trust.State{
			Accounts:  []trust.Account{{ID: account, Partition: "aws"}},
			Providers: []trust.OIDCProvider{{Account: account, ARN: trust.ProviderARN("aws", account, url), URL: url, ClientIDs: []string{"acme", "aws:acme"}}},
			Roles:     []trust.Role{{Environment: "acme/payments/prod", Account: account, Path: "/", Name: "role", Trust: d, MaxSession: time.Hour}},
		},
	}
}

// fromHCL is what a configuration with these environments of acme declares.
func fromHCL(t *testing.T, environments string) lint.Input {
	t.Helper()
	text := "trustctl {\n  stack = \"docs\"\n}\naccount \"prod\" {\n  id = \"123456789012\"\n}\norg \"acme\" {\n  account = account.prod\n" + environments + "\n}\n"
	path := filepath.Join(t.TempDir(), "docs.trust.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, _, diags := spec.Load(spec.Options{Path: path})
	if config == nil {
		t.Fatalf("%v:\n%s", diags, text)
	}
	return inputOf(config)
}

// inputOf is how a command fills the input.
func inputOf(c *spec.Config) lint.Input {
	in := lint.Input{Stack: c.Stack, State: c.State, Resource: c.Resource}
	for _, i := range c.Issuers {
		in.Issuers = append(in.Issuers, lint.Issuer{Name: i.Name, URL: i.URL})
	}
	for _, a := range c.Accepts {
		in.Accepts = append(in.Accepts, lint.Accept{Code: a.Code, Environment: a.Environment, Reason: a.Reason, Pos: a.Pos})
	}
	return in
}
