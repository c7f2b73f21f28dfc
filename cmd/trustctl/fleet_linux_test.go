//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

// fleet is a configuration of many environments in many accounts.
const fleet = `trustctl {
  stack = "fleet"
}
account "fleet" {
  for_each = { for n in range(%d) : format("a%%02d", n) => format("1111%%08d", n) }
  name     = each.key
  id       = each.value
}
org "acme" {
  environment "all" {
    for_each = merge([for a in range(%d) : { for n in range(%d) : format("a%%02d-%%03d", a, n) => format("a%%02d", a) }]...)
    name     = "fleet/${each.key}"
    account  = account.fleet[each.value]
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies  = { deploy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::bucket-${each.key}/*"] }] }) }
      tags             = { team = "payments" }
    }
  }
}
`

// writeFleet makes the configuration, its files, and a snapshot of accounts
// that are as declared but for one description in a hundred.
func writeFleet(t *testing.T, dir string, accounts, environments int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "fleet.trust.hcl"), fmt.Appendf(nil, fleet, accounts, accounts, environments), 0o600); err != nil {
		t.Fatal(err)
	}
	l := loadConfig(spec.Options{Path: dir})
	if l.diags.HasErrors() {
		t.Fatal(l.diags)
	}
	state := trust.State{Providers: l.State.Providers}
	for _, account := range l.State.Accounts {
		account.Complete = true
		state.Accounts = append(state.Accounts, account)
		for n := range 200 {
			state.Unread = append(state.Unread, trust.Unread{Account: account.ID, Path: "/", Name: fmt.Sprint("other-", n)})
		}
	}
	for i, r := range l.State.Roles {
		r.ID, r.ARN = fmt.Sprint("AROA", i), trust.RoleARN("aws", r.Account, r.Path, r.Name)
		if i%100 == 0 {
			r.Description = "by hand"
		}
		state.Roles = append(state.Roles, r)
	}
	text, err := live.NewSnapshot(state, time.Now(), version(), l.Stack, false, []string{defaultIssuer}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fleet.snapshot"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAFleetIsPlannedWithinOneGibibyte runs the program on 2,000 environments
// in 40 accounts, under TRUSTCTL_FULL=1 on 20,000. What is held is the memory,
// and the CPU time, which a busy machine stretches less than the clock.
func TestAFleetIsPlannedWithinOneGibibyte(t *testing.T) {
	environments, limit := 50, 10*time.Second
	if os.Getenv("TRUSTCTL_FULL") != "" {
		environments, limit = 500, 30*time.Second
	}
	dir := t.TempDir()
	writeFleet(t, dir, 40, environments)
	for _, args := range [][]string{{"validate"}, {"plan", "-snapshot=fleet.snapshot", "-concise"}} {
		cmd, err := program(args...)
		if err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, []string{"PATH=", "TRUSTCTL_CLI_ARGS="}, &out, &errs
		began := time.Now()
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, errs.String())
		}
		cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		kib := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
		t.Logf("%s: %s of CPU, %s by the clock, %d MiB, %d bytes printed", args[0], cpu.Round(time.Millisecond), time.Since(began).Round(time.Millisecond), kib>>10, out.Len())
		if cpu > limit || kib > 1<<20 {
			t.Errorf("%s took %s of CPU and %d MiB", args[0], cpu, kib>>10)
		}
		if want := fmt.Sprintf("%d to add, %d to change, 0 to destroy", 40*environments, 40*environments/100); args[0] == "plan" && !strings.Contains(out.String(), want) {
			t.Errorf("the plan does not say %q:\n%.2000s", want, out.String())
		}
	}
}
