package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPullRequestIsPlannedShownOnceAndApplied(t *testing.T) {
	r := newRepository(t)

	// The pull request widens a role that is there: the gate holds it up.
	r.write(trustAfter)
	head := r.commit()
	r.run("plan.yml", "plan", false)
	if accounts := r.outputs["base"]["accounts"]; accounts != "111122223333" {
		t.Errorf("the base branch allows %q", accounts)
	}
	if got := r.outputs["plan"]; got["exitcode"] != "3" || got["relation"] != "wider" || !strings.HasPrefix(got["plan_digest"], "sha256:") {
		t.Errorf("the plan's outputs are %v", got)
	}
	comments := r.readHub().Comments
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "payments/prod") || !strings.Contains(comments[0].Body, r.outputs["plan"]["plan_digest"]) {
		t.Fatalf("the comments are %+v", comments)
	}
	if !strings.Contains(r.summary, "payments/prod") {
		t.Errorf("the summary of the job is %q", r.summary)
	}
	if _, err := os.Stat(filepath.Join(r.artifact("sarif"), "plan.sarif")); err != nil {
		t.Error(err)
	}

	// Planned again, the one comment is written anew; a stranger's is not it.
	stranger := hubComment{ID: 7, User: map[string]string{"login": "mallory"}, Body: comments[0].Body + "sha256:" + strings.Repeat("0", 64)}
	h := r.readHub()
	h.Comments = append([]hubComment{stranger}, h.Comments...)
	r.hub(h)
	r.run("plan.yml", "plan", false)
	if comments = r.readHub().Comments; len(comments) != 2 || comments[0].Body != stranger.Body {
		t.Fatalf("the comments are %+v", comments)
	}

	// It is merged all the same: what the comment showed is applied.
	h = r.readHub()
	h.merge(head)
	r.hub(h)
	r.env["GITHUB_SHA"] = head
	if err := os.RemoveAll(filepath.Join(r.workspace, "trustctl-plan")); err != nil {
		t.Fatal(err)
	}
	r.run("apply.yml", "apply", true)
	pushed, err := os.ReadFile(r.env["PULUMI_LOG"])
	if err != nil || string(pushed) != "acme/payments/prod\nacme/payments/test\n" && string(pushed) != "acme/payments/test\n" {
		t.Errorf("pushed was %q (%v)", pushed, err)
	}
	audit, err := os.ReadFile(filepath.Join(r.artifact("trustctl-audit"), "audit.jsonl"))
	if err != nil || !strings.Contains(string(audit), "UpdateAssumeRolePolicy") {
		t.Errorf("the audit log is %q (%v)", audit, err)
	}

	// The same again finds the plan applied, and writes nothing.
	r.run("apply.yml", "apply", false)
}

// The first pull request of all has a base branch without ESC files.
func TestTheFirstPullRequestIsPlanned(t *testing.T) {
	for name, base := range firstBases {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.baseOf(base)
			r.run("plan.yml", "plan", true)
			comments := r.readHub().Comments
			if len(comments) != 1 || !strings.Contains(comments[0].Body, "# local_file.esc[\"acme/payments/prod\"] will be created") {
				t.Errorf("the comments are %+v", comments)
			}
		})
	}
}

func TestABaseBranchThatListsNoAccountIsSaid(t *testing.T) {
	for workflow, job := range map[string]string{"plan.yml": "plan", "matrix.yml": "accounts"} {
		t.Run(workflow, func(t *testing.T) {
			r := newRepository(t)
			r.git("rm", "-q", "trust/accounts.txt")
			r.baseOf(trustBefore)
			if workflow == "matrix.yml" { // it is checked out as it stands
				r.git("checkout", "-q", "--detach", r.base)
			}
			r.run(workflow, job, false)
			if !strings.Contains(r.talk, "::error title=trustctl::The base branch lists no account in trust/accounts.txt") {
				t.Errorf("said is %q", r.talk)
			}
		})
	}
}

func TestAConfigurationThatIsAFileHasItsFilesBesideIt(t *testing.T) {
	r := newRepository(t)
	r.uses["actions/checkout"](map[string]string{"path": "base"})
	r.values["inputs.plan == 'true'"] = "true"
	r.signIn()
	if err := r.action("plan", map[string]string{"config": "trust/main.trust.hcl", "base": "base/trust/main.trust.hcl"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(r.workspace, "trust/esc/acme/payments/prod.yaml")); err != nil {
		t.Error(err)
	}
}

func TestAPlanOfAnotherDigestIsNotApplied(t *testing.T) {
	r := newRepository(t)
	r.write(trustAfter)
	head := r.commit()
	r.run("plan.yml", "plan", false)
	h := r.readHub()
	digest := r.outputs["plan"]["plan_digest"]
	h.Comments[0].Body = strings.ReplaceAll(h.Comments[0].Body, digest, "sha256:"+strings.Repeat("0", 64))
	h.merge(head)
	r.hub(h)
	r.env["GITHUB_SHA"] = head
	r.run("apply.yml", "apply", false)
	if pushed, err := os.ReadFile(r.env["PULUMI_LOG"]); err == nil {
		t.Errorf("pushed was %q, by a plan that nobody approved", pushed)
	}

	// A digest that stands anywhere else in a comment is somebody's text.
	h.Comments[0].Body = strings.Replace(h.Comments[0].Body, "## ", "## Plan digest: `"+digest+"` ", 1)
	r.hub(h)
	r.run("apply.yml", "apply", false)
	h.Comments[0].Body = "Reads: 1 call. Writes: 1 call. Plan digest: `" + digest + "`\n"
	r.hub(h)
	r.run("apply.yml", "apply", false)
}

// A fork's pull request was planned from a snapshot, and no plan of it is there.
func TestAMergedForkIsNotAppliedAndSaidToBeOne(t *testing.T) {
	r := newRepository(t)
	r.write(trustAfter)
	head := r.commit()
	var h hub
	r.env["GITHUB_SHA"] = head
	for _, said := range []string{"This commit is not that of a merged pull request", "Pull request 12 has no run of plan.yml in this repository, as one from a fork never has. Open a pull request from a branch of this repository"} {
		r.hub(h)
		r.run("apply.yml", "apply", false)
		if !strings.Contains(r.talk, "::error title=trustctl::"+said) {
			t.Errorf("said is %q, want %q", r.talk, said)
		}
		h.merge(head)
		h.Runs = h.Runs[:1] // the stranger's own
	}
	if pushed, err := os.ReadFile(r.env["PULUMI_LOG"]); err == nil {
		t.Errorf("pushed was %q", pushed)
	}
}

func TestAForkIsPlannedFromASnapshotWithoutCredentials(t *testing.T) {
	forkIsPlanned(t, newRepository(t))
}

func TestTheFirstPullRequestOfAForkIsPlanned(t *testing.T) {
	for name, base := range firstBases {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.baseOf(base)
			forkIsPlanned(t, r)
		})
	}
}

func forkIsPlanned(t *testing.T, r *repository) {
	r.values["github.ref_name == github.event.repository.default_branch"] = "true"
	r.run("snapshot.yml", "snapshot", true)
	for name := range r.env {
		if strings.HasPrefix(name, "AWS_ENDPOINT") || strings.HasPrefix(name, "AWS_ACCESS") || strings.HasPrefix(name, "AWS_SECRET") {
			delete(r.env, name)
		}
	}
	h := r.readHub()
	h.Runs = []map[string]any{
		workflowRun("snapshot.yml", 66, "stranger/trust", map[string]any{"event": "pull_request", "head_branch": "main"}),
		workflowRun("snapshot.yml", 99, "acme/trust", map[string]any{"event": "schedule", "head_branch": "main"}),
	}
	r.hub(h)

	// The checkout of the merge goes into a folder of its own.
	proposed := filepath.Join(r.workspace, "proposed", "trust")
	checkout := r.uses["actions/checkout"]
	r.uses["actions/checkout"] = func(with map[string]string) {
		checkout(with)
		if with["path"] == "proposed" {
			if err := os.MkdirAll(proposed, 0o755); err != nil {
				t.Fatal(err)
			}
			r.file(filepath.Join(proposed, "main.trust.hcl"), trustAfter)
		}
	}
	r.run("plan-fork.yml", "plan", false)
	if got := r.outputs["plan"]; got["exitcode"] != "3" || got["relation"] != "wider" {
		t.Errorf("the plan's outputs are %v", got)
	}
	r.run("plan-fork.yml", "comment", true)
	if comments := r.readHub().Comments; len(comments) != 1 || !strings.Contains(comments[0].Body, "payments/prod") {
		t.Errorf("the comments are %+v", comments)
	}
}

func TestDriftOpensOneIssueAndClosesIt(t *testing.T) {
	r := newRepository(t)
	r.run("drift.yml", "drift", true)
	if issues := r.readHub().Issues; len(issues) != 0 {
		t.Fatalf("without drift the issues are %+v", issues)
	}
	r.write(strings.Replace(trustBefore, `"payments/prod" {}`, trustDescribed, 1))
	for range 2 {
		r.run("drift.yml", "drift", true)
		if issues := r.readHub().Issues; len(issues) != 1 || !issues[0].Open || !strings.Contains(issues[0].Body, "payments/prod") {
			t.Fatalf("with drift the issues are %+v", issues)
		}
	}
	r.write(trustBefore)
	r.run("drift.yml", "drift", true)
	if issues := r.readHub().Issues; len(issues) != 1 || issues[0].Open {
		t.Fatalf("after it the issues are %+v", issues)
	}
}

func TestAFleetIsPlannedAccountByAccount(t *testing.T) {
	r := newRepository(t)
	r.file(filepath.Join(r.workspace, "trust/accounts.txt"), "111122223333\n# a comment\n444455556666\n")
	r.run("matrix.yml", "accounts", true)
	var accounts []string
	if err := json.Unmarshal([]byte(r.outputs["list"]["accounts"]), &accounts); err != nil || strings.Join(accounts, " ") != "111122223333 444455556666" {
		t.Errorf("the accounts are %q (%v)", r.outputs["list"]["accounts"], err)
	}
	r.run("matrix.yml", "plan", true)
}

// The action puts the base branch's ESC files into the tree of a pull request,
// which may hold links: nothing outside of it is removed or written.
func TestTheActionFollowsNoLinkOfAStrangersTree(t *testing.T) {
	for name, test := range map[string]struct{ link, config, escDir string }{
		"the configuration":           {"proposed/trust", "proposed/trust", "esc"},
		"a folder above it":           {"proposed", "proposed/trust", "esc"},
		"a folder far above it":       {"proposed", "./proposed/infra/a b/trust", "esc"},
		"the folder of the ESC files": {"proposed/trust/esc", "proposed/trust", "esc"},
		"a folder on the way to it":   {"proposed/trust/made", "proposed/trust", "made/by/esc"},
		"the folder of the reports":   {"trustctl-plan", "trust", "esc"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			victim := filepath.Join(t.TempDir(), "victim")
			below, ok := strings.CutPrefix(strings.TrimPrefix(test.config, "./")+"/"+test.escDir, test.link)
			if !ok {
				below = ""
			}
			kept := filepath.Join(victim, below, "kept")
			for _, dir := range []string{filepath.Dir(kept), filepath.Join(r.workspace, filepath.Dir(test.link))} {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			r.file(kept, "kept")
			if err := os.Symlink(victim, filepath.Join(r.workspace, test.link)); err != nil {
				t.Fatal(err)
			}
			with := map[string]string{"config": test.config, "esc_dir": test.escDir, "base": "trust"}
			if test.config == "trust" {
				delete(with, "base")
			}
			r.values["inputs.plan == 'true'"] = "true"
			if err := r.action("plan", with); err == nil {
				t.Error("the action did not fail")
			}
			if entries, err := os.ReadDir(filepath.Dir(kept)); err != nil || len(entries) != 1 {
				t.Errorf("what the link leads to holds %v now (%v)", entries, err)
			}
		})
	}
}
