package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Fingerprint is a digest of one object as it was read: of its unique id and
// every field that a configuration can declare, never of its last use. Two
// equal fingerprints mean that nothing a plan rests on has moved.
type Fingerprint string

// Absent is the fingerprint of an object that does not exist.
const Absent Fingerprint = "absent"

// Fingerprint of a role: policies are taken in canonical form, so a document
// that IAM merely rendered anew does not count as moved.
func (r Role) Fingerprint() Fingerprint {
	inline := make(map[string]string, len(r.Inline))
	for name, d := range r.Inline {
		inline[strings.ToLower(name)] = d.Canonical().String()
	}
	return digest(struct {
		ID, Path, Name, Description, Trust string
		MaxSession                         int64
		Boundary                           ARN
		Managed                            []ARN             `json:",omitempty"` // none and empty are one
		Inline, Tags                       map[string]string `json:",omitempty"`
	}{r.ID, r.Path, r.Name, r.Description, r.Trust.Canonical().String(), int64(r.MaxSession), r.Boundary, r.Managed, inline, r.Tags})
}

// Fingerprint of a provider. trusting are the roles of the account that speak
// against what a plan takes away: for a deletion those that trust the
// provider, for audiences that go those that may use one. Their set is part
// of what the plan rests on.
func (p OIDCProvider) Fingerprint(trusting []string) Fingerprint {
	return digest(struct {
		ARN                    ARN
		ClientIDs, Thumbprints []string          `json:",omitempty"`
		Tags                   map[string]string `json:",omitempty"`
		Trusting               []string          `json:",omitempty"`
	}{p.ARN, p.ClientIDs, p.Thumbprints, p.Tags, trusting})
}

// Fingerprint of a file: of its path and its content's hash.
func (f EnvironmentFile) Fingerprint() Fingerprint {
	return digest(struct{ Path, SHA256 string }{f.Path, f.Hash()})
}

// digest hashes JSON, whose object keys encoding/json sorts.
func digest(v any) Fingerprint {
	text, err := json.Marshal(v)
	if err != nil {
		panic("trust: a fingerprint's parts are plain values: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return Fingerprint("sha256:" + hex.EncodeToString(sum[:]))
}
