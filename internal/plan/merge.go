package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

var zeroTime time.Time

// clean is a copy of a role that can be compared and stored: lists sorted,
// nothing empty, the trust in canonical form, and none of what only the
// configuration knows.
func clean(r *trust.Role) *trust.Role {
	out := *r
	out.Trust = r.Trust.Canonical()
	out.Managed = sorted(r.Managed)
	if len(r.Inline) == 0 {
		out.Inline = nil
	}
	if len(r.Tags) == 0 {
		out.Tags = nil
	}
	out.KeepBoundary, out.Lifecycle, out.Token, out.Source = false, trust.Lifecycle{}, trust.Token{}, nil
	return &out
}

// sorted is a list in order, each element once, nil if there is none.
func sorted[T ~string](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// merged is what a live role will be: the declared one, but for what the
// configuration leaves to the account, and with the live form of everything
// that means the same.
func (c *comparison) merged(d, live *trust.Role) *trust.Role {
	after := clean(d)
	after.ID, after.ARN, after.Created, after.InstanceProfiles = live.ID, live.ARN, live.Created, live.InstanceProfiles
	after.LastUsed, after.LastUseKnown = live.LastUsed, live.LastUseKnown
	ignored := d.Lifecycle.IgnoreChanges
	ignores := func(attribute string) bool { return slices.Contains(ignored, attribute) }

	if ignores("name") {
		after.Name = live.Name
	}
	if ignores("path") {
		after.Path = live.Path
	}
	if ignores("description") {
		after.Description = live.Description
	}
	if ignores("max_session_duration") {
		after.MaxSession = live.MaxSession
	}
	if ignores("managed_policies") {
		after.Managed = live.Managed
	}
	if d.KeepBoundary && live.Boundary != "" && !ignores("permissions_boundary") {
		c.warn(d.Address(), d.Source[""], "The live permissions boundary is kept",
			"Role "+live.Name+" has the boundary "+string(live.Boundary)+" and the configuration says nothing of it. Declare it, or write permissions_boundary = \"\" to take it off.")
	}
	if d.KeepBoundary || ignores("permissions_boundary") {
		after.Boundary = live.Boundary
	}
	if d.Lifecycle.Overlap {
		after.Trust = c.overlap(after.Trust, live)
	}
	if ignores("trust") || after.Trust.Equal(live.Trust) {
		after.Trust = live.Trust
	}
	if ignores("inline_policies") {
		after.Inline = live.Inline
	} else {
		after.Inline = mergeInline(after.Inline, live.Inline)
	}
	after.Tags = mergeTags(after.Tags, live.Tags, func(key string) bool {
		if trust.IsMark(key) {
			return key == trust.TagAdopted
		}
		return ignores("tags") || c.o.IgnoreTags.match(key)
	})
	return after
}

// mergeInline is the declared inline policies, under the live spelling of a
// name where only letter case differs (IAM takes them for the same), and with
// the live document where it means the same.
func mergeInline(declared, live map[string]policy.Document) map[string]policy.Document {
	if len(declared) == 0 {
		return nil
	}
	spelled := make(map[string]string, len(live))
	for name := range live {
		spelled[strings.ToLower(name)] = name
	}
	out := make(map[string]policy.Document, len(declared))
	for name, document := range declared {
		if there, ok := spelled[strings.ToLower(name)]; ok {
			name = there
			if document.Equal(live[there]) {
				document = live[there]
			}
		}
		out[name] = document
	}
	return out
}

// mergeTags is the declared tags, under the live spelling of a key where only
// letter case differs (IAM folds the case of a role's tag keys), and of the
// live ones those that are to be left as they are.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
func mergeTags(declared, live map[string]string, leave func(key string) bool) map[string]string {
	out := make(map[string]string, len(declared))
	spelled := make(map[string]string, len(live))
	for key, value := range live {
		if leave(key) {
			out[key] = value
		}
		if !trust.IsMark(key) {
			spelled[strings.ToLower(key)] = key
		}
	}
	for key, value := range declared {
		if leave(key) {
			continue
		}
		if there, ok := spelled[strings.ToLower(key)]; ok {
			key = there
		}
		out[key] = value
	}
	return out
}

// match says whether a tag key is nobody's business here; marks never are.
func (i IgnoreTags) match(key string) bool {
	if trust.IsMark(key) {
		return false
	}
	return slices.ContainsFunc(i.Keys, func(k string) bool { return strings.EqualFold(k, key) }) ||
		slices.ContainsFunc(i.KeyPrefixes, func(p string) bool {
			return len(key) >= len(p) && strings.EqualFold(key[:len(p)], p)
		})
}

// overlap is the declared trust policy with the subjects of the live one
// beside it, so that during a cut-over whoever may assume the role still may:
// of the live statements those that trustctl could have written, for a
// declared issuer's provider with an exact audience and a subject. Any other
// was not put there by a declaration, and is planned away.
func (c *comparison) overlap(declared policy.Document, live *trust.Role) policy.Document {
	out := declared
	out.Statements = slices.Clone(declared.Statements)
	for _, s := range live.Trust.Canonical().Statements {
		if !c.subjectsOnly(s, live.Account) {
			continue
		}
		wider := out
		wider.Statements = append(slices.Clone(out.Statements), s)
		if !wider.Equal(out) {
			out = wider
		}
	}
	return out
}

// subjectsOnly says whether a statement lets in tokens of a declared issuer
// alone, by audience and subject.
func (c *comparison) subjectsOnly(s policy.Statement, account trust.AccountID) bool {
	if s.Effect != policy.Allow || len(s.Principals) != 1 || !slices.Equal(s.Actions, []string{"sts:AssumeRoleWithWebIdentity"}) {
		return false
	}
	for _, url := range c.issuers() {
		provider := trust.ProviderARN(c.read[account].Partition, account, url)
		if s.Principals[0] != (policy.Principal{Type: "Federated", Value: string(provider)}) {
			continue
		}
		tests := func(claim string, operators ...string) bool {
			return slices.ContainsFunc(s.Conditions, func(t policy.Condition) bool {
				return len(t.Values) > 0 && slices.Contains(operators, t.Operator) && strings.EqualFold(t.Key, trust.IssuerHost(url)+":"+claim)
			})
		}
		return tests("aud", "StringEquals") && tests("sub", "StringEquals", "StringLike")
	}
	return false
}
