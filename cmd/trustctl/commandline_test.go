package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const commandLine = "../../docs/cli.md"

// commandPages are all commands with their flags, as docs/cli.md has them.
func commandPages() string {
	var b strings.Builder
	root := (&app{}).rootCommand()
	row := func(f *pflag.Flag) {
		_, text := pflag.UnquoteUsage(f)
		initial := strings.Trim(defaultOf(f), " ()")
		if initial = strings.TrimPrefix(initial, "default "); initial != "" {
			initial = "`" + initial + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", flagLine(f), initial, strings.ReplaceAll(text, "|", `\|`))
	}
	const head = "\n| flag | default | does |\n|---|---|---|\n"
	b.WriteString("\n### In every command\n" + head)
	root.PersistentFlags().VisitAll(row)
	everyCommand(root, func(cmd *cobra.Command) {
		if cmd == root || cmd.HasParent() && cmd.Parent() != root {
			return
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s.\n", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.Short)
		first := true
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			if first {
				b.WriteString(head)
				first = false
			}
			row(f)
		})
	})
	return b.String()
}

func TestTheCommandLinePageHasEveryCommandAndFlag(t *testing.T) {
	page, err := os.ReadFile(commandLine)
	if err != nil {
		t.Fatal(err)
	}
	const heading = "\n## Commands\n"
	hand, listed, _ := strings.Cut(string(page), heading)
	want := commandPages()
	if *update {
		if err := os.WriteFile(commandLine, []byte(hand+heading+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("docs/cli.md (-commands +page); go test ./cmd/trustctl -run CommandLine -update writes it anew:\n%s", diff)
	}
}

func TestTheCommandLinePageHasEveryVariableOfTheEnvironment(t *testing.T) {
	page, err := os.ReadFile(commandLine)
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`"(TRUSTCTL_[A-Z_]*[A-Z])`)
	for _, folder := range []string{".", "../../internal/spec", "../../internal/term"} {
		sources, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			if strings.HasSuffix(source, "_test.go") {
				continue
			}
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range variable.FindAllStringSubmatch(string(text), -1) {
				if !strings.Contains(string(page), "`"+m[1]) {
					t.Errorf("%s reads %s, of which docs/cli.md says nothing", source, m[1])
				}
			}
		}
	}
}
