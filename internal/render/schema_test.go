package render

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render/schematest"
	"github.com/trustctl/trustctl/internal/trust"
)

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
	schema := schematest.Of(t, "plan")
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

// planned says what a plan may do without. What an object was and will be is
// no matter of the schema's.
var planned = schematest.Document{
	Optional: func(at, key string) bool {
		return slices.Contains(optional, key) || key == "address" && place.MatchString(at)
	},
	Foreign: func(at, key string) bool {
		return slices.Contains([]string{"before", "after", "keys"}, key) || key == "values" && at != "/prior_state"
	},
}

func TestASmallChangeMakesAPlanNoPlan(t *testing.T) {
	schema := schematest.Of(t, "plan")
	v := document(t, everything())
	if err := schema.Validate(v); err != nil {
		t.Fatal(err)
	}
	refused := 0
	planned.Changes(v, func(what string) {
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
	files, err := filepath.Glob(filepath.Join(schematest.Folder, "*.json"))
	if err != nil || len(files) < 8 {
		t.Fatalf("the schemas are %v (%v)", files, err)
	}
	listed, err := os.ReadFile("../../docs/pull-requests.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if s := schematest.Of(t, strings.TrimSuffix(filepath.Base(file), ".schema.json")); s.DraftVersion != 2020 {
			t.Errorf("%s is of draft %d", file, s.DraftVersion)
		}
		if link := "(schema/" + filepath.Base(file) + ")"; !strings.Contains(string(listed), link) {
			t.Errorf("docs/pull-requests.md does not name %s", file)
		}
	}
}
