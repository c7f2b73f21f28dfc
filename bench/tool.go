//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Tool is a program that is measured.
type Tool struct {
	Name, Path      string
	Work, Variables string              // the files of its configuration
	Prepare         []string            // arguments, run once in a new folder and not measured; nil: nothing
	Arguments       map[string][]string // by scenario
	Accounts        int                 // over which the roles are spread, each with all of them
}

// The scenarios, in the order in which they follow from each other.
const (
	firstApply = "first apply"
	noopPlan   = "no-op plan"
	oneChanged = "one role changed, plan and apply"
	destroy    = "destroy"
)

var scenarios = [...]string{firstApply, noopPlan, oneChanged, destroy}

func trustctlTool(path string, accounts int) Tool {
	apply := []string{"apply", "-auto-approve"}
	work := "bench.trust.hcl"
	if accounts > 1 {
		work = "fleet.trust.hcl"
	}
	return Tool{
		Name: "trustctl", Path: path, Work: work, Variables: "bench.auto.trustvars.hcl", Accounts: accounts,
		Arguments: map[string][]string{firstApply: apply, noopPlan: {"plan"}, oneChanged: apply, destroy: {"destroy", "-auto-approve"}},
	}
}

func terraformTool(path, plugins string) Tool {
	apply := []string{"apply", "-auto-approve"}
	t := Tool{
		Name: "terraform", Path: path, Work: "bench.tf", Variables: "bench.auto.tfvars", Prepare: []string{"init"},
		Arguments: map[string][]string{firstApply: apply, noopPlan: {"plan"}, oneChanged: apply, destroy: {"destroy", "-auto-approve"}},
	}
	if plugins != "" {
		t.Prepare = append(t.Prepare, "-plugin-dir="+plugins)
	}
	return t
}

// Measure is one run of one scenario.
type Measure struct {
	Calls
	Wall, CPU time.Duration // CPU: user and system time, of the program and its children
	Peak      int64         // bytes; the most of the program or of one of its children
}

// run runs a tool in a folder against an endpoint, without a terminal, as in CI.
func (t Tool) run(ctx context.Context, dir, endpoint string, arguments []string) (Measure, error) {
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, t.Path, arguments...)
	cmd.Dir, cmd.Env = dir, environment(dir, endpoint)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Terraform's provider is a process of its own
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	began := time.Now()
	err := cmd.Run()
	m := Measure{Wall: time.Since(began)}
	if ctx.Err() != nil {
		return m, context.Cause(ctx)
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(output.String()), "\n")
		return m, fmt.Errorf("%s %s: %w\n%s", t.Name, strings.Join(arguments, " "), err, strings.Join(lines[max(0, len(lines)-20):], "\n"))
	}
	m.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	m.Peak = int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS != "darwin" { // which counts in bytes
		m.Peak *= 1024
	}
	return m, nil
}

// environment is all that a tool sees of the machine's: the endpoint, and no
// way to anything else.
func environment(dir, endpoint string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + filepath.Dir(dir),
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=SANDBOX" + account, "AWS_SECRET_ACCESS_KEY=bench",
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
	}
	if file := os.Getenv("TF_CLI_CONFIG_FILE"); file != "" {
		env = append(env, "TF_CLI_CONFIG_FILE="+file)
	}
	return env
}
