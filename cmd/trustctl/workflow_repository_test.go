package main

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// The configuration of the workflow tests, as it is and as it becomes.
const (
	trustBefore = `trustctl {
  stack = "acme"
}

account "prod" {
  id = "111122223333"
}

org "acme" {
  account = account.prod

  environment "payments/prod" {}
}
`
	trustDescribed = `"payments/prod" {
    role {
      description = "x"
    }
  }`
	trustAfter = `trustctl {
  stack = "acme"
}

account "prod" {
  id = "111122223333"
}

org "acme" {
  account = account.prod

  environment "payments/prod" {
    subs = [env_sub("payments/prod"), env_sub("payments/*")]
  }
  environment "payments/test" {}
}
`
)

// repository is a checkout of a repository with a folder trust, a sandbox that
// holds what the base branch declares, and the programs of a workflow.
type repository struct {
	*runner
	state string // of the stand-ins for gh and pulumi
	base  string // commit
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	for _, program := range []string{"git", "bash", "sed", "grep", "paste"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("TRUSTCTL_TEST_WORKFLOWS") == "required" {
				t.Fatalf("the steps of workflows need %s", program)
			}
			t.Skipf("the steps of workflows need %s", program)
		}
	}
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() { web.Close(); _ = server.Close() })
	dir := t.TempDir()
	r := &repository{runner: &runner{t: t, temp: filepath.Join(dir, "temp"), outputs: map[string]map[string]string{}}, state: filepath.Join(dir, "state")}
	origin := filepath.Join(dir, "acme", "trust")
	stubs := filepath.Join(dir, "bin")
	for _, d := range []string{r.temp, r.state, filepath.Join(origin, "trust"), stubs, filepath.Join(dir, "home")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// In the place of the build: the trustctl that is tested.
	r.file(filepath.Join(stubs, "go"), "#!/bin/bash\nwhile [ $# -gt 0 ]; do [ \"$1\" = -o ] && out=$2; shift; done\nln -sf \"$(command -v trustctl)\" \"$out\"\n")
	action, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r.env = map[string]string{
		"PATH": stubs + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": filepath.Join(dir, "home"),
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/trust", "GITHUB_ACTION_PATH": action,
		"GITHUB_PATH": filepath.Join(r.temp, "path"), "RUNNER_TEMP": r.temp,
		"GH_STATE": r.state, "PULUMI_LOG": filepath.Join(r.state, "pulumi.log"),
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
	}
	credentials := func(map[string]string) {
		r.env["AWS_ENDPOINT_URL"], r.env["AWS_REGION"] = web.URL, "us-east-1"
		r.env["AWS_ACCESS_KEY_ID"], r.env["AWS_SECRET_ACCESS_KEY"] = sandbox.KeyPrefix+"111122223333", "secret"
	}
	nothing := func(map[string]string) {}
	checkout := func(with map[string]string) {
		if with["path"] == "base" {
			r.git("worktree", "add", "--quiet", "--detach", "base", r.base)
		}
	}
	r.uses = map[string]func(map[string]string){
		"actions/checkout": checkout, "actions/setup-go": nothing, "pulumi/actions": nothing,
		"aws-actions/configure-aws-credentials": credentials,
		"actions/upload-artifact": func(with map[string]string) {
			if _, err := os.Stat(filepath.Join(r.workspace, with["path"])); err != nil && with["if-no-files-found"] == "ignore" {
				return
			}
			r.upload(with["name"], with["path"])
		},
		"actions/download-artifact": func(with map[string]string) {
			r.copy(r.artifact(with["name"]), filepath.Join(r.workspace, with["path"]))
		},
		"github/codeql-action/upload-sarif": func(with map[string]string) { r.upload("sarif", with["sarif_file"]) },
	}
	r.hub(hub{})

	r.workspace = origin
	r.write(trustBefore)
	r.file(filepath.Join(origin, "trust/accounts.txt"), "# who may be read\n111122223333\n")
	r.git("init", "-q", "-b", "main")
	r.base = r.commit()
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	r.values = map[string]string{
		"github.event.pull_request.base.sha": r.base, "github.event.pull_request.number": "12",
		"github.server_url": "file://" + dir, "github.repository": "acme/trust", "github.token": "token",
		"vars.TRUSTCTL_PLAN_ROLE": "arn:aws:iam::111122223333:role/plan", "vars.TRUSTCTL_APPLY_ROLE": "arn:aws:iam::111122223333:role/apply",
		"secrets.PULUMI_ACCESS_TOKEN": "pul-token", "github.event.repository.default_branch": "main",
		"matrix.account": "111122223333",
	}
	// What the base branch declares is there.
	credentials(nil)
	r.must("trustctl apply -auto-approve -config trust")
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		delete(r.env, name)
	}
	clone := filepath.Join(dir, "workspace")
	r.git("clone", "-q", origin, clone)
	r.workspace = clone
	return r
}

func (r *repository) file(name, content string) {
	r.t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) write(configuration string) {
	r.t.Helper()
	r.file(filepath.Join(r.workspace, "trust/main.trust.hcl"), configuration)
}

func (r *repository) must(text string) {
	r.t.Helper()
	env := map[string]string{}
	for k, v := range r.env {
		env[k] = v
	}
	if err := r.shell("", text, "bash", env); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.workspace
	for k, v := range r.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repository) commit() string {
	r.t.Helper()
	r.git("add", "trust")
	r.git("commit", "-q", "-m", "change")
	return r.git("rev-parse", "HEAD")
}

// trustBare declares an account, and no environment of it yet.
const trustBare = `trustctl {
  stack = "acme"
}

account "prod" {
  id = "111122223333"
}
`

// baseOf makes the base branch another one: with a configuration, or with none.
func (r *repository) baseOf(configuration string) {
	r.t.Helper()
	was := r.git("rev-parse", "HEAD")
	if configuration == "" {
		r.git("rm", "-q", "trust/main.trust.hcl")
	} else {
		r.write(configuration)
	}
	r.base = r.commit()
	r.values["github.event.pull_request.base.sha"] = r.base
	r.git("push", "-q", "origin", "HEAD:refs/heads/another")
	r.git("checkout", "-q", "--detach", was)
}

// firstBases are base branches that have no ESC files yet.
var firstBases = map[string]string{"no configuration": "", "no environments": trustBare}

const runID = "99"

func (r *repository) artifact(name string) string {
	return filepath.Join(r.state, "artifacts", runID, name)
}

func (r *repository) upload(name, path string) {
	r.t.Helper()
	from := filepath.Join(r.workspace, path)
	info, err := os.Stat(from)
	if err != nil {
		r.t.Fatalf("nothing to upload as %s: %v", name, err)
	}
	if err := os.RemoveAll(r.artifact(name)); err != nil {
		r.t.Fatal(err)
	}
	if info.IsDir() {
		r.copy(from, r.artifact(name))
		return
	}
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(r.artifact(name), 0o755)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.file(filepath.Join(r.artifact(name), filepath.Base(path)), string(text))
}

func (r *repository) copy(from, to string) {
	r.t.Helper()
	if err := os.RemoveAll(to); err != nil {
		r.t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) hub(h hub) {
	r.t.Helper()
	text, err := json.Marshal(h)
	if err != nil {
		r.t.Fatal(err)
	}
	r.file(filepath.Join(r.state, "hub.json"), string(text))
}

// workflowRun is a run as GitHub tells of it; repository is where its branch is.
func workflowRun(workflow string, id int, repository string, more map[string]any) map[string]any {
	run := map[string]any{
		"path": ".github/workflows/" + workflow, "id": id, "conclusion": "success",
		"head_repository": map[string]any{"full_name": repository},
	}
	maps.Copy(run, more)
	return run
}

// merge is what GitHub knows once the pull request is merged. A stranger's, of
// the same commit, brought a workflow of its own.
func (h *hub) merge(head string) {
	h.Pulls = []map[string]any{
		{"number": 13, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": "another", "head": map[string]any{"sha": head}},
		{"number": 12, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": head, "head": map[string]any{"sha": head}},
	}
	more := map[string]any{"event": "pull_request", "head_sha": head}
	h.Runs = []map[string]any{workflowRun("plan.yml", 66, "stranger/trust", more), workflowRun("plan.yml", 99, "acme/trust", more)}
}

func (r *repository) readHub() (h hub) {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.state, "hub.json"))
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func (r *repository) run(workflow, job string, succeeds bool) {
	r.t.Helper()
	if _, err := os.Stat(filepath.Join(r.workspace, "base")); err == nil { // a new run has a new workspace
		r.git("worktree", "remove", "--force", "base")
	}
	err := r.job(readWorkflow(r.t, "../../examples/ci/github/"+workflow), job)
	if (err == nil) != succeeds {
		r.t.Fatalf("%s ended with %v", workflow, err)
	}
}
