//go:build unix

package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// work is the same in both languages: n roles that an OIDC provider's tokens
// may assume, each with a trust policy, an inline policy, a managed policy and
// tags.
//
//go:embed work
var work embed.FS

const account = "123456789012" // moto's, and the work's

// writeWork writes the configuration of n roles, in each of the accounts, into
// a tool's folder. Another revision is one changed role.
func writeWork(dir string, t Tool, n, revision int) error {
	text, err := work.ReadFile("work/" + t.Work)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	variables := fmt.Sprintf("names    = [%s]\nrevision = \"%d\"\n", quoted("service-%05d", n), revision)
	if t.Accounts > 1 {
		variables += fmt.Sprintf("accounts = [%s]\n", quoted("1111%08d", t.Accounts))
	}
	for name, text := range map[string][]byte{t.Work: text, t.Variables: []byte(variables)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return nil
}

// quoted is a list of n texts of a format.
func quoted(format string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Quote(fmt.Sprintf(format, i))
	}
	return strings.Join(list, ", ")
}
