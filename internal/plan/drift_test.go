package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestNothingHasDriftedFromWhatIsTheSame(t *testing.T) {
	desired, current := fleet(50)
	current.Accounts = desired.Accounts
	p := Drift(desired, current, current, options())
	if p.Drifted() || p.Pending() || p.Errored() {
		t.Errorf("drift %v, problems %v", p.Drift, p.Problems)
	}
}

func TestADriftIsWhatChangedAndPlansNothing(t *testing.T) {
	desired, before := fleet(10)
	desired.Accounts = before.Accounts
	after := before
	after.Roles = append([]trust.Role{}, before.Roles...)
	if len(after.Roles) < 4 {
		t.Fatalf("%d roles", len(after.Roles))
	}
	gone := after.Roles[0]
	after.Roles[1].Description = "by hand"
	after.Roles[2].ID = "another"
	after.Roles[3].Tags = map[string]string{"only": "theirs"}
	after.Roles = after.Roles[1:]
	p := Drift(desired, before, after, options())
	got := map[trust.Address]Action{}
	for _, ch := range p.Drift {
		got[ch.Address] = ch.Action
		if ch.Action == Delete && (ch.Access == nil || ch.Access.Tokens.Lost.Outcome == "none") {
			t.Errorf("%s is gone, and nobody is said to lose it", ch.Resource)
		}
	}
	want := map[trust.Address]Action{
		gone.Address(): Delete, before.Roles[1].Address(): Update, before.Roles[2].Address(): Replace, before.Roles[3].Address(): Update,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.Changes) > 0 || len(p.Schedule()) > 0 || p.Writes() > 0 || p.Pending() {
		t.Error("something is planned")
	}
	back := Drift(desired, after, before, options())
	if len(back.Drift) != len(p.Drift) {
		t.Errorf("%d changes there, %d back", len(p.Drift), len(back.Drift))
	}
}
