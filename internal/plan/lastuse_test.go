package plan

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

// noon is when the accounts of these tests are read.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// used is a role as it is found, made and last used so long before noon.
func used(environment string, made, last time.Duration) trust.Role {
	r := live(role(one, environment))
	r.Created, r.LastUseKnown = noon().Add(-made), true
	if last >= 0 {
		r.LastUsed = noon().Add(-last)
	}
	return r
}

const (
	day   = 24 * time.Hour
	never = -1
)

// removing is a plan under which roles go that are there.
func removing(now time.Time, change func(*Options), roles ...trust.Role) (*Plan, trust.State) {
	o := options()
	o.Now = now
	if change != nil {
		change(&o)
	}
	current := trust.State{Accounts: accounts(one), Roles: roles}
	return Compute(trust.State{Accounts: accounts(one)}, current, o), current
}

func TestWhatIsKnownOfTheLastUseOfARoleThatGoes(t *testing.T) {
	silent := used("a/b", day, never)
	silent.LastUseKnown = false
	for name, tt := range map[string]struct {
		role trust.Role
		want LastUse
	}{
		"used yesterday":                         {used("a/b", 900*day, day), LastUse{Used, noon().Add(-day), true}},
		"used 29 days ago":                       {used("a/b", 900*day, 29*day), LastUse{Used, noon().Add(-29 * day), true}},
		"used 31 days ago":                       {used("a/b", 900*day, 31*day), LastUse{Used, noon().Add(-31 * day), false}},
		"used later than our clock says it is":   {used("a/b", 900*day, never), LastUse{Use: NoneTracked}},
		"younger than IAM's record, and no date": {used("a/b", 399*day, never), LastUse{Use: NeverUsed}},
		"older than that":                        {used("a/b", 401*day, never), LastUse{Use: NoneTracked}},
		"IAM said nothing":                       {silent, LastUse{Use: UseUnknown}},
	} {
		t.Run(name, func(t *testing.T) {
			want := tt.want
			if strings.Contains(name, "later") {
				tt.role.LastUsed = noon().Add(time.Hour)
				want = LastUse{Used, tt.role.LastUsed, true}
			}
			p, _ := removing(noon(), nil, tt.role)
			if diff := cmp.Diff(&want, p.Changes[0].LastUse); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if recent := len(p.RecentlyUsed()) > 0; recent != want.Recent {
				t.Errorf("among the recently used: %v", recent)
			}
		})
	}
}

func TestAPlanWarnsOfRolesInUseThatWouldGo(t *testing.T) {
	roles := []trust.Role{used("a/busy", 900*day, day), used("a/idle", 900*day, 100*day), used("a/new", day, never)}
	p, _ := removing(noon(), nil, roles...)
	want := []string{`delete aws_iam_role.acme["a/busy"]`, `delete aws_iam_role.acme["a/idle"]`, `delete aws_iam_role.acme["a/new"]`, "warning: Roles in use would go"}
	if diff := cmp.Diff(want, summary(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := p.Problems[0].Detail; !strings.Contains(d, "esc-acme--a--busy (2026-03-03)") || strings.Contains(d, "idle") {
		t.Errorf("the warning is %q", d)
	}
	if diff := cmp.Diff([]string{"esc-acme--a--busy"}, p.RecentlyUsed()); diff != "" {
		t.Errorf("recently used (-want +got):\n%s", diff)
	}
}

// A role is used between the plan and its answer, by somebody whom the one who
// approved it did not know of.
func TestARoleThatIsUsedAfterThePlanShowedItIdleStaysForNow(t *testing.T) {
	idle, busy := used("a/b", 900*day, 100*day), used("a/b", 900*day, time.Minute)
	allowed := func(o *Options) { o.AllowRecentlyUsed = true }
	shownIdle, _ := removing(noon(), allowed, idle)
	shownBusy, _ := removing(noon(), allowed, used("a/b", 900*day, day))
	now, current := removing(noon(), allowed, busy)

	var stale *StaleError
	if _, err := shownIdle.Remaining(now, current); !errors.As(err, &stale) || !strings.Contains(err.Error(), "esc-acme--a--b was used at 2026-03-04T11:59:00Z") {
		t.Errorf("the plan that showed it idle: %v", err)
	}
	if _, err := shownBusy.Remaining(now, current); err != nil {
		t.Errorf("the plan that showed it in use: %v", err)
	}
}

func TestASavedPlanCannotHideALastUse(t *testing.T) {
	p, _ := removing(noon(), nil, used("a/b", 900*day, day))
	p.Changes[0].LastUse = &LastUse{Use: NeverUsed}
	text, _, err := Encode(p, Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Decode(text); err == nil || !strings.Contains(err.Error(), "last use") {
		t.Errorf("it is read: %v", err)
	}
}
