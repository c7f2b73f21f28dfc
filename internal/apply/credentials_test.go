package apply

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

const elsewhere = trust.AccountID("222222222222")

// inTwo is a desired state with the same environments in two accounts.
func inTwo(t *testing.T, n int) trust.State {
	t.Helper()
	s := declared(t, names(n), nil)
	provider := s.Providers[0]
	provider.Account, provider.ARN = elsewhere, trust.ProviderARN("aws", elsewhere, providerURL)
	s.Providers = append(s.Providers, provider)
	for i := range n {
		role, file := s.Roles[i], s.Files[i]
		role.Account, role.Environment = elsewhere, strings.Replace(role.Environment, "payments", "other", 1)
		role.Trust = document(t, strings.ReplaceAll(role.Trust.String(), string(account), string(elsewhere)))
		file.Account, file.Environment, file.Path = elsewhere, role.Environment, role.Environment+".yaml"
		s.Roles, s.Files = append(s.Roles, role), append(s.Files, file)
	}
	return s
}

func TestExpiredCredentialsEndAnAccountAndNoOther(t *testing.T) {
	for fault, code := range map[sandbox.Fault]string{sandbox.ExpiredToken: "ExpiredToken", sandbox.InvalidToken: "InvalidClientTokenId"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const from, parallelism, roles = 25, 4, 30
				f := newFleet(t, account, elsewhere)
				p := f.plan(t, inTwo(t, roles))
				f.faults(t, sandbox.Faults{Rules: []sandbox.Rule{{Fault: fault, Match: sandbox.Match{Account: string(account)}, From: from}}})
				before := len(f.server.Log())
				r := Run(t.Context(), p, f.clients, f.folder, Options{Parallelism: parallelism})

				met := 0
				for _, call := range f.server.Log()[before:] {
					if call.Code == code {
						met++
					}
				}
				if met == 0 || met > parallelism {
					t.Errorf("%d calls after the credentials expired, want as many as were in flight: %d at most", met, parallelism)
				}
				if len(r.Refused) != 1 || r.Refused[0].Account != account || !strings.Contains(r.Refused[0].Error(), code) {
					t.Errorf("refused %v, want the one account", r.Refused)
				}
				if n := len(r.Done) + len(r.Failed) + len(r.NotTried); n != changes(p) || r.Interrupted {
					t.Errorf("%d changes in the lists, want %d; interrupted %v", n, changes(p), r.Interrupted)
				}
				there := 0
				for _, o := range r.Done {
					if o.Address.Account == elsewhere || strings.HasPrefix(o.Resource, "local_file") && strings.Contains(o.Resource, "/other/") {
						there++
					}
				}
				if there < roles+1 {
					t.Errorf("%d changes done in the other account, want all %d", there, roles+1)
				}
				if len(r.Failed) > parallelism || len(r.NotTried) < 10 {
					t.Errorf("%d failed and %d not tried", len(r.Failed), len(r.NotTried))
				}
				for _, o := range append(r.Failed, r.NotTried...) {
					if !isRefused(o.Err) || o.Failed != "" {
						t.Errorf("%s: %q: %v, want the credentials to be the reason", o.Resource, o.Failed, o.Err)
					}
				}

				asked := len(f.server.Log())
				c := Confirm(t.Context(), p, r, f.readers, ConfirmOptions{})
				for _, call := range f.server.Log()[asked:] {
					if call.Account == string(account) {
						t.Fatalf("%s was called in the closed account", call.Action)
					}
				}
				for _, u := range c.Unconfirmed {
					if u.Err == nil || p.Changes[u.Change].Address.Account != account {
						t.Errorf("%s is not confirmed: %v", u.Resource, u.Err)
					}
				}

				f.faults(t, sandbox.Faults{})
				f.must(t, inTwo(t, roles))
				if again := f.plan(t, inTwo(t, roles)); again.Pending() {
					t.Errorf("after another run there are still changes: %+v", again.Changes)
				}
			})
		})
	}
}

func TestALostAnswerBeforeTheExpiryIsTheChangesOwnFailure(t *testing.T) {
	w := newWorld(t)
	w.must(t, createProvider())
	w.wire.on = func(action string, nth int) *fault {
		if action != "CreateRole" {
			return nil
		}
		if nth == 1 {
			return &fault{lose: true}
		}
		return &fault{code: "ExpiredTokenException", message: "The security token included in the request is expired"}
	}
	r := w.run(t, Options{Parallelism: 1}, []plan.Step{createRole(t, "r")}, []plan.Step{createRole(t, "s")})
	if len(r.Failed) != 1 || r.Failed[0].Failed != "CreateRole" || isRefused(r.Failed[0].Err) || len(r.NotTried) != 1 || !isRefused(r.NotTried[0].Err) {
		t.Errorf("got %+v, want the first failed, for it may have been made, and the second not tried", r)
	}
	if diff := cmp.Diff(2, w.wire.seen["CreateRole"]); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestWhatCountsAsRefusedCredentials(t *testing.T) {
	for text, want := range map[string]bool{
		"operation error IAM: GetRole, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found": true,
		"operation error IAM: GetRole, https response error":                                                                        false,
	} {
		if got := withoutCredentials(errors.New(text)); got != want {
			t.Errorf("withoutCredentials(%q) = %v, want %v", text, got, want)
		}
	}
}
