package live

import (
	"errors"
	"sync"
)

// together are readings that run side by side, each to its end. Of their
// errors it gives the first in the order in which they were begun: which is the
// first in time may be another one in every run.
type together struct {
	running sync.WaitGroup
	errors  []*error
}

// Go begins a reading.
func (t *together) Go(f func() error) {
	err := new(error)
	t.errors = append(t.errors, err)
	t.running.Go(func() { *err = guarded(f)() })
}

// Wait lasts until all have ended. A bug comes before any other error.
func (t *together) Wait() error {
	t.running.Wait()
	var first error
	for _, err := range t.errors {
		var bug *BugError
		if errors.As(*err, &bug) {
			return *err
		}
		if first == nil {
			first = *err
		}
	}
	return first
}
