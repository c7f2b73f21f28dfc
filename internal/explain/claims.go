package explain

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Claims are what a token says, by claim: JSON texts, of which only few are
// looked at.
type Claims map[string]json.RawMessage

// Texts is a claim that is one text or several.
type Texts []string

// MarshalJSON writes one text as a string, as tokens do.
func (c Texts) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	var v any = []string(c)
	if len(c) == 1 {
		v = c[0]
	}
	err := e.Encode(v)
	return out.Bytes(), err
}

// ParseClaims reads a token's claims. A claim that stands twice is refused:
// which one counts is not known. No error quotes what was read.
func ParseClaims(text []byte) (Claims, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the claims are not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("the claims are not a JSON object")
	}
	broken := func() (Claims, error) {
		return nil, fmt.Errorf("the claims are not valid JSON, at byte %d", d.InputOffset())
	}
	all := Claims{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return broken()
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return broken()
		}
		key, _ := name.(string)
		if _, twice := all[key]; twice {
			return nil, fmt.Errorf("the claim %q stands twice", key)
		}
		all[key] = value
	}
	if _, err := d.Token(); err != nil {
		return broken()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text follows the claims")
	}
	return all, nil
}

// PlainClaims are those of a token with nothing but an audience and a subject.
func PlainClaims(issuer, aud, sub string) Claims {
	all := Claims{}
	all.set("iss", issuer)
	all.set("aud", aud)
	all.set("sub", sub)
	return all
}

func (c Claims) set(name, text string) {
	c[name], _ = json.Marshal(text) // of a string it cannot fail
}

// texts are a claim's values as STS reads them: numbers and truths as their
// text. ok is false for a claim that is missing, null, or neither a text nor a
// list of texts.
func (c Claims) texts(name string) (list []string, ok bool) {
	raw, ok := c[name]
	if !ok {
		return nil, false
	}
	if raw[0] != '[' {
		text, ok := plainText(raw)
		return []string{text}, ok
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	list = []string{}
	for _, item := range items {
		text, ok := plainText(item)
		if !ok {
			return nil, false
		}
		list = append(list, text)
	}
	return list, true
}

func plainText(raw json.RawMessage) (string, bool) {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err == nil
	case '{', '[', 'n':
		return "", false
	}
	return string(raw), true
}

// text is a claim with one value.
func (c Claims) text(name string) (string, bool) {
	list, ok := c.texts(name)
	if !ok || len(list) != 1 {
		return "", false
	}
	return list[0], true
}

// moment is a claim that counts seconds since 1970.
func (c Claims) moment(name string) (time.Time, bool) {
	text, ok := c.text(name)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds < 0 || seconds > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}

// with is a copy of the claims with another audience and subject.
func (c Claims) with(aud, sub string) Claims {
	out := make(Claims, len(c))
	for name, raw := range c {
		out[name] = raw
	}
	name := "aud"
	if _, ok := c["azp"]; ok {
		name = "azp"
	}
	out.set(name, aud)
	out.set("sub", sub)
	return out
}

// maxToken is the longest token that STS takes.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
const maxToken = 20000

// DecodeToken reads the claims of a token and forgets the rest. Its signature
// is not looked at, and no error quotes the token, which is a secret.
func DecodeToken(text []byte) (Claims, error) {
	token := strings.TrimSpace(string(text))
	if len(token) > maxToken {
		return nil, fmt.Errorf("the token has %d characters, and STS takes at most %d", len(token), maxToken)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 || slices.Contains(parts[:2], "") {
		return nil, errors.New("this is not a token: a JSON Web Token has three parts with dots between them")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, errors.New("this is not a token: its second part is not base64url")
	}
	return ParseClaims(payload)
}
