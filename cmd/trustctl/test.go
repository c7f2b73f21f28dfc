package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/pattern"
)

// testFlags are the flags of test.
type testFlags struct {
	configFlags
	asJSON  bool
	junit   string
	timeout time.Duration
}

func (a *app) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Hold the roles to the configuration's test blocks, without any network",
		Long: "Decide every test block: what it allows must be admitted, all of each pattern, and\n" +
			"of what it denies no token at all. This is decided exactly, not by samples; what\n" +
			"cannot be decided fails. The exit code is 3 if a test fails.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel, err := bounded(cmd.Context(), f.timeout)
			if err != nil {
				return err
			}
			defer cancel()
			return a.test(ctx, cmd, f)
		},
	}
	f.register(cmd, true)
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after `DURATION`")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&f.junit, "junit", "", "write the results to `FILE` as JUnit XML as well")
	return cmd
}

// testBudget is what all tests of a run may take together: some seconds at the
// very most.
const testBudget = 50_000_000

func (a *app) test(ctx context.Context, cmd *cobra.Command, f testFlags) error {
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return err
	}
	r, err := within(ctx, func() testReport {
		budget := pattern.NewBudget(testBudget)
		r := testReport{Tests: []testResult{}}
		for _, t := range l.Tests {
			r.add(decideTest(l.Config, t, budget))
		}
		return r
	})
	if err != nil {
		return err
	}
	if f.junit != "" {
		text, err := r.junit()
		if err != nil {
			return err
		}
		if err := writeFile(f.junit, text, 0o644); err != nil {
			return fmt.Errorf("-junit: %w", err)
		}
	}
	if f.asJSON {
		err = a.printJSON(r, "  ")
	} else {
		err = a.print([]byte(r.text(a.colorOut())))
	}
	a.verdict.gate = r.Failed > 0
	return err
}
