package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// Declared is what findings about a saved plan rest on besides its changes: of
// the configuration what is accepted and where everything stands, of the files
// on disk what they log in with. It is part of what is approved, and nothing is
// carried out by it.
type Declared struct {
	Folder  string                             `json:"folder,omitempty"` // the configuration's, below the project's root
	Issuers []DeclaredIssuer                   `json:"issuers,omitempty"`
	Orgs    []string                           `json:"orgs,omitempty"`
	Accepts []Accept                           `json:"accepts,omitempty"`
	Places  map[trust.Address]map[string]Place `json:"places,omitempty"` // as the Source of the roles and files that the plan leaves
	Logins  map[string]trust.Login             `json:"logins,omitempty"` // by environment
}

// DeclaredIssuer is an issuer of the configuration.
type DeclaredIssuer struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Accept is an accept block.
type Accept struct {
	Code        string `json:"code"`
	Environment string `json:"environment"`
	Reason      string `json:"reason"`
	Pos         Place  `json:"pos,omitzero"`
}

// Place is a place in a configuration file, in JSON one text: a large plan has
// hundreds of thousands.
type Place trust.Pos

// MarshalText spells the place: main.trust.hcl:3:1.
func (p Place) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%s:%d:%d", p.File, p.Line, p.Column), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Place) UnmarshalText(text []byte) error {
	rest, column, ok := cutLast(string(text))
	file, line, ok2 := cutLast(rest)
	var err, err2 error
	p.File = file
	p.Line, err = strconv.Atoi(line)
	p.Column, err2 = strconv.Atoi(column)
	if !ok || !ok2 || err != nil || err2 != nil {
		return fmt.Errorf("%q is no place in a file", text)
	}
	return nil
}

func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// Same tells whether both say the same of the configuration. Where it lies and
// what is on disk may differ.
func (d *Declared) Same(other *Declared) bool {
	texts := [2][]byte{}
	for i, d := range []*Declared{d, other} {
		of := *d
		of.Folder, of.Logins = "", nil
		text, err := json.Marshal(of)
		if err != nil {
			return false
		}
		texts[i] = text
	}
	return bytes.Equal(texts[0], texts[1])
}
