package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// checkRole refuses a change that IAM would refuse half-way, and one of the
// role that reads and writes the account.
func (c *comparison) checkRole(ch *Change, account trust.Account, d *trust.Role) {
	if ch.Action == NoOp {
		return
	}
	var pos trust.Pos
	if d != nil {
		pos = d.Source[""]
	}
	if ch.Before != nil && !c.o.AllowSelf && strings.EqualFold(callerRole(account.Caller), ch.Before.Role.Name) {
		c.refuse(ch, pos, "The caller's own role",
			fmt.Sprintf("trustctl runs as role %s in account %s. Changing it could lock trustctl out half-way; -allow-self allows it.", ch.Before.Role.Name, accountName(account)))
	}
	if ch.After == nil || ch.Action == Forget {
		return
	}
	after, q := ch.After.Role, account.Quotas
	if size := policy.Size(after.Trust.String()); q.TrustPolicySize > 0 && size > q.TrustPolicySize && changes(ch, "trust") {
		c.refuse(ch, pos, "Trust policy over the account's quota",
			fmt.Sprintf("The trust policy of %s has %d characters that count; account %s takes %d. Ask AWS to raise the quota of the role trust policy length, or say less in subs.", after.Name, size, accountName(account), q.TrustPolicySize))
	}
	if q.AttachedPolicies > 0 && len(after.Managed) > q.AttachedPolicies && changes(ch, "managed_policies") {
		c.refuse(ch, pos, "Too many managed policies",
			fmt.Sprintf("Role %s would have %d managed policies; account %s takes %d for a role.", after.Name, len(after.Managed), accountName(account), q.AttachedPolicies))
	}
	inline := 0
	for _, document := range after.Inline {
		inline += policy.Size(document.String())
	}
	if q.InlinePolicySize > 0 && inline > q.InlinePolicySize && changes(ch, "inline_policies") {
		c.refuse(ch, pos, "Inline policies over the quota",
			fmt.Sprintf("The inline policies of %s have %d characters that count; all of a role's together may have %d.", after.Name, inline, q.InlinePolicySize))
	}
	if len(after.Tags) > trust.MaxTags {
		c.refuse(ch, pos, "Too many tags",
			fmt.Sprintf("Role %s would have %d tags with trustctl's own; IAM takes %d.", after.Name, len(after.Tags), trust.MaxTags))
	} else if ch.Action == Adopt && len(union(ch.Before.Role.Tags, marks(after.Tags))) > trust.MaxTags {
		c.refuse(ch, pos, "Too many tags",
			fmt.Sprintf("Role %s has %d tags and adoption begins with trustctl's own: IAM takes %d. Take some off first.", after.Name, len(ch.Before.Role.Tags), trust.MaxTags))
	}
}

// changes says whether a change writes a field.
func changes(ch *Change, field string) bool {
	return ch.Action == Create || ch.Action == Replace ||
		slices.ContainsFunc(ch.Fields, func(f FieldChange) bool { return f.Name == field })
}

// marks are the tags among others that are trustctl's own.
func marks(tags map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range tags {
		if trust.IsMark(key) {
			out[key] = value
		}
	}
	return out
}

// callerRole is the name of the role behind an STS session,
// arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION, or "".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func callerRole(caller trust.ARN) string {
	_, session, ok := strings.Cut(string(caller), ":assumed-role/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(session, "/")
	return name
}

// checkRemoval refuses to delete, or replace, a role that is guarded or in use.
func (c *comparison) checkRemoval(ch *Change, d, live *trust.Role) {
	var pos trust.Pos
	if d != nil {
		pos = d.Source[""]
	}
	switch {
	case d != nil && d.Lifecycle.PreventDestroy:
		c.refuse(ch, pos, "The role is guarded",
			fmt.Sprintf("lifecycle.prevent_destroy stands for role %s, and this plan would delete it. Take it out and apply first, or leave the role as it is.", live.Name))
	case live.Tags[trust.TagPreventDestroy] == "true":
		c.refuse(ch, pos, "The role is guarded",
			fmt.Sprintf("Role %s carries the tag %s and this plan would delete it. Declare its environment without lifecycle.prevent_destroy and apply that first; or forget the role with a removed block.", live.Name, trust.TagPreventDestroy))
	}
	if len(live.InstanceProfiles) > 0 {
		c.refuse(ch, pos, "The role is in an instance profile",
			fmt.Sprintf("Role %s is in the instance profile %s, so EC2 instances may run with it and IAM refuses its deletion. Take it out of the profile first.", live.Name, strings.Join(live.InstanceProfiles, ", ")))
	}
}

// limits holds the whole plan of each account against what it may do.
func (c *comparison) limits() {
	going := map[trust.AccountID][]string{}
	roles := map[trust.AccountID]int{}
	for _, ch := range c.plan.Changes {
		if ch.Address.Kind != trust.KindRole || ch.Refused != "" {
			continue
		}
		account := ch.Address.Account
		if ch.Action == Delete || ch.Action == Replace {
			name := ch.Before.Role.Name
			if e := environmentOf(ch.Before.Role); e != "" {
				name += " of " + e
			}
			going[account] = append(going[account], name)
		}
		switch ch.Action {
		case Create:
			roles[account]++
		case Delete:
			roles[account]--
		}
	}
	for _, a := range c.plan.Accounts {
		names := going[a.ID]
		if c.o.Mode != ModeDestroy && c.o.MaxDeletes >= 0 && len(names) > c.o.MaxDeletes {
			c.problem(Problem{Severity: Error, Summary: "Too many deletions",
				Detail: fmt.Sprintf("This plan would delete or replace %d roles in account %s, and max_deletes allows %d: %s. If that is meant, raise it with -max-deletes=%d.", len(names), accountName(a), c.o.MaxDeletes, strings.Join(names, ", "), len(names))})
		}
		c.inUse(a)
		if q := a.Quotas; q.Roles > 0 && roles[a.ID] > 0 && q.RolesInUse+roles[a.ID] > q.Roles {
			c.problem(Problem{Severity: Error, Summary: "More roles than the account's quota",
				Detail: fmt.Sprintf("Account %s has %d roles, its quota is %d, and this plan makes %d more: %d too many. Ask AWS to raise the quota of roles per account first, or declare fewer.", accountName(a), q.RolesInUse, q.Roles, roles[a.ID], q.RolesInUse+roles[a.ID]-q.Roles)})
		}
	}
}
