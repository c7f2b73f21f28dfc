// Package audit is the file that an audit log is kept in: opened so that
// nobody's file is written to by mistake, appended to line by line, and brought
// to the disk at the end.
//
// It does not know what a line says.
package audit

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// Log is an audit log. Write may be called from several goroutines, and several
// processes may append to one file.
type Log struct {
	mu   sync.Mutex
	file *os.File
	// half says that the file ends within a line: the next one begins with a
	// line break.
	half bool
}

// Open opens the log at path to append to it, and makes it, for its owner
// alone, if it is not there. warning is what whoever keeps the log should know
// of it, or "".
//
//	path is                               it is
//	a symbolic link                       refused: it may lead to any file, and be set by others
//	a folder, a pipe, a socket            refused
//	a file that others may write to       refused: what it says could be anybody's
//	a file that others may read           taken, with a warning
//	a device                              taken as it is
func Open(path string) (l *Log, warning string, err error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return nil, "", fmt.Errorf("%s is a symbolic link, which may lead to any file: name the file itself", path)
	}
	// Read, to see how it ends.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|noFollow, 0o600)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, "", err
	}
	switch mode := info.Mode(); {
	case mode&os.ModeDevice != 0:
		return &Log{file: file}, "", nil
	case !mode.IsRegular():
		return nil, "", fmt.Errorf("%s is no file that can be appended to", path)
	case othersMay(mode, 0o022):
		return nil, "", fmt.Errorf("others may write to %s (mode %04o), so what it says could be anybody's: chmod 0600 it", path, mode.Perm())
	case othersMay(mode, 0o044):
		warning = fmt.Sprintf("others may read %s (mode %04o), and an audit log names roles, policies and who may become what: chmod 0600 it unless that is meant", path, mode.Perm())
	}
	half, err := endsWithin(file, info.Size())
	if err != nil {
		return nil, "", err
	}
	return &Log{file: file, half: half}, warning, nil
}

// endsWithin reports whether a file ends within a line, as one does whose
// writer had no room for the rest.
func endsWithin(file *os.File, size int64) (bool, error) {
	if size == 0 {
		return false, nil
	}
	last := []byte{0}
	if _, err := file.ReadAt(last, size-1); err != nil {
		return false, err
	}
	return last[0] != '\n', nil
}

// Write appends a line, which ends with a line break, in one write of the
// system's: it does not mix with another's. Where the file ends within a line,
// that one is closed first.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := line
	if l.half {
		text = append([]byte{'\n'}, line...)
	}
	n, err := l.file.Write(text)
	if n > 0 {
		l.half = n < len(text)
	}
	if err != nil {
		return max(0, n-(len(text)-len(line))), err
	}
	return len(line), nil
}

// Close brings the log to the disk, and closes it.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.file.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // of what has no disk, a device
	}
	return errors.Join(err, l.file.Close())
}
