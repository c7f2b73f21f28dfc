package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// PrincipalDelta is what a change of a trust policy does to every principal
// that is not the issuer's provider.
type PrincipalDelta struct {
	Relation Relation          `json:"relation"`
	Changes  []PrincipalChange `json:"changes,omitempty"` // sorted by name
}

// PrincipalChange is what changes for one principal.
type PrincipalChange struct {
	Principal string   `json:"principal"` // AWS: "*", Service: ec2.amazonaws.com, …
	Relation  Relation `json:"relation"`
	New       bool     `json:"new,omitempty"`  // it had no Allow statement before
	Gone      bool     `json:"gone,omitempty"` // it has none any more
}

// principals compares the statements for each other principal as they stand:
// one that allows and is new or changed in any way is wider, one that goes is
// narrower, and for those that deny it is the other way round. What they say in
// other words is the same.
func principals(before, after policy.Document, issuer Issuer) PrincipalDelta {
	if before.Equal(after) {
		return PrincipalDelta{Relation: Same}
	}
	_, wasOpaque := before.Opaque()
	if _, isOpaque := after.Opaque(); wasOpaque || isOpaque {
		return PrincipalDelta{Relation: Unknown}
	}
	out := PrincipalDelta{Relation: Same}
	had, has := byPrincipal(before, issuer), byPrincipal(after, issuer)
	var names []string
	for name := range had {
		names = append(names, name)
	}
	for name := range has {
		if _, ok := had[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		c := PrincipalChange{Principal: name, Relation: statements(had[name], has[name])}
		c.New, c.Gone = !allows(had[name]) && allows(has[name]), allows(had[name]) && !allows(has[name])
		if c.Relation != Same {
			out.Changes = append(out.Changes, c)
			out.Relation = joined(out.Relation, c.Relation)
		}
	}
	return out
}

// byPrincipal are a policy's statements for each principal but the issuer's,
// with that principal alone, by its name.
func byPrincipal(d policy.Document, issuer Issuer) map[string]policy.Document {
	out := map[string]policy.Document{}
	add := func(name string, s policy.Statement) {
		sub := out[name]
		sub.Version = d.Version
		sub.Statements = append(sub.Statements, s)
		out[name] = sub
	}
	for _, s := range d.Statements {
		if s.NotPrincipals != nil {
			add("everyone but "+namesOf(s.NotPrincipals), s)
		}
		for _, p := range s.Principals {
			if !issuer.names(p) {
				only := s
				only.Principals = []policy.Principal{p}
				add(principalName(p), only)
			}
		}
	}
	return out
}

// principalName names a principal as policies do. An account's number stands
// for the ARN of its root.
func principalName(p policy.Principal) string {
	if p.Type == "*" {
		p.Type = "AWS"
	}
	if account, ok := strings.CutPrefix(p.Value, "arn:aws:iam::"); ok && p.Type == "AWS" {
		if number, ok := strings.CutSuffix(account, ":root"); ok {
			p.Value = number
		}
	}
	if p.Value == "*" {
		return p.Type + `: "*"`
	}
	return p.Type + ": " + p.Value
}

func namesOf(principals []policy.Principal) string {
	names := make([]string, len(principals))
	for i, p := range principals {
		names[i] = principalName(p)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

func allows(d policy.Document) bool {
	return slices.ContainsFunc(d.Statements, func(s policy.Statement) bool { return s.Effect != policy.Deny })
}

// statements compares statements as texts, but for how they are worded.
func statements(before, after policy.Document) Relation {
	if before.Equal(after) {
		return Same
	}
	out := Same
	for _, side := range [...]struct {
		from, to policy.Document
		allow    Relation
		deny     Relation
	}{{before, after, Wider, Narrower}, {after, before, Narrower, Wider}} {
		for _, s := range side.to.Statements {
			if has(side.from, s, side.to.Version) {
				continue
			}
			switch {
			case s.Effect == policy.Deny:
				out = joined(out, side.deny)
			default:
				out = joined(out, side.allow)
			}
		}
	}
	if out == Both || out == Same {
		return Wider // a statement changed: what that means is not looked into
	}
	return out
}

// has tells whether a document has a statement, in whatever words.
func has(d policy.Document, s policy.Statement, version string) bool {
	one := policy.Document{Version: version, Statements: []policy.Statement{s}}
	return slices.ContainsFunc(d.Statements, func(t policy.Statement) bool {
		return one.Equal(policy.Document{Version: d.Version, Statements: []policy.Statement{t}})
	})
}
