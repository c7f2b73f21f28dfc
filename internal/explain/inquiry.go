// Package explain decides one token against one trust policy, and says why: for
// each statement and condition, and on a denial what comes nearest to being
// admitted. What STS asks besides the policy is part of the answer where it is
// known, and a note where it is not.
//
// It verifies no signature, reads no file and no clock, and prints nothing; no
// answer and no error holds a token.
package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// SessionKey is the condition key of what the caller calls the session.
const SessionKey = "sts:RoleSessionName"

// Target is what a token is explained against.
type Target struct {
	Policy      policy.Document
	Provider    *Provider     // nil: what it lists is not decided
	MaxDuration time.Duration // of the role; 0: not known
	Name        string        // of the role, "" for a policy file
	Issuer      string        // host of the issuer that it is about
}

// Provider is what STS asks of an OIDC provider.
type Provider struct {
	Host      string
	ClientIDs []string
}

// Inquiry is one token put to one target.
type Inquiry struct {
	Target
	Claims   Claims
	Session  string        // "": not known
	Now      time.Time     // zero: whether the token has expired is not decided
	Duration time.Duration // that is asked for; 0: not known
}

// host is that of the issuer who signed the token: STS finds the provider by it.
func (q Inquiry) host() string {
	if iss, ok := q.Claims.text("iss"); ok {
		return trust.IssuerHost(iss)
	}
	return q.Issuer
}

// ProvidersOf are the ARNs by which the policy knows an issuer's provider, in
// the policy's order.
func ProvidersOf(d policy.Document, host string) []string {
	var all []string
	for _, s := range d.Statements {
		for _, p := range slices.Concat(s.Principals, s.NotPrincipals) {
			if p.Type == "Federated" && strings.HasSuffix(p.Value, ":oidc-provider/"+host) && !slices.Contains(all, p.Value) {
				all = append(all, p.Value)
			}
		}
	}
	return all
}

// AnyProvider stands for a provider that the policy does not name.
func AnyProvider(host string) string {
	return string(trust.ProviderARN("aws", "000000000000", host))
}

// evaluate decides the policy alone. A policy that names the issuer's provider
// in several accounts is asked for each of them: the role's own decides, and
// which that is a policy does not say.
func (q Inquiry) evaluate(d policy.Document) policy.Decision {
	host := q.host()
	providers := ProvidersOf(d, host)
	if len(providers) == 0 {
		providers = []string{AnyProvider(host)}
	}
	var best policy.Decision
	for i, arn := range providers {
		decision := policy.Evaluate(d, q.request(d, host, arn))
		if i == 0 || decision.Allowed || decision.Unknown && !best.Allowed {
			best = decision
		}
		if best.Allowed {
			break
		}
	}
	return best
}

// request is what STS asks the policy.
func (q Inquiry) request(d policy.Document, host, arn string) policy.Request {
	context := policy.Context{}
	known := map[string]bool{}
	add := func(key string, f policy.Fact) {
		known[strings.ToLower(key)] = true
		if len(f.Values) > 0 || f.Unknown || f.Multivalued {
			context[key] = f
		}
	}
	for key, f := range q.facts() {
		add(host+":"+key, f)
	}
	add(SessionKey, policy.Fact{Unknown: true})
	if q.Session != "" {
		add(SessionKey, policy.Is(q.Session))
	}
	add("aws:PrincipalType", policy.Is("User")) // observed, as the next
	add("aws:userid", policy.Is(arn))
	if !q.Now.IsZero() {
		add("aws:CurrentTime", policy.Is(q.Now.UTC().Format(time.RFC3339)))
		add("aws:EpochTime", policy.Is(fmt.Sprint(q.Now.Unix())))
	}
	for _, key := range keysOf(d) {
		if name := strings.ToLower(key); !known[name] {
			known[name] = true
			if q.mayHave(name, strings.ToLower(host)) {
				context[key] = policy.Fact{Unknown: true}
			}
		}
	}
	return policy.Request{Principal: policy.Principal{Type: "Federated", Value: arn}, Action: access.Action, Context: context}
}

// facts are the condition keys that STS fills from the claims, whoever the
// issuer is.
//
//	aud     azp where the token has it, else aud
//	oaud    aud
//	sub, amr, email
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func (q Inquiry) facts() map[string]policy.Fact {
	all := map[string]policy.Fact{"aud": {}, "oaud": {}, "sub": {}, "amr": {}, "email": {}}
	single := func(key, claim string) {
		switch list, ok := q.Claims.texts(claim); {
		case !ok:
		case len(list) == 1:
			all[key] = policy.Is(list[0])
		default:
			all[key] = policy.Are(list...)
		}
	}
	single("aud", "aud")
	single("aud", "azp")
	single("oaud", "aud")
	single("sub", "sub")
	single("email", "email")
	if list, ok := q.Claims.texts("amr"); ok {
		all["amr"] = policy.Are(list...)
	}
	return all
}

// mayHave tells whether the request may have a condition key that no claim
// decides: then its value is not known. Both names are in lower case.
func (q Inquiry) mayHave(name, host string) bool {
	if claim, ok := strings.CutPrefix(name, host+":"); ok {
		// AWS makes keys of other claims for a few issuers that it names, and
		// Pulumi Cloud is not among them.
		_, has := q.Claims[claim]
		return has && !strings.HasSuffix(host, "/oidc") && !strings.HasSuffix(host, "/oidc/v2")
	}
	switch name {
	case "sts:externalid", "aws:principalarn", "aws:username":
		return false
	case "sts:sourceidentity":
		return q.Claims["https://aws.amazon.com/source_identity"] != nil
	case "sts:transitivetagkeys", "aws:tagkeys":
		return q.Claims["https://aws.amazon.com/tags"] != nil
	}
	if strings.HasPrefix(name, "aws:requesttag/") {
		return q.Claims["https://aws.amazon.com/tags"] != nil
	}
	prefix, _, found := strings.Cut(name, ":")
	return !found || prefix != "saml" && !strings.ContainsAny(prefix, "./") // else of another issuer
}

// keysOf are the condition keys that a policy asks for, variables in its values
// among them.
func keysOf(d policy.Document) []string {
	var all []string
	for _, s := range d.Statements {
		for _, c := range s.Conditions {
			all = append(all, c.Key)
			for _, value := range c.Values {
				if !strings.Contains(value, "${") {
					continue
				}
				pieces, _ := d.Pieces(value)
				for _, p := range pieces {
					if p.Variable != "" {
						all = append(all, p.Variable)
					}
				}
			}
		}
	}
	return all
}
