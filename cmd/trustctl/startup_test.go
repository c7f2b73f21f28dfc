package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What a package allocates before main runs, every command pays for, and most
// of it is memory touched for the first time. Allocations are counted and not
// the time, since they are the same on every machine.
// https://pkg.go.dev/runtime#hdr-Environment_Variables (inittrace)
func TestStartingUpAllocatesLittle(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, trace)
	}
	packages, bytes, allocs := 0, 0, 0
	for _, m := range regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, (\d+) allocs$`).FindAllStringSubmatch(string(trace), -1) {
		packages++
		if !strings.HasPrefix(m[1], module) || strings.HasSuffix(m[1], "test") { // the latter help tests
			continue
		}
		b, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		bytes, allocs = bytes+b, allocs+n
		t.Log(m[0])
	}
	if packages < 50 {
		t.Fatalf("the trace has %d packages:\n%s", packages, trace)
	}
	// The table of the language's functions is most of it. One regular
	// expression compiled at the start would be some hundred allocations.
	if allocs > 450 || bytes > 40_000 {
		t.Errorf("trustctl's own packages allocate %d times, %d bytes, before main runs: let what is there be made when it is first needed", allocs, bytes)
	}
}
