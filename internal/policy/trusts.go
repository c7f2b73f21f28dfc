package policy

import (
	"slices"
	"strings"
)

// Trusts tells whether some Allow statement names the OIDC provider. Of an
// opaque document the text decides.
func (d Document) Trusts(providerARN string) bool {
	if d.opaque != "" {
		return strings.Contains(d.opaque, providerARN)
	}
	return slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.trusts(providerARN) })
}

func (s Statement) trusts(providerARN string) bool {
	return s.Effect == Allow && slices.Contains(s.Principals, Principal{"Federated", providerARN})
}

// MayUseAudience tells whether a token of the provider for this audience could
// be admitted: false only if every Allow statement for it certainly refuses the
// audience. Conditions on other keys, and every Deny, are taken to be
// satisfiable.
func (d Document) MayUseAudience(providerARN, audience string) bool {
	if d.opaque != "" {
		return strings.Contains(d.opaque, providerARN)
	}
	aud := lower(Principal{"Federated", providerARN}.issuer()) + ":aud"
	e := evaluator{language: Version2008, facts: map[string]Fact{aud: Is(audience)}}
	if d.Version == Version2012 {
		e.language = Version2012
	}
	return slices.ContainsFunc(d.Statements, func(s Statement) bool {
		return s.trusts(providerARN) && s.does(assumeWithWebIdentity) &&
			!slices.ContainsFunc(s.Conditions, func(c Condition) bool {
				if lower(c.Key) != aud {
					return false
				}
				holds, _ := e.condition(c)
				return holds == No && !slices.ContainsFunc(c.Values, func(v string) bool { return !e.fixed(v) })
			})
	})
}

// fixed tells whether a value says the same for every request.
func (l language) fixed(value string) bool {
	_, ok := l.plain(value)
	return ok
}
