package endtoend_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

// atOnce carries several plans out side by side, each made before any began.
func (w *world) atOnce(runs ...*run) []apply.Result {
	w.t.Helper()
	results := make([]apply.Result, len(runs))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, r := range runs {
		if r.plan.Errored() {
			w.t.Fatalf("the plan has errors:\n%s", r.text())
		}
		all.Go(func() {
			<-start
			results[i] = apply.Run(context.Background(), r.plan,
				func(id trust.AccountID) (apply.IAM, error) { return r.sessions.IAM(id) },
				r.folder, apply.Options{Patience: 10 * time.Millisecond})
		})
	}
	close(start)
	all.Wait()
	return results
}

// isConflict says whether a failure tells that somebody else came first.
func isConflict(err error) bool {
	for _, word := range []string{"it exists already", "NoSuchEntity", "ConcurrentModification", "DeleteConflict"} {
		if strings.Contains(err.Error(), word) {
			return true
		}
	}
	return false
}

func TestTwoAppliesAtOnceEndInSuccessOrAClearConflict(t *testing.T) {
	environment := func(name, description string) string {
		return fmt.Sprintf("environment %q {\n role {\n name = %q\n description = %q\n managed_policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n inline_policies = { p = jsonencode({ Version = \"2012-10-17\", Statement = { Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"*\" } }) }\n }\n}\n",
			name, strings.ReplaceAll(name, "/", "-"), description)
	}
	for name, tt := range map[string]struct {
		before        string // stack and environments that are there already; "" is none
		stacks        [2]string
		environments  [2]string
		found         func(*world)
		mustConflict  bool
		everyPlanDone bool // both next plans are empty
	}{
		"the same twice": {stacks: [2]string{"s", "s"}, environments: [2]string{environment("p/a", "x") + environment("p/b", "x"), environment("p/a", "x") + environment("p/b", "x")}, everyPlanDone: true},
		"one has an environment more": {before: environment("p/a", "old"), stacks: [2]string{"s", "s"},
			environments: [2]string{environment("p/a", "x"), environment("p/a", "x") + environment("p/b", "x")}},
		"both change one role, each otherwise": {before: environment("p/a", "old"), stacks: [2]string{"s", "s"},
			environments: [2]string{environment("p/a", "x"), environment("p/a", "y")}},
		"two stacks want one role, and the provider": {stacks: [2]string{"s", "t"}, mustConflict: true,
			environments: [2]string{environment("p/a", "x") + environment("p/b", "x"), environment("p/a", "x") + environment("p/c", "x")}},
		"two stacks want one role on a provider of others": {stacks: [2]string{"s", "t"}, found: (*world).strangersProvider, mustConflict: true,
			environments: [2]string{environment("p/a", "x") + environment("p/b", "x"), environment("p/a", "x") + environment("p/c", "x")}},
		"two stacks share a provider of others": {stacks: [2]string{"s", "t"}, found: (*world).strangersProvider, everyPlanDone: true,
			environments: [2]string{environment("p/b", "x"), environment("p/c", "x")}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 { // each time in another order of calls
				w := newWorld(t, sandbox.Options{})
				if tt.found != nil {
					tt.found(w)
				}
				if tt.before != "" {
					w.applyTo(w.declare("s", tt.before))
				}
				found := w.picture(prod)
				var configs []*spec.Config
				var runs []*run
				for i, stack := range tt.stacks {
					configs = append(configs, w.declare(stack, tt.environments[i]))
					runs = append(runs, w.computeFor(configs[i]))
				}
				conflicts := 0
				for i, result := range w.atOnce(runs...) {
					for _, o := range result.Failed {
						conflicts++
						if !isConflict(o.Err) {
							t.Errorf("stack %s: %s failed without a clear reason: %v", tt.stacks[i], o.Resource, o.Err)
						}
					}
				}
				if tt.mustConflict && conflicts == 0 {
					t.Error("two stacks have one role, and neither knows")
				}
				empty := 0
				for _, config := range configs {
					next := w.computeFor(config)
					if !next.plan.Pending() && !next.plan.Errored() {
						empty++
					} else if tt.mustConflict {
						for _, p := range next.plan.Problems {
							if p.Summary == "The role belongs to another stack" && !strings.Contains(p.Detail, tt.stacks[0]) && !strings.Contains(p.Detail, tt.stacks[1]) {
								t.Errorf("the conflict names nobody: %s", p.Detail)
							}
						}
					}
				}
				if empty == 0 || tt.everyPlanDone && empty < 2 {
					t.Errorf("%d of the two next plans are empty", empty)
				}
				if tt.found != nil {
					w.strangersProviderIs(found[*providerARN(prod)], configs...)
				}
			}
		})
	}
}

// strangersProviderIs demands that what others had on the provider is there,
// and that it is as it was found once all stacks are gone.
func (w *world) strangersProviderIs(found string, configs ...*spec.Config) {
	w.t.Helper()
	for _, config := range configs {
		w.destroy(config)
	}
	if diff := cmp.Diff(found, w.picture(prod)[*providerARN(prod)]); diff != "" {
		w.t.Errorf("the provider of others (-found +left):\n%s", diff)
	}
}
