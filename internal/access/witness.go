package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
)

// Witness is a request that proves an answer, with a token of the issuer.
type Witness struct {
	Aud      string  `json:"aud"`
	Sub      string  `json:"sub"`
	Others   []Claim `json:"others,omitempty"`   // the other condition keys that matter, sorted
	Provider string  `json:"provider,omitempty"` // where the issuer's is not told
	Signed   bool    `json:"signed"`             // the issuer signs such tokens, as far as its grammar is known
	Shortest bool    `json:"shortest,omitempty"` // no shorter subject would do, in this audience
}

// Claim is a condition key with its values.
type Claim struct {
	Key         string   `json:"key"`
	Values      []string `json:"values"`
	Multivalued bool     `json:"multivalued,omitempty"`
}

// Request is what STS asks a policy for a token: the witness itself, and
// what is the same for all of the issuer's tokens.
func (i Issuer) Request(w Witness) policy.Request {
	host := strings.ToLower(i.Host)
	provider := i.Provider
	if provider == "" {
		provider = w.Provider
	}
	context := policy.Context{
		host + ":aud": policy.Is(w.Aud), host + ":oaud": policy.Is(w.Aud), host + ":sub": policy.Is(w.Sub),
		"sts:RoleSessionName": policy.Is("session"), "aws:PrincipalType": policy.Is("User"), "aws:userid": policy.Is(provider),
	}
	for _, c := range w.Others {
		key := c.Key
		if key == strings.ToLower("sts:RoleSessionName") {
			key = "sts:RoleSessionName"
		}
		context[key] = policy.Fact{Values: c.Values, Multivalued: c.Multivalued}
	}
	return policy.Request{Principal: policy.Principal{Type: "Federated", Value: provider}, Action: Action, Context: context}
}

// witness is a request of a cell; ok is false if the budget doesn't suffice to
// name one.
func (s *solver) witness(issuer Issuer, c *cell) (w Witness, ok bool) {
	host := strings.ToLower(issuer.Host)
	w.Shortest = true
	for _, k := range c.single {
		out, text := s.search(k.cells[0])
		if out != pattern.Inhabited {
			return Witness{}, false
		}
		switch k.name {
		case host + ":sub":
			w.Sub, w.Shortest = text.Text, text.Shortest
		case host + ":aud":
			w.Aud = text.Text
		case providerKey:
			w.Provider = text.Text
		default:
			w.Others = append(w.Others, Claim{Key: k.name, Values: []string{text.Text}})
		}
	}
	has := func(name string) bool {
		return slices.ContainsFunc(c.single, func(k keyCell) bool { return k.name == host+name })
	}
	if !has(":sub") {
		w.Sub = anything
	}
	if c.shape != nil && !c.shape.form.Free {
		w.Aud = c.shape.audience(w.Sub)
	} else if !has(":aud") {
		w.Aud = anything
	}
	for _, k := range c.multi {
		claim := Claim{Key: k.name, Multivalued: true}
		for _, one := range k.cells {
			out, text := s.search(one)
			if out != pattern.Inhabited {
				return Witness{}, false
			}
			if !slices.Contains(claim.Values, text.Text) {
				claim.Values = append(claim.Values, text.Text)
			}
		}
		w.Others = append(w.Others, claim)
	}
	slices.SortFunc(w.Others, func(a, b Claim) int { return strings.Compare(a.Key, b.Key) })
	return w, true
}

// anything is the text of a key for which any text will do.
const anything = "anything"

// search finds a short text, and one that is not empty where there is one.
func (s *solver) search(c pattern.Cell) (pattern.Outcome, pattern.Witness) {
	if len(c.All) == 1 {
		if text, ok := c.All[0].Literal(); ok {
			return pattern.Inhabited, pattern.Witness{Text: text, Shortest: true}
		}
	}
	share := s.b.Part(s.b.Left()/2 + 1)
	if len(c.All) == 0 {
		c.All = []pattern.Pattern{pattern.Like("?*")}
		if out, w := c.Search(share); out == pattern.Inhabited {
			return out, w
		}
		c.All = nil
	}
	return c.Search(share)
}
