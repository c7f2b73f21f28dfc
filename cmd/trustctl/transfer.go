package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/trustctl/trustctl/internal/trust"
)

func (a *app) transferCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "transfer -from=STACK -to=STACK",
		Short: "Hand what a stack owns to another stack",
		Long: "Plan to put one stack's name in the place of another's in the marks of roles,\n" +
			"providers and audiences, and in the first line of ESC files; show that, ask, and\n" +
			"carry it out. Nothing else changes. The accounts are the configuration's, whose\n" +
			"stack is one of the two. With -out the plan is saved, and nothing is asked:\n" +
			"`trustctl apply FILE` carries it out.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runTransfer(cmd, &f) },
	}
	f.registerScope(cmd)
	f.registerWrites(cmd)
	stackFlags(cmd.Flags(), &f.from, &f.to)
	cmd.Flags().StringVar(&f.out, "out", "", "save the plan in `FILE`, for show and apply")
	return cmd
}

// stackFlags are the two stacks of a transfer.
func stackFlags(fs *pflag.FlagSet, from, to *string) {
	fs.StringVar(from, "from", "", "the `STACK` that owns the objects")
	fs.StringVar(to, "to", "", "the `STACK` that gets them")
}

func (a *app) runTransfer(cmd *cobra.Command, f *runFlags) error {
	switch {
	case f.from == "" || f.to == "":
		return errors.New("transfer needs both stacks: trustctl transfer -from=STACK -to=STACK")
	case f.out != "" && (f.autoApprove || f.auditLog != ""):
		return errors.New("-out saves the plan and changes nothing: it excludes -auto-approve and -audit-log")
	case f.out != "":
		return a.runPlan(cmd, f)
	}
	return a.runApply(cmd, f, nil)
}

// checkTransfer refuses a transfer that has nothing to do with the
// configuration: a slip in a name would give a stack away.
func checkTransfer(from, to, configured string) error {
	for _, name := range []string{from, to} {
		if !trust.IsStack(name) {
			return fmt.Errorf("%q is no name of a stack: 1 to 64 of a to z, 0 to 9 and -", name)
		}
	}
	switch {
	case from == to:
		return fmt.Errorf("a transfer from stack %q to itself changes nothing", from)
	case configured != from && configured != to:
		return fmt.Errorf("the configuration is that of stack %q, which is neither -from=%s nor -to=%s", configured, from, to)
	}
	return nil
}
