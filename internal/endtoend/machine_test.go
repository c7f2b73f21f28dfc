package endtoend_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// The life of a stack: people edit its configuration, its accounts and its
// files, runs of it end well, fail, are interrupted or broken off, and plans
// are saved and applied later. Whatever came before, strangers keep what is
// theirs at every step, and an apply that meets nothing leads to what is
// declared: the roles of the stack are the declared ones and no others.
func TestAStackComesThroughWhateverHappensToIt(t *testing.T) {
	steps(t, 8, 10)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "machine")
		check(t, err)
		defer os.RemoveAll(dir)
		w := open(t, dir, sandbox.Options{Quotas: sandbox.Quotas{TrustPolicySize: 8192}})
		defer w.close()
		m := newMachine(t, w)
		t.Repeat(map[string]func(*rapid.T){
			"edit the configuration": m.edit,
			"edit a role":            m.editRole,
			"edit a provider":        m.editProvider,
			"edit files":             func(t *rapid.T) { driftFiles(t, w) },
			"apply":                  m.apply,
			"apply among faults":     m.applyAmongFaults,
			"interrupt an apply":     func(t *rapid.T) { m.interrupt(t, false) },
			"break an apply off":     func(t *rapid.T) { m.interrupt(t, true) },
			"save a plan":            m.save,
			"apply the saved plan":   m.applySaved,
		})
		m.apply(t)
	})
}

// machine is a stack, and what has to be true of it.
type machine struct {
	w      *world
	config *written
	saved  []byte // a plan, nil where there is none
	digest string // of the configuration that it is of
}

func newMachine(t *rapid.T, w *world) *machine {
	var free []adoptable
	for _, account := range []string{prod, dev} {
		free = append(free, w.hand(t, account).strangers()...)
	}
	m := &machine{w: w, config: generate(t, free)}
	w.configure(m.config.String())
	return m
}

func (m *machine) edit(t *rapid.T) {
	m.config = m.config.edited(t)
	m.w.configure(m.config.String())
}

func (m *machine) editRole(t *rapid.T) {
	roles := m.w.load().State.Roles
	if len(roles) == 0 {
		t.Skip("there is none")
	}
	r := rapid.SampledFrom(roles).Draw(t, "role")
	m.w.hand(t, string(r.Account)).drift(r.Name)
}

func (m *machine) editProvider(t *rapid.T) {
	m.w.hand(t, one(t, "account", prod, dev)).driftProvider()
}

func anyNumber(o *plan.Options) { o.MaxDeletes = -1 }

// apply leads to what is declared.
func (m *machine) apply(t *rapid.T) {
	m.w.goesWell(t, m.config)
	m.owns(t)
}

// owns holds the roles that carry the stack's mark, read by a plain client,
// against those that the configuration declares. One whose trust somebody took
// away from the declared issuer is not the stack's to delete, and an environment
// that overlaps keeps the role that it had elsewhere.
func (m *machine) owns(t *rapid.T) {
	declared, overlaps := map[string]bool{}, map[string]bool{}
	for _, r := range m.w.load().State.Roles {
		declared[string(r.Account)+" "+strings.ToLower(r.Name)] = true
		overlaps[r.Environment] = overlaps[r.Environment] || r.Lifecycle.Overlap
	}
	for _, account := range []string{prod, dev} {
		c := m.w.iam(account)
		list, err := c.ListRoles(context.Background(), &iam.ListRolesInput{MaxItems: aws.Int32(1000)})
		check(t, err)
		for _, r := range list.Roles {
			got, err := c.GetRole(context.Background(), &iam.GetRoleInput{RoleName: r.RoleName})
			check(t, err)
			tags := map[string]string{}
			for _, tag := range got.Role.Tags {
				tags[*tag.Key] = *tag.Value
			}
			key := account + " " + strings.ToLower(*r.RoleName)
			ours := tags[trust.TagStack] == "generated" && tags[trust.TagRole] == *r.RoleName && strings.Contains(*got.Role.AssumeRolePolicyDocument, "api.pulumi.com")
			if ours && !declared[key] && !overlaps[tags[trust.TagEnvironment]] {
				t.Fatalf("%s is the stack's and not declared: tags %v, trust %s", key, tags, *got.Role.AssumeRolePolicyDocument)
			}
			if declared[key] && tags[trust.TagStack] != "generated" {
				t.Fatalf("%s is declared and not the stack's: tags %v", key, tags)
			}
			delete(declared, key)
		}
	}
	if len(declared) > 0 {
		t.Fatalf("declared and not there: %v", declared)
	}
}

// guarded runs something and demands that strangers kept what is theirs.
func (m *machine) guarded(t *rapid.T, f func()) {
	var unchanged []func() error
	for _, account := range []string{prod, dev} {
		unchanged = append(unchanged, m.w.hand(t, account).watch(m.config.taken))
	}
	f()
	for _, still := range unchanged {
		if err := still(); err != nil {
			t.Fatal(err)
		}
	}
}

// applyAmongFaults ends in success or says why not.
func (m *machine) applyAmongFaults(t *rapid.T) {
	config := m.w.load()
	m.guarded(t, func() {
		s := drawn(rapid.Uint64().Draw(t, "faults"), 30)
		check(t, m.w.server.SetFaults(s.faults))
		r, err := m.w.tryToCompute(config, anyNumber)
		if err == nil && !r.plan.Errored() {
			var clock stopped
			o := apply.Options{Now: clock.Now, Sleep: clock.Sleep}
			if s.hangs {
				o.CallTimeout = callTimeout
			}
			result := r.carryOut(context.Background(), o)
			for _, o := range slices.Concat(result.Failed, result.NotTried) {
				says(t, o.Err)
			}
		}
		check(t, m.w.server.SetFaults(sandbox.Faults{}))
	})
}

// interrupt ends a run at one of its writes: after the calls in flight, or,
// where it is broken off, in the midst of them.
func (m *machine) interrupt(t *rapid.T, breakOff bool) {
	r := m.w.compute(anyNumber)
	if r.plan.Errored() || r.plan.Writes() == 0 {
		t.Skip("nothing to interrupt")
	}
	at := int64(rapid.IntRange(1, r.plan.Writes()).Draw(t, "at write"))
	m.guarded(t, func() {
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		abort := make(chan struct{})
		var n atomic.Int64
		m.w.wire.arrived.Store(func(c call) {
			if !c.reads() && n.Add(1) == at {
				cancel(apply.ErrInterrupted)
				if breakOff {
					close(abort)
				}
			}
		})
		defer m.w.wire.arrived.Store(func(call) {})
		result := r.carryOut(ctx, apply.Options{Parallelism: rapid.IntRange(1, 4).Draw(t, "parallelism"), Abort: abort})
		if told, want := len(result.Done)+len(result.Failed)+len(result.NotTried), len(r.plan.Base); told != want {
			t.Fatalf("of %d changes %d are told of", want, told)
		}
		m.w.wire.settle()
	})
}

// save keeps a plan for later.
func (m *machine) save(t *rapid.T) {
	r := m.w.compute(anyNumber)
	if r.plan.Errored() || !r.plan.Pending() {
		t.Skip("nothing to save")
	}
	text, _, err := plan.Encode(r.plan, plan.Meta{Version: "test", ConfigDigest: r.config.Digest})
	check(t, err)
	m.saved, m.digest = text, r.config.Digest
}

// applySaved carries the saved plan out, or says why not and writes nothing.
func (m *machine) applySaved(t *rapid.T) {
	if m.saved == nil || m.digest != m.w.load().Digest {
		t.Skip("there is none of this configuration")
	}
	p, _, err := plan.Decode(m.saved)
	check(t, err)
	now := m.w.compute(anyNumber)
	m.guarded(t, func() {
		before := len(m.w.wire.log())
		left, err := p.Remaining(now.plan, now.current)
		var stale *plan.StaleError
		switch {
		case errors.Is(err, plan.ErrApplied):
			m.saved = nil
		case errors.As(err, &stale):
			if len(stale.Moved)+len(stale.Differ)+len(stale.Problems) == 0 {
				t.Fatalf("it is refused and names nothing: %v", err)
			}
		case err != nil:
			t.Fatal(err)
		default:
			now.plan = left
			now.apply()
			m.saved = nil
			return
		}
		if wrote := m.w.wire.log()[before:].writes(); len(wrote) > 0 {
			t.Fatalf("it was refused and wrote %v", wrote)
		}
	})
	if m.saved != nil {
		return
	}
	if again := pendingOf(p, m.w.compute(anyNumber).plan); len(again) > 0 {
		t.Fatalf("it was applied, and these are planned again: %v", again)
	}
}

// pendingOf are the objects of a plan that another one would change.
func pendingOf(p, other *plan.Plan) []string {
	var names []string
	for _, ch := range other.Changes {
		if _, touched := p.Base[ch.Address]; touched && ch.Action != plan.NoOp {
			names = append(names, ch.Resource)
		}
	}
	return names
}
