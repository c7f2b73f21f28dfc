package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand calls f for each command that can be run, depth first.
func everyCommand(cmd *cobra.Command, f func(*cobra.Command)) {
	if cmd.Runnable() && !cmd.Hidden {
		cmd.InitDefaultHelpFlag()
		f(cmd)
	}
	for _, sub := range cmd.Commands() {
		everyCommand(sub, f)
	}
}

func TestAFlagSaysTheSameInEveryCommand(t *testing.T) {
	differ := map[string]bool{
		"help":    true,                 // cobra's
		"fail-on": true, "issuer": true, // whose values are others
		"account": true, "destroy": true, "live": true, "out": true, // of which there is more to say
	}
	said := map[string]string{}
	everyCommand((&app{}).rootCommand(), func(cmd *cobra.Command) {
		visitFlags(cmd, func(f *pflag.Flag) {
			if differ[f.Name] {
				return
			}
			if said[f.Name] == "" {
				said[f.Name] = f.Usage
			}
			if diff := cmp.Diff(said[f.Name], f.Usage); diff != "" {
				t.Errorf("%s -%s (-before +here):\n%s", cmd.CommandPath(), f.Name, diff)
			}
		})
	})
}
