package apply

import (
	"errors"
	"testing"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// teller counts what it is told, from one goroutine at a time.
type teller struct {
	nobody
	started, ended int
}

func (w *teller) Start(plan.Change)      { w.started++ }
func (w *teller) End(plan.Change, error) { w.ended++ }

func TestNoMoreRolesAreCreatedInAnAccountThatIsFull(t *testing.T) {
	w := newWorld(t)
	if err := w.server.SetQuotas(string(account), sandbox.Quotas{Roles: 2}); err != nil {
		t.Fatal(err)
	}
	var steps []plan.Step
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		steps = append(steps, createRole(t, name))
	}
	told := &teller{}
	got := w.runUntil(t.Context(), Options{Parallelism: 1, Observer: told}, append(steps, createProvider())...)
	if len(got.Done) != 3 || len(got.Failed) != 1 || len(got.NotTried) != 3 || w.wire.seen["CreateRole"] != 3 {
		t.Fatalf("after %d creates: %d done, %d failed, %d not tried, want 3, 1, 3 after 3", w.wire.seen["CreateRole"], len(got.Done), len(got.Failed), len(got.NotTried))
	}
	if told.started != 4 || told.ended != 4 {
		t.Errorf("told of %d starts and %d ends, want 4", told.started, told.ended)
	}
	for _, o := range got.NotTried {
		var e *QuotaError
		if !errors.As(o.Err, &e) || e.Account != account {
			t.Errorf("%s was not tried because of %v", o.Resource, o.Err)
		}
	}
	again := w.runUntil(t.Context(), Options{Parallelism: 1}, createRole(t, "c"), plan.DeleteRole{RoleName: "a"}, createRole(t, "d"))
	if len(again.Failed) != 1 || len(again.Done) != 2 {
		t.Errorf("a role that goes makes no room: %+v", again)
	}
}

func TestATrustPolicyThatIsTooLargeFillsNoAccount(t *testing.T) {
	w := newWorld(t)
	w.wire.on = first(1, "CreateRole", fault{code: "LimitExceeded", message: "Cannot exceed quota for ACLSizePerRole: 2048"})
	if got := w.runUntil(t.Context(), Options{Parallelism: 1}, createRole(t, "a"), createRole(t, "b")); len(got.Failed) != 1 || len(got.Done) != 1 {
		t.Errorf("result %+v, want one failed and one done", got)
	}
}
