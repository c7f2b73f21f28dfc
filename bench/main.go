//go:build unix

// Command bench measures trustctl, and beside it Terraform where it is on the
// machine, on the same work: n IAM roles against an IAM on loopback, behind a
// proxy that counts, delays and throttles. It prints Markdown tables.
//
// It never reaches beyond loopback, and what it starts ends with it. It needs
// process groups and rusage, so it is for Unix. bench/run builds what it needs;
// docs/performance.md says what was measured with it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	trustctl, terraform, plugins, tools, iam, sizes, speeds string
	slow                                                    Network
	repeat, accounts                                        int
}

func main() {
	var o options
	flag.StringVar(&o.trustctl, "trustctl", "trustctl", "the trustctl to measure")
	flag.StringVar(&o.terraform, "terraform", "terraform", "the terraform to measure beside it")
	flag.StringVar(&o.plugins, "terraform-plugins", "", "a `folder` with Terraform's AWS provider (init's -plugin-dir); else init looks where it always does")
	flag.StringVar(&o.tools, "tools", "trustctl,terraform", "what to measure")
	flag.StringVar(&o.iam, "iam", "auto", "the IAM to measure against: moto, sandbox, or auto, which is moto where it is installed")
	flag.StringVar(&o.sizes, "n", "100", "how many roles; several with commas")
	flag.StringVar(&o.speeds, "speed", "fast,slow", "fast: as fast as the IAM is; slow: with -delay, -rate and -burst")
	flag.DurationVar(&o.slow.Delay, "delay", 80*time.Millisecond, "what every call takes, when slow")
	flag.Float64Var(&o.slow.Rate, "rate", 20, "calls a second that are let through, when slow")
	flag.IntVar(&o.slow.Burst, "burst", 0, "calls that are let through at once after a pause, when slow; 0 is the rate's")
	flag.IntVar(&o.accounts, "accounts", 1, "accounts that each have all the roles; more than one only in the sandbox, and not for Terraform")
	flag.IntVar(&o.repeat, "repeat", 1, "how often to measure everything; the table has the best")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := bench(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) error {
	if o.accounts > 1 {
		if o.iam == "auto" {
			o.iam = "sandbox"
		}
		if o.iam != "sandbox" || strings.Contains(o.speeds, "slow") {
			return errors.New("-accounts: several accounts are measured in the sandbox, with -speed fast: a bucket is one account's")
		}
		o.tools = "trustctl"
	}
	if _, err := exec.LookPath("moto_server"); o.iam == "auto" {
		o.iam = "moto"
		if err != nil {
			o.iam = "sandbox"
		}
	}
	tools, err := findTools(ctx, o)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d processors (%s/%s), IAM: %s\n\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, o.iam)
	for size := range strings.SplitSeq(o.sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 {
			return fmt.Errorf("-n: %q is no number of roles", size)
		}
		for speed := range strings.SplitSeq(o.speeds, ",") {
			network, title := Network{}, thousands(n)+" roles, fast"
			switch speed {
			case "fast":
			case "slow":
				network, title = o.slow, fmt.Sprintf("%s roles, slow: %s a call, %g calls a second", thousands(n), o.slow.Delay, o.slow.Rate)
			default:
				return fmt.Errorf("-speed: %q is neither fast nor slow", speed)
			}
			if o.accounts > 1 {
				title = fmt.Sprintf("%s accounts of %s", thousands(o.accounts), title)
			}
			results := Results{}
			for i := range o.repeat * len(tools) { // in turns, so that the machine's moods hit all
				t := tools[i%len(tools)]
				fmt.Fprintf(os.Stderr, "%s: %s\n", title, t.Name)
				if err := cycle(ctx, t, o.iam, n, network, results); err != nil {
					return err
				}
			}
			results.write(os.Stdout, title, tools)
		}
	}
	return nil
}

// findTools gives what is to be measured and is there.
func findTools(ctx context.Context, o options) (tools []Tool, err error) {
	for name := range strings.SplitSeq(o.tools, ",") {
		switch name {
		case "trustctl":
			path, err := exec.LookPath(o.trustctl)
			if err != nil {
				return nil, fmt.Errorf("looking for trustctl: %w", err)
			}
			if path, err = filepath.Abs(path); err != nil { // it runs in another folder
				return nil, fmt.Errorf("looking for trustctl: %w", err)
			}
			tools = append(tools, trustctlTool(path, o.accounts))
		case "terraform":
			t := terraformTool(o.terraform, o.plugins)
			err := inFolder(func(dir string) error { return t.prepare(ctx, dir, 1) })
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				line, _, _ := strings.Cut(err.Error(), "\n")
				fmt.Printf("Terraform is not measured, since it or its AWS provider is not here: %s\n\n", line)
				continue
			}
			tools = append(tools, t)
		default:
			return nil, fmt.Errorf("-tools: %q is neither trustctl nor terraform", name)
		}
	}
	return tools, nil
}

// prepare makes a folder ready for n roles.
func (t Tool) prepare(ctx context.Context, dir string, n int) error {
	if err := writeWork(dir, t, n, 1); err != nil || t.Prepare == nil {
		return err
	}
	_, err := t.run(ctx, dir, "http://127.0.0.1:1", t.Prepare) // where nobody answers
	return err
}

// cycle measures the scenarios of one tool, one after the other, on an IAM of
// its own. Each scenario starts with a full bucket.
func cycle(ctx context.Context, t Tool, name string, n int, network Network, results Results) error {
	iam, stop, err := startIAM(ctx, name)
	if err != nil {
		return err
	}
	defer stop()
	return inFolder(func(dir string) error {
		if err := t.prepare(ctx, dir, n); err != nil {
			return err
		}
		for _, s := range scenarios {
			if s == oneChanged {
				if err := writeWork(dir, t, n, 2); err != nil {
					return err
				}
			}
			proxy := NewProxy(iam, network)
			server := httptest.NewServer(proxy) // on 127.0.0.1
			m, err := t.run(ctx, dir, server.URL, t.Arguments[s])
			server.Close()
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			m.Calls = proxy.Calls()
			key := [2]string{t.Name, s}
			results[key] = append(results[key], m)
		}
		return nil
	})
}

// inFolder calls f with a new folder, which it removes afterwards.
func inFolder(f func(dir string) error) (err error) {
	dir, err := os.MkdirTemp("", "trustctl-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return f(dir)
}
