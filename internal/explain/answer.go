package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// tolerance is how far STS lets an issuer's clock be off (observed).
const tolerance = 5 * time.Minute

// Explanation is the answer to an inquiry.
type Explanation struct {
	Allowed    bool                       `json:"allowed"`
	Unknown    bool                       `json:"unknown,omitempty"` // not decided; Allowed is false then
	Statements []policy.StatementDecision `json:"statements"`
	// Refused is why STS refuses the token, whatever the policy says.
	Refused     []Refusal `json:"refused,omitempty"`
	NearestMiss *Miss     `json:"nearest_miss,omitempty"`
	Notes       []string  `json:"notes,omitempty"`
	Role        string    `json:"role,omitempty"`
	Token       Token     `json:"token"`
}

// Refusal is a reason that is not the policy's.
type Refusal struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Token is the claims that STS looks at.
type Token struct {
	Iss string   `json:"iss,omitempty"`
	Aud Texts    `json:"aud,omitempty"`
	Azp string   `json:"azp,omitempty"`
	Sub string   `json:"sub,omitempty"`
	Amr []string `json:"amr,omitempty"`
}

// String is the claims for people, safe to print.
func (c Token) String() string {
	var words []string
	add := func(name, text string) {
		if text != "" {
			words = append(words, name+" "+visible.Quote(text))
		}
	}
	add("sub", c.Sub)
	add("azp", c.Azp)
	if len(c.Aud) > 0 {
		words = append(words, "aud "+visible.Quotes(c.Aud))
	}
	if len(c.Amr) > 0 {
		words = append(words, "amr "+visible.Quotes(c.Amr))
	}
	add("iss", c.Iss)
	if len(words) == 0 {
		return "without any claim that STS looks at"
	}
	return strings.Join(words, ", ")
}

// Explain decides an inquiry.
func (q Inquiry) Explain() Explanation {
	decision := q.evaluate(q.Policy)
	e := Explanation{Statements: decision.Statements, Role: q.Name, Token: q.shown()}
	if e.Statements == nil {
		e.Statements = []policy.StatementDecision{}
	}
	e.Refused = q.refusals()
	e.Allowed = decision.Allowed && len(e.Refused) == 0
	e.Unknown = decision.Unknown && len(e.Refused) == 0
	if !decision.Allowed && !decision.Unknown {
		e.NearestMiss = q.nearestMiss(decision)
	}
	if _, opaque := q.Policy.Opaque(); opaque {
		e.Notes = append(e.Notes, "The role's policy is not one that can be read, so it was not decided.")
	}
	e.Notes = append(e.Notes, q.notes()...)
	return e
}

func (q Inquiry) shown() Token {
	var s Token
	s.Iss, _ = q.Claims.text("iss")
	s.Azp, _ = q.Claims.text("azp")
	s.Sub, _ = q.Claims.text("sub")
	s.Aud, _ = q.Claims.texts("aud")
	s.Amr, _ = q.Claims.texts("amr")
	return s
}

// registered is the audience that STS looks for among the client ids: the azp
// where there is one.
func (q Inquiry) registered() (string, bool) {
	if _, ok := q.Claims["azp"]; ok {
		return q.Claims.text("azp")
	}
	return q.Claims.text("aud")
}

// refusals are what STS refuses before it reads the policy, as far as it was
// asked for.
func (q Inquiry) refusals() []Refusal {
	var all []Refusal
	add := func(kind, format string, args ...any) {
		all = append(all, Refusal{kind, fmt.Sprintf(format, args...)})
	}
	if p := q.Provider; p != nil {
		audience, ok := q.registered()
		switch {
		case p.Host != "" && p.Host != q.host():
			add("issuer", "The provider is for the issuer %s, and the token comes from %s.", visible.Quote(p.Host), visible.Quote(q.host()))
		case ok && !slices.Contains(p.ClientIDs, audience):
			add("audience-not-registered", "The provider does not list the audience %s: it has %s.", visible.Quote(audience), listOrNone(p.ClientIDs))
		}
	}
	if !q.Now.IsZero() {
		if end, ok := q.Claims.moment("exp"); ok && q.Now.After(end.Add(tolerance)) {
			add("expired", "The token expired at %s; it is %s now.", end.Format(time.RFC3339), q.Now.UTC().Format(time.RFC3339))
		}
		for _, claim := range [...]string{"nbf", "iat"} {
			if begin, ok := q.Claims.moment(claim); ok && q.Now.Before(begin.Add(-tolerance)) {
				add("not-yet-valid", "The token is valid from %s on (%s); it is %s now.", begin.Format(time.RFC3339), claim, q.Now.UTC().Format(time.RFC3339))
				break
			}
		}
	}
	if q.MaxDuration > 0 && q.Duration > q.MaxDuration {
		add("duration", "A session of %s is asked for, and the role allows %s at most.", q.Duration, q.MaxDuration)
	}
	return all
}

func listOrNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return visible.Quotes(list)
}

// notes are what the answer does not rest on, and STS asks for as well.
func (q Inquiry) notes() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if _, ok := q.Claims.text("sub"); !ok {
		add("The claims have no sub, and STS refuses such a token before it reads the policy.")
	}
	if _, ok := q.registered(); !ok {
		if list, _ := q.Claims.texts("aud"); len(list) > 1 {
			add("The claims have several audiences and no azp, and STS refuses such a token before it reads the policy.")
		} else {
			add("The claims have no aud, and STS refuses such a token before it reads the policy.")
		}
	} else if q.Provider == nil {
		add("Whether the provider lists the audience is not decided: -provider=FILE.")
	}
	if q.Now.IsZero() {
		if end, ok := q.Claims.moment("exp"); ok {
			add("Whether the token has expired is not decided: it ends at %s; -now=TIME.", end.Format(time.RFC3339))
		}
	}
	if q.MaxDuration > 0 && q.Duration == 0 {
		add("The role allows sessions of %s at most; one that asks for more is refused.", q.MaxDuration)
	}
	return all
}
