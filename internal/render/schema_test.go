package render

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

const planSchema = "../../docs/schema/plan.schema.json"

// document is a plan's JSON, decoded.
func document(t *testing.T, p *plan.Plan) any {
	t.Helper()
	text, err := JSON(Report{Plan: p, Findings: findings(), Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Version: "1.2.3", PlanDigest: "sha256:" + strings.Repeat("0", 64)})
	if err != nil {
		t.Fatal(err)
	}
	return instance(t, text)
}

func TestEveryPlanHoldsTheSchema(t *testing.T) {
	schema := schemaOf(t, planSchema)
	same := trust.State{Roles: []trust.Role{role("web/same")}}
	for name, p := range map[string]*plan.Plan{
		"everything": everything(), "hostile": hostile(), "large": large(30), "no changes": compute(same, same), "nothing": compute(trust.State{}, trust.State{}),
		"drifted": drifted(), "destroyed": compute(trust.State{}, same, func(o *plan.Options) { o.Mode = plan.ModeDestroy }),
		"refused": compute(trust.State{}, trust.State{Roles: []trust.Role{role("old/gone", func(r *trust.Role) { r.Tags[trust.TagPreventDestroy] = "true" })}}),
	} {
		if err := schema.Validate(document(t, p)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// drifted is a plan that only says what changed.
func drifted() *plan.Plan {
	before := trust.State{Accounts: accounts(), Roles: []trust.Role{role("web/same"), role("web/gone")}}
	after := trust.State{Accounts: accounts(), Roles: []trust.Role{role("web/same", func(r *trust.Role) { r.Description = "by hand" })}}
	return plan.Drift(before, before, after, plan.Options{Stack: stack, Issuers: []string{issuer}, Snapshot: &plan.Snapshot{Taken: time.Unix(0, 0), Digest: "sha256:0"}})
}

// optional are the keys that a plan may do without.
var optional = []string{
	"index", "action_reason", "replace_paths", "importing", "plan_digest", "snapshot", "since", "known_only_live", "failure", "pos", "line", "column",
	"tokens", "more", "open", "any_audience", "and", "except", "witness", "if", "note", "others", "provider", "shortest", "multivalued", "others_gained", "others_lost",
	"unnamed", "instead", "changes", "new", "gone", "attached", "detached", "inline", "added", "removed", "boundary_before", "boundary_after", "lost", "unsure",
	"proof", "audience", "subject", "keys", "admitted", "text", "environment", "resource", "arn", "accepted", "push", "gap",
}

// place is of what is about no object, or about one.
var place = regexp.MustCompile("^/trustctl/(findings|problems)/")

// mutate makes small changes of a plan, one at a time: a key that there is not,
// one that is gone, a value of another type. The plan is as it was at the end.
func mutate(v any, changed func(what string)) {
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			v["surplus"] = true
			changed(at + "/surplus is new")
			delete(v, "surplus")
			for _, key := range slices.Sorted(maps.Keys(v)) {
				was, here := v[key], at+"/"+key
				switch key {
				case "before", "after", "values", "keys":
					if key != "values" || at != "/prior_state" {
						v[key] = "text"
						changed(here + " is a text")
						v[key] = was
						continue
					}
				}
				if !slices.Contains(optional, key) && !(key == "address" && place.MatchString(at)) {
					delete(v, key)
					changed(here + " is gone")
				}
				v[key] = map[string]any{"of another": "type"}
				if _, object := was.(map[string]any); object {
					v[key] = []any{}
				}
				changed(here + " is of another type")
				v[key] = was
				walk(here, was)
			}
		case []any:
			for i, e := range v {
				if i < 3 {
					walk(fmt.Sprintf("%s/%d", at, i), e)
				}
			}
		}
	}
	walk("", v)
}

func TestASmallChangeMakesAPlanNoPlan(t *testing.T) {
	schema := schemaOf(t, planSchema)
	v := document(t, everything())
	if err := schema.Validate(v); err != nil {
		t.Fatal(err)
	}
	refused := 0
	mutate(v, func(what string) {
		if schema.Validate(v) == nil {
			t.Errorf("a plan in which %s is taken for one", what)
		} else {
			refused++
		}
	})
	if refused < 100 {
		t.Errorf("only %d mutations are refused", refused)
	}
	t.Logf("%d mutations are refused", refused)
}

func TestTheSchemasAreOfOneDraftAndListed(t *testing.T) {
	files, err := filepath.Glob("../../docs/schema/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("the schemas are %v (%v)", files, err)
	}
	listed, err := os.ReadFile("../../docs/pull-requests.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if s := schemaOf(t, file); s.DraftVersion != 2020 {
			t.Errorf("%s is of draft %d", file, s.DraftVersion)
		}
		if link := "(schema/" + filepath.Base(file) + ")"; !strings.Contains(string(listed), link) {
			t.Errorf("docs/pull-requests.md does not name %s", file)
		}
	}
}
