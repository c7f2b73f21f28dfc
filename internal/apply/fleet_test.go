package apply

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/sandbox/sandboxtest"
	"github.com/trustctl/trustctl/internal/trust"
)

// fleet is a sandbox that is reached as AWS is, with the clients that a run has.
type fleet struct {
	server   *sandbox.Server
	sessions *live.Sessions
	folder   *folder
	accounts []trust.Account
	pageSize int32
	wire     *sandboxtest.Pipes
}

// newFleet makes a sandbox for accounts in the bubble of the test.
func newFleet(t *testing.T, accounts ...trust.AccountID) *fleet {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wire := sandboxtest.NewPipes()
	web := &http.Server{Handler: server}
	go web.Serve(wire)
	f := &fleet{server: server, folder: &folder{files: map[string]trust.EnvironmentFile{}}, wire: wire}
	for _, id := range accounts {
		f.accounts = append(f.accounts, trust.Account{ID: id, Name: "a" + string(id[0]), Partition: "aws"})
	}
	t.Cleanup(func() { web.Close() })
	return f
}

// plan connects, reads and plans, as a run does.
func (f *fleet) plan(t *testing.T, desired trust.State) *plan.Plan {
	t.Helper()
	var targets []live.Target
	for _, a := range f.accounts {
		targets = append(targets, live.Target{Account: a})
	}
	var err error
	f.sessions, err = live.Connect(t.Context(), targets, live.Options{
		Endpoint: "http://sandbox", Dial: f.wire.Dial, PageSize: f.pageSize,
		Credentials: func(id trust.AccountID) aws.CredentialsProvider {
			return credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+string(id), "secret", "")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := live.Want{Issuers: []live.Issuer{{Name: "pulumi", URL: providerURL}}, Roles: map[trust.Address]bool{}}
	for _, r := range desired.Roles {
		want.Roles[r.Address()] = true
	}
	current, err := live.Read(t.Context(), f.sessions, want)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range current.Accounts {
		if !a.Complete {
			t.Fatalf("reading: %s", a.Failure)
		}
	}
	for _, file := range desired.Files {
		if there, ok := f.folder.files[file.Path]; ok {
			current.Files = append(current.Files, there)
		}
	}
	desired.Accounts = f.accounts
	return plan.Compute(desired, current, plan.Options{Stack: "main", Mode: plan.ModeApply, MaxDeletes: 1000})
}

func (f *fleet) clients(id trust.AccountID) (IAM, error) { return f.sessions.IAM(id) }

func (f *fleet) readers(id trust.AccountID) (Reader, error) { return f.sessions.Again(id) }

// faults sets what goes wrong from now on.
func (f *fleet) faults(t *testing.T, faults sandbox.Faults) {
	t.Helper()
	if err := f.server.SetFaults(faults); err != nil {
		t.Fatal(err)
	}
}

// must carries a plan out that has to succeed.
func (f *fleet) must(t *testing.T, desired trust.State) (*plan.Plan, Result) {
	t.Helper()
	p := f.plan(t, desired)
	r := Run(t.Context(), p, f.clients, f.folder, Options{})
	for _, o := range append(r.Failed, r.NotTried...) {
		t.Fatalf("preparing: %s: %v", o.Resource, o.Err)
	}
	return p, r
}

// names are of so many environments.
func names(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("e%03d", i))
	}
	return all
}

// since runs f and says how long it took by the clock of the bubble.
func since(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}
