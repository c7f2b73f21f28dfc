package audit

import (
	"errors"
	"os/signal"
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
// the next line closes it, in this run or in a later one. A limit on the size of
// files stands for the disk: it takes what fits, too.
func TestAHalfLineOnAFullDiskIsClosedByTheNext(t *testing.T) {
	const size = 64 << 10
	path := filepath.Join(t.TempDir(), "log")
	l := open(t, path)
	if _, err := l.Write(line("first")); err != nil {
		t.Fatal(err)
	}
	room := full(t, size)
	n, err := l.Write(line(strings.Repeat("x", size)))
	room()
	if n == 0 || n > size || !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("Write of %d bytes = %d, %v, want a half line", size+1, n, err)
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

// full keeps every file of the process from growing beyond a size, until room is
// called.
func full(t *testing.T, size uint64) (room func()) {
	t.Helper()
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // which else ends the process
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}
