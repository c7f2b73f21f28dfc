package policy

import (
	"slices"
	"strings"
)

// principals sorts principals and gives each its one spelling: everybody is
// AWS: "*", which IAM takes in a trust policy too, and an account its number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func principals(list []Principal) []Principal {
	if list == nil {
		return nil
	}
	out := slices.Clone(list)
	for i, p := range out {
		if p == (Principal{"*", "*"}) {
			out[i].Type = "AWS"
		} else if id, ok := strings.CutSuffix(p.Value, ":root"); ok && p.Type == "AWS" {
			if id, ok = strings.CutPrefix(id, "arn:aws:iam::"); ok && IsAccountID(id) {
				out[i].Value = id
			}
		}
	}
	slices.SortFunc(out, comparePrincipal)
	return slices.Compact(out)
}

// IsAccountID tells the number of an account, which has twelve digits.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
func IsAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// actions sorts actions in the document's spelling.
func actions(list []string, spelling map[string]string) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = spelling[lower(a)]
	}
	return set(out, compareFold)
}
