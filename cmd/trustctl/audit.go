package main

import (
	"fmt"
	"io"
	"os"
)

// auditLog is the file of -audit-log; nil is none.
type auditLog struct{ file *os.File }

// openAuditLog opens the log to append to it: nobody's line is written over.
func openAuditLog(path string) (*auditLog, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("-audit-log: %w\n\nNothing was written", err)
	}
	return &auditLog{f}, nil
}

// writer is where the lines go, nil without a log.
func (l *auditLog) writer() io.Writer {
	if l == nil {
		return nil
	}
	return l.file
}

// close ends the log, and says so if that fails.
func (l *auditLog) close(a *app, err *error) {
	if l == nil {
		return
	}
	if failed := l.file.Close(); failed != nil {
		a.reportError(fmt.Errorf("-audit-log: %w", failed))
		*err = orElse(*err, errReported)
	}
}
