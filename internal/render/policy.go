package render

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// policyLines say what a policy admits, a line each: for a statement that
// tests subjects, a line for each subject. Two policies that differ in a line
// differ in meaning; what no line can say is left to the JSON.
func policyLines(d policy.Document) []string {
	if text, opaque := d.Opaque(); opaque {
		return []string{"a policy that cannot be read: " + quote(text)}
	}
	var lines []string
	for _, s := range d.Canonical().Statements {
		at := slices.IndexFunc(s.Conditions, isSubject)
		if at < 0 {
			lines = append(lines, statementLine(s))
			continue
		}
		subject := s.Conditions[at]
		others := slices.Delete(slices.Clone(s.Conditions), at, at+1)
		for _, value := range subject.Values {
			one := policy.Condition{Operator: subject.Operator, Key: subject.Key, Values: []string{value}}
			s.Conditions = append([]policy.Condition{one}, others...)
			lines = append(lines, statementLine(s))
		}
	}
	return lines
}

// isSubject: values of these are alternatives, so that each may have its line.
func isSubject(c policy.Condition) bool {
	return strings.HasSuffix(strings.ToLower(c.Key), ":sub") && (c.Operator == "StringEquals" || c.Operator == "StringLike")
}

// statementLine is a statement in a few words:
//
//	api.pulumi.com/oidc: sub "pulumi:environments:…", aud "aws:acme"
//	Service ec2.amazonaws.com: sts:AssumeRole
//	deny iam:* on *
func statementLine(s policy.Statement) string {
	var parts []string
	issuer := ""
	var who []string
	for _, p := range s.Principals {
		host := issuerOf(p)
		if host != "" {
			issuer = host
			who = append(who, safe(host))
			continue
		}
		who = append(who, safe(p.Type+" "+p.Value))
	}
	for _, p := range s.NotPrincipals {
		who = append(who, "not "+safe(p.Type+" "+p.Value))
	}
	webIdentity := issuer != "" && len(s.NotActions) == 0 && slices.Equal(s.Actions, []string{"sts:AssumeRoleWithWebIdentity"})
	if !webIdentity {
		parts = append(parts, strings.TrimSpace(listed("", s.Actions)+listed("all but ", s.NotActions)+listed(" on ", s.Resources)+listed(" on all but ", s.NotResources)))
	}
	for _, c := range s.Conditions {
		parts = append(parts, conditionText(c, issuer))
	}
	if webIdentity && len(s.Conditions) == 0 {
		parts = append(parts, "any token")
	}
	line := strings.Join(parts, ", ")
	if len(who) > 0 {
		line = strings.Join(who, " or ") + ": " + line
	}
	if s.Effect != policy.Allow {
		line = strings.ToLower(safe(string(s.Effect))) + " " + line
	}
	return line
}

func listed(before string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	return before + safe(strings.Join(values, ", "))
}

// issuerOf is the issuer of a principal that is an OIDC provider, without its
// scheme.
func issuerOf(p policy.Principal) string {
	if _, host, ok := strings.Cut(p.Value, ":oidc-provider/"); ok && p.Type == "Federated" {
		return host
	}
	return ""
}

// conditionText is a condition in words, under the claim's own name where the
// key is one of the statement's issuer.
func conditionText(c policy.Condition, issuer string) string {
	key := c.Key
	if issuer != "" && len(key) > len(issuer) && strings.EqualFold(key[:len(issuer)+1], issuer+":") {
		key = key[len(issuer)+1:]
	}
	words, known := map[string]string{"StringEquals": "", "StringLike": " like", "StringNotEquals": " not", "StringNotLike": " not like"}[c.Operator]
	if !known {
		words = " " + safe(c.Operator)
	}
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		values[i] = quote(v)
	}
	return strings.TrimSpace(safe(key) + words + " " + strings.Join(values, " or "))
}
