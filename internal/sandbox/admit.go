package sandbox

import "github.com/trustctl/trustctl/internal/policy"

// callerMayAssume decides sts:AssumeRole by the role's trust policy, for
// whoever the caller counts as: a session is its role too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (c *call) callerMayAssume(r role) bool {
	context := policy.Context{
		"aws:PrincipalAccount": policy.Is(c.caller.Account),
		"sts:RoleSessionName":  policy.Is(c.params.text("RoleSessionName")),
	}
	if c.params.has("ExternalId") {
		context["sts:ExternalId"] = policy.Is(c.params.text("ExternalId"))
	}
	if c.params.has("SourceIdentity") {
		context["sts:SourceIdentity"] = policy.Is(c.params.text("SourceIdentity"))
	}
	who := []string{c.caller.ARN}
	if c.caller.Session {
		who = append(who, c.caller.RoleARN)
	}
	context["aws:PrincipalArn"] = policy.Is(who[len(who)-1])
	actions := []string{"sts:AssumeRole"}
	if c.params.has("SourceIdentity") {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	if len(c.params.tags()) > 0 {
		actions = append(actions, "sts:TagSession")
		var keys []string
		for _, t := range c.params.tags() {
			keys = append(keys, t.Key)
			context["aws:RequestTag/"+t.Key] = policy.Is(t.Value)
		}
		context["aws:TagKeys"] = policy.Are(keys...)
	}
	return c.allows(r, policyPrincipals("AWS", who), actions, context)
}

// admits decides sts:AssumeRoleWithWebIdentity. A token that carries session
// tags, or a source identity, needs the trust policy to allow those too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
func (c *call) admits(r role, p provider, t token) bool {
	context := t.context(p)
	context["sts:RoleSessionName"] = policy.Is(c.params.text("RoleSessionName"))
	actions := append([]string{"sts:AssumeRoleWithWebIdentity"}, t.needs...)
	return c.allows(r, policyPrincipals("Federated", []string{p.ARN}), actions, context)
}

func policyPrincipals(kind string, values []string) []policy.Principal {
	var all []policy.Principal
	for _, v := range values {
		all = append(all, policy.Principal{Type: kind, Value: v})
	}
	return all
}

// allows reports whether a role's trust policy allows every one of the
// actions to one of the principals that the caller counts as, and denies them
// to none. A condition that it cannot decide does not hold.
func (c *call) allows(r role, who []policy.Principal, actions []string, context policy.Context) bool {
	d, err := policy.Parse(c.showTrust(r.Trust))
	if err != nil {
		return false // it was parsed when it was stored
	}
	for _, action := range actions {
		allowed := false
		for _, p := range who {
			decision := policy.Evaluate(d, policy.Request{Principal: p, Action: action, Context: context})
			if denied(decision) {
				return false
			}
			allowed = allowed || decision.Allowed
		}
		if !allowed {
			return false
		}
	}
	return true
}

func denied(d policy.Decision) bool {
	for _, s := range d.Statements {
		if s.Effect == policy.Deny && s.Applies != policy.No {
			return true
		}
	}
	return false
}
