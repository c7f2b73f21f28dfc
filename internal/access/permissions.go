package access

import (
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// PermissionDelta is what changes of what a role may do. Managed policies go
// by name, their text was not read: one that is attached is wider, one that is
// detached narrower.
type PermissionDelta struct {
	Relation       Relation       `json:"relation"`
	Attached       []string       `json:"attached,omitempty"` // ARNs, sorted
	Detached       []string       `json:"detached,omitempty"`
	Inline         []InlineChange `json:"inline,omitempty"` // sorted by name
	BoundaryBefore string         `json:"boundary_before,omitempty"`
	BoundaryAfter  string         `json:"boundary_after,omitempty"` // both only where they differ
}

// InlineChange is an inline policy that differs.
type InlineChange struct {
	Name     string   `json:"name"`
	Relation Relation `json:"relation"`
	Added    bool     `json:"added,omitempty"`
	Removed  bool     `json:"removed,omitempty"`
}

// Widens tells whether a permission is added, or a boundary or a prohibition
// weakened, or whether that is not known.
func (d PermissionDelta) Widens() bool {
	return d.Relation == Wider || d.Relation == Both || d.Relation == Unknown
}

func permissions(before, after *RoleAccess) PermissionDelta {
	d := PermissionDelta{Relation: Same}
	d.Attached, d.Detached = without(after.Managed, before.Managed), without(before.Managed, after.Managed)
	for _, arn := range d.Attached {
		d.Relation = joined(d.Relation, wider(!OnlyDenies(arn)))
	}
	for _, arn := range d.Detached {
		d.Relation = joined(d.Relation, wider(OnlyDenies(arn)))
	}
	if before.Boundary != after.Boundary {
		d.BoundaryBefore, d.BoundaryAfter = before.Boundary, after.Boundary
		// Another boundary may allow what the old one didn't.
		d.Relation = joined(d.Relation, wider(before.Boundary != ""))
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(before.Inline)), maps.Keys(after.Inline))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		was, had := before.Inline[name]
		is, has := after.Inline[name]
		c := InlineChange{Name: name, Added: !had, Removed: !has}
		switch {
		case had && has && was.Equal(is):
			continue
		case !has:
			c.Relation = inverse(adding(was))
		case !had:
			c.Relation = adding(is)
		case policy.Narrows(was, is):
			c.Relation = Narrower
		case policy.Narrows(is, was):
			c.Relation = Wider
		default:
			c.Relation = Both
		}
		d.Inline = append(d.Inline, c)
		d.Relation = joined(d.Relation, c.Relation)
	}
	return d
}

// without is the sorted list of what a has and b lacks.
func without(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func wider(yes bool) Relation {
	if yes {
		return Wider
	}
	return Narrower
}

// OnlyDenies tells the managed policies of AWS that forbid and allow nothing.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
func OnlyDenies(arn string) bool {
	_, name, ok := strings.Cut(arn, ":iam::aws:policy/")
	return ok && (name == "AWSDenyAll" || strings.HasPrefix(name, "AWSCompromisedKeyQuarantine"))
}

// adding is what a policy does where there was none.
func adding(d policy.Document) Relation {
	if _, opaque := d.Opaque(); opaque {
		return Unknown
	}
	out := Same
	for _, s := range d.Statements {
		out = joined(out, wider(s.Effect != policy.Deny))
	}
	if out == Same {
		return Narrower // it says nothing, but it is not the same
	}
	return out
}

func inverse(r Relation) Relation {
	switch r {
	case Wider:
		return Narrower
	case Narrower:
		return Wider
	}
	return r
}
