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
// steps are not in it: they follow from the changes.
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
	m.Digest = s.Digest
	return append(text, '\n'), m, nil
}

// Decode reads the text of a saved plan. It refuses one that was cut short or
// changed, and one of another format.
func Decode(text []byte) (*Plan, Meta, error) {
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
		return nil, Meta{}, fmt.Errorf("the plan file was changed after it was made (its digest is %s): make the plan again", want)
	}
	p := new(Plan)
	if err := json.Unmarshal(s.Plan, p); err != nil {
		return nil, Meta{}, fmt.Errorf("reading the plan file: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, Meta{}, fmt.Errorf("reading the plan file: %w", err)
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
		return errors.New("the configuration has changed since the plan was made: make the plan again")
	}
	return nil
}

// check refuses changes whose parts don't fit, before anything is derived
// from them.
func (p *Plan) check() error {
	for _, ch := range p.Changes {
		if err := ch.check(); err != nil {
			return fmt.Errorf("%s: %w", ch.Address, err)
		}
	}
	return nil
}

func (c Change) check() error {
	for _, o := range []*Object{c.Before, c.After} {
		if o != nil && o.kind() != c.Address.Kind {
			return errors.New("the object is not of its address's kind")
		}
	}
	needs := map[Action][2]bool{ // before, after
		NoOp: {true, true}, Create: {false, true}, Update: {true, true}, Replace: {true, true},
		Delete: {true, false}, Adopt: {true, true}, Forget: {true, true},
	}
	want, known := needs[c.Action]
	if !known {
		return fmt.Errorf("unknown action %q", c.Action)
	}
	if want != [2]bool{c.Before != nil, c.After != nil} {
		return fmt.Errorf("action %q has the wrong sides", c.Action)
	}
	return nil
}
