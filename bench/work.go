//go:build unix

package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// work is the same in both languages: n roles that an OIDC provider's tokens
// may assume, each with a trust policy, an inline policy, a managed policy and
// tags.
//
//go:embed work
var work embed.FS

const account = "123456789012" // moto's, and the work's

// writeWork writes the configuration of n roles into a tool's folder. Another
// revision is one changed role.
func writeWork(dir string, t Tool, n, revision int) error {
	text, err := work.ReadFile("work/" + t.Work)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%q", fmt.Sprintf("service-%05d", i))
	}
	variables := fmt.Sprintf("names    = [%s]\nrevision = \"%d\"\n", strings.Join(names, ", "), revision)
	for name, text := range map[string][]byte{t.Work: text, t.Variables: []byte(variables)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return nil
}
