package endtoend_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// blocks are a configuration that may be cut into files between any two of
// them, in any order.
func blocks(after bool) []string {
	version, tags := "one", `{ a = "1", b = "2", c = "3", d = "4" }`
	if after {
		version, tags = "two", `{ b = "2+", c = "3", d = "4+", e = "5", f = "6" }`
	}
	all := []string{
		"trustctl {\n  stack = \"same\"\n}\n",
		"locals {\n  regions = toset([\"eu\", \"us\", \"ap\"])\n}\n",
		fmt.Sprintf("account \"prod\" {\n  id = %q\n}\n", prod),
		fmt.Sprintf("account \"dev\" {\n  id = %q\n  tags = { stage = \"dev\" }\n}\n", dev),
		"org \"acme\" {\n  account = account.prod\n  role {\n    tags = " + tags + "\n  }\n}\n",
		"org \"acme\" {\n  environment \"each\" {\n    for_each = local.regions\n    name = \"web/${each.key}\"\n" +
			"    subs = [env_sub(\"web/${each.key}\"), env_sub(\"web/${each.key}-*\"), deploy_sub({ project = each.key })]\n" +
			"    role {\n      managed_policies = [\"arn:aws:iam::aws:policy/SecurityAudit\", \"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n    }\n" +
			"    esc {\n      environment_variables = { B = \"" + version + "\", A = each.key }\n    }\n  }\n}\n",
		"org \"acme\" {\n  environment \"web/" + version + "\" {}\n}\n",
		"org \"beta\" {\n  account = account.dev\n  environment \"lab/a\" {\n    role {\n      inline_policies = { z = local.policy, y = local.policy, x = local.policy }\n    }\n  }\n  environment \"lab/b\" {\n    role {\n      path = \"/" + version + "/\"\n    }\n  }\n}\n",
		"locals {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = [\"s3:Get*\", \"s3:List*\", \"sqs:*\"], Resource = \"*\", Condition = { StringLike = { \"aws:ResourceTag/" + version + "\" = [\"b\", \"a\"], \"aws:PrincipalTag/x\" = \"y\" } } }] })\n}\n",
		"removed \"acme/web/gone\" {\n  destroy = true\n}\n",
	}
	if after {
		all = append(all, "org \"gamma\" {\n  account = account.prod\n  environment \"x/y\" {}\n}\n")
	}
	return all
}

// cut spreads blocks over files in a random order.
func cut(all []string, r *rand.Rand) map[string]string {
	files := map[string]string{}
	for _, i := range r.Perm(len(all)) {
		files[fmt.Sprint("file", r.IntN(4))] += all[i]
	}
	return files
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.configure(strings.Join(blocks(false), ""))
	w.apply()
	drift := func(_ any, err error) { t.Helper(); check(t, err) }
	hand, name := w.iam(prod), aws.String("esc-acme--web--eu")
	ctx := context.Background()
	drift(hand.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("z"), Value: aws.String("by hand")}, {Key: aws.String("y"), Value: aws.String("by hand")}}}))
	drift(hand.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/PowerUserAccess")}))
	drift(hand.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String("arn:aws:iam::" + prod + ":oidc-provider/api.pulumi.com/oidc"), ClientID: aws.String("acme")}))

	w.configure(strings.Join(blocks(true), ""))
	first := w.compute()
	want := first.text() + first.json()
	for _, part := range []string{"will be created", "will be updated in-place", "must be replaced", "will be destroyed"} {
		if !strings.Contains(want, part) {
			t.Fatalf("in the plan nothing %s: the test tests little\n%s", part, want)
		}
	}
	for i := range 5 {
		again := w.compute()
		same(t, fmt.Sprintf("load %d", i+2), want, again.text()+again.json())
	}
	for range 2 {
		same(t, "another process", want, elsewhere(t, w))
	}
	for seed := range uint64(20) {
		w.configureFiles(cut(blocks(true), rand.New(rand.NewPCG(seed, 0))))
		again := w.compute()
		same(t, fmt.Sprintf("cut into files by seed %d", seed), want, again.text()+again.json())
	}
	w.apply()
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Fatalf("%s gives another plan (-first +this):\n%s", what, diff)
	}
}

// elsewhereKey says, in a process that a test started, where the sandbox and
// the world's folder are.
const elsewhereKey = "TRUSTCTL_ENDTOEND_WORLD"

// elsewhere is the plan as a process of its own makes it.
func elsewhere(t *testing.T, w *world) string {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	cmd := exec.Command(self, "-test.run=^TestPrintsAPlanForAnotherProcess$")
	cmd.Env = append(os.Environ(), elsewhereKey+"="+w.url+" "+w.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("planning in another process: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "plan"))
	check(t, err)
	return string(text)
}

func TestPrintsAPlanForAnotherProcess(t *testing.T) {
	url, dir, ok := strings.Cut(os.Getenv(elsewhereKey), " ")
	if !ok {
		t.Skip("it serves TestTheSameInputGivesTheSameBytes")
	}
	root, err := os.OpenRoot(filepath.Join(dir, "out"))
	check(t, err)
	w := &world{t: t, wire: &wire{}, url: url, client: http.DefaultClient, dir: dir, path: filepath.Join(dir, "config"), root: root}
	r := w.compute()
	check(t, os.WriteFile(filepath.Join(dir, "plan"), []byte(r.text()+r.json()), 0o644))
}
