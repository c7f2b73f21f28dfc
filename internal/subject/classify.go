package subject

import (
	"slices"
	"strings"
)

// Classify tells the family and the organization of a subject, or of an IAM
// pattern over subjects. ok is false where it cannot be told: only what stands
// before the first wildcard counts, so a pattern with a wildcard in its
// organization has none. The organization is as spelled: CheckOrg judges it.
func Classify(subject string) (f Family, org string, ok bool) {
	f, org, _, ok = classify(subject)
	return f, org, ok
}

// classify returns the textual rest after the organization as well.
func classify(subject string) (f Family, org, rest string, ok bool) {
	for _, p := range []struct {
		family Family
		prefix string
	}{
		{Environments, prefixEnvironment}, {Environments, prefixAttributes}, {Deploy, prefixDeploy}, {CustomerKey, prefixCustomerKey},
	} {
		after, begins := strings.CutPrefix(subject, p.prefix)
		if !begins {
			continue
		}
		org, rest, more := strings.Cut(after, ":")
		if org == "" || IsPattern(org) || strings.Contains(org, "$") || !more && p.family != CustomerKey {
			return "", "", "", false
		}
		return p.family, org, rest, true
	}
	return "", "", "", false
}

// AudienceOf is the audience of the tokens that carry a subject, where the
// subject tells it. The bare organization of the legacy project "default" is
// derived only where every environment that the subject names is certainly of
// that project; a pattern such as …:env:*, which could mean either, is taken
// to mean the named projects.
//
//	pulumi:environments:org:acme:env:payments/prod                          aws:acme
//	pulumi:environments:org:acme:env:*                                      aws:acme
//	pulumi:environments:org:acme:env:dev                                    acme
//	pulumi:environments:org:acme:env:<yaml>                                 aws:acme
//	…login:acme:currentEnvironment.name:default/dev:pulumi.user.login:*     acme
//	…login:acme:currentEnvironment.name:a/b:rootEnvironment.name:dev        not told
//	pulumi:deploy:org:acme:*                                                acme
//	pulumi:cmk:pulumi.organization.login:acme                               aws:acme
func AudienceOf(subject string) (audience string, ok bool) {
	family, org, rest, ok := classify(subject)
	if !ok {
		return "", false
	}
	switch family {
	case Deploy:
		return DeployAudience(org), true
	case CustomerKey:
		return awsAudience(org), true
	}
	var legacy, named bool
	for _, e := range environmentsIn(rest) {
		if isLegacy(e) {
			legacy = true
		} else {
			named = true
		}
	}
	if legacy && named {
		return "", false
	}
	if legacy {
		return org, true
	}
	return awsAudience(org), true
}

// environmentsIn are the environments named after the organization. A wildcard
// may stand for whole attributes, so the names of attributes are looked for
// wherever a value is not expected.
func environmentsIn(rest string) []string {
	parts := strings.Split(rest, ":")
	if parts[0] == "env" {
		return parts[1:]
	}
	var found []string
	for i := 0; i+1 < len(parts); i++ {
		a := Attribute(parts[i])
		if a == CurrentEnvironment || a == RootEnvironment {
			found = append(found, parts[i+1])
		}
		if slices.Contains(Attributes(), a) {
			i++
		}
	}
	return found
}

// isLegacy reports whether an environment as a subject spells it is certainly
// of the legacy project: default/…, or a name alone. No other project can be
// called default.
func isLegacy(spelled string) bool {
	return strings.HasPrefix(spelled, legacyProject+"/") ||
		spelled != "" && onlyOf(spelled, names)
}

// escapes takes the three escapes out of a value.
var escapes = strings.NewReplacer("${*}", "", "${?}", "", "${$}", "")

// IsPattern reports whether IAM would read wildcards in a value: * and ?,
// unless written as ${*} and ${?}.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
func IsPattern(value string) bool {
	return strings.ContainsAny(value, "*?") && strings.ContainsAny(escapes.Replace(value), "*?")
}
