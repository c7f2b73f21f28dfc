package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata/script")

// TestMain lets the test binary be trustctl, so that scripts run the command
// as people do: in a process of its own. There it is held to the smallest
// policy for the run: see heldMain.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trustctl": heldMain, "trustctl-itself": main, "iam": iamMain, "trustctl-stops": stopsMain, "gh": ghMain, "pulumi": pulumiMain})
}

// TestScript runs testdata/script, one script per behaviour.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Values[servedKey{}] = map[string]*served{}
			// Nothing of AWS leads out of a script.
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			env.Setenv("AWS_CONFIG_FILE", os.DevNull)
			env.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
			return nil
		},
		Cmds: scriptCommands,
	})
}
