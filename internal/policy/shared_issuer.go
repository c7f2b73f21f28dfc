package policy

import (
	"slices"
	"strings"
)

// control is what IAM demands of an Allow statement for an issuer that many
// customers share: a test of one of the keys, all of whose values narrow.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
type control struct {
	keys   []string // the last parts of keys, after issuer and colon; a whole key has its own colon
	strict bool     // blank values and a leading * are refused as well
	old    bool     // the rule is older: exact letter case, equality only, any value
}

// controlFor is the control of an issuer, given without scheme. It must match
// exactly, path included, so that api.pulumi.com/oidc/v2 has none. Left out are
// the six issuers of IBM Turbonomic, which are those of single clusters.
func controlFor(issuer string) (control, bool) {
	sub, aud := control{keys: []string{":sub"}}, control{keys: []string{":aud"}}
	switch issuer {
	case "cognito-identity.amazonaws.com", "api.pulumi.com/oidc", "sandboxes.cloud", "oidc.vercel.com":
		return aud, true
	case "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d":
		return control{keys: []string{"sts:RoleSessionName"}}, true
	case "agent.buildkite.com", "oidc.codefresh.io", "studio.datachain.ai/api",
		"oidc-configuration.audit-log.githubusercontent.com", "vstoken.actions.githubusercontent.com",
		"gitlab.com", "scalr.io", "tokens.cloud.shisho.dev", "app.terraform.io", "proidc.upbound.io":
		return sub, true
	case "accounts.google.com":
		return control{keys: []string{":aud", ":oaud", ":sub"}, old: true}, true
	case "www.amazon.com", "graph.facebook.com":
		return control{keys: []string{":app_id", ":sub"}, old: true}, true
	}
	// GitHub is matched by the beginning (observed), so the issuers of its
	// enterprises are under it too.
	if strings.HasPrefix(issuer, "token.actions.githubusercontent.com") {
		return control{keys: []string{":sub", ":job_workflow_ref"}, strict: true}, true
	}
	return control{}, false
}

// sharedIssuer checks the control of a principal's issuer. One operator block
// that passes is enough, even beside one that doesn't; what counts as narrow
// is a test of the text, not of its meaning (observed).
func (c *checker) sharedIssuer(i int, s Statement, p Principal) {
	issuer := p.issuer()
	if issuer == "" && p.Type == "Federated" {
		issuer = p.Value // the issuers that are built in go by name
	}
	rule, ok := controlFor(issuer)
	if !ok {
		return
	}
	keys := make([]string, len(rule.keys))
	for j, k := range rule.keys {
		if keys[j] = k; k[0] == ':' {
			keys[j] = issuer + k
		}
	}
	if rule.passes(s, keys) {
		return
	}
	named := issuer
	switch {
	case issuer == "accounts.google.com":
		c.add(i, "Policy trusting accounts.google.com requires a StringEquals condition on an application id")
		return
	case rule.old:
		c.add(i, "Policy trusting %s requires a StringEquals condition on an application id", issuer)
		return
	case issuer == "cognito-identity.amazonaws.com" && len(s.Conditions) == 0:
		c.add(i, "A condition block must be present for the Cognito provider")
		return
	case rule.strict:
		named = p.Value
	}
	c.add(i, "Trust policy with trusted principal %s must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, %s which is not scoped to all.",
		clean(named), strings.Join(keys, " or "))
}

// passes tells whether some operator block of the statement satisfies the
// control: it tests at least one of the keys, and no test of them in it admits all.
func (r control) passes(s Statement, keys []string) bool {
	narrow := make(map[string]bool) // by operator
	for _, condition := range s.Conditions {
		o, ok := parseOperator(condition.Operator)
		counts := ok && !o.negated && !o.ifExists && (o.isString() || o.family == stringIgnoreCase)
		counts = counts && (!r.old || o.family != stringLike)
		if !counts || !slices.ContainsFunc(keys, func(k string) bool {
			return k == condition.Key || !r.old && compareFold(k, condition.Key) == 0
		}) {
			continue
		}
		good := r.old || !slices.ContainsFunc(condition.Values, r.wide)
		if have, seen := narrow[condition.Operator]; seen {
			good = good && have
		}
		narrow[condition.Operator] = good
	}
	for _, good := range narrow {
		if good {
			return true
		}
	}
	return false
}

// wide tells whether IAM takes a value for one that admits all.
func (r control) wide(value string) bool {
	return value == "*" || r.strict && (strings.HasPrefix(value, "*") || strings.TrimSpace(value) == "")
}
