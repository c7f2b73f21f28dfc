// Package sandbox is an IAM and an STS that answer on loopback: the AWS Query
// protocol over HTTP, many accounts, strict where IAM is strict. The stock AWS
// SDKs and the aws command talk to it, so that trustctl can be tried and
// tested with no AWS account.
//
// It knows the calls that trustctl makes, and those that are of use to look at
// what they did. It does not check signatures: any secret key will do. It has
// no users and no groups. Trust policies it evaluates; an identity policy too,
// for an account that was given one (SetPolicy): there nothing else is
// allowed. Everywhere else whoever reaches an account may do everything in it.
//
// What can go wrong between a client and IAM goes wrong on demand (SetFaults):
// throttling, errors, lost answers, time-outs, reads that lag behind writes.
//
// # Accounts and credentials
//
// The access key id SANDBOX123456789012 belongs to account 123456789012; every
// account exists. Credentials of AssumeRole lead to the role and its account.
// Any other key id leads to [DefaultAccount], so that dummy keys work.
//
// A role that does not exist can be assumed by the holder of a SANDBOX key, as
// if it trusted everybody and might do everything: so a configuration with
// assume_role needs no set-up. For other key ids it is AccessDenied, as in IAM.
//
// The partition of an ARN follows from the Region that the request is signed for.
package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// KeyPrefix begins the access key ids that name their account:
	// SANDBOX123456789012.
	KeyPrefix = "SANDBOX"
	// DefaultAccount is where every other access key id leads.
	DefaultAccount = "123456789012"
)

// Options say how a Server runs; the zero Options are an empty IAM in memory.
type Options struct {
	// StateFile keeps the state; "" keeps it in memory. Beside it lies a
	// journal, STATEFILE.journal, while a Server has it open.
	StateFile string
	// State is what a Server in memory begins with, as Server.State gives it;
	// nil is nothing.
	State []byte
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Quotas of accounts that were not given their own; zero fields are AWS's
	// defaults.
	Quotas Quotas
	// PageLimit caps every page, whatever MaxItems asks for; 0 does not. IAM
	// "might return fewer than the MaxItems number of results, even when
	// there are more results available".
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
	PageLimit int
}

// Server answers for IAM and STS. It is an http.Handler, safe for concurrent use.
type Server struct {
	options     Options
	actions     map[string]action
	permissions map[string]permission
	checker     checker
	managed     map[string]string // AWS managed policies: name to path

	mu    sync.RWMutex // guards world: writes one at a time, reads side by side
	world world
	store *store // nil: in memory

	desk *desk
}

// New is a Server with the state of the state file, if there is one. Close it
// to give the file free.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		options:     o,
		actions:     actions(),
		permissions: permissions(),
		checker:     checker{rules: constraints()},
		managed:     managedPaths(),
		world:       world{Accounts: map[string]*account{}},
		desk:        newDesk(),
	}
	switch {
	case o.StateFile != "" && o.State != nil:
		return nil, errors.New("opening the sandbox: it has a state file and a state to begin with")
	case o.State != nil:
		if err := s.world.decode(bytes.NewReader(o.State), "the state to begin with"); err != nil {
			return nil, fmt.Errorf("opening the sandbox: %w", err)
		}
		return s, nil
	case o.StateFile == "":
		return s, nil
	}
	store, err := openStore(o.StateFile, &s.world)
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox: %w", err)
	}
	s.store = store
	return s, nil
}

// Save writes the state file anew, from all that was answered so far. There is
// no need to call it: what was answered is in the journal.
func (s *Server) Save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store == nil {
		return nil
	}
	if err := s.store.compact(&s.world); err != nil {
		return fmt.Errorf("saving the sandbox: %w", err)
	}
	return nil
}

// State is all that the Server holds at this moment, as Options.State takes it:
// with it a second Server is a copy of this one. Faults, counts and the log are
// not in it.
func (s *Server) State() ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	text, err := s.world.encode()
	if err != nil {
		return nil, fmt.Errorf("copying the sandbox: %w", err)
	}
	return text, nil
}

// Close saves the state and gives the file free; the Server answers no more
// writes. Calls that are held or withheld go on.
func (s *Server) Close() error {
	s.desk.set(Faults{})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store == nil {
		return nil
	}
	if err := errors.Join(s.store.compact(&s.world), s.store.close()); err != nil {
		return fmt.Errorf("closing the sandbox: %w", err)
	}
	return nil
}

// Counts says how many calls of each action came in, failed ones included.
func (s *Server) Counts() map[string]int {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return maps.Clone(s.desk.counts)
}

// ResetCounts starts counting anew.
func (s *Server) ResetCounts() {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	clear(s.desk.counts)
}

// Log is every call in the order of arrival, the latest 65,536 at least.
func (s *Server) Log() []Call {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return slices.Clone(s.desk.log)
}

// ResetLog empties the log. The numbers of the calls go on.
func (s *Server) ResetLog() {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	s.desk.log = nil
}

// SetFaults says what goes wrong from now on, in place of what did before;
// the zero Faults end it. Everything is counted anew, every read sees every
// write, and calls that are held or withheld go on.
func (s *Server) SetFaults(f Faults) error {
	if err := f.check(s.actions); err != nil {
		return fmt.Errorf("setting the sandbox's faults: %w", err)
	}
	s.desk.set(f)
	return nil
}

// Faults are what SetFaults was given last.
func (s *Server) Faults() Faults {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.desk.faults
}
