package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/spec"
)

func (a *app) validateCommand() *cobra.Command {
	var f configFlags
	var asJSON bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration, without any network",
		Long: "Read the configuration and check it, without any network. A required variable\n" +
			"without a value is taken as unknown, and what does not depend on it is checked.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel, err := bounded(cmd.Context(), timeout)
			if err != nil {
				return err
			}
			defer cancel()
			return a.validate(ctx, f, asJSON)
		},
	}
	f.register(cmd, false)
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "give up after `DURATION`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) validate(ctx context.Context, f configFlags, asJSON bool) error {
	o := a.specOptions(f)
	o.Partial = true
	l, err := within(ctx, func() *loaded { return loadConfig(o) })
	if err != nil {
		return err
	}
	if l.diags.HasErrors() {
		err = errReported
	}
	if asJSON {
		if printed := a.print(spec.DiagnosticsJSON(l.diags, l.sources)); printed != nil {
			return printed
		}
		return err
	}
	if printed := a.showDiagnostics(l); printed != nil || err != nil {
		return orElse(printed, err)
	}
	if len(l.diags) > 0 {
		return a.printLine("Success! The configuration is valid, but there were some validation warnings as shown above.")
	}
	return a.printLine("Success! The configuration is valid.")
}
