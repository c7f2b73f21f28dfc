package endtoend_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/sandbox/sandboxtest"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// What may go wrong on the way, of which each call may meet any: passing
// faults, which are tried again, and those that end a run.
var (
	passingFaults = []sandbox.Fault{
		sandbox.Throttling, sandbox.ThrottlingException, sandbox.RequestLimit, sandbox.ServiceFailure,
		sandbox.ConcurrentModification, sandbox.Unmodifiable, sandbox.BadGateway, sandbox.Unavailable, sandbox.GatewayTimeout,
		sandbox.Reset, sandbox.Timeout, sandbox.Delay,
		sandbox.ServiceFailure.After(), sandbox.BadGateway.After(), sandbox.Unavailable.After(), sandbox.GatewayTimeout.After(),
		sandbox.Reset.After(), sandbox.Timeout.After(), sandbox.CutOff, sandbox.Throttling.After(),
	}
	endingFaults = []sandbox.Fault{
		sandbox.ExpiredToken, sandbox.InvalidToken, sandbox.RequestExpired, sandbox.WrongSignature, sandbox.AccessDenied,
		sandbox.Garbage, sandbox.Garbage.After(), sandbox.Truncated,
	}
)

// callTimeout is that of a run some of whose calls are never answered.
const callTimeout = 300 * time.Millisecond

// schedule is what goes wrong in a run.
type schedule struct {
	faults sandbox.Faults
	hangs  bool // calls may wait for an answer that never comes
}

func rule(f sandbox.Fault) sandbox.Rule {
	r := sandbox.Rule{Fault: f}
	if f == sandbox.Delay || f == sandbox.Timeout || f == sandbox.Timeout.After() {
		r.Delay = sandbox.Duration(time.Millisecond)
	}
	return r
}

// drawn is the schedule of a seed, for a run of about so many calls.
func drawn(seed uint64, calls int) schedule {
	dice := rand.New(rand.NewPCG(seed, 4))
	var s schedule
	seldom := func() bool { return dice.IntN(4) == 0 }
	pick := func(all []sandbox.Fault) sandbox.Rule { return rule(all[dice.IntN(len(all))]) }
	for range dice.IntN(4) { // at one call, or at some in a row
		r := pick(passingFaults)
		if seldom() {
			r = pick(endingFaults)
		}
		if at := 1 + dice.IntN(calls); seldom() {
			r.From, r.Until = at, at+dice.IntN(12)
		} else {
			r.Calls = []int{at}
		}
		r.Writes = seldom()
		s.faults.Rules = append(s.faults.Rules, r)
	}
	if seldom() { // from some call on: what is expired stays so
		r := pick(endingFaults[:5])
		r.From = 1 + dice.IntN(calls)
		s.faults.Rules = append(s.faults.Rules, r)
	}
	if seldom() {
		s.faults.Random = &sandbox.Random{Seed: seed, Chance: map[sandbox.Fault]float64{}, InARow: dice.IntN(6)}
		for range 1 + dice.IntN(3) {
			r := pick(passingFaults)
			s.faults.Random.Chance[r.Fault] = 0.3 * dice.Float64()
			s.faults.Random.Delay = max(s.faults.Random.Delay, r.Delay)
		}
	}
	if seldom() {
		lag := sandbox.Lag{Reads: 1 + dice.IntN(3), Calls: dice.IntN(6)}
		if seldom() {
			lag.Actions = []string{"GetAccountAuthorizationDetails", "ListRoles"}
		}
		s.faults.Lags = append(s.faults.Lags, lag)
	}
	if seldom() {
		s.faults.Unseen = dice.IntN(4)
	}
	if seldom() {
		s.faults.Clock = sandbox.Duration([]time.Duration{time.Hour, -time.Hour, 5 * time.Minute}[dice.IntN(3)])
	}
	if dice.IntN(20) == 0 {
		s.hangs = true
		s.faults.Rules = append(s.faults.Rules, sandbox.Rule{Fault: sandbox.Timeout, Match: sandbox.Match{Writes: true}, Calls: []int{1 + dice.IntN(calls)}})
	}
	return s
}

// faulty is a plan whose run meets faults: where it starts, and what it leads to.
type faulty struct {
	name     string
	config   *spec.Config
	mode     plan.Mode
	state    []byte
	dir      string // of the ESC files
	calls    int    // of a run that meets none
	goal     map[string]map[string]any
	goalTree map[string]string
}

// faultyPlans make every kind of change.
func faultyPlans(t *testing.T) []*faulty {
	before := base()
	before.second, before.deploys = true, true
	before.managed = append(before.managed, "PowerUserAccess")
	before.inline["goes"], before.tags["goes"] = "sqs:SendMessage", "old"
	before.providerTags["goes"] = "old"
	boundary := "arn:aws:iam::aws:policy/PowerUserAccess"
	after := before.clone()
	after.subs, after.description, after.boundary = append(after.subs, "payments/live"), "after", &boundary
	after.managed[1] = "SecurityAudit"
	after.inline["comes"], after.inline["stays"] = "s3:PutObject", "s3:ListBucket"
	delete(after.inline, "goes")
	delete(after.tags, "goes")
	delete(after.providerTags, "goes")
	after.tags["comes"], after.providerTags["comes"] = "new", "new"
	after.deploys, after.second, after.beta = false, false, true
	after.variables["AWS_REGION"], after.thumbprints = "us-east-1", []string{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
	moved := after.clone()
	moved.path = "/pulumi/"
	return []*faulty{
		newFaulty(t, "create", nil, before, plan.ModeApply),
		newFaulty(t, "change", &before, after, plan.ModeApply),
		newFaulty(t, "replace", &after, moved, plan.ModeApply),
		newFaulty(t, "destroy", &after, after, plan.ModeDestroy),
	}
}

func newFaulty(t *testing.T, name string, before *shape, after shape, mode plan.Mode) *faulty {
	t.Helper()
	w := newWorld(t, sandbox.Options{})
	seedStrangers(t, w)
	if before != nil {
		w.configure(before.String())
		w.apply()
	}
	w.configure(after.String())
	f := &faulty{name: name, config: w.load(), mode: mode, dir: t.TempDir()}
	var err error
	f.state, err = w.server.State()
	check(t, err)
	check(t, os.CopyFS(f.dir, os.DirFS(filepath.Join(w.dir, "out"))))
	w.server.ResetLog()
	w.computeFor(f.config, f.choose).apply()
	f.calls = len(w.server.Log())
	f.goal, f.goalTree = f.seen(t, w), w.tree()
	return f
}

// seedStrangers makes what belongs to others.
func seedStrangers(t *testing.T, w *world) {
	t.Helper()
	ctx, c := t.Context(), w.iam(prod)
	trusts := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	for _, tags := range [][]types.Tag{nil, {{Key: aws.String(trust.TagStack), Value: aws.String("another")}, {Key: aws.String(trust.TagRole), Value: aws.String("stranger-1")}}} {
		name := fmt.Sprint("stranger-", len(tags)/2)
		_, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trusts, Tags: tags})
		check(t, err)
		_, err = c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
		check(t, err)
	}
	_, err := c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://token.actions.githubusercontent.com"), ClientIDList: []string{"sts.amazonaws.com"}})
	check(t, err)
}

func (f *faulty) choose(o *plan.Options) { o.Mode, o.MaxDeletes = f.mode, -1 }

func (f *faulty) seen(t *testing.T, w *world) map[string]map[string]any {
	t.Helper()
	state, err := w.server.State()
	check(t, err)
	all, err := sandboxtest.State(state, f.config.Stack)
	check(t, err)
	return all
}

// meets runs the plan among faults, and once more without: the first run ends
// in success or says what failed, the second reaches what was declared. failed
// says how the first ended.
func (f *faulty) meets(t *testing.T, s schedule) (failed bool) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the faults: %+v", s.faults)
		}
	}()
	dir := t.TempDir()
	check(t, os.MkdirAll(filepath.Join(dir, "out"), 0o755))
	check(t, os.CopyFS(filepath.Join(dir, "out"), os.DirFS(f.dir)))
	w := open(t, dir, sandbox.Options{State: f.state})
	defer w.close()
	check(t, w.server.SetFaults(s.faults))

	failed = true
	if r, err := w.tryToCompute(f.config, f.choose); err != nil {
		says(t, err)
	} else if r.plan.Errored() {
		for _, p := range r.plan.Problems {
			if p.Severity == plan.Error && (p.Summary != "Account not read" || len(p.Detail) < 60) {
				t.Errorf("the plan says %s: %s", p.Summary, p.Detail)
			}
		}
	} else {
		var clock stopped
		o := apply.Options{Now: clock.Now, Sleep: clock.Sleep}
		if s.hangs {
			o.CallTimeout = callTimeout
		}
		result := r.carryOut(context.Background(), o)
		for _, o := range slices.Concat(result.Failed, result.NotTried) {
			says(t, o.Err)
		}
		failed = len(result.Failed)+len(result.NotTried) > 0
		if n := len(result.Done) + len(result.Failed) + len(result.NotTried); n != len(r.plan.Base) {
			t.Errorf("of %d changes %d are told of", len(r.plan.Base), n)
		}
		if !failed {
			f.reached(t, w, "the run among faults")
		}
	}

	check(t, w.server.SetFaults(sandbox.Faults{}))
	after := w.computeFor(f.config, f.choose)
	result := after.carryOut(context.Background(), apply.Options{})
	if left := slices.Concat(result.Failed, result.NotTried); after.plan.Errored() || len(left) > 0 {
		t.Errorf("the run after it failed: %v\n%s", left, after.text())
	}
	f.reached(t, w, "the run after it")
	if next := w.computeFor(f.config, f.choose); next.plan.Pending() || next.plan.Errored() {
		t.Errorf("the next plan is not empty:\n%s", next.text())
	}
	return failed
}

// reached demands all that a run without faults leaves, strangers included.
func (f *faulty) reached(t *testing.T, w *world, who string) {
	t.Helper()
	if diff := cmp.Diff(f.goal, f.seen(t, w)); diff != "" {
		t.Errorf("%s did not reach what was declared (-want +got):\n%s", who, diff)
	}
	if diff := cmp.Diff(f.goalTree, w.tree()); diff != "" {
		t.Errorf("%s left other files (-want +got):\n%s", who, diff)
	}
}

// says demands an error that says what failed, and of what AWS answered its
// request id.
func says(t rapid.TB, err error) {
	t.Helper()
	var step *apply.StepError
	var bug *apply.BugError
	switch {
	case err == nil || len(err.Error()) < 20:
		t.Errorf("a change failed and says %q", fmt.Sprint(err))
	case errors.As(err, &bug):
		t.Errorf("%v\n%s", err, bug.Stack)
	case errors.As(err, &step) && step.Code != "" && step.RequestID == "":
		t.Errorf("it lacks the request id: %v", err)
	}
}

// stopped is a clock that goes on only while somebody sleeps.
type stopped struct {
	mu    sync.Mutex
	slept time.Duration
}

func (c *stopped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Unix(0, 0).Add(c.slept)
}

func (c *stopped) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept += d
	return ctx.Err()
}

// howMany is 1,000 where the whole check asks for it (TRUSTCTL_FULL), or as
// many as TRUSTCTL_FAULT_SCHEDULES says.
func howMany(t *testing.T, few int) (schedules int, full bool) {
	t.Helper()
	full = os.Getenv("TRUSTCTL_FULL") != ""
	switch text := os.Getenv("TRUSTCTL_FAULT_SCHEDULES"); {
	case text != "":
		n, err := strconv.Atoi(text)
		check(t, err)
		return n, full
	case full:
		return 1000, true
	}
	return few, false
}

// Whatever goes wrong between trustctl and IAM: a run ends in success or says
// what failed, one more without faults reaches what was declared, and nothing
// of others is touched.
func TestFaultsBySeedAreSurvivedOrSaid(t *testing.T) {
	plans := faultyPlans(t)
	n, _ := howMany(t, 60)
	var mu sync.Mutex
	failed := 0
	t.Run("seeds", func(t *testing.T) {
		for seed := range n {
			f := plans[seed%len(plans)]
			t.Run(fmt.Sprintf("%s %d", f.name, seed), func(t *testing.T) {
				t.Parallel()
				ended := f.meets(t, drawn(uint64(seed), f.calls))
				mu.Lock()
				defer mu.Unlock()
				if ended {
					failed++
				}
			})
		}
	})
	t.Logf("of %d runs among faults %d ended in an error", n, failed)
	if failed == 0 || failed == n {
		t.Errorf("of %d runs %d failed: the schedules show nothing", n, failed)
	}
}

// Each fault at each call, one by one; a sample where the whole is not asked
// for. One that passes leaves no trace.
func TestEachFaultAtEachCallIsSurvivedOrSaid(t *testing.T) {
	_, full := howMany(t, 0)
	for _, f := range faultyPlans(t) {
		for i, fault := range slices.Concat(passingFaults, endingFaults) {
			for call := 1; call <= f.calls; call++ {
				if !full && (call+7*i)%40 != 0 {
					continue
				}
				r := rule(fault)
				r.Calls = []int{call}
				t.Run(fmt.Sprintf("%s %s %d", f.name, fault, call), func(t *testing.T) {
					t.Parallel()
					if failed := f.meets(t, schedule{faults: sandbox.Faults{Rules: []sandbox.Rule{r}}}); failed && slices.Contains(passingFaults, fault) {
						t.Error("it is not tried again")
					}
				})
			}
		}
	}
}
