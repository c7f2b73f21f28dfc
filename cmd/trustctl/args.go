package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/mattn/go-shellwords"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// arrange lays out the arguments for cobra, which knows long flags with two
// dashes only:
//
//	trustctl -no-color plan -out=x      becomes      plan --no-color --out=x
//
// The command comes first, then the flags that stood before it, then those of
// TRUSTCTL_CLI_ARGS and TRUSTCTL_CLI_ARGS_<command>, then the user's own: the
// last one wins.
func arrange(root *cobra.Command, args []string, getenv func(string) string) ([]string, error) {
	root.InitDefaultHelpFlag()
	n := 0
	for n < len(args) && strings.HasPrefix(args[n], "-") && args[n] != "-" && args[n] != "--" {
		if slices.Contains([]string{"-v", "-version", "--version"}, args[n]) {
			return []string{"version"}, nil
		}
		f, hasValue := flagOf(root, args[n])
		n++
		if f != nil && !hasValue && f.NoOptDefVal == "" && n < len(args) {
			n++
		}
	}
	before, args := args[:n], args[n:]
	if len(args) == 0 {
		return rewrite(root, before)
	}
	name, args := args[0], args[1:]
	if name == cobra.ShellCompRequestCmd || name == cobra.ShellCompNoDescRequestCmd {
		return arrangeCompletion(root, name, args), nil
	}
	cmd := find(root, name)
	if cmd == nil {
		return nil, unknown("trustctl has no command "+quoted(name), suggest(name, commandNames(root)), "trustctl help")
	}
	all := slices.Clone(before)
	for _, variable := range []string{"TRUSTCTL_CLI_ARGS", "TRUSTCTL_CLI_ARGS_" + cmd.Name()} {
		words, err := shellwords.Parse(getenv(variable))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", variable, err)
		}
		all = append(all, words...)
	}
	for cmd.HasSubCommands() && len(args) > 0 && !strings.HasPrefix(args[0], "-") { // completion bash
		sub := find(cmd, args[0])
		if sub == nil {
			return nil, unknown(cmd.CommandPath()+" has no command "+quoted(args[0]), suggest(args[0], commandNames(cmd)), cmd.CommandPath()+" -help")
		}
		cmd, args = sub, args[1:]
	}
	cmd.InitDefaultHelpFlag()
	rest, err := rewrite(cmd, append(all, args...))
	if err != nil {
		return nil, err
	}
	return append(strings.Fields(cmd.CommandPath())[1:], rest...), nil
}

// rewrite gives the flags of a command two dashes. It touches only a token
// that names one of them: never a flag's value, never what follows "--", never
// a lone "-".
func rewrite(cmd *cobra.Command, args []string) ([]string, error) {
	var out []string
	for i := 0; i < len(args); i++ {
		token := args[i]
		if token == "--" {
			return append(out, args[i:]...), nil
		}
		if token == "-" || !strings.HasPrefix(token, "-") {
			out = append(out, token)
			continue
		}
		f, hasValue := flagOf(cmd, token)
		if f == nil {
			return nil, unknownFlag(cmd, token)
		}
		_, value, _ := strings.Cut(token, "=")
		switch {
		case hasValue:
			out = append(out, "--"+f.Name+"="+value)
		case f.NoOptDefVal != "": // a switch, or -sandbox: its value needs the =
			out = append(out, "--"+f.Name)
		case i+1 < len(args): // the next token is the value, whatever it looks like
			i++
			out = append(out, "--"+f.Name+"="+args[i])
		default:
			return nil, fmt.Errorf("-%s needs a value: -%s=%s", f.Name, f.Name, strings.ToUpper(valueName(f)))
		}
	}
	return out, nil
}

// flagOf is the flag that a token names, with one dash or two, and whether the
// token holds its value.
func flagOf(cmd *cobra.Command, token string) (f *pflag.Flag, hasValue bool) {
	name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(token, "-"), "-"), "=")
	if name == "h" && !hasValue {
		name = "help"
	}
	if name == "" {
		return nil, false
	}
	return cmd.Flag(name), hasValue
}

// find is a command's own sub-command of that name.
func find(cmd *cobra.Command, name string) *cobra.Command {
	i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
	if i < 0 {
		return nil
	}
	return cmd.Commands()[i]
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

func unknownFlag(cmd *cobra.Command, token string) error {
	name, _, _ := strings.Cut(token, "=")
	var names []string
	visitFlags(cmd, func(f *pflag.Flag) { names = append(names, f.Name) })
	guess := suggest(strings.TrimLeft(name, "-"), names)
	if guess != "" {
		guess = "-" + guess
	}
	return unknown(cmd.CommandPath()+" has no flag "+quoted(name), guess, cmd.CommandPath()+" -help")
}

// unknown is the error for a word that means nothing here.
func unknown(what, guess, helpWith string) error {
	hint := "Run `" + helpWith + "` to see what there is."
	if guess != "" {
		hint = fmt.Sprintf("Did you mean %s? ", quoted(guess)) + hint
	}
	return fmt.Errorf("%s\n\n%s", what, hint)
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// suggest is the name nearest to a misspelt one, or "" where none is near.
func suggest(given string, names []string) string {
	slices.Sort(names)
	best, distance := "", 3
	for _, name := range names {
		d := levenshtein.Distance(given, name, nil)
		if strings.HasPrefix(name, given) && len(given) > 2 {
			d = min(d, 1)
		}
		if d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	return best
}

// noArguments refuses positional arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if cmd.Flag("sandbox") != nil && cmd.Flag("sandbox").Changed {
		hint = "\n\nThe state file of -sandbox is given with an equals sign: -sandbox=FILE"
	}
	return fmt.Errorf("%s takes no argument, but got %q%s", cmd.CommandPath(), args[0], hint)
}

// oneArgument wants exactly one positional argument, and names it.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s needs %s\n\nUsage: %s", cmd.CommandPath(), what, cmd.UseLine())
		case len(args) > 1:
			return fmt.Errorf("%s takes one argument, %s, but got %q as well", cmd.CommandPath(), what, args[1])
		}
		return nil
	}
}

// atMostOneArgument wants one positional argument or none, and names it.
func atMostOneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%s takes at most one argument, %s, but got %q as well", cmd.CommandPath(), what, args[1])
		}
		return nil
	}
}
