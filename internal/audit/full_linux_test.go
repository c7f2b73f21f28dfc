package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestADeviceThatIsFullTakesNothing(t *testing.T) {
	l := open(t, "/dev/full")
	if n, err := l.Write(line("new")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write = %d, %v", n, err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("there is nothing to bring to a disk: %v", err)
	}
}

// A disk that is full takes the beginning of a line. Once there is room again
// the next line closes it, in this run or in a later one.
func TestAHalfLineOnAFullDiskIsClosedByTheNext(t *testing.T) {
	const size = 64 << 10
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no file system may be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	path, ballast := filepath.Join(dir, "log"), filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, size/2), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, path)
	if _, err := l.Write(line("first")); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", size)
	if n, err := l.Write(line(long)); n == 0 || n > size || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Write of %d bytes = %d, %v, want a half line", size+1, n, err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	later := open(t, path)
	for _, l := range []*Log{l, later} {
		if n, err := l.Write(line("next")); n != 5 || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	lines := strings.Split(contents(t, path), "\n")
	if lines[0] != "first" || strings.Trim(lines[1], "x") != "" || lines[2] != "next" || lines[len(lines)-2] != "next" {
		t.Errorf("the lines are %.20q", lines)
	}
}

func TestAPipeIsNoLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path); err == nil || !strings.Contains(err.Error(), "is no file that can be appended to") {
		t.Errorf("error %v", err)
	}
}
