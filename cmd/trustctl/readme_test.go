package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheCommandsOfTheReadmeRun(t *testing.T) {
	text := readme(t)
	work := t.TempDir()
	if err := os.CopyFS(work+"/examples", os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	commands := regexp.MustCompile(`(?m)(?:^\$ |\x60)go run \./cmd/trustctl ([^\x60\n]+)`).FindAllStringSubmatch(text, -1)
	if len(commands) == 0 {
		t.Fatal("the README shows no command")
	}
	for _, c := range commands {
		succeed(t, strings.Fields(c[1])...)
	}
}

func TestTheReadmeListsEveryCommand(t *testing.T) {
	_, table, _ := strings.Cut(readme(t), "\n## Commands\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(table, -1) {
		for _, word := range regexp.MustCompile("`(?:trustctl )?([a-z][a-z-]*)").FindAllStringSubmatch(m[1], -1) {
			listed = append(listed, word[1])
		}
	}
	var have []string
	for _, c := range (&app{}).rootCommand().Commands() {
		if c.Runnable() || c.HasSubCommands() {
			have = append(have, c.Name())
		}
	}
	slices.Sort(listed)
	slices.Sort(have)
	if diff := cmp.Diff(have, listed); diff != "" {
		t.Errorf("the README's table (-commands +listed):\n%s", diff)
	}
}

func TestTheReadmeListsEveryExitCode(t *testing.T) {
	_, table, _ := strings.Cut(readme(t), "\n## Exit codes\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d) \|`).FindAllStringSubmatch(table, -1) {
		listed = append(listed, m[1])
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "3"}, listed); diff != "" {
		t.Errorf("the README's exit codes (-want +got):\n%s", diff)
	}
}
