package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

const sessionKey = "sts:RoleSessionName"

// target is what a token is explained against.
type target struct {
	policy      policy.Document
	provider    *provider     // nil: what it lists is not decided
	maxDuration time.Duration // of the role; 0: not known
	name        string        // of the role, "" for a policy file
	issuer      string        // host of the issuer that it is about
}

// provider is what STS asks of an OIDC provider.
type provider struct {
	host      string
	clientIDs []string
}

// inquiry is one token put to one target.
type inquiry struct {
	target
	claims   claims
	session  string        // "": not known
	now      time.Time     // zero: whether the token has expired is not decided
	duration time.Duration // that is asked for; 0: not known
}

// host is that of the issuer who signed the token: STS finds the provider by it.
func (q inquiry) host() string {
	if iss, ok := q.claims.text("iss"); ok {
		return trust.IssuerHost(iss)
	}
	return q.issuer
}

// providers are the ARNs by which the policy knows an issuer's provider, in
// the policy's order.
func providersOf(d policy.Document, host string) []string {
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

// anyProvider stands for a provider that the policy does not name.
func anyProvider(host string) string {
	return string(trust.ProviderARN("aws", "000000000000", host))
}

// evaluate decides the policy alone. A policy that names the issuer's provider
// in several accounts is asked for each of them: the role's own decides, and
// which that is a policy does not say.
func (q inquiry) evaluate(d policy.Document) policy.Decision {
	host := q.host()
	providers := providersOf(d, host)
	if len(providers) == 0 {
		providers = []string{anyProvider(host)}
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
func (q inquiry) request(d policy.Document, host, arn string) policy.Request {
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
	add(sessionKey, policy.Fact{Unknown: true})
	if q.session != "" {
		add(sessionKey, policy.Is(q.session))
	}
	add("aws:PrincipalType", policy.Is("User")) // observed, as the next
	add("aws:userid", policy.Is(arn))
	if !q.now.IsZero() {
		add("aws:CurrentTime", policy.Is(q.now.UTC().Format(time.RFC3339)))
		add("aws:EpochTime", policy.Is(fmt.Sprint(q.now.Unix())))
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
func (q inquiry) facts() map[string]policy.Fact {
	all := map[string]policy.Fact{"aud": {}, "oaud": {}, "sub": {}, "amr": {}, "email": {}}
	single := func(key, claim string) {
		switch list, ok := q.claims.texts(claim); {
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
	if list, ok := q.claims.texts("amr"); ok {
		all["amr"] = policy.Are(list...)
	}
	return all
}

// mayHave tells whether the request may have a condition key that no claim
// decides: then its value is not known. Both names are in lower case.
func (q inquiry) mayHave(name, host string) bool {
	if claim, ok := strings.CutPrefix(name, host+":"); ok {
		// AWS makes keys of other claims for a few issuers that it names, and
		// Pulumi Cloud is not among them.
		_, has := q.claims[claim]
		return has && !strings.HasSuffix(host, "/oidc") && !strings.HasSuffix(host, "/oidc/v2")
	}
	switch name {
	case "sts:externalid", "aws:principalarn", "aws:username":
		return false
	case "sts:sourceidentity":
		return q.claims["https://aws.amazon.com/source_identity"] != nil
	case "sts:transitivetagkeys", "aws:tagkeys":
		return q.claims["https://aws.amazon.com/tags"] != nil
	}
	if strings.HasPrefix(name, "aws:requesttag/") {
		return q.claims["https://aws.amazon.com/tags"] != nil
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
