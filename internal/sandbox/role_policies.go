package sandbox

import (
	"slices"
	"strings"
)

// attachRolePolicy succeeds for a policy that is attached already.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
func (c *call) attachRolePolicy() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	arn := c.params.text("PolicyArn")
	if err := c.checkAttachable(arn); err != nil {
		return nil, err
	}
	if slices.Contains(r.Managed, arn) {
		return nil, nil
	}
	if most := c.quotas().AttachedPolicies; len(r.Managed) >= most {
		return nil, exceeded("PoliciesPerRole", most)
	}
	r.Managed = append(r.Managed, arn)
	return nil, c.putRole(r)
}

func (c *call) detachRolePolicy() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	arn := c.params.text("PolicyArn")
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	i := slices.Index(r.Managed, arn)
	if i < 0 {
		return nil, fail(noSuchEntity, "Policy %s was not found.", arn)
	}
	r.Managed = slices.Delete(r.Managed, i, i+1)
	return nil, c.putRole(r)
}

func (c *call) listAttachedRolePolicies() (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	attached := map[string]attachedPolicyXML{}
	for _, arn := range r.Managed {
		attached[policyName(arn)] = attachedPolicyXML{policyName(arn), arn}
	}
	prefix := c.params.text("PathPrefix")
	policies, p, err := pageOf(c, attached,
		func(a attachedPolicyXML) bool { return strings.HasPrefix(policyPath(a.PolicyArn), prefix) },
		func(a attachedPolicyXML) attachedPolicyXML { return a })
	return struct {
		AttachedPolicies list[attachedPolicyXML]
		page
	}{policies, p}, err
}

// putRolePolicy makes a policy or replaces the one of that name in any letter
// case, whose first spelling stays (observed).
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
func (c *call) putRolePolicy() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	p := inline{c.params.text("PolicyName"), c.params.text("PolicyDocument")}
	if err := checkIdentity(p.Text); err != nil {
		return nil, err
	}
	if before, ok := r.Inline[fold(p.Name)]; ok {
		p.Name = before.Name
	}
	if r.Inline == nil {
		r.Inline = map[string]inline{}
	}
	r.Inline[fold(p.Name)] = p
	size := 0
	for _, each := range r.Inline {
		size += policySize(each.Text)
	}
	if most := c.quotas().InlinePolicySize; size > most {
		return nil, fail(limitExceeded, "Maximum policy size of %d bytes exceeded for role %s", most, r.Name)
	}
	return nil, c.putRole(r)
}

// inlineOf is the role's inline policy that the request names.
func (c *call) inlineOf(r role) (inline, error) {
	name := c.params.text("PolicyName")
	p, ok := r.Inline[fold(name)]
	if !ok {
		return inline{}, fail(noSuchEntity, "The role policy with name %s cannot be found.", name)
	}
	return p, nil
}

func (c *call) getRolePolicy() (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	p, err := c.inlineOf(r)
	return struct{ RoleName, PolicyName, PolicyDocument string }{r.Name, p.Name, encoded(p.Text)}, err
}

func (c *call) listRolePolicies() (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	names, p, err := pageOf(c, r.Inline, nil, func(i inline) string { return i.Name })
	return struct {
		PolicyNames list[string]
		page
	}{names, p}, err
}

func (c *call) deleteRolePolicy() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	p, err := c.inlineOf(r)
	if err != nil {
		return nil, err
	}
	delete(r.Inline, fold(p.Name))
	return nil, c.putRole(r)
}
