package plan

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/trust"
)

// wideningPlan is a plan by which a role admits another environment and an
// organization comes to the account, with what it was made of.
func wideningPlan() (p *Plan, desired, current trust.State, o Options) {
	was, will := role(one, "payments/prod"), role(one, "payments/prod")
	will.Trust, will.Description = admits(one, "aws:acme", will.Trust.Statements[0].Conditions[1].Values[0], "evil"), "new"
	other := role(one, "web/prod")
	desired = trust.State{Accounts: accounts(one), Roles: []trust.Role{will, other}, Providers: []trust.OIDCProvider{provider(one, "aws:acme", "aws:evil")}}
	current = trust.State{Accounts: accounts(one), Roles: []trust.Role{live(was), live(other)}, Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}
	o = options()
	return Compute(desired, current, o), desired, current, o
}

func TestAPlanThatHidesWhoGainsIsRefused(t *testing.T) {
	for name, lie := range map[string]func(p *Plan){
		"of a change":                func(p *Plan) { p.Changes[1].Access = nil },
		"of a new organization":      func(p *Plan) { p.NewOrganizations = nil },
		"while it looks half-way":    func(p *Plan) { p.Changes[1].Access, p.Changes[1].Before.Role.Description = nil, "x" },
		"while something looks done": func(p *Plan) { p.Changes[1].Access, p.Changes[2].Action = nil, Update },
	} {
		t.Run(name, func(t *testing.T) {
			p, desired, current, o := wideningPlan()
			if _, err := p.Remaining(Compute(desired, current, o), current); err != nil {
				t.Fatalf("the true plan is refused: %v", err)
			}
			lie(p)
			var stale *StaleError
			if _, err := p.Remaining(Compute(desired, current, o), current); !errors.As(err, &stale) {
				t.Errorf("the plan is taken: %v", err)
			}
		})
	}
}

func TestOnlyTheVeryTokensOfAnEnvironmentGoByItsName(t *testing.T) {
	const own, deploy = "pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:prod", "pulumi:deploy:org:acme:project:web:stack:prod:operation:update:scope:write"
	r := role(one, "default/prod")
	r.Trust = admits(one, "acme", own, deploy)
	r.Token = trust.Token{Audience: "acme", Subjects: []string{own}}
	p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{r}}, trust.State{Accounts: accounts(one)}, options())
	a := p.Changes[0].Access
	if diff := cmp.Diff([]string{"acme/default/prod"}, a.Environments.Gained); diff != "" {
		t.Errorf("environments (-want +got):\n%s", diff)
	}
	if len(a.Gained) != 1 || a.Gained[0].Pattern != deploy {
		t.Errorf("besides them gain %+v", a.Gained)
	}
}

func TestAProviderThatOpensRolesOfOthersIsWider(t *testing.T) {
	stranger := live(role(one, "x/y"))
	stranger.Name, stranger.Tags, stranger.Trust = "someone-elses-admin", nil, admits(one, "acme", "pulumi:deploy:org:acme:*")
	ours := live(role(one, "payments/prod"))
	for name, tt := range map[string]struct {
		live []trust.OIDCProvider
		want []string
	}{
		"an audience comes": {[]trust.OIDCProvider{provider(one, "aws:acme")}, []string{"someone-elses-admin"}},
		"it comes again":    {nil, []string{"esc-acme--payments--prod", "someone-elses-admin"}},
		"it is as it was":   {[]trust.OIDCProvider{provider(one, "acme", "aws:acme")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := Compute(
				trust.State{Accounts: accounts(one), Roles: []trust.Role{role(one, "payments/prod")}, Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")}},
				trust.State{Accounts: accounts(one), Roles: []trust.Role{ours, stranger}, Providers: tt.live}, options())
			if diff := cmp.Diff(tt.want, p.Changes[0].Opens); diff != "" {
				t.Errorf("opens (-want +got):\n%s", diff)
			}
			if stops := len(p.Fails(GateWider)) > 0; stops != (tt.want != nil) {
				t.Errorf("the gate stops: %v", stops)
			}
		})
	}
}

// Nothing changed hands by the role's own change, or less did: that the audience
// comes with it opens the role all the same.
func TestAProviderThatComesWithAChangeOfItsRoleOpensIt(t *testing.T) {
	const deploy = "pulumi:deploy:org:acme:project:web:stack:prod:operation:update:scope:write"
	declared := role(one, "payments/prod")
	declared.Trust = admits(one, "acme", deploy)
	alike := declared
	alike.Description = "old"
	wide := declared
	wide.Trust = admits(one, "acme", deploy, "pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write")
	stranger := wide
	adopting := declared
	adopting.Trust, adopting.Lifecycle.Adopt = stranger.Trust, true
	renamed := wide
	renamed.Name = "esc-acme--former"
	renamed.Tags = maps.Clone(wide.Tags)
	renamed.Tags[trust.TagRole] = renamed.Name
	narrow := declared
	narrow.Trust = admits(one, "aws:acme", "payments")
	for name, tt := range map[string]struct {
		declared, live trust.Role
		adopted        bool
		want           []string
	}{
		"the role stays":              {declared: declared, live: declared, want: []string{declared.Name}},
		"its description changes":     {declared: declared, live: alike, want: []string{declared.Name}},
		"it becomes narrower":         {declared: declared, live: wide, want: []string{declared.Name}},
		"it is taken over":            {declared: adopting, live: stranger, adopted: true, want: []string{declared.Name}},
		"it gets another name":        {declared: declared, live: renamed, want: []string{declared.Name}},
		"it did not use the audience": {declared: declared, live: narrow},
		"it uses it no more":          {declared: narrow, live: wide},
	} {
		t.Run(name, func(t *testing.T) {
			was := live(tt.live)
			if tt.adopted {
				was.Tags = nil
			}
			p := Compute(
				trust.State{Accounts: accounts(one), Roles: []trust.Role{tt.declared}, Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")}},
				trust.State{Accounts: accounts(one), Roles: []trust.Role{was}, Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}, options())
			if diff := cmp.Diff(tt.want, p.at(provider(one).Address()).Opens); diff != "" {
				t.Errorf("opens (-want +got):\n%s", diff)
			}
			if tt.want != nil && (len(p.Fails(GateWider)) == 0 || p.Relation() == access.Narrower || p.Relation() == access.Same) {
				t.Errorf("the plan is %s, and the gate stops for %v", p.Relation(), p.Fails(GateWider))
			}
		})
	}
}

func TestAnAudienceThatWentKeepsTokensOutOfARole(t *testing.T) {
	ours := live(role(one, "payments/prod"))
	before := trust.State{Accounts: accounts(one), Roles: []trust.Role{ours}, Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")}}
	desired := trust.State{Accounts: accounts(one), Roles: []trust.Role{role(one, "payments/prod")}}
	for name, providers := range map[string][]trust.OIDCProvider{"the audience": {provider(one, "acme")}, "the provider": nil} {
		after := before
		after.Providers = providers
		p := Drift(desired, before, after, options())
		if diff := cmp.Diff([]string{ours.Name}, p.Drift[0].Closes); diff != "" || p.Relation() != access.Narrower {
			t.Errorf("%s is gone: %s, it closes (-want +got):\n%s", name, p.Relation(), diff)
		}
		back := Drift(desired, after, before, options())
		if diff := cmp.Diff([]string{ours.Name}, back.Drift[0].Opens); diff != "" || back.Relation() != access.Wider {
			t.Errorf("%s is back: %s, it opens (-want +got):\n%s", name, back.Relation(), diff)
		}
	}
}

func TestManagedPoliciesThatDenyGoLastAndComeFirst(t *testing.T) {
	const deny, admin, read = "arn:aws:iam::aws:policy/AWSDenyAll", "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"
	steps := func(before, after []trust.ARN) []string {
		was, will := role(one, "a/b"), role(one, "a/b")
		was.Managed, will.Managed = before, after
		reduce, rest := updateRole(&was, &will, false)
		return calls(slices.Concat(reduce, rest))
	}
	if diff := cmp.Diff([]string{"DetachRolePolicy " + admin, "AttachRolePolicy " + read, "DetachRolePolicy " + deny}, steps([]trust.ARN{deny, admin}, []trust.ARN{read})); diff != "" {
		t.Errorf("going (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"AttachRolePolicy " + deny, "DetachRolePolicy " + read, "AttachRolePolicy " + admin}, steps([]trust.ARN{read}, []trust.ARN{deny, admin})); diff != "" {
		t.Errorf("coming (-want +got):\n%s", diff)
	}
}

func TestNothingComesBeforeATrustThatNarrows(t *testing.T) {
	was, will := role(one, "a/b"), role(one, "a/b")
	was.Trust, will.Trust = admits(one, "aws:acme", "a", "b"), admits(one, "aws:acme", "a")
	was.Managed, will.Boundary = []trust.ARN{"arn:aws:iam::aws:policy/One"}, "arn:aws:iam::111111111111:policy/missing"
	reduce, _ := updateRole(&was, &will, false)
	if got := calls(reduce)[0]; got != "UpdateAssumeRolePolicy" {
		t.Errorf("the first call is %s", got)
	}
}
