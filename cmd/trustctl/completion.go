package main

import (
	"bytes"
	"context"
	"strings"

	"github.com/spf13/cobra"
)

// isCompletion reports whether a shell asks for completions.
func isCompletion(arranged []string) bool {
	return len(arranged) > 1 && (arranged[0] == cobra.ShellCompRequestCmd || arranged[0] == cobra.ShellCompNoDescRequestCmd)
}

// arrangeCompletion lays out, for cobra, what a shell wants to complete: the
// last argument, which is empty where a new word begins.
func arrangeCompletion(root *cobra.Command, name string, args []string) []string {
	out := []string{name}
	if len(args) == 0 {
		return out
	}
	last := twoDashes(args[len(args)-1])
	cmd := find(root, args[0])
	if cmd == nil || len(args) == 1 {
		return append(append(out, args[:len(args)-1]...), last)
	}
	before := args[1 : len(args)-1]
	middle, err := rewrite(cmd, before)
	if err != nil { // the last of them waits for its value, which is what is asked for
		n := len(before) - 1
		if middle, err = rewrite(cmd, before[:n]); err != nil {
			middle, n = before, len(before)
		}
		for _, token := range before[n:] {
			middle = append(middle, twoDashes(token))
		}
	}
	return append(append(append(out, args[0]), middle...), last)
}

// twoDashes gives a flag that has one dash a second one.
func twoDashes(word string) string {
	if oneDash(word) {
		return "-" + word
	}
	return word
}

func oneDash(word string) bool {
	return strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--")
}

// complete answers a shell. Cobra knows flags with two dashes only, and a
// shell drops what does not begin as the word does: flags get as many dashes
// as that has. Descriptions lose the backquotes that mark a value's name.
func (a *app) complete(ctx context.Context, root *cobra.Command, word string) error {
	var answer bytes.Buffer
	root.SetOut(&answer)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	var b strings.Builder
	for line := range strings.Lines(answer.String()) {
		if oneDash(word) && strings.HasPrefix(line, "--") {
			line = line[1:]
		}
		candidate, description, described := strings.Cut(line, "\t")
		b.WriteString(candidate)
		if described {
			b.WriteString("\t" + strings.ReplaceAll(description, "`", ""))
		}
	}
	return a.print([]byte(b.String()))
}

// completeValues completes the values of flags that have few.
func completeValues(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		flag := cmd.Flags().Lookup("fail-on")
		if flag == nil {
			continue
		}
		values := []string{"error", "warning"}
		switch {
		case flag.Value.Type() == "GATES":
			values = strings.Split(allGates().String(), ",")
		case cmd.Name() == "compare":
			values = []string{"wider"}
		}
		if err := cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic("trustctl: the flag was just looked up: " + err.Error())
		}
	}
}

// describeCompletion says in the words of the other commands how completion
// is set up.
func describeCompletion(root *cobra.Command) {
	cmd := find(root, "completion")
	cmd.Short = "Print a script that completes commands and flags in a shell"
	cmd.Long = "Print a script that completes trustctl's commands and flags in a shell. The help\nof the shell's own command says where to put it."
	const now, always = "\n\nIn this session:\n\n    ", "\n\nIn every new one:\n\n    "
	for shell, where := range map[string]string{
		"bash": "It needs the package bash-completion." + now + "source <(trustctl completion bash)" +
			always + "trustctl completion bash > /etc/bash_completion.d/trustctl\n\n" +
			"On macOS, with Homebrew:\n\n    trustctl completion bash > $(brew --prefix)/etc/bash_completion.d/trustctl",
		"zsh": "It needs compinit: autoload -U compinit; compinit" + now + "source <(trustctl completion zsh)" +
			always + `trustctl completion zsh > "${fpath[1]}/_trustctl"`,
		"fish": now[2:] + "trustctl completion fish | source" +
			always + "trustctl completion fish > ~/.config/fish/completions/trustctl.fish",
		"powershell": now[2:] + "trustctl completion powershell | Out-String | Invoke-Expression\n\n" +
			"For every new one add that line to your profile.",
	} {
		sub := find(cmd, shell)
		sub.Short = "Print the completion script for " + shell
		sub.Long = sub.Short + ".\n\n" + where
	}
}
