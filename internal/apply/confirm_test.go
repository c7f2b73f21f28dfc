package apply

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

// bulkReads are the calls that a reading of an account makes for its roles.
var bulkReads = []string{"GetAccountAuthorizationDetails", "ListRoles"}[:2:2]

// confirm confirms a result and gives the reads that it took, by action.
func (f *fleet) confirm(t *testing.T, desired trust.State, o ConfirmOptions) (Confirmation, map[string]int) {
	t.Helper()
	p, r := f.must(t, desired)
	f.server.ResetCounts()
	c := Confirm(t.Context(), p, r, f.readers, o)
	return c, f.server.Counts()
}

func resourcesOf(c Confirmation) []string {
	var all []string
	for _, u := range c.Unconfirmed {
		all = append(all, u.Resource)
	}
	return all
}

func TestWhatWasWrittenIsReadAgainWithTheFewestCalls(t *testing.T) {
	many := 40
	if os.Getenv("TRUSTCTL_FULL") != "" {
		many = 500
	}
	edited := func(name string, edit func(*trust.Role)) func(*trust.Role) {
		return func(r *trust.Role) {
			if r.Name == name {
				edit(r)
			}
		}
	}
	describe := edited("esc-e001", func(r *trust.Role) { r.Description = "another" })
	for name, test := range map[string]struct {
		before, after trust.State
		pageSize      int32
		want          map[string]int
		confirmed     int
	}{
		"a first apply, in bulk": {trust.State{}, declared(t, names(many), nil), 0,
			map[string]int{"GetAccountAuthorizationDetails": 1, "ListRoles": 1, "GetOpenIDConnectProvider": 1}, many + 1},
		"one of many roles, in bulk": {declared(t, names(many), nil), declared(t, names(many), describe), 0,
			map[string]int{"GetAccountAuthorizationDetails": 1, "ListRoles": 1}, 1},
		"one role of a large account, by name": {declared(t, names(many), nil), declared(t, names(many), describe), 5,
			map[string]int{"GetRole": 1, "ListAttachedRolePolicies": 1, "ListRolePolicies": 1, "GetRolePolicy": 1}, 1},
		"one role that is gone, by name": {declared(t, names(3), nil), declared(t, names(2), nil), 0,
			map[string]int{"GetRole": 1}, 1},
		"nothing": {declared(t, names(2), nil), declared(t, names(2), nil), 0, map[string]int{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, account)
				f.pageSize = test.pageSize
				f.must(t, test.before)
				c, reads := f.confirm(t, test.after, ConfirmOptions{})
				if len(c.Unconfirmed) > 0 || c.Confirmed != test.confirmed {
					t.Errorf("%d confirmed, want %d; not confirmed: %v", c.Confirmed, test.confirmed, c.Unconfirmed)
				}
				if diff := cmp.Diff(test.want, reads); diff != "" {
					t.Errorf("reads (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestReadsThatLagAreWaitedForAndThenAskedByName(t *testing.T) {
	for name, test := range map[string]struct {
		lags  []sandbox.Lag
		roles int
		bulk  int // readings in bulk
		names int // GetRole calls
		took  time.Duration
	}{
		"bulk reads for one reading": {[]sandbox.Lag{{Match: sandbox.Match{Actions: bulkReads}, Reads: 1}}, 2, 1, 2, time.Second},
		"bulk reads for long":        {[]sandbox.Lag{{Match: sandbox.Match{Actions: bulkReads}, Reads: 99}}, 2, 1, 2, time.Second},
		"bulk reads of many roles":   {[]sandbox.Lag{{Match: sandbox.Match{Actions: bulkReads}, Reads: 2}}, 20, 2, 0, time.Second},
		"bulk reads of many for long": {[]sandbox.Lag{{Match: sandbox.Match{Actions: bulkReads}, Reads: 99}},
			20, 3, 20, 7 * time.Second}, // 1 + 2 + 4
		"all reads": {[]sandbox.Lag{{Match: sandbox.Match{Actions: bulkReads}, Reads: 99}, {Match: sandbox.Match{Actions: []string{"GetRole"}}, Reads: 2}},
			1, 1, 3, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, account)
				p := f.plan(t, declared(t, names(test.roles), nil))
				f.faults(t, sandbox.Faults{Lags: test.lags})
				r := Run(t.Context(), p, f.clients, f.folder, Options{})
				f.server.ResetCounts()
				told := 0
				var c Confirmation
				took := since(func() {
					c = Confirm(t.Context(), p, r, f.readers, ConfirmOptions{Waiting: func(int) { told++ }})
				})
				counts := f.server.Counts()
				if len(c.Unconfirmed) > 0 || c.Confirmed != test.roles+1 || told == 0 {
					t.Errorf("got %+v, told %d times", c, told)
				}
				if counts["ListRoles"] != test.bulk || counts["GetRole"] != test.names {
					t.Errorf("reads %v, want %d in bulk and %d by name", counts, test.bulk, test.names)
				}
				if took.Round(time.Second) != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
			})
		})
	}
}

func TestWhatDoesNotReadAsItWasWrittenIsNamedAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, account)
		f.must(t, declared(t, names(3), nil))
		f.faults(t, sandbox.Faults{Lags: []sandbox.Lag{{Match: sandbox.Match{Actions: append(bulkReads, "GetRole", "ListAttachedRolePolicies", "ListRolePolicies")}, Reads: 1 << 20}}})
		var c Confirmation
		took := since(func() {
			c, _ = f.confirm(t, declared(t, []string{"e000", "e002", "e003"}, func(r *trust.Role) {
				if r.Name == "esc-e000" {
					r.Description = "another"
				}
			}), ConfirmOptions{Within: time.Minute})
		})
		want := []string{`aws_iam_role.acme["payments/e000"]`, `aws_iam_role.acme["payments/e001"]`, `aws_iam_role.acme["payments/e003"]`}
		if got := resourcesOf(c); !slices.Equal(got, want) || c.Confirmed != 0 {
			t.Errorf("not confirmed: %q, want %q", resourcesOf(c), want)
		}
		for _, u := range c.Unconfirmed {
			if u.Err != nil {
				t.Errorf("%s: %v, want no error: it was read", u.Resource, u.Err)
			}
		}
		if took < time.Minute || took > 70*time.Second {
			t.Errorf("it took %s, want a minute", took)
		}
	})
}

func TestOnlyWhatWasDoneIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, account)
		p := f.plan(t, declared(t, names(3), nil))
		f.faults(t, sandbox.Faults{Rules: []sandbox.Rule{{Fault: sandbox.AccessDenied,
			Match: sandbox.Match{Actions: []string{"AttachRolePolicy"}, Resource: "esc-e001"}}}})
		r := Run(t.Context(), p, f.clients, f.folder, Options{})
		if len(r.Failed) != 1 {
			t.Fatalf("got %+v, want one failure", r)
		}
		if c := Confirm(t.Context(), p, r, f.readers, ConfirmOptions{}); c.Confirmed != 3 || len(c.Unconfirmed) > 0 {
			t.Errorf("got %+v, want two roles and the provider", c)
		}
	})
}

func TestWhatCannotBeReadAgainSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const other = trust.AccountID("222222222222")
		f := newFleet(t, account, other)
		desired := declared(t, names(1), nil)
		there := desired.Roles[0]
		there.Account, there.Environment = other, "acme/payments/x"
		there.Trust = document(t, strings.ReplaceAll(there.Trust.String(), string(account), string(other)))
		provider := desired.Providers[0]
		provider.Account, provider.ARN = other, trust.ProviderARN("aws", other, providerURL)
		desired.Roles, desired.Providers = append(desired.Roles, there), append(desired.Providers, provider)
		p, r := f.must(t, desired)
		f.faults(t, sandbox.Faults{Rules: []sandbox.Rule{{Fault: sandbox.AccessDenied, Match: sandbox.Match{Account: string(other)}}}})
		c := Confirm(t.Context(), p, r, f.readers, ConfirmOptions{})
		if c.Confirmed != 2 || len(c.Unconfirmed) != 2 {
			t.Fatalf("got %+v, want the other account's two not confirmed", c)
		}
		for _, u := range c.Unconfirmed {
			if u.Err == nil || !strings.HasPrefix(u.Err.Error(), "GetAccountAuthorizationDetails: AccessDenied: ") && !strings.HasPrefix(u.Err.Error(), "ListRoles: AccessDenied: ") && !strings.HasPrefix(u.Err.Error(), "GetOpenIDConnectProvider: AccessDenied: ") {
				t.Errorf("%s: %v", u.Resource, u.Err)
			}
		}
	})
}

func TestAnInterruptEndsTheConfirming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, account)
		p := f.plan(t, declared(t, names(1), nil))
		f.faults(t, sandbox.Faults{Lags: []sandbox.Lag{{Reads: 1 << 20}}})
		r := Run(t.Context(), p, f.clients, f.folder, Options{})
		ctx, interrupt := context.WithCancel(t.Context())
		took := since(func() {
			c := Confirm(ctx, p, r, f.readers, ConfirmOptions{Waiting: func(int) { interrupt() }})
			if len(c.Unconfirmed) != 2 {
				t.Errorf("got %+v, want both not confirmed", c)
			}
		})
		if took > time.Second {
			t.Errorf("it went on for %s", took)
		}
	})
}

// counting is a Reader that notes how many reads are made at once.
type counting struct {
	Reader
	mu          *sync.Mutex
	now, atMost *int
}

func (c counting) Role(context.Context, string) (trust.Role, bool, error) {
	c.mu.Lock()
	*c.now++
	*c.atMost = max(*c.atMost, *c.now)
	c.mu.Unlock()
	time.Sleep(time.Second)
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.now--
	return trust.Role{}, false, nil
}

func (counting) RolesCost() int   { return 1000 }
func (counting) RoleCost(int) int { return 1 }

func TestConfirmingKeepsToTheTotalOfAllAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r := &plan.Plan{}, Result{}
		for i := range 40 {
			role := &trust.Role{Account: trust.AccountID(fmt.Sprintf("%012d", i%10)), Name: fmt.Sprint(i)}
			p.Changes = append(p.Changes, plan.Change{Address: role.Address(), Action: plan.Delete, Before: &plan.Object{Role: role}})
			r.Done = append(r.Done, Outcome{Change: i, Address: role.Address()})
		}
		now, atMost := 0, 0
		reader := counting{mu: &sync.Mutex{}, now: &now, atMost: &atMost}
		c := Confirm(t.Context(), p, r, func(trust.AccountID) (Reader, error) { return reader, nil }, ConfirmOptions{Parallelism: 3, Total: 7})
		if c.Confirmed != 40 || atMost != 7 {
			t.Errorf("%d confirmed with %d reads at once, want 40 with 7", c.Confirmed, atMost)
		}
	})
}
