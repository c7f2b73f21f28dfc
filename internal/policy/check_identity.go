package policy

import "strings"

// CheckIdentity finds what IAM refuses in a role's inline policy; none if it
// is right. Which actions and resources exist is not looked at.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func CheckIdentity(d Document) []Violation {
	var c checker
	c.document(d, c.identity)
	return c.violations
}

func (c *checker) identity(i int, s Statement) {
	if s.Principals != nil || s.NotPrincipals != nil {
		c.add(i, "Policy document should not specify a principal.")
	}
	if len(s.Actions) == 0 && len(s.NotActions) == 0 {
		c.add(i, "Policy statement must contain actions.")
	}
	if len(s.Resources) == 0 && len(s.NotResources) == 0 {
		c.add(i, "Policy statement must contain resources.")
	}
	for _, list := range [...][]string{s.Actions, s.NotActions} {
		for _, a := range list {
			if vendor, name, ok := strings.Cut(a, ":"); a != "*" && (!ok || vendor == "" || name == "") {
				c.add(i, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
				break
			}
		}
	}
	for _, list := range [...][]string{s.Resources, s.NotResources} {
		for _, r := range list {
			if r != "*" && !strings.HasPrefix(r, "arn:") && !strings.HasPrefix(r, "${") && strings.Trim(r, "*") != "" {
				c.add(i, `Resource %s must be in ARN format or "*".`, clean(r))
				break
			}
		}
	}
}
