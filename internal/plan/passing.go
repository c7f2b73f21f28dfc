package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// inPassing are the parts of a role of which several are exchanged for others
// at once, so that between two of its steps somebody may do what they may do
// neither before nor after; none where there is no such moment.
//
// Of what a policy says only so much is known here as shows in comparing it
// with itself: that it allows, denies, or both, and that it narrows. So a part
// that is the same at two moments does the same at both, one that narrows does
// less, and any other may do anything else.
func inPassing(before, after *trust.Role, steps []Step) []string {
	at := *before
	parts := map[string]bool{}
	for i, s := range steps {
		if at = passed(at, s); i == len(steps)-1 {
			break
		}
		for _, name := range sortedKeys(at.Inline) {
			if effectOf(at.Inline[name]) != denying {
				exposes(parts, before, &at, after, inlinePart(name), func(r *trust.Role) bool {
					d, there := r.Inline[name]
					return there && policy.Narrows(d, at.Inline[name])
				})
			}
		}
		for _, arn := range at.Managed {
			if !access.OnlyDenies(string(arn)) {
				exposes(parts, before, &at, after, "managed policy "+string(arn), func(r *trust.Role) bool { return slices.Contains(r.Managed, arn) })
			}
		}
	}
	return sortedKeys(parts)
}

// exposes notes what may refuse before, and what may refuse after, that which
// one policy allows at a moment between; nothing where one of the two cannot.
func exposes(parts map[string]bool, before, at, after *trust.Role, name string, allows func(*trust.Role) bool) {
	refusing := func(r *trust.Role) []string {
		all := refusals(r, at)
		if !allows(r) {
			all = append(all, name)
		}
		return all
	}
	first, last := refusing(before), refusing(after)
	if len(first) == 0 || len(last) == 0 {
		return
	}
	for _, part := range slices.Concat(first, last) {
		parts[part] = true
	}
}

// refusals are the parts of a role that may refuse what it allows at another
// moment.
func refusals(r, at *trust.Role) []string {
	var all []string
	if !policy.Narrows(r.Trust, at.Trust) {
		all = append(all, "trust policy")
	}
	if r.Boundary != "" && r.Boundary != at.Boundary {
		all = append(all, "permissions boundary")
	}
	for _, name := range sortedKeys(r.Inline) {
		d := r.Inline[name]
		there, is := at.Inline[name]
		if effectOf(d) != allowing && !(is && policy.Narrows(d, there)) {
			all = append(all, inlinePart(name))
		}
	}
	for _, arn := range r.Managed {
		if access.OnlyDenies(string(arn)) && !slices.Contains(at.Managed, arn) {
			all = append(all, "managed policy "+string(arn))
		}
	}
	return all
}

func inlinePart(name string) string { return fmt.Sprintf("inline policy %q", name) }

// passed is a role after one more step of an update.
func passed(r trust.Role, s Step) trust.Role {
	switch s := s.(type) {
	case UpdateAssumeRolePolicy:
		r.Trust = s.Trust
	case PutRolePermissionsBoundary:
		r.Boundary = s.Boundary
	case DeleteRolePermissionsBoundary:
		r.Boundary = ""
	case AttachRolePolicy:
		r.Managed = sorted(append(slices.Clone(r.Managed), s.Policy))
	case DetachRolePolicy:
		r.Managed = slices.DeleteFunc(slices.Clone(r.Managed), func(arn trust.ARN) bool { return arn == s.Policy })
	case PutRolePolicy:
		r.Inline = union(r.Inline, map[string]policy.Document{s.PolicyName: s.Document})
	case DeleteRolePolicy:
		r.Inline = maps.Clone(r.Inline)
		delete(r.Inline, s.PolicyName)
	}
	return r
}

// passing warns of roles of which no order of single calls is right.
func (c *comparison) passing(ch *Change) {
	if ch.Refused != "" || ch.Action != Update && ch.Action != Adopt || !touchesAccess(ch) {
		return
	}
	parts := inPassing(ch.Before.Role, ch.After.Role, ch.Steps())
	if len(parts) == 0 {
		return
	}
	c.warn(ch.Address, trust.Pos{}, "Several parts of a role change at once",
		fmt.Sprintf("Of role %s these are exchanged for others: %s. IAM takes one at a time, so for a moment, and for longer if the run ends there, the role may give somebody what it gives neither before nor after. To avoid that, apply in two steps: first without what goes, then with what comes.", ch.Before.Role.Name, strings.Join(parts, ", ")))
}
