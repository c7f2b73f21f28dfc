package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// compiler turns a module into a Config in two passes. The first gives every
// environment its identity: name, account, role name and path, and the subject
// attributes of its login. The second composes policies, roles and files: only
// there may one environment ask for another's role ARN or subjects, so there
// is no order among environments and no cycle.
type compiler struct {
	*module
	report    *report
	accountOf map[string]*Account // by name
	issuerOf  map[string]*Issuer  // by name
	orgNamed  map[string]*org
	orgList   []*org         // in source order
	all       []*environment // in source order
	declared  map[string]*environment
	providers map[trust.Address]*provider
	policies  map[string]identityPolicy        // inline policies by their text
	lists     map[string][][]subject.Attribute // by organization, once asked for
	// guessing is set where an environment's name or number is not known yet:
	// what is not found may still turn out to be declared.
	guessing bool

	config *Config
}

// identityPolicy is an inline policy, read once however many roles carry it.
type identityPolicy struct {
	document   policy.Document
	size       int
	err        error
	violations []policy.Violation
}

// compile decodes the org, removed and test blocks of a module. Config is nil
// where there are errors.
func compile(m *module) (*Config, hcl.Diagnostics) {
	c := &compiler{
		module:    m,
		report:    newReport(),
		accountOf: map[string]*Account{},
		issuerOf:  map[string]*Issuer{},
		orgNamed:  map[string]*org{},
		declared:  map[string]*environment{},
		providers: map[trust.Address]*provider{},
		policies:  map[string]identityPolicy{},
		config: &Config{
			Settings: m.settings,
			Dir:      m.dir,
			Accounts: slices.Clone(m.accounts),
			Issuers:  m.issuers,
			Resource: map[trust.Address]string{},
			Digest:   m.digest,
		},
	}
	for i := range m.accounts {
		c.accountOf[m.accounts[i].Name] = &m.accounts[i]
	}
	for i := range m.issuers {
		c.issuerOf[m.issuers[i].Name] = &m.issuers[i]
	}
	c.decodeOrgs()
	for _, o := range c.orgList {
		for _, b := range o.blocks {
			c.all = append(c.all, c.instances(o, b)...)
		}
	}
	for _, e := range c.all {
		e.identify()
	}
	c.refuseDuplicates()
	for _, o := range c.orgList {
		o.scope = o.scope.withRoleARNs(c.roleARN)
	}
	for _, e := range c.all {
		e.scope = e.org.scope
		e.build()
	}
	c.buildProviders()
	c.decodeRemoved()
	c.decodeTests()
	diags := c.report.finish()
	if diags.HasErrors() {
		return nil, diags
	}
	c.sort()
	return c.config, diags
}

// sort brings everything into the order in which it is read and written.
func (c *compiler) sort() {
	slices.SortFunc(c.config.Accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	s := &c.config.State
	for _, a := range c.config.Accounts {
		s.Accounts = append(s.Accounts, a.Account)
	}
	slices.SortFunc(s.Providers, func(a, b trust.OIDCProvider) int { return a.Address().Compare(b.Address()) })
	slices.SortFunc(s.Roles, func(a, b trust.Role) int { return a.Address().Compare(b.Address()) })
	slices.SortFunc(s.Files, func(a, b trust.EnvironmentFile) int { return a.Address().Compare(b.Address()) })
	slices.SortFunc(s.Removed, func(a, b trust.Removed) int { return cmp.Compare(a.Environment, b.Environment) })
	slices.SortFunc(c.config.Accepts, func(a, b Accept) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Code, b.Code))
	})
}

// roleARN answers role_arn("acme/payments/prod").
func (c *compiler) roleARN(environment string) (string, error) {
	e := c.declared[environment]
	switch {
	case e != nil && e.account != nil:
		return string(e.roleARN()), nil
	case e != nil || c.guessing:
		return string(trust.RoleARN("aws", placeholderAccount, "/", "unknown")), nil
	case strings.Count(environment, "/") != 2:
		return "", errors.New("write the environment as organization/project/environment")
	}
	hint := "" // in brackets, since HCL ends the sentence
	if guess := didYouMean(environment, c.declaredNames()); guess != "" {
		hint = " (" + strings.TrimSpace(guess) + ")"
	}
	return "", fmt.Errorf("environment %q is not declared%s", environment, hint)
}

func (c *compiler) declaredNames() []string { return slices.Sorted(maps.Keys(c.declared)) }

// placeholderAccount stands for an account whose id is not known yet, so that
// the rest can be checked.
const placeholderAccount trust.AccountID = "000000000000"
