package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// tolerance is how far STS lets an issuer's clock be off (observed).
const tolerance = 5 * time.Minute

// explanation is the answer to an inquiry.
type explanation struct {
	Allowed    bool                       `json:"allowed"`
	Unknown    bool                       `json:"unknown,omitempty"` // not decided; Allowed is false then
	Statements []policy.StatementDecision `json:"statements"`
	// Refused is why STS refuses the token, whatever the policy says.
	Refused     []refusal   `json:"refused,omitempty"`
	NearestMiss *miss       `json:"nearest_miss,omitempty"`
	Notes       []string    `json:"notes,omitempty"`
	Role        string      `json:"role,omitempty"`
	Token       shownClaims `json:"token"`
}

// refusal is a reason that is not the policy's.
type refusal struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// shownClaims are the claims that STS looks at.
type shownClaims struct {
	Iss string     `json:"iss,omitempty"`
	Aud claimTexts `json:"aud,omitempty"`
	Azp string     `json:"azp,omitempty"`
	Sub string     `json:"sub,omitempty"`
	Amr []string   `json:"amr,omitempty"`
}

// explain decides an inquiry.
func (q inquiry) explain() explanation {
	decision := q.evaluate(q.policy)
	e := explanation{Statements: decision.Statements, Role: q.name, Token: q.shown()}
	if e.Statements == nil {
		e.Statements = []policy.StatementDecision{}
	}
	e.Refused = q.refusals()
	e.Allowed = decision.Allowed && len(e.Refused) == 0
	e.Unknown = decision.Unknown && len(e.Refused) == 0
	if !decision.Allowed && !decision.Unknown {
		e.NearestMiss = q.nearestMiss(decision)
	}
	if _, opaque := q.policy.Opaque(); opaque {
		e.Notes = append(e.Notes, "The role's policy is not one that can be read, so it was not decided.")
	}
	e.Notes = append(e.Notes, q.notes()...)
	return e
}

func (q inquiry) shown() shownClaims {
	var s shownClaims
	s.Iss, _ = q.claims.text("iss")
	s.Azp, _ = q.claims.text("azp")
	s.Sub, _ = q.claims.text("sub")
	s.Aud, _ = q.claims.texts("aud")
	s.Amr, _ = q.claims.texts("amr")
	return s
}

// registered is the audience that STS looks for among the client ids: the azp
// where there is one.
func (q inquiry) registered() (string, bool) {
	if _, ok := q.claims["azp"]; ok {
		return q.claims.text("azp")
	}
	return q.claims.text("aud")
}

// refusals are what STS refuses before it reads the policy, as far as it was
// asked for.
func (q inquiry) refusals() []refusal {
	var all []refusal
	add := func(kind, format string, args ...any) {
		all = append(all, refusal{kind, fmt.Sprintf(format, args...)})
	}
	if p := q.provider; p != nil {
		audience, ok := q.registered()
		switch {
		case p.host != "" && p.host != q.host():
			add("issuer", "The provider is for the issuer %s, and the token comes from %s.", quotedText(p.host), quotedText(q.host()))
		case ok && !slices.Contains(p.clientIDs, audience):
			add("audience-not-registered", "The provider does not list the audience %s: it has %s.", quotedText(audience), listOrNone(p.clientIDs))
		}
	}
	if !q.now.IsZero() {
		if end, ok := q.claims.moment("exp"); ok && q.now.After(end.Add(tolerance)) {
			add("expired", "The token expired at %s; it is %s now.", end.Format(time.RFC3339), q.now.UTC().Format(time.RFC3339))
		}
		for _, claim := range [...]string{"nbf", "iat"} {
			if begin, ok := q.claims.moment(claim); ok && q.now.Before(begin.Add(-tolerance)) {
				add("not-yet-valid", "The token is valid from %s on (%s); it is %s now.", begin.Format(time.RFC3339), claim, q.now.UTC().Format(time.RFC3339))
				break
			}
		}
	}
	if q.maxDuration > 0 && q.duration > q.maxDuration {
		add("duration", "A session of %s is asked for, and the role allows %s at most.", q.duration, q.maxDuration)
	}
	return all
}

func listOrNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return quotedTexts(list)
}

// notes are what the answer does not rest on, and STS asks for as well.
func (q inquiry) notes() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if _, ok := q.claims.text("sub"); !ok {
		add("The claims have no sub, and STS refuses such a token before it reads the policy.")
	}
	if _, ok := q.registered(); !ok {
		if list, _ := q.claims.texts("aud"); len(list) > 1 {
			add("The claims have several audiences and no azp, and STS refuses such a token before it reads the policy.")
		} else {
			add("The claims have no aud, and STS refuses such a token before it reads the policy.")
		}
	} else if q.provider == nil {
		add("Whether the provider lists the audience is not decided: -provider=FILE.")
	}
	if q.now.IsZero() {
		if end, ok := q.claims.moment("exp"); ok {
			add("Whether the token has expired is not decided: it ends at %s; -now=TIME.", end.Format(time.RFC3339))
		}
	}
	if q.maxDuration > 0 && q.duration == 0 {
		add("The role allows sessions of %s at most; one that asks for more is refused.", q.maxDuration)
	}
	return all
}
