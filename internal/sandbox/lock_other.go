//go:build !unix

package sandbox

import (
	"errors"
	"os"
)

// openLocked opens the journal; here nothing keeps a second process away.
func openLocked(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// closeLocked closes first: an open file cannot be removed everywhere.
func closeLocked(f *os.File) error {
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
