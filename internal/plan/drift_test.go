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

// Of a role that lost our marks and trusts another, a later snapshot has the
// name alone: that is no role that is gone, and nobody knows who gained it.
func TestARoleThatALaterSnapshotHasByNameIsNotGone(t *testing.T) {
	desired, before := fleet(4)
	desired.Accounts = before.Accounts
	left := before.Roles[0]
	after := before
	after.Roles = append([]trust.Role{}, before.Roles[1:]...)
	after.Unread = []trust.Unread{{Account: left.Account, Path: left.Path, Name: left.Name}}
	p := Drift(desired, before, after, options())
	if len(p.Drift) != 1 || p.Drift[0].Action != Update || !p.Drift[0].Unread {
		t.Fatalf("the drift is %+v", p.Drift)
	}
	if p.Relation() != "unknown" || len(p.Fails(GateWider)) != 1 || len(p.Fails(GatePermissions)) != 1 {
		t.Errorf("access is %s, and the gates stop for %v and %v", p.Relation(), p.Fails(GateWider), p.Fails(GatePermissions))
	}
}

func TestAnIssuerThatALaterSnapshotDoesNotKnowIsNotCompared(t *testing.T) {
	desired := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}
	known := trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}
	unread := trust.State{Accounts: accounts(one), Unread: []trust.Unread{{Account: one, URL: known.Providers[0].URL}}}
	for name, before := range map[string]trust.State{"it was known": known, "it was not": unread, "there was none": {Accounts: accounts(one)}} {
		p := Drift(desired, before, unread, options())
		if p.Drifted() || !p.Errored() || len(p.Problems) != 1 {
			t.Errorf("%s: drift %+v, problems %+v", name, p.Drift, p.Problems)
		}
	}
}
