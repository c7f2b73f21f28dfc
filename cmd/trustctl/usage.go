package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help prints a command's help on standard output.
func help(cmd *cobra.Command, _ []string) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
	if cmd.Runnable() || cmd.HasSubCommands() {
		fmt.Fprintln(cmd.OutOrStdout())
		_ = writeUsage(cmd.OutOrStdout(), cmd)
	}
}

// usage prints how a command is called.
func usage(cmd *cobra.Command) error { return writeUsage(cmd.ErrOrStderr(), cmd) }

func writeUsage(w io.Writer, cmd *cobra.Command) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND [flags]"
	}
	fmt.Fprintf(t, "Usage: %s\n", line)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(t, "\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				fmt.Fprintf(t, "  %s\t%s\n", c.Name(), c.Short)
			}
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	first := true
	visitFlags(cmd, func(f *pflag.Flag) {
		if first {
			fmt.Fprint(t, "\nFlags, with one dash or two:\n")
			first = false
		}
		_, text := pflag.UnquoteUsage(f)
		fmt.Fprintf(t, "  %s\t%s%s\n", flagLine(f), text, defaultOf(f))
	})
	return t.Flush()
}

// defaultOf says what a flag is where it is not given, unless that is nothing.
func defaultOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
		return ""
	}
	return " (default " + f.DefValue + ")"
}

// flagLine is a flag as it is typed.
func flagLine(f *pflag.Flag) string {
	name := valueName(f)
	switch {
	case name == "":
		return "-" + f.Name
	case f.NoOptDefVal != "":
		return "-" + f.Name + "[=" + name + "]"
	}
	return "-" + f.Name + "=" + name
}

// valueName is what a flag's value is called: in its usage text, in backquotes.
func valueName(f *pflag.Flag) string {
	name, _ := pflag.UnquoteUsage(f)
	if f.Value.Type() == "bool" && name == "" {
		return ""
	}
	return strings.ToUpper(name)
}

// visitFlags calls f for every flag of a command that people are meant to see,
// in lexical order, the global ones included.
func visitFlags(cmd *cobra.Command, f func(*pflag.Flag)) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.AddFlagSet(cmd.LocalFlags())
	all.AddFlagSet(cmd.InheritedFlags())
	all.VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			f(flag)
		}
	})
}
