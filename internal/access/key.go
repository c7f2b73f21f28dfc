package access

import "strings"

// kind is how much is known of a condition key of requests that carry one of
// the issuer's tokens.
type kind int

const (
	unknown     kind = iota // the request may have it or not, with any value
	present                 // it always has one value
	optional                // it may have one value
	multivalued             // it may have several values
	audiences               // present; several values where the token has an azp and several audiences
	absent                  // it never has it
	constant                // it always has the same value
)

// key is a condition key as one issuer's tokens fill it.
type key struct {
	name  string // in lower case
	kind  kind
	value string // of a constant
}

// key tells how a condition key is filled for the issuer's tokens.
//
//	HOST:aud, HOST:sub            every token has them
//	HOST:oaud                     the token's aud where HOST:aud is its azp
//	HOST:amr, HOST:email          where the token has them
//	HOST:…                        only for a few issuers that AWS names
//	sts:RoleSessionName           chosen by the caller
//	keys of other issuers, …      never there
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (i Issuer) key(written string) key {
	name := strings.ToLower(written)
	host := strings.ToLower(i.Host)
	if claim, ok := strings.CutPrefix(name, host+":"); ok {
		switch claim {
		case "aud", "sub":
			return key{name: name, kind: present}
		case "oaud":
			return key{name: name, kind: audiences}
		case "amr":
			return key{name: name, kind: multivalued}
		case "email":
			return key{name: name, kind: optional}
		}
		if fillsClaims(host) {
			return key{name: name, kind: optional}
		}
		return key{name: name, kind: absent}
	}
	switch name {
	case "sts:rolesessionname":
		return key{name: name, kind: present}
	case "sts:sourceidentity":
		return key{name: name, kind: optional}
	case "sts:transitivetagkeys", "aws:tagkeys":
		return key{name: name, kind: multivalued}
	case "sts:externalid", "aws:principalarn", "aws:username":
		return key{name: name, kind: absent}
	case "aws:principaltype":
		return key{name, constant, "User"} // observed
	case "aws:userid":
		if i.Provider != "" {
			return key{name, constant, i.Provider} // observed
		}
		return key{name: name}
	}
	if strings.HasPrefix(name, "aws:requesttag/") {
		return key{name: name, kind: optional}
	}
	prefix, _, found := strings.Cut(name, ":")
	if found && (prefix == "saml" || strings.ContainsAny(prefix, "./")) {
		return key{name: name, kind: absent} // of another issuer
	}
	return key{name: name}
}

// hasOneValue tells the keys of which nothing else is known but that a request
// has at most one value for them. Of every other key it may have several,
// which a plain operator never matches, negated or not.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func hasOneValue(written string) bool {
	name := strings.ToLower(written)
	switch name {
	case "aws:calledviafirst", "aws:calledvialast", "aws:currenttime", "aws:epochtime", "aws:federatedprovider",
		"aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalaccount", "aws:principalisawsservice",
		"aws:principalorgid", "aws:principalservicename", "aws:referer", "aws:requestedregion", "aws:securetransport",
		"aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:sourceip", "aws:sourceorgid", "aws:sourcevpc",
		"aws:sourcevpcarn", "aws:sourcevpce", "aws:tokenissuetime", "aws:useragent", "aws:userid", "aws:viaawsservice",
		"aws:vpcsourceip":
		return true
	}
	return strings.HasPrefix(name, "aws:principaltag/")
}

// fillsClaims tells whether STS makes condition keys of an issuer's own claims.
// https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
func fillsClaims(host string) bool {
	for _, known := range [...]string{"token.actions.githubusercontent.com", "accounts.google.com", "oidc.circleci.com", "identity.oraclecloud.com"} {
		if host == known || strings.HasPrefix(host, known+"/") || strings.HasSuffix(host, "."+known) {
			return true
		}
	}
	return false
}
