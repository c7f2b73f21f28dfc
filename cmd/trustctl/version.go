package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// release is the version that this code is, or will be, released as.
const release = "0.1.0"

// version is the version of this build: the module's where it was built from
// a release, otherwise the one that is in the making.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; strings.HasPrefix(v, "v") && !strings.Contains(v, "-") && !strings.Contains(v, "+") {
			return v[1:]
		}
	}
	return release
}

// revision is the commit that this build was made from, or "".
func revision() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			platform := runtime.GOOS + "_" + runtime.GOARCH
			if !asJSON {
				return a.printLine("trustctl %s\non %s, %s", version(), platform, runtime.Version())
			}
			text, err := json.MarshalIndent(struct {
				Version  string `json:"trustctl_version"`
				Revision string `json:"revision,omitempty"`
				Platform string `json:"platform"`
				Go       string `json:"go_version"`
			}{version(), revision(), platform, runtime.Version()}, "", "  ")
			if err != nil {
				return fmt.Errorf("encoding the version: %w", err)
			}
			return a.printLine("%s", text)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
