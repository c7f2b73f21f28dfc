package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/trust"
)

// Gate is something that a run may be told to stop for.
type Gate string

// The gates over a plan.
const (
	GateWider       Gate = "wider"       // tokens or other principals gain a role that exists, or that is not known
	GateNewRole     Gate = "new-role"    // a role is made
	GatePermissions Gate = "permissions" // a permission is added to a role that exists, or a boundary or a login's session policies weakened
)

// Gates are all gates over a plan.
func Gates() []Gate { return []Gate{GateWider, GateNewRole, GatePermissions} }

// Fails says what a plan has that a gate stops for, a line for each, by the
// plan's data alone.
func (p *Plan) Fails(g Gate) []string {
	var why []string
	for _, ch := range slices.Concat(p.Changes, p.Drift) {
		if g == GateWider && len(ch.Opens) > 0 {
			why = append(why, fmt.Sprintf("%s opens %s", ch.Resource, strings.Join(ch.Opens, ", ")))
		}
		if ch.Unread && ch.Address.Kind == trust.KindProvider && g != GateNewRole {
			why = append(why, ch.Resource+" is known only live")
		}
		if g == GatePermissions && ch.Session.Widens() {
			why = append(why, ch.Resource+": its session may do more")
		}
		if ch.Address.Kind != trust.KindRole {
			continue
		}
		// Whatever came since was nobody's plan: it counts as a role that gained.
		exists := ch.Before != nil || p.Mode == ModeRefresh || ch.Access != nil && ch.Access.Instead != ""
		switch {
		case g == GateNewRole && ch.Action == Create:
			why = append(why, ch.Resource+" is new")
		case ch.Access == nil || !exists:
		case ch.Unread && g != GateNewRole:
			why = append(why, ch.Resource+" is known only live")
		case g == GateWider && (ch.Access.Tokens.Widens() || wider(ch.Access.Principals.Relation)):
			line := fmt.Sprintf("%s is %s: tokens %s, other principals %s", ch.Resource, access.Worst(ch.Access.Tokens.Relation, ch.Access.Principals.Relation), ch.Access.Tokens.Relation, ch.Access.Principals.Relation)
			if gains := ch.Access.Tokens.Gained.Gains; len(gains) > 0 {
				line += fmt.Sprintf("; now also %q", Example(gains))
			}
			why = append(why, line)
		case g == GatePermissions && ch.Access.Permissions.Widens():
			why = append(why, ch.Resource+" may do more")
		}
	}
	if g == GateWider {
		for _, n := range p.NewOrganizations {
			if p.alreadyShared(n) {
				why = append(why, fmt.Sprintf("organization %s is new to account %s", n.Organization, n.Account))
			}
		}
	}
	return why
}

// wider says whether somebody gains, or that is not known.
func wider(r access.Relation) bool { return r != access.Same && r != access.Narrower }

// alreadyShared says whether the account's provider was there before: the
// organization joins others, and is not the account's first.
func (p *Plan) alreadyShared(n NewOrganization) bool {
	return slices.ContainsFunc(slices.Concat(p.Changes, p.Drift), func(ch Change) bool {
		return ch.Address.Kind == trust.KindProvider && ch.Address.Account == n.Account && ch.Before != nil && len(ch.Before.Provider.ClientIDs) > 0
	})
}
