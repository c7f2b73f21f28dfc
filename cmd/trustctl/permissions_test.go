package main

import (
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestThePermissionsPageShowsWhatIsPrinted(t *testing.T) {
	page, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	shown := regexp.MustCompile("(?s)```console\n\\$ trustctl ([^\n]*)\n```\n\n```json\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(shown) != 3 {
		t.Fatalf("the page shows %d policies, want 3", len(shown))
	}
	for _, s := range shown {
		if diff := cmp.Diff(succeed(t, strings.Fields(s[1])...), s[2]); diff != "" {
			t.Errorf("trustctl %s (-printed +page):\n%s", s[1], diff)
		}
	}
}

// usesEverything declares something that each call is for.
const usesEverything = `
trustctl { stack = "s" }
account "a" { id = "111122223333" }
issuer "pulumi" {
  url         = "https://api.pulumi.com/oidc"
  thumbprints = ["abababababababababababababababababababab"]
}
org "acme" {
  account = account.a
  environment "p/full" {
    role {
      permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
      managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies      = { p = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] }) }
    }
    lifecycle { adopt = true }
  }
  environment "p/free" {
    role { permissions_boundary = "" }
  }
}
`

// The calls are those whose inputs the code fills in, wherever it stands.
func TestThePoliciesHaveTheCallsThatAreMadeAndNoOther(t *testing.T) {
	var made []string
	input := regexp.MustCompile(`iam\.(\w+)Input\{`)
	for _, room := range []string{"cmd", "internal"} {
		err := filepath.WalkDir("../../"+room, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/sandbox/") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range input.FindAllStringSubmatch(string(text), -1) {
				made = append(made, "iam:"+m[1])
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(t.TempDir(), "main.trust.hcl")
	if err := os.WriteFile(config, []byte(usesEverything), 0o600); err != nil {
		t.Fatal(err)
	}
	var allowed []string
	for _, args := range [][]string{{"plan"}, {"plan", "-destroy"}, {"apply"}, {"destroy"}, {"transfer", "-from=s", "-to=t"}, {"snapshot"}} {
		d, err := policy.Parse(succeed(t, append([]string{"iam-policy", "-config", config}, args...)...))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Statements {
			allowed = append(allowed, s.Actions...)
		}
	}
	for _, list := range []*[]string{&made, &allowed} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if diff := cmp.Diff(made, allowed); diff != "" {
		t.Errorf("actions (-called +allowed):\n%s", diff)
	}
}

func TestEveryCommandRunsUnderThePolicyThatIsPrintedForIt(t *testing.T) {
	const account = "111122223333"
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": web.URL, "AWS_ACCESS_KEY_ID": sandbox.KeyPrefix + account, "AWS_SECRET_ACCESS_KEY": "x", "AWS_PROFILE": "",
		"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS("../../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	may := func(args ...string) {
		t.Helper()
		if err := server.SetPolicy(account, succeed(t, append([]string{"iam-policy"}, args...)...)); err != nil {
			t.Fatal(err)
		}
	}

	may("plan")
	succeed(t, "plan")
	if code, stdout, _ := command(t, nil, "apply", "-auto-approve"); code != exitError || !strings.Contains(stdout, "AccessDenied") {
		t.Errorf("applying without the permission ended with exit code %d:\n%s", code, stdout)
	}
	may("apply")
	succeed(t, "apply", "-auto-approve")
	source, err := os.ReadFile("quickstart.trust.hcl")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(`org "acme"`, `org "initech"`, "ReadOnlyAccess", "SecurityAudit").Replace(string(source))
	if err := os.WriteFile("quickstart.trust.hcl", []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := command(t, nil, "apply", "-auto-approve"); code != exitError || !strings.Contains(stdout, "iam:CreateRole") {
		t.Errorf("the policy of another configuration does: exit code %d\n%s", code, stdout)
	}
	may("apply")
	succeed(t, "apply", "-auto-approve")

	may("plan")
	if code, _, stderr := command(t, nil, "snapshot", "-out=taken.json"); code != exitError || !strings.Contains(stderr, "iam:ListOpenIDConnectProviders") {
		t.Errorf("a snapshot under the policy of plan: exit code %d\n%s", code, stderr)
	}
	may("snapshot")
	succeed(t, "snapshot", "-out=taken.json")
	succeed(t, "plan", "-destroy")
	for _, denied := range [][]string{{"apply", "-destroy", "-auto-approve"}, {"transfer", "-from=quickstart", "-to=next", "-auto-approve"}} {
		if code, stdout, _ := command(t, nil, denied...); code != exitError || !strings.Contains(stdout, "AccessDenied") {
			t.Errorf("%s under the policy of snapshot: exit code %d\n%s", denied, code, stdout)
		}
	}

	may("transfer", "-from=quickstart", "-to=next")
	succeed(t, "transfer", "-from=quickstart", "-to=next", "-out=transfer.plan")
	succeed(t, "apply", "transfer.plan")
	if err := os.WriteFile("quickstart.trust.hcl", []byte(strings.Replace(changed, `"quickstart"`, `"next"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	may("plan")
	if stdout := succeed(t, "plan", "-detailed-exitcode"); !strings.Contains(stdout, "No changes.") {
		t.Errorf("after the transfer:\n%s", stdout)
	}
	if code, stdout, _ := command(t, nil, "destroy", "-auto-approve"); code != exitError || !strings.Contains(stdout, "iam:ListOpenIDConnectProviders") {
		t.Errorf("a destroy under the policy of plan: exit code %d\n%s", code, stdout)
	}
	may("plan", "-destroy")
	succeed(t, "plan", "-destroy")
	may("destroy")
	succeed(t, "destroy", "-auto-approve")
}

func TestThePoliciesOfAllAccountsAreJSON(t *testing.T) {
	stdout := succeed(t, "iam-policy", "apply", "-json", "-config", "../../examples/acme")
	var got struct {
		Accounts map[string]struct {
			Size   int
			Policy policy.Document
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Accounts) != 2 {
		t.Errorf("the policies of %d accounts, want 2:\n%s", len(got.Accounts), stdout)
	}
	for id, a := range got.Accounts {
		if a.Size != policy.Size(a.Policy.String()) || len(a.Policy.Statements) < 3 {
			t.Errorf("%s: size %d of a policy of %d", id, a.Size, policy.Size(a.Policy.String()))
		}
	}
}
