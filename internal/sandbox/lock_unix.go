//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// openLocked opens a file that one process at a time may have. The lock is the
// kernel's: it ends with the process, whatever ends that.
func openLocked(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, fmt.Errorf("%s is in use: another sandbox has this state open", path)
			}
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		// The one before us may have removed it between our open and our lock.
		mine, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		f.Close()
	}
}

// closeLocked removes the file while it is still locked: whoever opens it next
// gets a new one.
func closeLocked(f *os.File) error {
	return errors.Join(os.Remove(f.Name()), f.Close())
}
