package sandbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// held is a call that waits for somebody to let it go.
type held struct {
	verdict chan bool     // whether to go on
	settled chan struct{} // closed when it is over, or held again
}

// Held waits until a call is held, and gives those that are, in the order of
// their arrival. A call whose Carried is 0 is held before it is carried out.
func (s *Server) Held(ctx context.Context) ([]Call, error) {
	for {
		calls, more := s.desk.holds()
		if len(calls) > 0 {
			return calls, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for a call to be held: %w", context.Cause(ctx))
		}
	}
}

// Release lets a held call go on, as if its client were still there, and
// waits until it is over or held again.
func (s *Server) Release(number int) error { return s.letGo(number, true) }

// Drop ends a held call: its connection is reset. If it was not carried out
// it never is. Drop waits until that is done.
func (s *Server) Drop(number int) error { return s.letGo(number, false) }

func (s *Server) letGo(number int, on bool) error {
	s.desk.mu.Lock()
	settled, ok := s.desk.letGo(number, on)
	s.desk.mu.Unlock()
	if !ok {
		return fmt.Errorf("no call %d is held", number)
	}
	<-settled
	return nil
}

func (d *desk) letGo(number int, on bool) (settled <-chan struct{}, ok bool) {
	h, ok := d.held[number]
	if !ok {
		return nil, false
	}
	delete(d.held, number)
	h.verdict <- on // it has room for one
	return h.settled, true
}

// holds are the calls that are held now, and a channel that is closed when one
// more is.
func (d *desk) holds() ([]Call, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var calls []Call
	for _, number := range slices.Sorted(maps.Keys(d.held)) {
		if c := d.line(number); c != nil {
			calls = append(calls, *c)
		}
	}
	return calls, d.holding
}

// hold keeps a call until somebody decides about it, or other faults are set.
// before is its earlier hold, if it had one.
func (d *desk) hold(number int, before *held, changed <-chan struct{}) (h *held, on bool) {
	h = &held{verdict: make(chan bool, 1), settled: make(chan struct{})}
	d.mu.Lock()
	d.held[number] = h
	if changed != d.changed { // they were set since it arrived
		d.letGo(number, true)
	} else {
		close(d.holding)
		d.holding = make(chan struct{})
	}
	before.settle()
	d.mu.Unlock()
	return h, <-h.verdict
}

func (h *held) settle() {
	if h != nil {
		close(h.settled)
	}
}
