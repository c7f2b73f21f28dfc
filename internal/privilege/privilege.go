// Package privilege composes the smallest IAM identity policy that a command
// needs for a configuration.
//
// It knows which action each step of a plan is and which condition keys that
// action has, and follows the configuration alone: it sees no account and
// makes no plan. Whom the policy is given to is no business of its.
package privilege

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// Quota is how many characters IAM takes in a managed policy, white space not
// counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const Quota = 6144

// Options say what a policy is for.
type Options struct {
	Stack      string
	Account    trust.Account
	Desired    trust.State // of all accounts
	Issuers    []string    // URLs of the declared issuers
	MaxDeletes int
	Writes     bool   // to apply; else to plan
	Destroy    bool   // under -destroy
	To         string // of a transfer: the stack that gets what Stack has; else ""
	// Prefixes are beginnings of roles' paths and names, such as /pulumi/ or
	// /esc-acme--. Each stands for all the declared roles that begin so: the
	// policy then allows what it allows for one of them for all, and for every
	// other role of that beginning.
	Prefixes []string
}

// Policy is the identity policy that whoever runs the command needs in an
// account. What two configurations of one meaning say is the same, to the
// byte.
func Policy(o Options) policy.Document {
	f := newFacts(o)
	grants := reads(f)
	switch {
	case o.To != "":
		grants = append(grants, transfers(f)...)
	case o.Writes:
		for _, c := range calls() {
			for _, g := range c.grants(f) {
				g.actions = []string{c.action}
				grants = append(grants, g)
			}
		}
	}
	return document(grants)
}

// Caller is the identity policy of whoever assumes roles to reach accounts, in
// the account that it comes from. Where no role is assumed it has no statement.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html
func Caller(roles []string) policy.Document {
	var resources []string
	for _, role := range roles {
		resources = append(resources, policy.Quote(role))
	}
	return document([]grant{{sid: "AssumeRoles", actions: []string{"sts:AssumeRole"}, resources: sorted(resources)}})
}

// facts are what the policy follows from.
type facts struct {
	Options
	roles     []trust.Role // of the account
	providers []trust.OIDCProvider
}

func newFacts(o Options) *facts {
	f := &facts{Options: o}
	for _, r := range o.Desired.Roles {
		if r.Account == o.Account.ID {
			f.roles = append(f.roles, r)
		}
	}
	for _, p := range o.Desired.Providers {
		if p.Account == o.Account.ID {
			f.providers = append(f.providers, p)
		}
	}
	return f
}

// names are the ARNs of the declared roles that are meant, as a policy's
// Resource, sorted.
func (f *facts) names(meant func(trust.Role) bool) []string {
	var all []string
	for _, r := range f.roles {
		if meant(r) {
			all = append(all, f.role(f.covered(r)))
		}
	}
	return sorted(all)
}

// group are declared roles that have the same values of something.
type group struct{ values, names []string }

// groups are the roles by what they have, sorted by it; those that have
// nothing are in none.
func (f *facts) groups(of func(trust.Role) []string) []group {
	at := map[string]int{}
	var all []group
	for _, r := range f.roles {
		values := of(r)
		if len(values) == 0 {
			continue
		}
		key := strings.Join(values, "\n")
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, group{values: values})
		}
		all[i].names = append(all[i].names, f.role(f.covered(r)))
	}
	for i := range all {
		all[i].names = sorted(all[i].names)
	}
	slices.SortFunc(all, func(a, b group) int { return slices.Compare(a.values, b.values) })
	return all
}

// covered is a role's path and name, or the prefix that stands for it.
func (f *facts) covered(r trust.Role) string {
	for _, prefix := range sorted(f.Prefixes) {
		if Covers(prefix, r) {
			return policy.Quote(prefix) + "*"
		}
	}
	return policy.Quote(r.Path + r.Name)
}

// Covers reports whether a prefix stands for a role.
func Covers(prefix string, r trust.Role) bool { return strings.HasPrefix(r.Path+r.Name, prefix) }

func (f *facts) role(pathAndName string) string {
	return string(trust.RoleARN(f.Account.Partition, f.Account.ID, pathAndName, ""))
}

// everyRole are all roles of the account: a policy cannot name those that are
// declared no longer, and knows them by their mark alone.
func (f *facts) everyRole() []string { return []string{f.role("/*")} }

func (f *facts) everyProvider() []string {
	return []string{string(trust.ProviderARN(f.Account.Partition, f.Account.ID, "*"))}
}

// issuers are the providers of the declared issuers, whether or not the
// account has a role for one.
func (f *facts) issuers() []string {
	var all []string
	for _, url := range f.Issuers {
		all = append(all, f.provider(url))
	}
	return sorted(all)
}

// declared are the providers that the configuration needs in the account.
func (f *facts) declared(meant func(trust.OIDCProvider) bool) []string {
	var all []string
	for _, p := range f.providers {
		if meant(p) {
			all = append(all, f.provider(p.URL))
		}
	}
	return sorted(all)
}

func (f *facts) provider(url string) string {
	return policy.Quote(string(trust.ProviderARN(f.Account.Partition, f.Account.ID, url)))
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
