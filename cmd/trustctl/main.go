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
	"time"

	"github.com/trustctl/trustctl/internal/term"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), term.System(), time.Now))
}
