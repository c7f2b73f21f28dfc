package lint

import (
	"fmt"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// refusals finds what IAM answers with an error when the policy is written. A
// live role may hold what was allowed once: its next change will fail.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
func (v *view) refusals() {
	if _, opaque := v.role.Trust.Opaque(); opaque {
		v.undecided("The trust policy is not one that IAM's documented grammar allows, so nothing is said of whom it admits.", "a policy that can be read")
		return
	}
	when := "IAM refuses this when the role is written: "
	if v.l.live {
		when = "IAM refuses this today; the role keeps working, but any change of its trust policy will fail: "
	}
	refuse := func(pos trust.Pos, what, proof, remedy string) {
		v.report(Finding{Code: refusedByIAM, Detail: when + what, Pos: pos, Proof: words(proof), Remedy: remedy})
	}
	at := v.role.Source["trust[0].subs"]
	for _, violation := range policy.CheckTrust(v.role.Trust) {
		pos := at
		if i := violation.Statement; i >= 0 && !v.speaks(v.role.Trust.Statements[i]) {
			pos = v.role.Source["role.additional_trust"]
		}
		refuse(pos, violation.Message, violation.Error(), "Change the policy as the message says.")
	}
	if size, most := policy.Size(v.role.Trust.String()), v.longest(); size > most && !v.l.live {
		refuse(at, fmt.Sprintf("the trust policy has %d characters that count, and the account takes %d.", size, most),
			fmt.Sprintf("%d > %d", size, most), "Replace several subjects by one pattern, or share the work among environments.")
	}
	if v.l.live {
		return
	}
	total := 0
	for _, name := range sortedKeys(v.role.Inline) {
		for _, violation := range policy.CheckIdentity(v.role.Inline[name]) {
			refuse(v.role.Source["role.inline_policies"], fmt.Sprintf("inline policy %s: %s", visible.Quote(name), violation.Message), violation.Error(), "Change the policy as the message says.")
		}
		total += policy.Size(v.role.Inline[name].String())
	}
	if total > trust.MaxInline {
		refuse(v.role.Source["role.inline_policies"], fmt.Sprintf("the inline policies have %d characters that count, and a role's together may have %d.", total, trust.MaxInline),
			fmt.Sprintf("%d > %d", total, trust.MaxInline), "Attach some as managed policies.")
	}
}

// longest is how long the account takes a trust policy: as it said, or at most.
func (v *view) longest() int {
	states := []*trust.State{&v.l.in.State, v.l.in.Current}
	for _, s := range states {
		if s == nil {
			continue
		}
		for _, a := range s.Accounts {
			if a.ID == v.role.Account && a.Quotas.TrustPolicySize > 0 {
				return a.Quotas.TrustPolicySize
			}
		}
	}
	return trust.MaxTrust
}

// undecided says that a question about the role has no answer, and what would
// give it one.
func (v *view) undecided(detail, decides string, codes ...string) {
	for _, code := range codes {
		v.l.open[opened{code, v.environmentName()}] = true
	}
	v.report(Finding{Code: undecided, Detail: detail, Proof: words("decided by " + decides), Remedy: "What would decide it: " + decides + "."})
}
