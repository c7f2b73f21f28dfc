package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
)

// aws is a statement for a principal of AWS.
func awsAllows(principal, condition string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"` + condition + `}`
}

// TestEveryPartOfARoleIsCompared changes one part of a role at a time.
func TestEveryPartOfARoleIsCompared(t *testing.T) {
	ours := env(`"` + of + `a/b"`)
	const account, admin = "arn:aws:iam::444455556666:root", "arn:aws:iam::aws:policy/AdministratorAccess"
	trust := func(statements ...string) *access.RoleAccess {
		return &access.RoleAccess{Trust: parse(t, append([]string{ours}, statements...)...)}
	}
	inline := func(statement string) map[string]policy.Document {
		return map[string]policy.Document{"p": parse(t, statement)}
	}
	const reads, writes, forbids = `{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`
	for _, test := range []struct {
		name          string
		before, after *access.RoleAccess
		want          [3]access.Relation // tokens, principals, permissions
		principals    []access.PrincipalChange
	}{
		{"nothing", trust(), trust(), [3]access.Relation{access.Same, access.Same, access.Same}, nil},
		{"everybody at AWS comes in", trust(), trust(awsAllows("*", "")), [3]access.Relation{access.Same, access.Wider, access.Same},
			[]access.PrincipalChange{{Principal: `AWS: "*"`, Relation: access.Wider, New: true}}},
		{"everybody at AWS goes", trust(awsAllows("*", "")), trust(), [3]access.Relation{access.Same, access.Narrower, access.Same},
			[]access.PrincipalChange{{Principal: `AWS: "*"`, Relation: access.Narrower, Gone: true}}},
		{"one account for another", trust(awsAllows(account, "")), trust(awsAllows("777788889999", "")), [3]access.Relation{access.Same, access.Both, access.Same},
			[]access.PrincipalChange{{Principal: "AWS: 444455556666", Relation: access.Narrower, Gone: true}, {Principal: "AWS: 777788889999", Relation: access.Wider, New: true}}},
		{"an account in other words", trust(awsAllows(account, "")), trust(awsAllows("444455556666", "")), [3]access.Relation{access.Same, access.Same, access.Same}, nil},
		{"a condition of another principal, whatever it says", trust(awsAllows(account, `,"Condition":{"StringEquals":{"sts:ExternalId":"a"}}`)),
			trust(awsAllows(account, `,"Condition":{"StringEquals":{"sts:ExternalId":"b"}}`)), [3]access.Relation{access.Same, access.Wider, access.Same},
			[]access.PrincipalChange{{Principal: "AWS: 444455556666", Relation: access.Wider}}},
		{"a Deny for everybody goes", trust(awsAllows(account, ""), `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), trust(awsAllows(account, "")),
			[3]access.Relation{access.Same, access.Wider, access.Same}, []access.PrincipalChange{{Principal: `AWS: "*"`, Relation: access.Wider}}},
		{"a service beside the issuer in one statement", trust(), &access.RoleAccess{Trust: parse(t, `{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`, ours)},
			[3]access.Relation{access.Same, access.Wider, access.Same}, []access.PrincipalChange{{Principal: "Service: ec2.amazonaws.com", Relation: access.Wider, New: true}}},
		{"an administrator", trust(), &access.RoleAccess{Trust: trust().Trust, Managed: []string{admin}}, [3]access.Relation{access.Same, access.Same, access.Wider}, nil},
		{"no administrator any more", &access.RoleAccess{Trust: trust().Trust, Managed: []string{admin}}, trust(), [3]access.Relation{access.Same, access.Same, access.Narrower}, nil},
		{"no prohibition any more", &access.RoleAccess{Trust: trust().Trust, Managed: []string{"arn:aws:iam::aws:policy/AWSDenyAll"}}, trust(), [3]access.Relation{access.Same, access.Same, access.Wider}, nil},
		{"a boundary that goes", &access.RoleAccess{Trust: trust().Trust, Boundary: admin}, trust(), [3]access.Relation{access.Same, access.Same, access.Wider}, nil},
		{"a boundary that comes", trust(), &access.RoleAccess{Trust: trust().Trust, Boundary: admin}, [3]access.Relation{access.Same, access.Same, access.Narrower}, nil},
		{"another boundary", &access.RoleAccess{Trust: trust().Trust, Boundary: admin}, &access.RoleAccess{Trust: trust().Trust, Boundary: admin + "2"}, [3]access.Relation{access.Same, access.Same, access.Wider}, nil},
		{"an inline policy that narrows", &access.RoleAccess{Trust: trust().Trust, Inline: inline(writes)}, &access.RoleAccess{Trust: trust().Trust, Inline: inline(reads)}, [3]access.Relation{access.Same, access.Same, access.Narrower}, nil},
		{"an inline policy that widens", &access.RoleAccess{Trust: trust().Trust, Inline: inline(reads)}, &access.RoleAccess{Trust: trust().Trust, Inline: inline(writes)}, [3]access.Relation{access.Same, access.Same, access.Wider}, nil},
		{"an inline policy that forbids goes", &access.RoleAccess{Trust: trust().Trust, Inline: inline(forbids)}, trust(), [3]access.Relation{access.Same, access.Same, access.Wider}, nil},
		{"a new role", nil, &access.RoleAccess{Trust: trust().Trust, Managed: []string{admin}}, [3]access.Relation{access.Wider, access.Same, access.Wider}, nil},
		{"a role that goes", trust(awsAllows("*", "")), nil, [3]access.Relation{access.Narrower, access.Narrower, access.Same},
			[]access.PrincipalChange{{Principal: `AWS: "*"`, Relation: access.Narrower, Gone: true}}},
		{"a policy that can't be read", trust(), &access.RoleAccess{Trust: policy.ParseLive("{")}, [3]access.Relation{access.Unknown, access.Unknown, access.Same}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := access.Role(test.before, test.after, access.Options{Issuer: pulumi})
			if got := [3]access.Relation{c.Tokens.Relation, c.Principals.Relation, c.Permissions.Relation}; got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			if diff := cmp.Diff(test.principals, c.Principals.Changes); diff != "" {
				t.Error(diff)
			}
			if want := access.Worst(test.want[:]...); c.Headline != want {
				t.Errorf("the headline is %s, want %s", c.Headline, want)
			}
		})
	}
}

func TestDeclaredEnvironmentsGainAndLoseByName(t *testing.T) {
	environments := []access.Environment{
		{Name: "acme/payments/prod", Audience: "aws:acme", Subjects: []string{of + "payments/prod"}},
		{Name: "acme/payments/staging", Audience: "aws:acme", Subjects: []string{of + "payments/staging"}},
		{Name: "acme/default/dev", Audience: "acme", Subjects: []string{of + "dev"}},
		{Name: "acme/web/prod", Audience: "aws:acme", Subjects: []string{"pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:web/prod:pulumi.user.login:*"}},
	}
	before := parse(t, env(`["`+of+`payments/prod","pulumi:environments:pulumi.organization.login:acme:*"]`))
	after := parse(t, env(`["`+of+`payments/*","`+of+`dev"]`))
	o := access.Options{Issuer: pulumi}
	named := access.Compare(before, after, o).Named(before, after, environments, o)
	if diff := cmp.Diff(access.EnvironmentDelta{Gained: []string{"acme/payments/staging"}, Lost: []string{"acme/web/prod"}}, named); diff != "" {
		t.Error(diff)
	}
	opaque := policy.ParseLive("{")
	if named := access.Compare(before, opaque, o).Named(before, opaque, environments[:1], o); len(named.Unsure) != 1 {
		t.Errorf("%+v", named)
	}
	denied := parse(t, env(`["`+of+`payments/*","`+of+`dev"]`), deny(`{"StringLike":{"@sub":"*/prod"}}`))
	if named := access.Compare(after, denied, o).Named(after, denied, environments, o); !cmp.Equal(named.Lost, []string{"acme/payments/prod"}) {
		t.Errorf("%+v", named)
	}
	if got := access.Compare(after, after, o); got.Relation != access.Same || got.Widens() {
		t.Errorf("%+v", got)
	}
}

func TestWithAnOrganizationOnlyItsTokensCount(t *testing.T) {
	before := parse(t, when(`{"StringEquals":{"@aud":"aws:acme"},"StringLike":{"@sub":"*"}}`))
	for name, test := range map[string]struct {
		after string
		want  access.Relation
	}{
		"every subject with the audience is of the organization": {env(`["pulumi:environments:org:acme:*","pulumi:environments:pulumi.organization.login:acme:*","pulumi:cmk:*"]`), access.Same},
		"a token of Deployments has another audience":            {when(`{"StringEquals":{"@aud":["aws:acme","acme"]}}`), access.Wider},
		"another organization's audience":                        {when(`{"StringEquals":{"@aud":["aws:acme","aws:other"]}}`), access.Same},
		"fewer attributes":                                       {env(`["pulumi:environments:org:acme:*","pulumi:cmk:*"]`), access.Narrower},
		"the customer-managed key":                               {env(`"pulumi:environments:*"`), access.Narrower},
	} {
		t.Run(name, func(t *testing.T) {
			d := access.Compare(before, parse(t, test.after), access.Options{Issuer: pulumi, Org: "acme"})
			if d.Relation != test.want {
				t.Errorf("%+v", d)
			}
		})
	}
}

// TestATokenBehindManyThatAreNot adds more audiences of strangers than are
// told apart before the one that the organization can have.
func TestATokenBehindManyThatAreNot(t *testing.T) {
	var strangers []string
	for i := range 250 {
		strangers = append(strangers, fmt.Sprintf("%q", fmt.Sprintf("stranger%03d", i)))
	}
	audiences := func(list []string) policy.Document {
		return parse(t, when(`{"StringEquals":{"@aud":["aws:acme"],"@sub":"`+of+`a/b"}}`),
			when(`{"StringEquals":{"@aud":[`+strings.Join(list, ",")+`],"@sub":"`+of+`a/c"}}`))
	}
	before := parse(t, when(`{"StringEquals":{"@aud":["aws:acme"],"@sub":"`+of+`a/b"}}`))
	o := access.Options{Issuer: pulumi, Org: "acme"}
	d := access.Compare(before, audiences(append(strangers, `"aws:acme"`)), o)
	if d.Relation != access.Wider || !proves(pulumi, d.Gained.Gains[0], audiences([]string{`"aws:acme"`}), before) {
		t.Errorf("%+v", d)
	}
	if d := access.Compare(before, audiences(strangers), o); d.Relation != access.Same {
		t.Errorf("%+v", d)
	}
}

func TestTheProviderOfAnyAccountMayBeMeant(t *testing.T) {
	any := access.Options{Issuer: access.Issuer{Host: "api.pulumi.com/oidc"}}
	here := parse(t, env(`"`+of+`a/b"`))
	wider := parse(t, env(`"`+of+`a/*"`))
	if d := access.Compare(here, wider, any); d.Relation != access.Wider || d.Gained.Gains[0].Witness.Provider != provider || !proves(any.Issuer, d.Gained.Gains[0], wider, here) {
		t.Errorf("%+v", d)
	}
	there := parse(t, strings.ReplaceAll(env(`"`+of+`a/b"`), "111122223333", "444455556666"))
	if d := access.Compare(here, there, any); d.Relation != access.Both {
		t.Errorf("%+v", d)
	}
	if d := access.Compare(here, parse(t, strings.ReplaceAll(env(`"*"`), "api.pulumi.com/oidc", "api.pulumi.com/oidc/v2")), any); d.Relation != access.Narrower {
		t.Errorf("the second issuer is another one: %+v", d)
	}
}

func TestTheLeastOfASetHoldsWhateverIsUnknown(t *testing.T) {
	g := newGenerator(6)
	for range rounds(1_000, 20_000) {
		d := g.document()
		set := access.Of(d, abstract)
		least := set.Least()
		for range 4 {
			r := g.request()
			got := set.Contains(r)
			if least.Contains(r) == policy.Yes && got != policy.Yes {
				t.Fatalf("%s, and the least says %s\n%s\n%+v", got, least.Contains(r), d, r.Context)
			}
		}
	}
}

// TestAPlanAsAWholeHasABudget compares many hostile roles: when the whole
// budget is spent, what needs no search is still decided.
func TestAPlanAsAWholeHasABudget(t *testing.T) {
	budget := pattern.NewBudget(1_000_000)
	for range 20 {
		for _, c := range hostile() {
			access.Compare(c.before, c.after, access.Options{Issuer: pulumi, Budget: budget})
		}
	}
	if left := budget.Left(); left > 1000 { // less than anything that is asked costs
		t.Errorf("%d units of the budget are left: the roles were not many enough", left)
	}
	d := access.Compare(parse(t, env(`"`+of+`a/b"`)), parse(t, env(`"`+of+`a/*"`)), access.Options{Issuer: pulumi, Budget: budget})
	if d.Relation != access.Wider || !d.Gained.Gains[0].Witness.Signed {
		t.Errorf("%+v", d)
	}
}
