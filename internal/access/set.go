package access

import (
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// Set is the set of requests with a token of one issuer that a policy admits:
// what some Allow statement applies to, and no Deny statement. The zero Set is
// empty. A Set never changes.
type Set struct {
	issuer      Issuer
	opaque      bool
	allow, deny []*formula // one a statement
	scope       *scope     // nil: every string
}

// scope narrows a set to tokens that the issuer signs.
type scope struct {
	org   string // "" for every organization
	forms []subject.Form
}

// Of is the set of a trust policy. An opaque document's set is not known.
func Of(d policy.Document, issuer Issuer) Set {
	named := literals{}
	named.collect(d)
	return of(d, issuer, named)
}

func of(d policy.Document, issuer Issuer, named literals) Set {
	s := Set{issuer: issuer}
	if _, s.opaque = d.Opaque(); s.opaque {
		return s
	}
	c := newCompiler(d, issuer, named)
	for _, statement := range d.Statements {
		f := c.statement(statement)
		switch {
		case f.isNever():
		case statement.Effect == policy.Deny:
			s.deny = append(s.deny, f)
		default:
			s.allow = append(s.allow, f)
		}
	}
	return s
}

// Within is the part of the set that tokens of the issuer can have: their
// subjects follow the grammar, and their audience follows from the subject.
// With an organization it is what that one's tokens can have; subjects of the
// second issuer don't name it. Where the issuer's grammar is not known it is
// the set itself.
func (s Set) Within(org string) Set {
	if forms := s.issuer.forms(); forms != nil {
		s.scope = &scope{org, forms}
	}
	return s
}

// Least is the part of the set that is admitted whatever its unknown
// conditions turn out to be.
func (s Set) Least() Set {
	s.allow, s.deny = replaced(s.allow, false), replaced(s.deny, true)
	return s
}

func replaced(list []*formula, grow bool) []*formula {
	out := make([]*formula, 0, len(list))
	for _, f := range list {
		if f = f.replace(grow); !f.isNever() {
			out = append(out, f)
		}
	}
	return out
}

// Known tells whether the policy could be read.
func (s Set) Known() bool { return !s.opaque }

var unread = Doubt{Why: "the policy is not one that IAM's grammar allows", Decides: "a policy that can be read"}

// Contains decides one request, as policy.Evaluate does but from the set. A
// request of another principal or for another action is not in it, nor is one
// without sub or aud, which STS refuses before it asks the policy.
func (s Set) Contains(r policy.Request) policy.Truth {
	if !s.issuer.names(r.Principal) || !strings.EqualFold(r.Action, Action) {
		return policy.No
	}
	if s.opaque {
		return policy.Unknown
	}
	h := holder{request: r, facts: make(map[string]policy.Fact, len(r.Context)+1)}
	for name, fact := range r.Context {
		h.facts[strings.ToLower(name)] = fact
	}
	h.facts[providerKey] = policy.Is(r.Principal.Value)
	host := strings.ToLower(s.issuer.Host)
	for _, claim := range [...]string{":sub", ":aud"} {
		if f := h.facts[host+claim]; !f.Unknown && (f.Multivalued || len(f.Values) != 1) {
			return policy.No
		}
	}
	return both(h.some(s.allow), opposite(h.some(s.deny)))
}
