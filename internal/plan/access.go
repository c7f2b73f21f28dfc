package plan

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// accessBudget is what all comparisons of a plan may take together, in units
// of package pattern; after it only short searches are made, and what they
// don't settle is undecided.
const accessBudget = 50 * pattern.DefaultBudget

// Access is what a change of a role does to who may do what.
type Access struct {
	access.ChangeDelta
	// Environments are the declared ones that gain or lose the role.
	Environments access.EnvironmentDelta `json:"environments"`
	// Gained and Lost are the tokens that the names of Environments do not
	// already tell of: all but the very tokens of those environments.
	Gained []access.Gain `json:"others_gained,omitempty"`
	Lost   []access.Gain `json:"others_lost,omitempty"`
	// Unnamed is set where a plan is so large that the declared environments of
	// this change were not looked for; Tokens has them all the same.
	Unnamed bool `json:"unnamed,omitempty"`
	// Instead is the role that this one takes the place of, where a role gets
	// another name: the two are compared.
	Instead string `json:"instead,omitempty"`
}

// NewOrganization is an organization that gets its first audience in an
// account: a slip in an organization's name would hand a role to a stranger.
type NewOrganization struct {
	Organization string          `json:"organization"`
	Account      trust.AccountID `json:"account"`
}

// accessFacts is what the access of changes follows from besides themselves.
type accessFacts struct {
	environments []access.Environment // declared, with their own tokens
	issuers      []string             // declared URLs
	partitions   map[trust.AccountID]string
}

func (c *comparison) accessFacts() *accessFacts {
	f := &accessFacts{environments: c.tokens(), issuers: c.issuers(), partitions: map[trust.AccountID]string{}}
	for id, a := range c.read {
		f.partitions[id] = a.Partition
	}
	return f
}

// say says of every change of a role who gains and who loses by it, and which
// organizations are new. It is a function of the changes and the facts, so that
// what a saved plan says can be checked.
func (f *accessFacts) say(changes []Change) []NewOrganization {
	declared := newTokenIndex(f.environments)
	o := access.Options{Budget: pattern.NewBudget(accessBudget)}
	type home struct {
		account     trust.AccountID
		environment string
	}
	going := map[home]*trust.Role{} // roles whose successor has another name
	for _, ch := range changes {
		if ch.Action == Delete && ch.Address.Kind == trust.KindRole {
			going[home{ch.Address.Account, environmentOf(ch.Before.Role)}] = ch.Before.Role
		}
	}
	for i := range changes {
		ch := &changes[i]
		ch.Access = nil
		if ch.Address.Kind != trust.KindRole || ch.Action == NoOp || ch.Action == Forget {
			continue
		}
		if ch.Unread {
			ch.Access = unknownAccess()
			continue
		}
		before, after := roleOf(ch.Before), roleOf(ch.After)
		a := &Access{}
		if before == nil {
			if old := going[home{ch.Address.Account, after.Environment}]; old != nil {
				before, a.Instead = old, old.Name
			}
		}
		if before != nil && after != nil && a.Instead == "" && !touchesAccess(ch) {
			continue
		}
		o.Issuer = f.issuerOf(before, after)
		a.ChangeDelta = access.Role(roleAccess(before), roleAccess(after), o)
		if near := declared.near(o.Issuer.Host, trustOf(before), trustOf(after)); declared.spend(len(near)) {
			a.Environments = a.Tokens.Named(trustOf(before), trustOf(after), near, o)
		} else {
			a.Unnamed = true
		}
		a.Gained = declared.others(a.Tokens.Gained.Gains, a.Environments.Gained)
		a.Lost = declared.others(a.Tokens.Lost.Gains, a.Environments.Lost)
		ch.Access = a
	}
	return newOrganizations(changes)
}

// touchesAccess says whether a change writes anything that access rests on.
func touchesAccess(ch *Change) bool {
	return slices.ContainsFunc(ch.Fields, func(f FieldChange) bool {
		return f.Name == "trust" || f.Name == "managed_policies" || f.Name == "inline_policies" || f.Name == "permissions_boundary"
	})
}

// tokens are the declared environments with what their own tokens carry.
func (c *comparison) tokens() []access.Environment {
	var all []access.Environment
	for _, r := range c.desired.Roles {
		if r.Token.Audience != "" {
			all = append(all, access.Environment{Name: r.Environment, Audience: r.Token.Audience, Subjects: r.Token.Subjects})
		}
	}
	slices.SortFunc(all, func(a, b access.Environment) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// issuerOf is the declared issuer whose provider a role trusts, before or
// after; the first of several, whose other providers count as other principals.
func (f *accessFacts) issuerOf(before, after *trust.Role) access.Issuer {
	for _, r := range []*trust.Role{after, before} {
		if r == nil {
			continue
		}
		for _, url := range f.issuers {
			if r.Trust.Trusts(string(trust.ProviderARN(f.partitions[r.Account], r.Account, url))) {
				return access.Issuer{Host: trust.IssuerHost(url)}
			}
		}
	}
	if len(f.issuers) > 0 {
		return access.Issuer{Host: trust.IssuerHost(f.issuers[0])}
	}
	return access.Issuer{}
}

// newOrganizations are those that had no audience in an account.
func newOrganizations(changes []Change) []NewOrganization {
	var all []NewOrganization
	for _, ch := range changes {
		if ch.Address.Kind != trust.KindProvider || ch.After == nil || ch.Refused != "" {
			continue
		}
		known := map[string]bool{}
		if ch.Before != nil {
			for _, audience := range ch.Before.Provider.ClientIDs {
				known[organization(audience)] = true
			}
		}
		for _, audience := range ch.After.Provider.ClientIDs {
			if org := organization(audience); !known[org] {
				known[org] = true
				all = append(all, NewOrganization{org, ch.Address.Account})
			}
		}
	}
	return all
}

// organization is whose tokens carry an audience.
func organization(audience string) string { return strings.TrimPrefix(audience, "aws:") }

// Example is a subject of the first of some gains: its witness, else what it
// says of the subject.
func Example(gains []access.Gain) string {
	if w := gains[0].Witness; w != nil {
		return w.Sub
	}
	return gains[0].Pattern
}

// Relation is the worst of what a plan does to who may do what: "same" where
// nothing of that changes.
func (p *Plan) Relation() access.Relation {
	all := access.Same
	for _, ch := range slices.Concat(p.Changes, p.Drift) {
		if r := ch.Relation(); r != "" {
			all = access.Worst(all, r)
		}
	}
	return all
}

// Relation is what a change does to who may do what; "" where nothing of that
// changes.
func (c Change) Relation() access.Relation {
	switch opens, closes := len(c.Opens) > 0, len(c.Closes) > 0; {
	case c.Access != nil:
		return c.Access.Headline
	case c.Session != nil:
		return c.Session.Relation
	case opens && closes:
		return access.Both
	case opens:
		return access.Wider
	case closes:
		return access.Narrower
	}
	return ""
}

func roleOf(o *Object) *trust.Role {
	if o == nil {
		return nil
	}
	return o.Role
}

func trustOf(r *trust.Role) policy.Document {
	if r == nil {
		return policy.Document{}
	}
	return r.Trust
}

func roleAccess(r *trust.Role) *access.RoleAccess {
	if r == nil {
		return nil
	}
	a := &access.RoleAccess{Trust: r.Trust, Inline: r.Inline, Boundary: string(r.Boundary)}
	for _, arn := range r.Managed {
		a.Managed = append(a.Managed, string(arn))
	}
	return a
}
