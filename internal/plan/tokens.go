package plan

import (
	"slices"
	"sort"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
)

// tokenIndex finds the declared environments whose tokens a trust policy could
// admit, so that a plan does not hold every role against every environment.
type tokenIndex struct {
	environments []access.Environment
	literal      []subjectOf // sorted by subject
	open         []int       // environments with a pattern among their subjects: always near
	left         int         // pairs that may still be looked at
}

type subjectOf struct {
	subject     string
	environment int
}

// maxPairs bounds the pairs of a role and an environment that a plan looks at.
const maxPairs = 1_000_000

func newTokenIndex(environments []access.Environment) *tokenIndex {
	x := &tokenIndex{environments: environments, left: maxPairs}
	for i, e := range environments {
		if slices.ContainsFunc(e.Subjects, func(s string) bool { return start(s) != s }) {
			x.open = append(x.open, i)
			continue
		}
		for _, s := range e.Subjects {
			x.literal = append(x.literal, subjectOf{s, i})
		}
	}
	slices.SortFunc(x.literal, func(a, b subjectOf) int { return strings.Compare(a.subject, b.subject) })
	return x
}

// spend takes pairs from what a plan may look at.
func (x *tokenIndex) spend(pairs int) bool {
	x.left -= pairs
	return x.left >= 0
}

// near are the environments that any of the policies could admit, in their
// order; some that none does may be among them.
func (x *tokenIndex) near(host string, documents ...policy.Document) []access.Environment {
	found := map[int]bool{}
	for _, i := range x.open {
		found[i] = true
	}
	for _, d := range documents {
		if _, opaque := d.Opaque(); opaque {
			return x.environments
		}
		for _, s := range d.Statements {
			if s.Effect == policy.Deny || !concerns(s, host) {
				continue // it lets no token in
			}
			for _, prefix := range subjectStarts(s, host+":sub") {
				if prefix == "" {
					return x.environments
				}
				at := sort.Search(len(x.literal), func(i int) bool { return x.literal[i].subject >= prefix })
				for ; at < len(x.literal) && strings.HasPrefix(x.literal[at].subject, prefix); at++ {
					found[x.literal[at].environment] = true
				}
			}
		}
	}
	near := make([]access.Environment, 0, len(found))
	for _, i := range sortedKeys(found) {
		near = append(near, x.environments[i])
	}
	return near
}

// concerns says whether a statement may be for an issuer's provider.
func concerns(s policy.Statement, host string) bool {
	return s.Principals == nil || slices.ContainsFunc(s.Principals, func(p policy.Principal) bool {
		return p.Type == "Federated" && strings.HasSuffix(p.Value, ":oidc-provider/"+host)
	})
}

// others are the gains that are not just a token of a named environment.
func (x *tokenIndex) others(gains []access.Gain, named []string) []access.Gain {
	return slices.DeleteFunc(slices.Clone(gains), func(g access.Gain) bool {
		if g.Any || len(g.And)+len(g.Except)+len(g.If) > 0 {
			return false
		}
		return slices.ContainsFunc(named, func(name string) bool {
			i, found := slices.BinarySearchFunc(x.environments, name, func(e access.Environment, name string) int { return strings.Compare(e.Name, name) })
			return found && x.environments[i].Audience == g.Audience && start(g.Pattern) == g.Pattern && slices.Contains(x.environments[i].Subjects, g.Pattern)
		})
	})
}

// subjectStarts are texts with one of which every subject begins that a
// statement speaks of; "" stands for any.
func subjectStarts(s policy.Statement, key string) []string {
	for _, c := range s.Conditions {
		if !strings.EqualFold(c.Key, key) || c.Operator != "StringEquals" && c.Operator != "StringLike" || len(c.Values) == 0 {
			continue
		}
		starts := make([]string, len(c.Values))
		for i, v := range c.Values {
			starts[i] = start(v)
		}
		return starts
	}
	return []string{""}
}

// start is a value up to its first wildcard, escape or variable.
func start(value string) string {
	if i := strings.IndexAny(value, "*?$"); i >= 0 {
		return value[:i]
	}
	return value
}
