package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/visible"
)

// again is what an apply of a saved plan needs besides its name, as a shell
// reads it: where it was planned, and with which configuration and variables.
// The value of a sensitive variable is left to whoever pastes the line.
func (f *runFlags) again(cmd *cobra.Command, sensitive []string) string {
	var words []string
	if dir, _ := cmd.Flags().GetString("chdir"); dir != "" {
		words = append(words, shellQuoted("-chdir="+dir))
	}
	switch f.sandbox {
	case "":
	case defaultSandbox:
		words = append(words, "-sandbox")
	default:
		words = append(words, shellQuoted("-sandbox="+f.sandbox))
	}
	if f.path != "" {
		words = append(words, shellQuoted("-config="+f.path))
	}
	for _, v := range f.vars {
		text := v.Text
		if name, _, _ := strings.Cut(text, "="); !v.File && slices.Contains(sensitive, name) {
			text = name + "=…"
		}
		if v.File {
			words = append(words, shellQuoted("-var-file="+text))
		} else {
			words = append(words, "-var", shellQuoted(text))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

// plainWord is a word that no shell takes for anything else.
var plainWord = grammar.Of(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellQuoted is a word as a POSIX shell reads it, with control characters
// escaped: those are not for pasting.
func shellQuoted(word string) string {
	word = visible.Line(word)
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
