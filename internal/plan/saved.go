package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// FormatVersion is that of a saved plan's text. A plan of another is refused:
// what its fields mean is not known.
const FormatVersion = "1"

// What is saved, and read again. Whoever wrote a plan file must not be able to
// fill the memory of who shows it: three bytes of {} become hundreds. A plan of
// twenty thousand environments has half of each.
const (
	// MaxSaved is the longest text.
	MaxSaved   = 128 << 20
	maxObjects = 1_000_000
	maxItems   = 3_000_000
)

// fits says whether the text is within the limits.
func fits(text []byte) error {
	if len(text) > MaxSaved || bytes.Count(text, []byte("{")) > maxObjects || bytes.Count(text, []byte(",")) > maxItems {
		return fmt.Errorf("the plan is too large to be saved: the limits are %d MiB and %d objects. Plan with -target, or divide the configuration into stacks", MaxSaved>>20, maxObjects)
	}
	return nil
}

// Meta is what a saved plan says of its making.
type Meta struct {
	Version      string // of trustctl
	ConfigDigest string // of the configuration
	Digest       string // of the whole text, sha256:…: set by Encode and Decode
}

// saved is the text of a plan: one JSON object, its own digest last.
type saved struct {
	FormatVersion string          `json:"format_version"`
	Version       string          `json:"trustctl_version"`
	ConfigDigest  string          `json:"config_digest"`
	Plan          json.RawMessage `json:"plan"`
	Digest        string          `json:"digest,omitempty"`
}

// digest is over everything but itself; white space doesn't count.
func (s saved) digest() (string, error) {
	s.Digest = ""
	text, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// Encode is the text of a saved plan, and what Decode will say of it. The
// steps and the fields are not in it: they follow from the changes. Nor is
// the content of any file: a hash stands for it.
func Encode(p *Plan, m Meta) ([]byte, Meta, error) {
	content, err := json.Marshal(p)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("encoding the plan: %w", err)
	}
	s := saved{FormatVersion: FormatVersion, Version: m.Version, ConfigDigest: m.ConfigDigest, Plan: content}
	if s.Digest, err = s.digest(); err != nil {
		return nil, Meta{}, fmt.Errorf("encoding the plan: %w", err)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, Meta{}, fmt.Errorf("encoding the plan: %w", err)
	}
	if err := fits(text); err != nil {
		return nil, Meta{}, err
	}
	m.Digest = s.Digest
	return append(text, '\n'), m, nil
}

// Decode reads the text of a saved plan. It refuses one that was cut short or
// changed, one of another format, and one that shows other than it says. A
// plan that somebody made up with care passes: what it asks for must still be
// held against the configuration, see Plan.Remaining.
func Decode(text []byte) (*Plan, Meta, error) {
	if err := fits(text); err != nil {
		return nil, Meta{}, err
	}
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || len(bytes.TrimSpace(text)) == 0 || isCutShort(err) {
			return nil, Meta{}, errors.New("the plan file is cut short: make the plan again")
		}
		return nil, Meta{}, fmt.Errorf("this is not a plan file of trustctl: %w", err)
	}
	switch {
	case s.FormatVersion == "":
		return nil, Meta{}, errors.New("this is not a plan file of trustctl: it has no format_version")
	case s.FormatVersion != FormatVersion:
		return nil, Meta{}, fmt.Errorf("the plan file has format version %q, and this trustctl reads %q: make the plan again", s.FormatVersion, FormatVersion)
	}
	want, err := s.digest()
	if err != nil {
		return nil, Meta{}, fmt.Errorf("reading the plan file: %w", err)
	}
	if s.Digest != want {
		// The digest that it should have stays unsaid: it would only help to
		// change a plan unseen.
		return nil, Meta{}, errors.New("the plan file was changed after it was made: make the plan again")
	}
	p := new(Plan)
	if err := json.Unmarshal(s.Plan, p); err != nil {
		return nil, Meta{}, fmt.Errorf("reading the plan file: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, Meta{}, fmt.Errorf("the plan file contradicts itself: %w", err)
	}
	for i := range p.Changes {
		p.Changes[i].Fields = p.Changes[i].fields()
	}
	return p, Meta{Version: s.Version, ConfigDigest: s.ConfigDigest, Digest: s.Digest}, nil
}

// isCutShort: encoding/json has no error value for a text that ends early.
func isCutShort(err error) bool {
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	return ok && syntax.Error() == "unexpected end of JSON input"
}

// Check refuses a saved plan that another trustctl, or another configuration,
// made.
func (m Meta) Check(version, configDigest string) error {
	switch {
	case m.Version != version:
		return fmt.Errorf("the plan was made by trustctl %s, and this is %s: make the plan again", m.Version, version)
	case m.ConfigDigest != configDigest:
		return errors.New("the configuration has changed since the plan was made, or a variable has another value: give the -var and -var-file that the plan was made with, or make the plan again")
	}
	return nil
}
