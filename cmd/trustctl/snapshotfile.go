package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
)

// snapshot is one that was read from a file.
type snapshot struct {
	*live.Snapshot
	age time.Duration // now
}

// skew is how far the clocks of two machines may be apart.
const skew = 5 * time.Minute

// checkSnapshot refuses what does not go with -snapshot.
func (f *runFlags) checkSnapshot(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("snapshot") && f.snapshot == "":
		return errors.New("-snapshot needs the name of a file")
	case changed("snapshot-max-age") && f.snapshot == "" && !changed("since"):
		return errors.New("-snapshot-max-age goes with -snapshot")
	case f.maxAge < 0:
		return fmt.Errorf("-snapshot-max-age is %s, and must not be negative", f.maxAge)
	case f.snapshot != "" && f.sandbox != "" && f.sandbox != defaultSandbox:
		return errors.New("-sandbox with -snapshot says that the snapshot is of a sandbox: no file of one is read")
	}
	return nil
}

// checkDrift refuses what does not go with -refresh-only.
func (f *runFlags) checkDrift() error {
	switch {
	case f.refreshOnly && f.since == "":
		return errors.New("-refresh-only needs -since=SNAPSHOT\n\n" +
			"trustctl keeps no state: there is nothing else that the accounts could be compared with.\n" +
			"`trustctl snapshot -out=FILE` and `trustctl apply -snapshot-out=FILE` write one")
	case f.since != "" && !f.refreshOnly:
		return errors.New("-since goes with -refresh-only")
	case f.refreshOnly && (f.destroy || f.out != ""):
		return errors.New("-refresh-only plans nothing: it excludes -destroy and -out")
	case f.refreshOnly && slices.ContainsFunc(f.failOn, func(g plan.Gate) bool { return g == gateError || g == gateWarning }):
		return errors.New("-refresh-only plans nothing that lint could find fault with: -fail-on takes wider, new-role and permissions\n\nUse `trustctl lint -live -fail-on=…`")
	}
	return nil
}

// openSnapshot reads the file of -snapshot.
func (a *app) openSnapshot(f *runFlags) (*snapshot, error) {
	return a.readSnapshot(f.snapshot, f)
}

// readSnapshot reads a snapshot that must be of AWS, or under -sandbox of a
// sandbox, and no older than it may be.
func (a *app) readSnapshot(path string, f *runFlags) (*snapshot, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("reading the snapshot %s: %w", path, err)
	}
	defer file.Close()
	read, err := live.DecodeSnapshot(file)
	if err != nil {
		return nil, fmt.Errorf("reading the snapshot %s: %w", path, err)
	}
	s := &snapshot{Snapshot: read, age: a.now().Sub(read.Taken)}
	taken := s.Taken.Format(time.RFC3339)
	switch onSandbox := f.sandbox != ""; {
	case s.Sandbox && !onSandbox:
		return nil, fmt.Errorf("%s was taken of a sandbox, and says nothing of AWS: -sandbox is for such a one", path)
	case !s.Sandbox && onSandbox:
		return nil, fmt.Errorf("%s was taken of AWS, and says nothing of a sandbox", path)
	case s.age < -skew:
		return nil, fmt.Errorf("%s says that it was taken at %s, which is yet to come: one of two clocks is wrong", path, taken)
	case f.maxAge > 0 && s.age > f.maxAge:
		return nil, fmt.Errorf("%s was taken at %s, and is older than -snapshot-max-age=%s: take a new one", path, taken, f.maxAge)
	}
	s.age = max(s.age, 0)
	return s, nil
}

// openRegular opens a file that is one: a pipe would be waited for.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return os.Open(path)
}
