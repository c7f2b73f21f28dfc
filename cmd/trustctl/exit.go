package main

import (
	"fmt"
	"strings"
)

// The exit codes, the same for every output format.
const (
	exitFine    = 0
	exitError   = 1
	exitChanges = 2
	exitGate    = 3
)

// exitCodes is the one table of them, which `trustctl help exit-codes` prints.
var exitCodes = [...]struct {
	code  int
	means string
}{
	{exitFine, "fine, whether or not there are changes"},
	{exitError, "an error; also an apply that ended part-way, or was declined"},
	{exitChanges, "changes are pending (only with -detailed-exitcode)"},
	{exitGate, "a check that was asked for did not hold (-fail-on, fmt -check, emit -check, test)"},
}

// verdict is what a run found besides an error.
type verdict struct {
	changes bool // changes are pending, and -detailed-exitcode was given
	gate    bool // a check that was asked for did not hold
}

// exitCode decides: where several hold, 1 beats 3 beats 2.
func exitCode(err error, v verdict) int {
	switch {
	case err != nil:
		return exitError
	case v.gate:
		return exitGate
	case v.changes:
		return exitChanges
	}
	return exitFine
}

// exitCodesText is the help topic.
func exitCodesText() string {
	var b strings.Builder
	b.WriteString("The exit codes are the same for every output format.\n\n")
	for _, row := range exitCodes {
		fmt.Fprintf(&b, "  %d  %s\n", row.code, row.means)
	}
	b.WriteString("\nWhere several hold, 1 beats 3 beats 2.")
	return b.String()
}
