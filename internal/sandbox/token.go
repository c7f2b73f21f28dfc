package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// tolerance is how far the issuer's clock may be from ours.
const tolerance = 5 * time.Minute

// token is what STS reads of an OpenID Connect token. Its signature is not
// looked at: the sandbox asks no issuer for keys.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
type token struct {
	issuer, subject string
	audiences       []string
	party           string // azp
	methods         []string
	email           string
	issued, expires time.Time
	needs           []string // actions beside AssumeRoleWithWebIdentity that the trust policy must allow
}

// The claims that ask for more than the role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
const (
	claimTags           = "https://aws.amazon.com/tags"
	claimSourceIdentity = "https://aws.amazon.com/source_identity"
)

func parseToken(text string) (token, error) {
	parts := strings.Split(text, ".")
	var header, claims map[string]any
	if len(parts) != 3 || !readPart(parts[0], &header) || !readPart(parts[1], &claims) {
		return token{}, fail(invalidIdentityToken, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	t := token{
		issuer: text1(claims["iss"]), subject: text1(claims["sub"]), party: text1(claims["azp"]), email: text1(claims["email"]),
		audiences: texts(claims["aud"]), methods: texts(claims["amr"]),
		issued: moment(claims["iat"]), expires: moment(claims["exp"]),
	}
	if claims[claimTags] != nil {
		t.needs = append(t.needs, "sts:TagSession")
	}
	if claims[claimSourceIdentity] != nil {
		t.needs = append(t.needs, "sts:SetSourceIdentity")
	}
	for _, required := range []struct {
		claim   string
		missing bool
	}{
		{"iss", t.issuer == ""}, {"sub", t.subject == ""}, {"aud", len(t.audiences) == 0},
		{"azp", len(t.audiences) > 1 && t.party == ""}, {"iat", t.issued.IsZero()}, {"exp", t.expires.IsZero()},
	} {
		if required.missing {
			return token{}, fail(invalidIdentityToken, "Missing a required claim: %s", required.claim)
		}
	}
	return t, nil
}

func readPart(part string, into *map[string]any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into) == nil && !d.More() && *into != nil
}

// text1 is a claim that is one string; a number counts as its text.
func text1(claim any) string {
	switch v := claim.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// texts is a claim that is a string or a list of strings.
func texts(claim any) []string {
	if v, ok := claim.([]any); ok {
		var all []string
		for _, each := range v {
			if s := text1(each); s != "" {
				all = append(all, s)
			}
		}
		return all
	}
	if s := text1(claim); s != "" {
		return []string{s}
	}
	return nil
}

func moment(claim any) time.Time {
	n, ok := claim.(json.Number)
	if !ok {
		return time.Time{}
	}
	seconds, err := n.Float64()
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// check decides what does not rest on the role.
func (t token) check(p provider, now time.Time) error {
	if now.After(t.expires.Add(tolerance)) {
		return fail(expiredTokenException, "Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), t.expires.Unix())
	}
	if t.issued.After(now.Add(tolerance)) {
		return fail(invalidIdentityToken, "Token is not valid yet: it was issued at %d, which is after the current date/time %d", t.issued.Unix(), now.Unix())
	}
	for _, id := range p.ClientIDs {
		if id == t.audience() {
			return nil
		}
	}
	return fail(invalidIdentityToken, "Incorrect token audience")
}

// audience is what a client id and the condition key :aud are compared with:
// the authorized party where there is one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
func (t token) audience() string {
	if t.party != "" {
		return t.party
	}
	return t.audiences[0]
}

// context are the condition keys that STS fills from the token.
func (t token) context(p provider) policy.Context {
	context := policy.Context{
		p.URL + ":aud":  policy.Is(t.audience()),
		p.URL + ":oaud": {Values: t.audiences, Multivalued: len(t.audiences) > 1},
		p.URL + ":sub":  policy.Is(t.subject),
	}
	if len(t.methods) > 0 {
		context[p.URL+":amr"] = policy.Are(t.methods...)
	}
	if t.email != "" {
		context[p.URL+":email"] = policy.Is(t.email)
	}
	return context
}
