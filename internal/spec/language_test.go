package spec

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/trustctl/trustctl/internal/trust"
)

var update = flag.Bool("update", false, "write the golden files anew")

// language loads a form of the language's complete example.
func language(t testing.TB, form string) *Config {
	t.Helper()
	c, _, diags := Load(Options{
		Path: filepath.Join("testdata", form), Version: "0.1.0",
		Vars: []VarArg{{Text: "prod_account_id=123456789012"}},
	})
	if len(diags) > 0 {
		t.Fatal(listed(diags))
	}
	return c
}

// shown is everything of a Config that a golden file holds.
func shown(t testing.TB, c *Config) []byte {
	t.Helper()
	type file struct {
		trust.EnvironmentFile
		Document *trust.EnvironmentDocument
		Source   map[string]trust.Pos
	}
	type role struct {
		trust.Role
		Source map[string]trust.Pos
	}
	var files []file
	for _, f := range c.State.Files {
		files = append(files, file{f, f.Document, f.Source})
	}
	var roles []role
	for _, r := range c.State.Roles {
		roles = append(roles, role{r, r.Source})
	}
	tests := append([]Test(nil), c.Tests...)
	for i := range tests {
		tests[i].Deny = tests[i].Deny[:min(3, len(tests[i].Deny))] // a reference stands for thousands
	}
	text, err := json.MarshalIndent(struct {
		Settings  Settings
		Accounts  []trust.Account
		Providers []trust.OIDCProvider
		Roles     []role
		Files     []file
		Removed   []trust.Removed
		Resource  map[trust.Address]string
		Tests     []Test
		Accepts   []Accept
	}{c.Settings, c.State.Accounts, c.State.Providers, roles, files, c.State.Removed, c.Resource, tests, c.Accepts}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func TestTheLanguagesCompleteExampleCompiles(t *testing.T) {
	const golden = "testdata/language.golden"
	got := shown(t, language(t, "language"))
	if *update {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesOfTheJSONForm(t *testing.T) {
	in := func(body string) string {
		return "{\n\"org\": { \"acme\": {\n\"account\": \"${account.prod}\",\n\"environment\": { \"a/b\": {\n" + body + "\n} } } } }"
	}
	for _, tt := range []struct {
		name, source, summary string
		line                  int
		detail                string
	}{
		{"an account as text", in(`"account": "prod"`), "Not an account", 5, `"${account.prod}"`},
		{"an unknown attribute", in(`"rol": {}`), "Extraneous JSON object property", 5, `Did you mean "role"?`},
		{"a bad tag", in("\"role\": { \"tags\": {\n\"a;b\": \"c\" } }"), "Invalid tag", 6, "a;b"},
		{"an attribute to ignore", in("\"lifecycle\": { \"ignore_changes\": [\n\"tag\" ] }"), "Invalid ignore_changes", 6, "tags"},
		{"a duplicate environment", "{\n\"org\": { \"acme\": { \"account\": \"${account.prod}\", \"environment\": {\n\"a/b\": {},\n\"a/B\": {} } } } }", "Duplicate environment", 4, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := compiled(t, tt.source, nil)
			if len(diags) != 1 || diags[0].Summary != tt.summary || diags[0].Subject.Start.Line != tt.line || !strings.Contains(diags[0].Detail, tt.detail) {
				t.Errorf("no %q on line %d with %q among:\n%s", tt.summary, tt.line, tt.detail, listed(diags))
			}
		})
	}
}

func TestTheJSONFormSaysTheSame(t *testing.T) {
	native, asJSON := language(t, "language"), language(t, "language.json")
	places := cmpopts.IgnoreTypes(trust.Pos{}, map[string]trust.Pos{})
	if diff := cmp.Diff(native.State, asJSON.State, places); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(native.Tests, asJSON.Tests, places); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(native.Accepts, asJSON.Accepts, places); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(native.Resource, asJSON.Resource); diff != "" {
		t.Error(diff)
	}
}
