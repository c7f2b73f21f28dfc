package main

import (
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/explain"
	"github.com/trustctl/trustctl/internal/visible"
)

// witnessToken is a token that proves an answer, as the claims that
// `explain -claims` takes.
type witnessToken struct {
	Aud     explain.Texts       `json:"aud"`
	Azp     *string             `json:"azp,omitempty"` // an empty one is one too
	Sub     string              `json:"sub"`
	Amr     []string            `json:"amr,omitempty"`
	Email   *string             `json:"email,omitempty"`
	Session string              `json:"session_name,omitempty"` // for -session-name
	Keys    map[string][]string `json:"keys,omitempty"`         // further condition keys of the request
	// Provider is the ARN that it comes by, where a policy names several.
	Provider string `json:"provider,omitempty"`
	Signed   bool   `json:"signed"`
	Shortest bool   `json:"shortest,omitempty"`
}

// tokenOf takes STS's own mapping back: a token whose audience is not the one
// that it is registered by has an azp.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func tokenOf(w *access.Witness, issuer access.Issuer) *witnessToken {
	if w == nil {
		return nil
	}
	t := &witnessToken{Aud: explain.Texts{w.Aud}, Sub: w.Sub, Provider: w.Provider, Signed: w.Signed, Shortest: w.Shortest}
	host := strings.ToLower(issuer.Host)
	for _, c := range w.Others {
		switch {
		case c.Key == host+":oaud" && len(c.Values) > 0:
			if c.Multivalued || c.Values[0] != w.Aud {
				t.Aud, t.Azp = c.Values, &w.Aud
			}
			if c.Multivalued && len(c.Values) == 1 { // a list of one counts as a text
				t.Aud = explain.Texts{c.Values[0], c.Values[0]}
			}
		case c.Key == host+":amr":
			t.Amr = c.Values
		case c.Key == host+":email" && len(c.Values) == 1:
			t.Email = &c.Values[0]
		case strings.EqualFold(c.Key, explain.SessionKey) && len(c.Values) == 1:
			t.Session = c.Values[0]
		default:
			if t.Keys == nil {
				t.Keys = map[string][]string{}
			}
			t.Keys[c.Key] = c.Values
		}
	}
	return t
}

// String is the token for people, safe to print.
func (t *witnessToken) String() string {
	words := []string{"sub " + visible.Quote(t.Sub)}
	if t.Azp != nil {
		words = append(words, "azp "+visible.Quote(*t.Azp))
	}
	words = append(words, "aud "+visible.Quotes(t.Aud))
	if t.Amr != nil {
		words = append(words, "amr "+visible.Quotes(t.Amr))
	}
	if t.Email != nil {
		words = append(words, "email "+visible.Quote(*t.Email))
	}
	if t.Session != "" {
		words = append(words, "session name "+visible.Quote(t.Session))
	}
	for _, key := range sortedKeys(t.Keys) {
		words = append(words, visible.Line(key)+" "+visible.Quotes(t.Keys[key]))
	}
	return strings.Join(words, ", ")
}
