package endtoend_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

// declare writes a configuration into a folder of its own, beside the others
// of the world, and compiles it.
func (w *world) declare(stack, environments string) *spec.Config {
	w.t.Helper()
	w.path = filepath.Join(w.dir, "config-"+stack)
	check(w.t, os.MkdirAll(w.path, 0o755))
	text := fmt.Sprintf("trustctl {\n  stack = %q\n  esc_dir = %q\n}\naccount \"prod\" {\n  id = %q\n}\norg \"acme\" {\n  account = account.prod\n%s\n}\n", stack, "esc-"+stack, prod, environments)
	check(w.t, os.WriteFile(filepath.Join(w.path, "main.trust.hcl"), []byte(text), 0o644))
	return w.load()
}

// applyTo brings the account to what a configuration says.
func (w *world) applyTo(config *spec.Config) {
	w.t.Helper()
	r := w.computeFor(config)
	r.apply()
	w.settled(r)
}

// destroy takes away what a configuration's stack owns.
func (w *world) destroy(config *spec.Config) {
	w.t.Helper()
	w.computeFor(config, destroying).apply()
	if next := w.computeFor(config, destroying); next.plan.Pending() {
		w.t.Fatalf("the plan after the destroy is not empty:\n%s", next.text())
	}
}

// transfer is the plan that gives a configuration's stack what another has.
func (w *world) transfer(config *spec.Config, from string) *run {
	w.t.Helper()
	return w.computeFor(config, func(o *plan.Options) { o.Mode, o.Stack, o.To = plan.ModeTransfer, from, config.Stack })
}

func destroying(o *plan.Options) { o.Mode = plan.ModeDestroy }

// login asks for a session with the token of a configuration's first environment.
func (w *world) login(config *spec.Config) error {
	role := config.State.Roles[0]
	return w.assume(trust.RoleARN("aws", role.Account, role.Path, role.Name), role.Token.Audience, role.Token.Subjects[0])
}

// strangersProvider makes the provider as somebody else has it.
func (w *world) strangersProvider() {
	w.t.Helper()
	_, err := w.iam(prod).CreateOpenIDConnectProvider(context.Background(), &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://" + issuer), ClientIDList: []string{"zeta", "aws:other", "alpha"}, ThumbprintList: []string{strings.Repeat("ab", 20)},
		Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("security")}, {Key: aws.String("ManagedBy"), Value: aws.String("terraform")}},
	})
	check(w.t, err)
}

func TestOfTwoStacksEitherGoesFirstAndTheOthersTokenStillPasses(t *testing.T) {
	for name, found := range map[string]func(*world){
		"no provider was there":    func(*world) {},
		"a provider of others was": (*world).strangersProvider,
		"it had the audience of both": func(w *world) {
			w.strangersProvider()
			_, err := w.iam(prod).AddClientIDToOpenIDConnectProvider(context.Background(), &iam.AddClientIDToOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: providerARN(prod), ClientID: aws.String("aws:acme")})
			check(w.t, err)
		},
	} {
		for _, second := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the second goes first: %t", name, second), func(t *testing.T) {
				w := newWorld(t, sandbox.Options{})
				found(w)
				was := w.picture(prod)
				one := w.declare("one", `environment "payments/prod" {}`)
				two := w.declare("two", "environment \"web/prod\" {\n trust {\n subs = [env_sub(\"web/prod\"), deploy_sub({ project = \"web\" })]\n }\n}")
				w.applyTo(one)
				w.applyTo(two)
				first, last := one, two
				if second {
					first, last = two, one
				}
				for _, config := range []*spec.Config{one, two} {
					if err := w.login(config); err != nil {
						t.Fatalf("the token of stack %s is refused: %v", config.Stack, err)
					}
				}

				w.destroy(first)
				if err := w.login(first); err == nil {
					t.Errorf("the token of stack %s still passes", first.Stack)
				}
				if err := w.login(last); err != nil {
					t.Errorf("stack %s is gone, and with it the token of stack %s: %v", first.Stack, last.Stack, err)
				}
				if next := w.computeFor(last); next.plan.Pending() || next.plan.Errored() {
					t.Errorf("stack %s has something to do:\n%s", last.Stack, next.text())
				}
				w.destroy(last)
				if diff := cmp.Diff(was, w.picture(prod)); diff != "" {
					t.Errorf("the last one left (-found +left):\n%s", diff)
				}
				if left := w.tree(); len(left) > 0 {
					t.Errorf("files are left: %v", left)
				}
			})
		}
	}
}

func TestASecondConfigurationWithTheStacksNameIsStopped(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	var many strings.Builder
	for i := range 6 {
		fmt.Fprintf(&many, "environment \"payments/env%d\" {}\n", i)
	}
	w.applyTo(w.declare("shared", many.String()))
	before := w.picture(prod)

	second := w.declare("shared", `environment "web/prod" {}`)
	r := w.computeFor(second)
	if !r.plan.Errored() {
		t.Errorf("the plan may be applied:\n%s", r.text())
	}
	text := r.text()
	for _, want := range []string{"Error: Too many deletions", "max_deletes allows 5", "Another configuration with this stack's name?"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the plan:\n%s", want, text)
		}
	}
	for i := range 6 {
		for _, problem := range r.plan.Problems {
			if want := fmt.Sprintf("acme/payments/env%d", i); !strings.Contains(problem.Detail, want) {
				t.Errorf("%q does not name %s: %s", problem.Summary, want, problem.Detail)
			}
		}
	}

	// What is the second's own may be applied all the same, by name.
	w.computeFor(second, func(o *plan.Options) { o.Targets = []string{"acme/web/prod"} }).apply()
	after := w.picture(prod)
	for name := range before {
		if !strings.Contains(name, "oidc-provider") && before[name] != after[name] {
			t.Errorf("%s is the first configuration's and has changed:\n%s", name, cmp.Diff(before[name], after[name]))
		}
	}
}

func TestARenamedEnvironmentKeepsItsRole(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.applyTo(w.declare("s", "environment \"payments/prod\" {\n role {\n name = \"payments\"\n managed_policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n }\n}"))
	id := w.role("payments").RoleId
	renamed := w.declare("s", "environment \"payments/production\" {\n role {\n name = \"payments\"\n managed_policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n }\n}")
	r := w.computeFor(renamed)
	if text := r.text(); !strings.Contains(text, "# (moved from aws_iam_role.acme[\"payments/prod\"])") {
		t.Errorf("the plan does not tell of the move:\n%s", text)
	}
	if got := r.apply().writes().counts(); got["DeleteRole"]+got["CreateRole"] > 0 || got["TagRole"] != 1 || got["UpdateAssumeRolePolicy"] != 1 {
		t.Errorf("the calls are %v", got)
	}
	w.settled(r)
	if *w.role("payments").RoleId != *id {
		t.Error("it is another role")
	}
	if err := w.login(renamed); err != nil {
		t.Errorf("its new token is refused: %v", err)
	}
}

func TestAGuardOutlivesTheBlockThatPutItUp(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.applyTo(w.declare("s", "environment \"payments/prod\" {\n lifecycle {\n prevent_destroy = true\n }\n}\nenvironment \"payments/dev\" {}"))
	r := w.computeFor(w.declare("s", `environment "payments/new" {}`))
	text := r.text()
	for _, want := range []string{
		"Error: The role is guarded", "# (refused: The role is guarded)",
		`# aws_iam_role.acme["payments/dev"] will be destroyed`, `# aws_iam_role.acme["payments/new"] will be created`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the plan:\n%s", want, text)
		}
	}
	if !r.plan.Errored() {
		t.Error("the plan may be applied")
	}
	for _, ch := range r.plan.Changes {
		if ch.Refused != "" && len(ch.Steps()) > 0 {
			t.Errorf("%s is refused, and has steps", ch.Resource)
		}
	}
}

// role reads one role of the account.
func (w *world) role(name string) types.Role {
	w.t.Helper()
	out, err := w.iam(prod).GetRole(context.Background(), &iam.GetRoleInput{RoleName: &name})
	check(w.t, err)
	return *out.Role
}
