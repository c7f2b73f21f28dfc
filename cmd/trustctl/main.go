// Command trustctl keeps AWS IAM roles and Pulumi ESC environments in step
// with one configuration. `trustctl help` lists its commands.
//
// This package is wiring: one file a command, the flags and the exit codes.
// What a configuration means, what differs and how it is applied is decided in
// the packages below internal.
package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/trustctl/trustctl/internal/term"
)

// memory is where the collector of garbage begins to work harder, unless
// GOMEMLIMIT says otherwise: a run stays below a gibibyte.
const memory = 640 << 20

// garbage is how much may lie about, in percent of what is in use, unless GOGC
// says otherwise: a run is short, and collecting half as often takes a tenth
// off it.
const garbage = 200

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), term.System(), time.Now))
}
