package endtoend_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

// fleet is a configuration of so many environments: organizations of five
// hundred, most of them by for_each, in one account for each two.
func fleet(environments int) string {
	const size = 500
	var b strings.Builder
	b.WriteString("trustctl {\n  stack = \"fleet\"\n}\n")
	for org := range environments / size {
		if org%2 == 0 {
			fmt.Fprintf(&b, "account \"a%d\" {\n  id = \"%012d\"\n}\n", org/2, 111100000000+org)
		}
		fmt.Fprintf(&b, `org "org-%d" {
  account = account.a%d
  role {
    managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    tags             = { org = "org-%[1]d" }
  }
  environment "each" {
    for_each = toset([for i in range(%[3]d) : tostring(i)])
    name     = "project/env-${each.key}"
    subs     = [env_sub("project/env-${each.key}"), env_sub("project/env-${each.key}-preview-*")]
    role {
      tags            = { number = each.key }
      inline_policies = { read = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:ListBucket"], Resource = ["arn:aws:s3:::${each.key}", "arn:aws:s3:::${each.key}/*"] }] }) }
    }
    esc {
      environment_variables = { AWS_REGION = "eu-west-1", NUMBER = each.key }
    }
  }
`, org, org/2, size-50)
		for i := range 50 {
			fmt.Fprintf(&b, "  environment \"written/env-%d\" {\n    role {\n      description = \"Number %[1]d.\"\n    }\n  }\n", i)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// BenchmarkFleet parses, compiles, encodes and compares, all in memory but for
// reading the configuration: with accounts that hold nothing, with accounts
// that hold everything already, and with accounts in which every role drifted.
func BenchmarkFleet(b *testing.B) {
	for _, environments := range []int{1000, 5000, 20000} {
		dir := b.TempDir()
		check(b, os.WriteFile(filepath.Join(dir, "fleet.trust.hcl"), []byte(fleet(environments)), 0o644))
		for _, live := range []string{"empty", "same", "drifted"} {
			b.Run(fmt.Sprintf("%d-%s", environments, live), func(b *testing.B) {
				current := liveState(b, dir, live)
				b.ReportAllocs()
				stop := watchHeap()
				b.ResetTimer()
				for b.Loop() {
					p := fleetPlan(b, loadFleet(b, dir), current)
					if len(p.Changes) < 2*environments || p.Errored() || p.Pending() == (live == "same") {
						b.Fatalf("%d changes, errored %v, pending %v: %.2000v", len(p.Changes), p.Errored(), p.Pending(), p.Problems)
					}
				}
				b.StopTimer()
				b.ReportMetric(float64(stop())/(1<<20), "peak-MiB")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(environments), "µs/environment")
			})
		}
	}
}

func loadFleet(b *testing.B, dir string) *spec.Config {
	b.Helper()
	config, _, diags := spec.Load(spec.Options{Path: dir})
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	for i := range config.State.Files {
		f := &config.State.Files[i]
		for _, wrong := range esc.Check(*f) {
			b.Fatal(wrong)
		}
		content, err := esc.Encode(*f)
		check(b, err)
		f.Content = content
	}
	return config
}

func fleetPlan(b *testing.B, config *spec.Config, current trust.State) *plan.Plan {
	b.Helper()
	o := plan.Options{Stack: config.Stack, MaxDeletes: -1, Resource: config.Resource}
	for _, i := range config.Issuers {
		o.Issuers = append(o.Issuers, i.URL)
	}
	return plan.Compute(config.State, current, o)
}

// liveState is what the accounts of a fleet hold.
func liveState(b *testing.B, dir, live string) trust.State {
	b.Helper()
	config := loadFleet(b, dir)
	current := trust.State{Accounts: config.State.Accounts}
	for i := range current.Accounts {
		current.Accounts[i].Complete = true
	}
	if live == "empty" {
		return current
	}
	current.Providers, current.Roles, current.Files = config.State.Providers, config.State.Roles, config.State.Files
	for i := range current.Roles {
		r := &current.Roles[i]
		r.ID, r.Source, r.Trust = fmt.Sprint("AROA", i), nil, r.Trust.Canonical()
		if live == "drifted" {
			r.Description = "by hand"
		}
	}
	return current
}

// watchHeap samples how much memory Go's heap takes, garbage that is not yet
// collected and all; the function it returns gives the most that was seen.
func watchHeap() func() uint64 {
	runtime.GC()
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		var most uint64
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64()+sample[1].Value.Uint64())
			select {
			case <-tick.C:
			case <-done:
				peak <- most
				return
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-peak
	}
}
