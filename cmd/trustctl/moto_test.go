package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox/mototest"
)

// TestTheMainJobAgainstMoto runs the quickstart against moto, and looks at
// what became of it with the aws command.
func TestTheMainJobAgainstMoto(t *testing.T) {
	endpoint := mototest.Start(t)
	config := filepath.Join(t.TempDir(), "config")
	if err := os.CopyFS(config, os.DirFS("../../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	inMotosAccount(t, filepath.Join(config, "quickstart.trust.hcl"))
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "") // to have it back at the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}

	first := succeed(t, "apply", "-auto-approve", "-config="+config)
	if !strings.HasSuffix(first, "\nApply complete! Resources: 5 added, 0 changed, 0 destroyed.\n") {
		t.Errorf("apply said:\n%s", first)
	}
	const role = "esc-acme--web--prod"
	look := looker(t, endpoint)

	var got struct{ Role map[string]any }
	look(&got, "get-role", "--role-name", role)
	shown := got.Role
	trust := map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
			"Principal": map[string]any{"Federated": "arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc"},
			"Condition": map[string]any{"StringEquals": map[string]any{
				"api.pulumi.com/oidc:aud": "aws:acme",
				"api.pulumi.com/oidc:sub": "pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:web/prod",
			}},
		}},
	}
	if diff := cmp.Diff(trust, withListOfStatements(shown["AssumeRolePolicyDocument"])); diff != "" {
		t.Errorf("the trust policy (-want +got):\n%s", diff)
	}
	if shown["Path"] != "/" || shown["MaxSessionDuration"] != 3600.0 {
		t.Errorf("path %v, duration %v", shown["Path"], shown["MaxSessionDuration"])
	}

	var tags struct{ Tags []struct{ Key, Value string } }
	look(&tags, "list-role-tags", "--role-name", role)
	gotTags := map[string]string{}
	for _, tag := range tags.Tags {
		gotTags[tag.Key] = tag.Value
	}
	wantTags := map[string]string{"trustctl:stack": "quickstart", "trustctl:role": role, "trustctl:environment": "acme/web/prod"}
	if diff := cmp.Diff(wantTags, gotTags); diff != "" {
		t.Errorf("the role's tags (-want +got):\n%s", diff)
	}

	var provider struct {
		URL          string `json:"Url"`
		ClientIDList []string
	}
	look(&provider, "get-open-id-connect-provider", "--open-id-connect-provider-arn", "arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc")
	if provider.URL != "api.pulumi.com/oidc" || !cmp.Equal(provider.ClientIDList, []string{"aws:acme"}) {
		t.Errorf("the provider is %+v", provider)
	}

	planned := succeed(t, "plan", "-detailed-exitcode", "-config="+config)
	if !strings.Contains(planned, "\nNo changes. Your infrastructure matches the configuration.\n") {
		t.Errorf("the second plan said:\n%s", planned)
	}

	// An edit by hand shows, and is put back.
	look(nil, "attach-role-policy", "--role-name", role, "--policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess")
	look(nil, "delete-role-policy", "--role-name", role, "--policy-name", "deploy")
	code, drifted, _ := command(t, nil, "plan", "-detailed-exitcode", "-config="+config)
	if code != exitChanges || !strings.Contains(drifted, `# aws_iam_role.acme["web/prod"] will be updated in-place`) || !strings.Contains(drifted, "AdministratorAccess") {
		t.Errorf("exit code %d, the plan said:\n%s", code, drifted)
	}
	back := succeed(t, "apply", "-auto-approve", "-config="+config)
	if !strings.Contains(back, "\nWrites: 2 calls. Confirmed: 1 object.\n") {
		t.Errorf("putting it back said:\n%s", back)
	}
	var attached struct{ AttachedPolicies []struct{ PolicyArn string } }
	look(&attached, "list-attached-role-policies", "--role-name", role)
	if len(attached.AttachedPolicies) != 1 || attached.AttachedPolicies[0].PolicyArn != "arn:aws:iam::aws:policy/ReadOnlyAccess" {
		t.Errorf("attached are %v", attached)
	}
	succeed(t, "plan", "-detailed-exitcode", "-config="+config)

	succeed(t, "destroy", "-auto-approve", "-config="+config)
	var roles struct{ Roles []any }
	look(&roles, "list-roles")
	var providers struct{ OpenIDConnectProviderList []any }
	look(&providers, "list-open-id-connect-providers")
	if len(roles.Roles)+len(providers.OpenIDConnectProviderList) != 0 {
		t.Errorf("destroy left %v and %v", roles.Roles, providers.OpenIDConnectProviderList)
	}
	if left, err := filepath.Glob(filepath.Join(config, "esc", "*")); err != nil || len(left) > 0 {
		t.Errorf("destroy left %v, %v", left, err)
	}
}

// inMotosAccount puts a configuration into the one account that moto has.
func inMotosAccount(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(text), "111122223333", mototest.Account)
	if moved == string(text) {
		t.Fatalf("%s names no account", path)
	}
	if err := os.WriteFile(path, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
}

// looker asks IAM by the words of the aws command: with that command where
// there is one, otherwise with the SDK.
func looker(t *testing.T, endpoint string) func(into any, operation string, args ...string) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Log("the aws command is not installed: looking with the SDK")
		return sdkLooker(t, iamClient(endpoint, "test"))
	}
	return func(into any, operation string, args ...string) {
		t.Helper()
		cmd := exec.Command("aws", append([]string{"iam", operation, "--output=json"}, args...)...)
		var talk strings.Builder
		cmd.Stderr = &talk
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("aws iam %s: %v\n%s", operation, err, talk.String())
		}
		unmarshal(t, out, into)
	}
}

func unmarshal(t *testing.T, text []byte, into any) {
	t.Helper()
	if into == nil {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// sdkLooker is looker for machines without the aws command.
func sdkLooker(t *testing.T, c *iam.Client) func(into any, operation string, args ...string) {
	return func(into any, operation string, args ...string) {
		t.Helper()
		given := map[string]*string{}
		for i := 0; i+1 < len(args); i += 2 {
			given[args[i]] = &args[i+1]
		}
		ctx, role, policy := context.Background(), given["--role-name"], given["--policy-arn"]
		var out any
		var err error
		switch operation {
		case "get-role":
			out, err = c.GetRole(ctx, &iam.GetRoleInput{RoleName: role})
		case "list-role-tags":
			out, err = c.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: role})
		case "get-open-id-connect-provider":
			out, err = c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: given["--open-id-connect-provider-arn"]})
		case "attach-role-policy":
			out, err = c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: policy})
		case "delete-role-policy":
			out, err = c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: given["--policy-name"]})
		case "list-attached-role-policies":
			out, err = c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: role})
		case "list-roles":
			out, err = c.ListRoles(ctx, &iam.ListRolesInput{MaxItems: aws.Int32(1000)})
		case "list-open-id-connect-providers":
			out, err = c.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
		default:
			t.Fatalf("unknown operation %s", operation)
		}
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		text, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		unmarshal(t, text, into)
	}
}

// withListOfStatements gives a policy document its list of statements, which
// may be one statement; the SDK leaves a document encoded, the aws command
// does not.
func withListOfStatements(document any) any {
	if text, ok := document.(string); ok {
		plain, err := url.PathUnescape(text)
		if err != nil || json.Unmarshal([]byte(plain), &document) != nil {
			return text
		}
	}
	d, ok := document.(map[string]any)
	if !ok {
		return document
	}
	if _, ok := d["Statement"].([]any); !ok {
		d["Statement"] = []any{d["Statement"]}
	}
	return d
}
