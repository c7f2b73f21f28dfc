package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
)

// prelude is what the configurations of the tests stand on.
const prelude = `
trustctl { stack = "test" }
account "prod" { id = "123456789012" }
account "dev" {
  id   = "210987654321"
  tags = { Owner = "platform", Account = "dev" }
}
account "china" {
  id        = "111122223333"
  partition = "aws-cn"
}
variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
`

// compiled loads main.trust.hcl beside the prelude, in a folder with files.
func compiled(t testing.TB, main string, files map[string]string, vars ...string) (*Config, hcl.Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "a.trust.hcl", prelude)
	if strings.HasPrefix(main, "{") {
		write(t, dir, "main.trust.json", main)
	} else {
		write(t, dir, "main.trust.hcl", main)
	}
	for name, text := range files {
		write(t, dir, name, text)
	}
	o := Options{Path: dir}
	for _, v := range vars {
		o.Vars = append(o.Vars, VarArg{Text: v})
	}
	c, _, diags := Load(o)
	return c, diags
}

// sound is compiled for a configuration without mistakes.
func sound(t testing.TB, main string) *Config {
	t.Helper()
	c, diags := compiled(t, main, nil)
	if diags.HasErrors() {
		t.Fatal(listed(diags))
	}
	return c
}

// listed is the diagnostics, one a line.
func listed(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&b, "%s: %s: %s\n", d.Subject, d.Summary, d.Detail)
	}
	return b.String()
}

// environmentOf is an organization with one environment with such a body.
func environmentOf(body string) string {
	return "org \"acme\" {\n  account = account.prod\n  environment \"payments/prod\" {\n" + body + "\n  }\n}\n"
}

func onlyRole(t testing.TB, c *Config) trust.Role {
	t.Helper()
	if len(c.State.Roles) != 1 {
		t.Fatalf("there are %d roles, not one", len(c.State.Roles))
	}
	return c.State.Roles[0]
}

func TestTheLeastEnvironmentHasEveryDefault(t *testing.T) {
	c := sound(t, environmentOf(""))
	role := onlyRole(t, c)
	if role.Source == nil || role.Source[""].Line != 3 || role.Source[""].File != "main.trust.hcl" {
		t.Errorf("the role stands at %v", role.Source)
	}
	role.Source = nil
	want := trust.Role{
		Environment: "acme/payments/prod", Account: "123456789012", Path: "/", Name: "esc-acme--payments--prod",
		MaxSession: 3600e9, KeepBoundary: true, Trust: role.Trust,
		Token: trust.Token{Audience: "aws:acme", Subjects: []string{"pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/prod"}},
		Tags: map[string]string{
			"trustctl:stack": "test", "trustctl:role": "esc-acme--payments--prod", "trustctl:environment": "acme/payments/prod",
		},
	}
	if diff := cmp.Diff(want, role); diff != "" {
		t.Error(diff)
	}
	const wantTrust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` +
		`"Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity",` +
		`"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme",` +
		`"api.pulumi.com/oidc:sub":"pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/prod"}}}}`
	if diff := cmp.Diff(wantTrust, role.Trust.String()); diff != "" {
		t.Error(diff)
	}

	file := c.State.Files[0]
	file.Source = nil
	wantFile := trust.EnvironmentFile{
		Environment: "acme/payments/prod", Account: "123456789012", Stack: "test", Path: "acme/payments/prod.yaml",
		Document: &trust.EnvironmentDocument{
			LoginPath: []string{"aws", "login"},
			Login: trust.Login{
				RoleARN: "arn:aws:iam::123456789012:role/esc-acme--payments--prod", SessionName: "pulumi-environments-session",
				Duration: 3600e9, SubjectAttributes: []string{"currentEnvironment.name"},
			},
		},
	}
	if diff := cmp.Diff(wantFile, file); diff != "" {
		t.Error(diff)
	}

	provider := c.State.Providers[0]
	provider.Source = nil
	wantProvider := trust.OIDCProvider{
		Account: "123456789012", ARN: "arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc", Issuer: "pulumi",
		URL: "https://api.pulumi.com/oidc", ClientIDs: []string{"aws:acme"},
		Tags: map[string]string{"trustctl:stack": "test", "trustctl:audience:aws:acme": "test"},
	}
	if diff := cmp.Diff(wantProvider, provider); diff != "" {
		t.Error(diff)
	}

	wantNames := map[trust.Address]string{
		role.Address():     `aws_iam_role.acme["payments/prod"]`,
		file.Address():     `local_file.esc["acme/payments/prod"]`,
		provider.Address(): `aws_iam_openid_connect_provider.pulumi["123456789012"]`,
	}
	if diff := cmp.Diff(wantNames, c.Resource); diff != "" {
		t.Error(diff)
	}
}
