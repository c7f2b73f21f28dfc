package sandbox

import "cmp"

// Quotas are an account's limits. A zero field is AWS's default.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type Quotas struct {
	// TrustPolicySize counts a trust policy's characters without white space:
	// 2,048. AWS raises it on request.
	TrustPolicySize int `json:"trust_policy_size,omitempty"`
	// InlinePolicySize counts those of all inline policies of a role: 10,240.
	InlinePolicySize int `json:"inline_policy_size,omitempty"`
	// AttachedPolicies is the number of managed policies on a role: 10. Some
	// accounts were seen in 2026 whose GetAccountSummary says 20, others still
	// answered 10; what the sandbox takes every account should take.
	AttachedPolicies int `json:"attached_policies,omitempty"`
	// Roles is the number of roles in the account: 1,000.
	Roles int `json:"roles,omitempty"`
	// Providers is the number of OIDC providers in the account: 100.
	Providers int `json:"providers,omitempty"`
}

// Limits that AWS does not raise.
const (
	maxClientIDs         = 100
	maxThumbprints       = 5
	maxCustomerPolicies  = 1500
	maxManagedPolicySize = 6144
	maxInstanceProfiles  = 1000
)

// quotas of an account: its own, else those of the options, else AWS's.
func (s *Server) quotas(a *account) Quotas {
	own, all := a.Quotas[""], s.options.Quotas
	return Quotas{
		TrustPolicySize:  cmp.Or(own.TrustPolicySize, all.TrustPolicySize, 2048),
		InlinePolicySize: cmp.Or(own.InlinePolicySize, all.InlinePolicySize, 10240),
		AttachedPolicies: cmp.Or(own.AttachedPolicies, all.AttachedPolicies, 10),
		Roles:            cmp.Or(own.Roles, all.Roles, 1000),
		Providers:        cmp.Or(own.Providers, all.Providers, 100),
	}
}

// exceeded is the answer where one more is one too many.
func exceeded(quota string, most int) error {
	return fail(limitExceeded, "Cannot exceed quota for %s: %d", quota, most)
}

// over is q, and where q says nothing what was there before.
func (q Quotas) over(before Quotas) Quotas {
	return Quotas{
		TrustPolicySize:  cmp.Or(q.TrustPolicySize, before.TrustPolicySize),
		InlinePolicySize: cmp.Or(q.InlinePolicySize, before.InlinePolicySize),
		AttachedPolicies: cmp.Or(q.AttachedPolicies, before.AttachedPolicies),
		Roles:            cmp.Or(q.Roles, before.Roles),
		Providers:        cmp.Or(q.Providers, before.Providers),
	}
}
