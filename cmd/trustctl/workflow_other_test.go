package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// readYAML reads an example into a value.
func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// signIn lets everything that follows reach the sandbox.
func (r *repository) signIn() { r.uses["aws-actions/configure-aws-credentials"](nil) }

// inOrder runs shell texts as one, in the workspace or a folder below it.
func (r *repository) inOrder(dir string, env map[string]string, texts ...string) error {
	r.t.Helper()
	all := maps.Clone(r.env)
	maps.Copy(all, env)
	return r.shell("", strings.Join(append([]string{"cd ./" + dir}, texts...), "\n"), "bash", all)
}

func TestAtlantisPlansAndAppliesThatPlan(t *testing.T) {
	r := newRepository(t)
	r.signIn()
	var config struct {
		Workflows map[string]map[string]struct {
			Steps []struct{ Run yaml.Node }
		}
	}
	readYAML(t, "../../examples/ci/atlantis/repos.yaml", &config)
	commands := func(stage string) (all []string) {
		for _, s := range config.Workflows["trustctl"][stage].Steps {
			text := s.Run.Value
			if s.Run.Kind == yaml.MappingNode {
				var long struct{ Command string }
				if err := s.Run.Decode(&long); err != nil {
					t.Fatal(err)
				}
				text = long.Command
			}
			all = append(all, text)
		}
		return all
	}
	r.write(trustAfter)
	env := map[string]string{"PLANFILE": filepath.Join(r.temp, "default.tfplan"), "BASE_BRANCH_NAME": "main", "PULUMI_ACCESS_TOKEN": "pul-token"}
	for _, stage := range []string{"plan", "apply"} {
		if err := r.inOrder("trust", env, commands(stage)...); err != nil {
			t.Fatalf("%s: %v", stage, err)
		}
	}
	pushed, err := os.ReadFile(r.env["PULUMI_LOG"])
	if err != nil || string(pushed) != "acme/payments/test\n" {
		t.Errorf("pushed was %q (%v)", pushed, err)
	}
	r.must("trustctl plan -detailed-exitcode -config trust")
}

func TestGitLabPlansAndAppliesThatPlan(t *testing.T) {
	r := newRepository(t)
	r.signIn()
	type job struct {
		Script    []string
		Variables map[string]string
		Artifacts struct{ Reports map[string]string }
	}
	var jobs struct {
		Identity job `yaml:".identity"`
		Plan     job `yaml:"plan"`
		Apply    job `yaml:"apply"`
	}
	readYAML(t, "../../examples/ci/gitlab/.gitlab-ci.yml", &jobs)
	env := map[string]string{
		"AWS_TOKEN": "token", "CI_PROJECT_DIR": r.workspace, "TRUSTCTL_ACCOUNTS": "111122223333",
		"TRUSTCTL_PLAN_ROLE": "arn:aws:iam::111122223333:role/plan", "TRUSTCTL_APPLY_ROLE": "arn:aws:iam::111122223333:role/apply",
		"PULUMI_ACCESS_TOKEN": "pul-token", "CI_COMMIT_BEFORE_SHA": r.base,
	}
	for name, value := range jobs.Identity.Variables {
		env[name] = strings.ReplaceAll(value, "$CI_PROJECT_DIR", r.workspace)
	}

	// A role that is there gets wider: the gate does not hold, and says so.
	r.write(trustAfter)
	if err := r.inOrder(".", env, jobs.Plan.Script...); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Fatalf("the plan ended with %v, want the exit code 3 that the job may fail with", err)
	}
	// Whoever starts the apply all the same has the digest of that plan.
	handed, err := os.ReadFile(filepath.Join(r.workspace, jobs.Plan.Artifacts.Reports["dotenv"]))
	if err != nil {
		t.Fatal(err)
	}
	name, digest, _ := strings.Cut(strings.TrimSpace(string(handed)), "=")
	if name != "TRUSTCTL_DIGEST" || !strings.HasPrefix(digest, "sha256:") {
		t.Fatalf("handed on is %q", handed)
	}
	env[name] = digest
	if err := r.inOrder(".", env, jobs.Apply.Script...); err != nil {
		t.Fatal(err)
	}
	r.must("trustctl plan -detailed-exitcode -config trust")
}

func TestThePreCommitHooksRun(t *testing.T) {
	r := newRepository(t)
	var hooks []struct {
		ID, Entry     string
		PassFilenames *bool `yaml:"pass_filenames"`
	}
	readYAML(t, "../../.pre-commit-hooks.yaml", &hooks)
	var config struct {
		Repos []struct {
			Hooks []struct {
				ID   string
				Args []string
			}
		}
	}
	readYAML(t, "../../examples/ci/pre-commit/.pre-commit-config.yaml", &config)
	entries := map[string]string{}
	for _, h := range hooks {
		entries[h.ID] = h.Entry
		if h.PassFilenames == nil || *h.PassFilenames {
			entries[h.ID] += " trust/main.trust.hcl"
		}
	}
	for _, h := range config.Repos[0].Hooks {
		entry, known := entries[h.ID]
		if !known {
			t.Fatalf("there is no hook %s", h.ID)
		}
		r.must(strings.Join(append([]string{entry}, h.Args...), " "))
	}
	// A mistake stops the commit.
	r.write("org \"Acme\" {}\n")
	if err := r.inOrder(".", nil, entries["trustctl-validate"]+" -config=trust"); err == nil {
		t.Error("validate let a mistake through")
	}
}
