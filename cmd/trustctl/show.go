package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/trust"
)

func (a *app) showCommand() *cobra.Command {
	var f runFlags
	var arns bool
	var push string
	cmd := &cobra.Command{
		Use:   "show PLANFILE",
		Short: "Show a saved plan",
		Long: "Show a saved plan. It is never refused for being stale: nothing is read but the\n" +
			"file. With -arns, only the ARNs of the roles that the plan leaves. With -push, only\n" +
			"the environments whose file goes to Pulumi Cloud before, or after, the plan is\n" +
			"applied, one a line: the environment, a tab, the file.",
		Args: oneArgument("a plan file"),
		RunE: func(_ *cobra.Command, args []string) error { return a.show(&f, args[0], arns, push) },
	}
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "show the exact calls, and what does not change")
	cmd.Flags().BoolVar(&f.concise, "concise", false, "show only which objects change")
	cmd.Flags().BoolVar(&arns, "arns", false, "print the ARNs of the roles, one a line")
	cmd.Flags().StringVar(&push, "push", "", "print the environments, and their files, that go to Pulumi Cloud `WHEN`: before or after the apply")
	return cmd
}

func (a *app) show(f *runFlags, path string, arns bool, push string) error {
	switch when := plan.Push(push); {
	case push != "" && when != plan.PushBefore && when != plan.PushAfter:
		return fmt.Errorf("-push is %q, and must be before or after", push)
	case arns && f.asJSON, arns && push != "", push != "" && f.asJSON:
		return errors.New("-arns, -push and -json exclude each other")
	case f.verbose && f.concise:
		return errors.New("-verbose and -concise exclude each other")
	}
	p, meta, err := readPlan(path)
	if err != nil {
		return err
	}
	if arns {
		return a.printARNs(roleARNs(p, nil))
	}
	if push != "" {
		return a.printPushes(p, plan.Push(push))
	}
	return a.showPlan(p, f, 0, meta.Digest)
}

func (a *app) printARNs(arns []trust.ARN) error {
	for _, arn := range arns {
		if err := a.printLine("%s", arn); err != nil {
			return err
		}
	}
	return nil
}

// printPushes prints what goes to Pulumi Cloud at one of the two moments. What
// is taken away is no file.
func (a *app) printPushes(p *plan.Plan, when plan.Push) error {
	for _, f := range render.Pushes(p) {
		if f.When != when || f.Removed {
			continue
		}
		if err := a.printLine("%s\t%s", term.Escape(f.Environment), term.Escape(f.Path)); err != nil {
			return err
		}
	}
	return nil
}
