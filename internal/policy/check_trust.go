package policy

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
)

// CheckTrust finds what IAM refuses in a role's trust policy, on creation as
// on update; none if it is right. The quota on its length is the account's own
// and not looked at.
func CheckTrust(d Document) []Violation {
	var c checker
	c.document(d, c.trust)
	return c.violations
}

func (c *checker) trust(i int, s Statement) {
	switch {
	case s.Resources != nil:
		c.add(i, "Has prohibited field Resource")
	case s.NotResources != nil:
		c.add(i, "Has prohibited field NotResource")
	case s.NotPrincipals != nil:
		c.add(i, "Has prohibited field NotPrincipal")
	case len(s.Principals) == 0:
		c.add(i, "Missing required field Principal")
	}
	for _, p := range s.Principals {
		c.principal(i, p)
	}
	if len(s.Actions) == 0 && len(s.NotActions) == 0 {
		c.add(i, "Missing required field Action")
	}
	for _, a := range s.Actions {
		// Exact letter case and no wildcard, though evaluation knows both (observed).
		if action, ok := assumeAction(lower(a)); !ok || action != a {
			c.add(i, "AssumeRole policy may only specify STS AssumeRole actions")
			break
		}
	}
	if s.Effect == Allow && s.does(assumeWithWebIdentity) {
		for _, p := range s.Principals {
			c.sharedIssuer(i, s, p)
		}
	}
}

// principal checks one principal: the bare "*" is refused in a trust policy
// (observed), and a part of a name can't be a wildcard.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (c *checker) principal(i int, p Principal) {
	switch {
	case p.Type == "*":
		c.add(i, `AssumeRolepolicy contained an invalid principal: "STAR":"*".`)
	case p.Type == "AWS" && p.Value == "*":
	case p.Value == "" || strings.ContainsAny(p.Value, "*?"),
		p.Type == "AWS" && !IsAccountID(p.Value) && !strings.HasPrefix(p.Value, "arn:") && !isUniqueID(p.Value):
		c.add(i, "Invalid principal in policy: %s:%s", strings.ToUpper(shown(p.Type)), shown(p.Value))
	}
}

// isUniqueID tells the ids that IAM shows for a user or role, such as AROA….
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func isUniqueID(s string) bool {
	return len(s) >= 16 && s[0] == 'A' && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

const assumeWithWebIdentity = "sts:AssumeRoleWithWebIdentity"

// does tells whether the statement's actions include one.
func (s Statement) does(action string) bool {
	named := func(a string) bool { return pattern.Like(lower(a)).Match(lower(action)) }
	if s.NotActions != nil {
		return !slices.ContainsFunc(s.NotActions, named)
	}
	return slices.ContainsFunc(s.Actions, named)
}
