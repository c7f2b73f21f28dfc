package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/trustctl/trustctl/internal/policy"
)

// stateFormat is the first field of every state file.
const stateFormat = "trustctl-sandbox/1"

// compactAt is the journal's size in bytes at which the state file is written anew.
const compactAt = 16 << 20

// store keeps a world on disk: the state file, and an append-only journal of
// what changed since. A write is appended before it is answered, in one system
// call: it survives the end of the process by whatever means. The journal is
// folded into the state file when the sandbox is opened and closed.
type store struct {
	path    string
	journal *os.File // locked: one process at a time
	size    int64    // of the journal; its end is a whole record
}

// openStore reads the state at path into w. A state that is not whole is an
// error: it is never overwritten.
func openStore(path string, w *world) (*store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	journal, err := openLocked(path + ".journal")
	if err != nil {
		return nil, err
	}
	s := &store{path: path, journal: journal}
	if err := errors.Join(s.load(w), s.replay(w)); err != nil {
		journal.Close()
		return nil, err
	}
	if s.size > 0 {
		if err := s.compact(w); err != nil {
			journal.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *store) load(w *world) error {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.decode(bytes.NewReader(text), s.path)
}

// encode is the text of a state.
func (w *world) encode() ([]byte, error) {
	whole := world{Format: stateFormat, Accounts: w.Accounts}
	text, err := json.MarshalIndent(whole, "", "  ")
	return append(text, '\n'), err
}

// decode reads the text of a state; name is for messages.
func (w *world) decode(text io.Reader, name string) error {
	decoder := json.NewDecoder(text)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(w)
	if err == nil && decoder.More() {
		err = errors.New("something follows the state")
	}
	if err != nil {
		return fmt.Errorf("%s is damaged or not a sandbox's state (%w): delete it to start with an empty sandbox", name, err)
	}
	if w.Format != stateFormat {
		return fmt.Errorf("%s is not a sandbox's state of this version: its format is %q, not %q", name, w.Format, stateFormat)
	}
	if w.Accounts == nil {
		w.Accounts = map[string]*account{}
	}
	for id, a := range w.Accounts {
		if a == nil || !policy.IsAccountID(id) {
			return fmt.Errorf("%s is damaged: %q is not an account: delete it to start with an empty sandbox", name, id)
		}
		a.ID = id
	}
	return nil
}

// replay applies the journal that an earlier process left. Its last line may
// be cut off: that write was not answered.
func (s *store) replay(w *world) error {
	lines := bufio.NewReader(s.journal)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return s.rewind()
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", s.journal.Name(), err)
		}
		var r record
		err = json.Unmarshal(line, &r)
		if err == nil {
			err = w.apply(r)
		}
		if err != nil {
			return fmt.Errorf("%s is damaged in line %d (%w): delete it to go on with the state before it", s.journal.Name(), n, err)
		}
		s.size += int64(len(line))
	}
}

// rewind cuts off what is not a whole record.
func (s *store) rewind() error {
	if err := s.journal.Truncate(s.size); err != nil {
		return err
	}
	_, err := s.journal.Seek(s.size, io.SeekStart)
	return err
}

// append makes a record last.
func (s *store) append(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := s.journal.Write(line); err != nil {
		return errors.Join(err, s.rewind())
	}
	s.size += int64(len(line))
	return nil
}

// compact writes the state file anew and empties the journal. If the process
// ends between the two, the journal is replayed on a state that has it
// already, which changes nothing.
func (s *store) compact(w *world) error {
	if s.size == 0 {
		return nil
	}
	text, err := w.encode()
	if err != nil {
		return err
	}
	if err := replaceFile(s.path, text); err != nil {
		return err
	}
	s.size = 0
	return s.rewind()
}

func (s *store) close() error {
	return closeLocked(s.journal)
}

// replaceFile writes a file under a temporary name and renames it, so that
// there is the old one or the new one, never a part.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
