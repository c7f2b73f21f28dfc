package main

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// policyStatement is a statement of docs/permissions.md.
type policyStatement struct{ Sid, Effect, Action, Resource any }

// permissions are the two policies of docs/permissions.md: to plan, and to
// apply besides.
func permissions(t *testing.T) (plan, apply []policyStatement) {
	t.Helper()
	page, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d policies, want 2", len(blocks))
	}
	var both [2]struct{ Statement []policyStatement }
	for i, block := range blocks {
		if err := json.Unmarshal([]byte(block[1]), &both[i]); err != nil {
			t.Fatal(err)
		}
	}
	return both[0].Statement, both[1].Statement
}

// actions are those of some statements, sorted.
func actions(statements []policyStatement) []string {
	var all []string
	for _, s := range statements {
		switch a := s.Action.(type) {
		case string:
			all = append(all, a)
		case []any:
			for _, one := range a {
				all = append(all, one.(string))
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestThePermissionsPageHasTheCallsThatAreMadeAndNoOther(t *testing.T) {
	want := map[string]bool{}
	for _, bulk := range []string{"GetAccountAuthorizationDetails", "ListRoles", "GetAccountSummary", "ListOpenIDConnectProviders"} {
		want["iam:"+bulk] = true
	}
	for _, client := range []reflect.Type{reflect.TypeFor[live.RoleClient](), reflect.TypeFor[live.ProviderClient](), reflect.TypeFor[apply.IAM]()} {
		for method := range client.Methods() {
			want["iam:"+method.Name] = true
		}
	}
	reading, writing := permissions(t)
	got := append(actions(reading), actions(writing)...)
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), got); diff != "" {
		t.Errorf("actions (-called +documented):\n%s", diff)
	}
}

func TestEveryCommandRunsWithTheDocumentedPermissions(t *testing.T) {
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
	reading, writing := permissions(t)
	t.Chdir(work)
	may := func(statements ...policyStatement) {
		t.Helper()
		text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.SetPolicy(account, string(text)); err != nil {
			t.Fatal(err)
		}
	}

	may(reading...)
	succeed(t, "plan")
	if code, stdout, _ := command(t, nil, "apply", "-auto-approve"); code != exitError || !strings.Contains(stdout, "AccessDenied") {
		t.Errorf("applying without the permission ended with exit code %d:\n%s", code, stdout)
	}
	may(append(slices.Clone(reading), writing...)...)
	succeed(t, "apply", "-auto-approve")
	source, err := os.ReadFile("quickstart.trust.hcl")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(`org "acme"`, `org "initech"`, "ReadOnlyAccess", "SecurityAudit").Replace(string(source))
	if err := os.WriteFile("quickstart.trust.hcl", []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	succeed(t, "apply", "-auto-approve")
	succeed(t, "destroy", "-auto-approve")
}
