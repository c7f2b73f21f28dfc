package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/trustctl/trustctl/internal/render/schematest"
)

// The policies and the claims that these tests ask about.
const (
	schemaPolicy = `{"Version":"2012-10-17","Statement":[
  {"Sid":"Own","Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity",
   "Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme"},"StringLike":{"api.pulumi.com/oidc:sub":"pulumi:environments:org:acme:env:p/*"}}},
  {"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	schemaWider = `{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity",
   "Condition":{"StringLike":{"api.pulumi.com/oidc:sub":"pulumi:environments:org:acme:env:*"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}]}`
	schemaClaims = `{"iss":"https://api.pulumi.com/oidc","aud":"aws:other","sub":"pulumi:environments:org:acme:env:p/e","exp":1767225600}`
	schemaTests  = formatsConfig + `
test "it holds" {
  role = "acme/payments/prod"
  deny = [deploy_sub("acme", {})]
}
test "it does not hold" {
  role  = "acme/payments/prod"
  allow = [env_sub("acme", "payments/test")]
  deny  = ["pulumi:environments:org:acme:env:payments/*"]
}
`
)

// answers are what the commands print that answer a question about access, by
// the schema.
func answers(t *testing.T) map[string][]string {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"old.json": schemaPolicy, "new.json": schemaWider, "claims.json": schemaClaims, "claims.txt": strings.ReplaceAll(schemaClaims, "other", "acme") + "\n{}\nnonsense\n",
		"provider.json": `{"Url":"api.pulumi.com/oidc","ClientIDList":["aws:acme"]}`, "main.trust.hcl": schemaTests,
	} {
		must(t, os.WriteFile(name, []byte(text), 0o600))
	}
	printed := func(want int, args ...string) string {
		t.Helper()
		code, text := inFolder(t, nil, args...)
		if code != want {
			t.Fatalf("%q ended with exit code %d, want %d:\n%s", args, code, want, text)
		}
		return text
	}
	all := map[string][]string{
		"explain": {
			printed(exitFine, "explain", "-json", "-policy=old.json", "-claims=claims.json", "-provider=provider.json", "-now=2026-02-01T00:00:00Z", "-duration=2h"),
			printed(exitFine, "explain", "-json", "-env=acme/payments/prod"),
		},
		"compare": {printed(exitFine, "compare", "-json", "old.json", "new.json"), printed(exitFine, "compare", "-json", "-org=acme", "new.json", "old.json")},
		"test":    {printed(exitGate, "test", "-json")},
	}
	all["explain"] = append(all["explain"], slices.Collect(strings.Lines(printed(exitError, "explain", "-batch", "-policy=old.json", "-claims=claims.txt")))...)
	return all
}

// someSchemas are the project's, by name, but for that of a stream.
func someSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	for _, name := range []string{"explain", "compare", "test", "lint", "plan", "validate", "version"} {
		all[name] = schematest.Of(t, name)
	}
	return all
}

func TestWhatIsAnsweredAboutAccessHoldsItsSchemaAndNoOther(t *testing.T) {
	schemas := someSchemas(t)
	for name, texts := range answers(t) {
		for _, text := range texts {
			holds(t, schemas[name], text)
			for other, schema := range schemas {
				v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
				if err != nil || other != name && schema.Validate(v) == nil {
					t.Errorf("an answer of %s is taken for one of %s (%v)", name, other, err)
				}
			}
		}
	}
}

func TestASmallChangeMakesAnAnswerNone(t *testing.T) {
	schemas, refused := someSchemas(t), 0
	for name, texts := range answers(t) {
		schema := schemas[name]
		for _, text := range texts {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			must(t, err)
			answered.Changes(v, func(what string) {
				if schema.Validate(v) == nil {
					t.Errorf("%s: an answer in which %s is taken for one", name, what)
				}
				refused++
			})
		}
	}
	if refused < 300 {
		t.Errorf("only %d changes were tried", refused)
	}
}

// sometimes are the keys that an answer may do without.
var sometimes = []string{
	"azp", "amr", "aud", "sub", "iss", "sid", "conditions", "unknown", "refused", "nearest_miss", "notes", "role", // of explain
	"principal", "any_audience", "and", "except", "witness", "if", "note", "undecided", "condition", "more", "keys", "provider", "shortest", // of compare
	"expect", "pattern", "patterns", "audience", "open", "line", "column", // of test
}

var answered = schematest.Document{Optional: func(_, key string) bool { return slices.Contains(sometimes, key) }}
