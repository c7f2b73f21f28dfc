package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/trust"
)

func (a *app) showCommand() *cobra.Command {
	var f runFlags
	var arns bool
	cmd := &cobra.Command{
		Use:   "show PLANFILE",
		Short: "Show a saved plan",
		Long: "Show a saved plan. It is never refused for being stale: nothing is read but the\n" +
			"file. With -arns, only the ARNs of the roles that the plan leaves.",
		Args: oneArgument("a plan file"),
		RunE: func(_ *cobra.Command, args []string) error { return a.show(&f, args[0], arns) },
	}
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "show the exact calls, and what does not change")
	cmd.Flags().BoolVar(&f.concise, "concise", false, "show only which objects change")
	cmd.Flags().BoolVar(&arns, "arns", false, "print the ARNs of the roles, one a line")
	return cmd
}

func (a *app) show(f *runFlags, path string, arns bool) error {
	switch {
	case arns && f.asJSON:
		return errors.New("-arns and -json exclude each other")
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
