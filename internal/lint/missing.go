package lint

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// always are keys, beside aud and sub, that no request to assume a role with a
// token lacks.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func always(key string) bool {
	switch strings.ToLower(key) {
	case "sts:rolesessionname", "aws:currenttime", "aws:epochtime", "aws:securetransport":
		return true
	}
	return false
}

// missingKeys finds conditions of an Allow that hold when their key is missing,
// while nothing else in the statement asks for the key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (v *view) missingKeys(g grant) {
	for _, c := range g.Conditions {
		if strings.HasPrefix(c.Operator, "Null") || !v.holds([]policy.Condition{c}, nil) || v.asksFor(g, c.Key) {
			continue
		}
		why := "a negated operator alone"
		switch {
		case strings.HasPrefix(c.Operator, "ForAllValues:"):
			why = "ForAllValues in an Allow"
		case strings.HasSuffix(c.Operator, "IfExists"):
			why = "an operator with IfExists"
		case always(c.Key):
			continue // a negated test of what is always there
		}
		f := Finding{
			Code: trueWhenMissing, Pos: v.role.Source["trust[0].subs"],
			Detail: fmt.Sprintf("%s tests %s by %s, and %s holds for a request without that key.", v.statement(g), visible.Quote(c.Key), c.Operator, why),
			Remedy: "Use StringEquals or StringLike; on a key with several values ForAnyValue:StringEquals. Where ForAllValues is meant, add Null: {\"" + c.Key + "\": \"false\"}.",
		}
		if v.isKey(c.Key, "aud") || v.isKey(c.Key, "oaud") || v.isKey(c.Key, "sub") || always(c.Key) {
			f.Severity = Warning
			f.Detail += " No request lacks it today, so who gets in does not change by this; the text promises more than it holds."
			f.Proof = words("evaluated alone, for a request without " + c.Key + ", the condition holds")
		} else if t, ok := v.lacking(g, c.Key); ok {
			f.Proof = v.proof(t, "a token without "+c.Key)
		} else {
			continue // a Deny asks for the key
		}
		v.report(f)
	}
}

// asksFor tells whether a condition of the grant holds only where the key is there.
func (v *view) asksFor(g grant, key string) bool {
	for _, c := range g.Conditions {
		if strings.EqualFold(c.Key, key) && !v.holds([]policy.Condition{c}, nil) {
			return true
		}
	}
	return false
}

// lacking finds a token without a key that the whole policy admits.
func (v *view) lacking(g grant, key string) (token, bool) {
	for _, a := range v.audiences(g) {
		for _, s := range v.subjects(g) {
			for _, keys := range v.rest(g, key) {
				t := token{a, s, keys}
				if v.ask(v.role.Trust, v.context(t)).Allowed {
					return t, true
				}
			}
		}
	}
	return token{}, false
}
