package subject

import (
	"fmt"
	"strings"
)

// CheckOrg holds an organization's name to Pulumi's rules: 3 to 40 of a-z, 0-9,
// - and _, beginning and ending with a letter or digit. Upper case is refused:
// tokens spell organizations in lower case and IAM compares letter by letter.
// https://www.pulumi.com/docs/deployments/guides/oidc/aws/
func CheckOrg(s string) error {
	if s != strings.ToLower(s) {
		return fmt.Errorf("an organization's name is lower case in tokens: write %q, not %q", strings.ToLower(s), s)
	}
	if len(s) < 3 || len(s) > 40 || !onlyOf(s, lower+digits+"-_") || strings.ContainsAny(s[:1]+s[len(s)-1:], "-_") {
		return fmt.Errorf("%q is not an organization's name: 3 to 40 of a-z, 0-9, - and _, with a letter or digit at both ends", s)
	}
	return nil
}

// CheckProject holds the name of an ESC project to Pulumi's rules: 1 to 100 of
// a-z, A-Z, 0-9, -, _ and ., but not . or ... The legacy project "default" is
// a name like others here.
func CheckProject(s string) error { return checkName("a project's name", s, ".", "..") }

// CheckEnvironmentName holds the name of an ESC environment, without its
// project, to Pulumi's rules: as a project's, and neither open nor yaml, which
// are parts of the service's own addresses.
func CheckEnvironmentName(s string) error {
	return checkName("an environment's name", s, ".", "..", "open", "yaml")
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
	names  = lower + upper + digits + "-_."
)

func checkName(what, s string, reserved ...string) error {
	for _, r := range reserved {
		if s == r {
			return fmt.Errorf("%q is reserved and cannot be %s: choose another", s, what)
		}
	}
	if len(s) < 1 || len(s) > 100 || !onlyOf(s, names) {
		return fmt.Errorf("%q is not %s: 1 to 100 of a-z, A-Z, 0-9 and . - _", s, what)
	}
	return nil
}

func onlyOf(s, alphabet string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) < 0
}
