package lint

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// view is a role as one issuer's tokens see it.
type view struct {
	l        *linter
	role     *trust.Role
	issuer   Issuer
	host     string // what the issuer's condition keys begin with
	provider trust.ARN
	env      subject.Environment // what the role serves, if known
	known    bool
	orgs     []string // whose tokens the role is for
	grants   []grant  // what the policy allows to the issuer's tokens
	budget   *pattern.Budget
}

// grant is an Allow statement for the issuer's tokens.
type grant struct {
	index int
	policy.Statement
}

// roleBudget is what all questions about one role may take: a fraction of a
// second. One that was made to take long leaves enough for the others.
const roleBudget = wholeBudget / 10

// look is a role's views: one for each issuer that it trusts. A declared role
// that trusts none is looked at by the first issuer: that is its mistake.
func (l *linter) look(role *trust.Role) []*view {
	var views []*view
	for _, issuer := range l.in.Issuers {
		v := &view{l: l, role: role, issuer: issuer, host: trust.IssuerHost(issuer.URL), provider: l.provider(role.Account, issuer.URL)}
		if v.names(role.Trust) {
			views = append(views, v)
		}
	}
	if len(views) == 0 && !l.live && environmentOf(role) != "" && len(l.in.Issuers) > 0 {
		issuer := l.in.Issuers[0]
		views = append(views, &view{l: l, role: role, issuer: issuer, host: trust.IssuerHost(issuer.URL), provider: l.provider(role.Account, issuer.URL)})
	}
	for _, v := range views {
		v.budget = l.budget.Part(roleBudget)
		if env, err := subject.ParseEnvironment(environmentOf(role)); err == nil {
			v.env, v.known = env, true
		}
		for i, s := range role.Trust.Statements {
			if s.Effect == policy.Allow && v.speaks(s) {
				v.grants = append(v.grants, grant{i, s})
			}
		}
		v.orgs = v.ownOrgs()
	}
	return views
}

// names tells whether a policy speaks of a provider for the issuer, be it that
// of another account. Of a text that can't be read the ARN's end decides.
func (v *view) names(d policy.Document) bool {
	end := ":oidc-provider/" + v.host
	if text, opaque := d.Opaque(); opaque {
		return strings.Contains(text, end+`"`) || strings.Contains(text, end+"\\")
	}
	return slices.ContainsFunc(d.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && slices.ContainsFunc(s.Principals, func(p policy.Principal) bool {
			return p.Type == "Federated" && strings.HasSuffix(p.Value, end)
		})
	})
}

// speaks tells whether a statement, its conditions aside, is about the
// issuer's tokens.
func (v *view) speaks(s policy.Statement) bool {
	s.Effect, s.Conditions, s.Resources, s.NotResources = policy.Allow, nil, nil, nil
	return v.ask(policy.Document{Version: policy.Version2012, Statements: []policy.Statement{s}}, nil).Allowed
}

// environmentOf is the environment that a role serves: as declared, or as the
// tag of a role that carries its own mark says.
func environmentOf(r *trust.Role) string {
	if r.Environment != "" {
		return r.Environment
	}
	if stack := r.Stack(); stack != "" && r.MarkedBy(stack) {
		return r.Tags[trust.TagEnvironment]
	}
	return ""
}

func (v *view) environmentName() string { return environmentOf(v.role) }

// ownOrgs are the organizations whose tokens the role is meant for.
func (v *view) ownOrgs() []string {
	if v.known && (len(v.l.in.Orgs) == 0 || slices.Contains(v.l.in.Orgs, v.env.Org)) {
		return []string{v.env.Org}
	}
	if len(v.l.in.Orgs) > 0 { // a tag can say anything
		return unique(v.l.in.Orgs)
	}
	var orgs []string
	for _, g := range v.grants {
		for _, value := range v.values(g.Statement, "aud") {
			if !v.wild(value) {
				orgs = append(orgs, orgOf(value.text))
			}
		}
	}
	if orgs == nil {
		for _, g := range v.grants {
			for _, value := range v.values(g.Statement, "sub") {
				if _, org, ok := subject.Classify(value.text); ok {
					orgs = append(orgs, org)
				}
			}
		}
	}
	return unique(orgs)
}

// family of names that a claim's condition key has.
func (v *view) key(claim string) string { return v.host + ":" + claim }

func (v *view) isKey(key, claim string) bool { return strings.EqualFold(key, v.key(claim)) }

// on are a statement's conditions on a claim.
func (v *view) on(s policy.Statement, claim string) []policy.Condition {
	var out []policy.Condition
	for _, c := range s.Conditions {
		if v.isKey(c.Key, claim) {
			out = append(out, c)
		}
	}
	return out
}

// tested is one value of a condition.
type tested struct {
	text     string
	operator string
}

// values are those that a statement's positive conditions on a claim name.
func (v *view) values(s policy.Statement, claim string) []tested {
	var out []tested
	for _, c := range v.on(s, claim) {
		if strings.Contains(c.Operator, "Not") || c.Operator == "Null" {
			continue
		}
		for _, text := range c.Values {
			out = append(out, tested{text, c.Operator})
		}
	}
	return out
}

// wild tells whether IAM reads wildcards in a value.
func (v *view) wild(t tested) bool {
	return likes(t.operator) && v.hasWildcard(t.text)
}

// likes tells whether an operator reads * and ? as wildcards.
func likes(operator string) bool { return strings.Contains(operator, "Like") }

// hasWildcard tells whether a value holds a * or ? that is no escape.
func (v *view) hasWildcard(text string) bool {
	if !strings.ContainsAny(text, "*?") {
		return false
	}
	pieces, ok := v.role.Trust.Pieces(text)
	return ok && slices.ContainsFunc(pieces, func(p policy.Piece) bool { return strings.ContainsAny(p.Raw, "*?") })
}

// fill is a string that a pattern matches: each * replaced by run and each ?
// by x. ok is false for a value whose meaning a request decides.
func (v *view) fill(t tested, run string) (string, bool) {
	pieces, ok := v.role.Trust.Pieces(t.text)
	if !ok {
		return "", false
	}
	var out strings.Builder
	for _, p := range pieces {
		if p.Variable != "" {
			return "", false
		}
		raw := p.Raw
		if likes(t.operator) {
			raw = strings.NewReplacer("*", run, "?", "x").Replace(raw)
		}
		out.WriteString(raw + p.Exact)
	}
	return out.String(), true
}

// ask puts a request with one of the issuer's tokens to a policy.
func (v *view) ask(d policy.Document, keys policy.Context) policy.Decision {
	return policy.Evaluate(d, v.request(keys))
}

func (v *view) request(keys policy.Context) policy.Request {
	return policy.Request{Principal: policy.Principal{Type: "Federated", Value: string(v.provider)}, Action: access.Action, Context: keys}
}

// holds tells whether conditions hold for a request.
func (v *view) holds(conditions []policy.Condition, keys policy.Context) bool {
	return v.ask(policy.Document{Version: v.role.Trust.Version, Statements: []policy.Statement{{
		Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: string(v.provider)}},
		Actions: []string{access.Action}, Conditions: conditions,
	}}}, keys).Allowed
}

// at is where the first of some values stands in the configuration, or the
// attribute that they come from.
func (v *view) at(values []tested, otherwise string) trust.Pos {
	for _, t := range values {
		if pos, ok := v.role.Source["sub:"+t.text]; ok {
			return pos
		}
	}
	return v.role.Source[otherwise]
}
