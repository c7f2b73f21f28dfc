package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// helpCommand prints the help of a command or of a topic.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Show help on a command, or on a topic: exit-codes",
		// Help is given wherever one stands, whatever the global flags say.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(_ *cobra.Command, args []string) error {
			cmd := root
			for _, name := range args {
				sub := find(cmd, name)
				if sub == nil {
					return unknown("there is no help on "+quoted(strings.Join(args, " ")), suggest(name, append(commandNames(root), "exit-codes")), "trustctl help")
				}
				cmd = sub
			}
			return cmd.Help()
		},
	}
}

// exitCodesTopic is a command that cannot be run: a help topic.
func exitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodesText()}
}
