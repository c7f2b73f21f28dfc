package main

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/audit"
	"github.com/trustctl/trustctl/internal/visible"
)

// openAuditLog opens the log of -audit-log; nil is none.
func (a *app) openAuditLog(path string) (*audit.Log, error) {
	if path == "" {
		return nil, nil
	}
	log, warning, err := audit.Open(path)
	if err != nil {
		return nil, fmt.Errorf("-audit-log: %w\n\nNothing was written", err)
	}
	if warning != "" {
		a.warn("-audit-log: %s", warning)
	}
	return log, nil
}

// closeAuditLog ends the log, and says so if that fails.
func (a *app) closeAuditLog(log *audit.Log, err *error) {
	if failed := log.Close(); failed != nil {
		a.reportError(fmt.Errorf("-audit-log: it may lack what was written last: %w", failed))
		*err = orElse(*err, errReported)
	}
}

// unlogged is what is said of a line that the log did not take.
func unlogged(line []byte) string {
	return "Not in the audit log: " + strings.TrimSuffix(string(visible.JSON(line)), "\n")
}
