// Package lint finds what is wrong, or open wider than it looks, in trust
// policies: of a configuration, of a saved plan, or of roles in accounts. Each
// finding has a stable code with a page in docs/findings, a place, a proof and
// a remedy.
//
// What a policy admits is decided by package access, exactly or not at all;
// that a proof is one is said by policy.Evaluate, independently of it. Lint
// reads nothing, changes nothing and prints nothing but its own Report; it
// knows neither HCL nor YAML nor AWS.
package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// Input is what is looked at. Only State and Issuers are always needed.
type Input struct {
	Stack    string
	State    trust.State
	Resource map[trust.Address]string // names for people of what is declared
	Issuers  []Issuer
	Accepts  []Accept
	// Orgs are the organizations that the user knows as his own. A live role
	// that trusts another is found; without any, a role's own are those that
	// its audiences name.
	Orgs []string
	// Current is what is there now, beside a declared State: roles and
	// providers. Without it no rule compares the two.
	Current *trust.State
	// Files are those in the ESC folder now. A plan made in this run has its own.
	Files []trust.EnvironmentFile
}

// Issuer is a declared issuer.
type Issuer struct{ Name, URL string }

// Accept says that findings of a code are meant in an environment.
type Accept struct {
	Code        string
	Environment string // org/project/environment
	Reason      string
	Pos         trust.Pos
}

// Config looks at a declared state, compiled from a configuration.
func Config(in Input) []Finding {
	l := newLinter(in)
	l.roles()
	l.accounts()
	l.files()
	if in.Current != nil {
		l.marks(*in.Current)
	}
	return l.finish(true)
}

// Live looks at a state that was read from accounts: at every role that trusts
// one of the issuers, whoever made it.
func Live(in Input) []Finding {
	in.Current = nil
	l := newLinter(in)
	l.live = true
	l.roles()
	l.accounts()
	l.marks(in.State)
	return l.finish(false)
}

// Plan looks at what a plan leaves to the stack, and compares it with what there
// was: not at roles that it forgets, and under -destroy, where all are to go, at
// none. State and Current of the input are the plan's own. A plan knows no
// places in a configuration: those come from the State of the input, if it has
// one.
func Plan(p *plan.Plan, in Input) []Finding {
	after, before := trust.State{Accounts: p.Accounts}, trust.State{Accounts: p.Accounts}
	resource, leaving := map[trust.Address]string{}, map[trust.Address]bool{}
	maps.Copy(resource, in.Resource)
	for _, ch := range p.Changes {
		resource[ch.Address] = ch.Resource
		leaving[ch.Address] = p.Mode == plan.ModeDestroy || ch.Action == plan.Forget ||
			ch.Address.Kind == trust.KindFile && ch.Action == plan.Delete && ch.Push == "" // its login stays
		stays := ch.After
		if ch.Refused != "" {
			stays = ch.Before
		}
		add(&after, stays)
		add(&before, ch.Before)
	}
	locate(&after, in.State)
	in.Stack, in.State, in.Current, in.Resource = p.Stack, after, &before, resource
	if in.Files == nil {
		in.Files = before.Files
	}
	l := newLinter(in)
	l.partial, l.leaving = p.Partial, leaving
	l.roles()
	l.accounts()
	if p.Mode == plan.ModeApply { // else that they go is what was asked for
		l.files()
	}
	l.marks(before)
	return l.finish(!p.Partial && p.Mode == plan.ModeApply)
}

// locate gives what is left the places of its declaration.
func locate(left *trust.State, declared trust.State) {
	roles := map[trust.Address]map[string]trust.Pos{}
	for _, r := range declared.Roles {
		roles[r.Address()] = r.Source
	}
	for i := range left.Roles {
		left.Roles[i].Source = roles[left.Roles[i].Address()]
	}
	files := map[string]map[string]trust.Pos{}
	for _, f := range declared.Files {
		files[f.Environment] = f.Source
	}
	for i := range left.Files {
		left.Files[i].Source = files[left.Files[i].Environment]
	}
}

func add(s *trust.State, o *plan.Object) {
	switch {
	case o == nil:
	case o.Provider != nil:
		s.Providers = append(s.Providers, *o.Provider)
	case o.Role != nil:
		s.Roles = append(s.Roles, *o.Role)
	case o.File != nil:
		s.Files = append(s.Files, *o.File)
	}
}

// linter is a look in the making.
type linter struct {
	in        Input
	live      bool                   // the state is what is there, not what is declared
	partial   bool                   // objects are missing from the state on purpose
	leaving   map[trust.Address]bool // roles and files that are there and no matter of the stack's any more
	thorough  bool                   // no shortcut is taken: for tests
	providers map[trust.Address]*trust.OIDCProvider
	partition map[trust.AccountID]string
	declared  map[string]*trust.EnvironmentFile // by environment
	there     map[trust.Address]*trust.Role     // current roles
	budget    *pattern.Budget
	views     []*view
	findings  []Finding
	open      map[opened]bool // rules that were not decided
}

// opened is a rule that was not decided for an environment.
type opened struct{ code, environment string }

// wholeBudget is what all questions of one look may take together: some
// seconds at the very most. After it only short searches are made, and what
// they don't settle is reported as undecided.
const wholeBudget = 50_000_000

func newLinter(in Input) *linter {
	l := &linter{
		in: in, open: map[opened]bool{},
		providers: map[trust.Address]*trust.OIDCProvider{},
		partition: map[trust.AccountID]string{},
		declared:  map[string]*trust.EnvironmentFile{},
		there:     map[trust.Address]*trust.Role{},
		budget:    pattern.NewBudget(wholeBudget),
	}
	for i := range in.State.Files {
		l.declared[in.State.Files[i].Environment] = &in.State.Files[i]
	}
	if in.Current != nil {
		for i := range in.Current.Roles {
			l.there[in.Current.Roles[i].Address()] = &in.Current.Roles[i]
		}
	}
	for i := range in.State.Providers {
		p := &in.State.Providers[i]
		l.providers[p.Address()] = p
	}
	for _, a := range in.State.Accounts {
		l.partition[a.ID] = a.Partition
	}
	return l
}

// roles puts every role that trusts a declared issuer through the rules.
func (l *linter) roles() {
	var roles []*trust.Role
	for i := range l.in.State.Roles {
		if r := &l.in.State.Roles[i]; !l.leaving[r.Address()] {
			roles = append(roles, r)
		}
	}
	slices.SortStableFunc(roles, func(a, b *trust.Role) int { return a.Address().Compare(b.Address()) })
	for _, role := range roles {
		views := l.look(role)
		for _, v := range views {
			v.who()
			v.works()
			v.hygiene()
		}
		if len(views) > 0 {
			views[0].once()
		}
		l.views = append(l.views, views...)
	}
	l.overlaps()
}

// once are the rules that look at a role whatever issuer is asked about.
func (v *view) once() {
	v.principals()
	v.refusals()
	v.legacy()
	v.permissions()
}

// report adds a finding about a role. Summary, severity and place are filled
// in where they are not given.
func (v *view) report(f Finding) {
	f.Address, f.Environment = v.role.Address(), v.environmentName()
	f.strange = v.l.live && !v.role.MarkedBy(v.l.in.Stack)
	f.Resource, f.ARN = v.l.in.Resource[f.Address], v.role.ARN
	if f.Pos == (trust.Pos{}) {
		f.Pos = v.role.Source[""]
	}
	v.l.report(f)
}

func (l *linter) report(f Finding) {
	rule, ok := ruleOf(f.Code)
	if !ok {
		panic("lint: no rule " + f.Code)
	}
	f.Summary = rule.Summary
	if f.Severity == "" {
		f.Severity = rule.Severity
	}
	l.findings = append(l.findings, f)
}

// finish applies the accept blocks; unused says whether those that match
// nothing are found.
func (l *linter) finish(unused bool) []Finding {
	l.accept(unused)
	return sorted(l.findings)
}

// provider is the ARN that an account's provider for an issuer has.
func (l *linter) provider(account trust.AccountID, url string) trust.ARN {
	if p := l.providers[trust.ProviderAddress(account, url)]; p != nil && p.ARN != "" {
		return p.ARN
	}
	partition := l.partition[account]
	if partition == "" {
		partition = "aws"
	}
	return trust.ProviderARN(partition, account, url)
}

// sortedKeys are a map's keys, in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// unique is a list sorted, each once.
func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// orgOf is the organization that an audience names: aws:ORG, or ORG.
func orgOf(audience string) string { return strings.TrimPrefix(audience, "aws:") }
