package lint

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// literalWildcards finds * and ? under an operator that reads them as letters.
// No subject or audience holds one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
func (v *view) literalWildcards(s policy.Statement) {
	for _, c := range s.Conditions {
		if likes(c.Operator) || !strings.Contains(c.Operator, "String") || !v.isKey(c.Key, "aud") && !v.isKey(c.Key, "sub") {
			continue
		}
		for _, value := range c.Values {
			if !v.hasWildcard(value) {
				continue
			}
			effect, admitted := "so no token is admitted by it", "the example"
			if strings.Contains(c.Operator, "Not") {
				effect, admitted = "so it excludes no token", "the example"
			}
			example, _ := v.fill(tested{value, "StringLike"}, "x")
			matches := v.holds([]policy.Condition{{Operator: "StringEquals", Key: c.Key, Values: []string{value}}}, policy.Context{c.Key: policy.Is(example)})
			v.report(Finding{
				Code: literalWildcard, Pos: v.at([]tested{{value, c.Operator}}, "trust[0].subs"),
				Detail: fmt.Sprintf("%s under %s means these very characters, not any text, %s.", visible.Quote(value), c.Operator, effect),
				Proof:  words(fmt.Sprintf("%s %s: %s compares letter by letter, and a match is %t", admitted, visible.Quote(example), c.Operator, matches)),
				Remedy: fmt.Sprintf("Write it under %s, and only as wide as it is meant.", strings.Replace(strings.Replace(c.Operator, "EqualsIgnoreCase", "Like", 1), "Equals", "Like", 1)),
			})
		}
	}
}

// unfilledKeys finds conditions on keys that no request with the issuer's token
// has: claims that STS does not pass on, and keys of other issuers. IAM takes
// them without a word.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func (v *view) unfilledKeys(s policy.Statement) {
	for _, c := range s.Conditions {
		why := v.unfilled(c.Key)
		if why == "" || c.Operator == "Null" || v.holds([]policy.Condition{c}, nil) {
			continue
		}
		effect := "so the statement admits nobody"
		if s.Effect == policy.Deny {
			effect = "so the statement denies nothing"
		}
		v.report(Finding{
			Code: unfilledKey, Pos: v.role.Source["trust[0].subs"],
			Detail: fmt.Sprintf("%s of the key %s never holds, %s: %s.", c.Operator, visible.Quote(c.Key), effect, why),
			Proof:  words("evaluated for a request with one of the issuer's tokens, which has no key " + c.Key + ", the condition does not hold"),
			Remedy: "Test " + v.key("aud") + " and " + v.key("sub") + ": what else a token says reaches the policy only inside its subject.",
		})
	}
}

// unfilled says why no request has a key, or "".
func (v *view) unfilled(key string) string {
	lower := strings.ToLower(key)
	if claim, own := strings.CutPrefix(lower, strings.ToLower(v.host)+":"); own {
		switch claim {
		case "aud", "oaud", "sub", "amr", "email":
			return ""
		}
		if !strings.HasSuffix(v.host, "/oidc") && !strings.HasSuffix(v.host, "/oidc/v2") {
			return ""
		}
		return "STS fills aud, oaud, sub and amr from this issuer's tokens, and no other claim"
	}
	if prefix, _, found := strings.Cut(lower, ":"); found && strings.ContainsAny(prefix, "./") {
		return "it is a key of another issuer, and these tokens fill those that begin with " + v.host
	}
	return ""
}
