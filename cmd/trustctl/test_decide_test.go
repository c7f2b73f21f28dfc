package main

import (
	"testing"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
)

// failuresOf are what a test's failures say of a role with these statements.
func failuresOf(t *testing.T, conditions string, test spec.Test, more string) []string {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":` + conditions + `}` + more + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	test.Role = "acme/p/e"
	c := &spec.Config{
		Issuers: []spec.Issuer{{Name: "pulumi", URL: defaultIssuer}},
		State:   trust.State{Roles: []trust.Role{{Environment: "acme/p/e", Account: "111122223333", Trust: d}}},
	}
	var all []string
	for _, f := range decideTest(c, test, pattern.NewBudget(testBudget)).Failures {
		all = append(all, f.Expect+" "+f.Outcome)
		if f.Outcome == "undecided" && len(f.If) == 0 && len(f.Open) == 0 {
			t.Errorf("%+v does not say what it depends on", f)
		}
	}
	return all
}

func TestATestIsDecidedAsAWholeOrFails(t *testing.T) {
	const (
		sub     = "pulumi:environments:org:acme:env:p/e"
		own     = `{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":"` + sub + `"}}`
		address = `{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":"` + sub + `"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`
		pieces  = `{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme"},"StringLike":{"api.pulumi.com/oidc:sub":["pulumi:environments:org:acme:env:p/?","pulumi:environments:org:acme:env:p/??*"]}}`
		denies  = `,{"Effect":"Deny","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:*","Condition":{"StringLike":{"api.pulumi.com/oidc:sub":"*/secret"}}}`
	)
	for _, c := range []struct {
		name             string
		conditions, more string
		test             spec.Test
		want             []string
	}{
		{"the role's own subject is allowed", own, "", spec.Test{Allow: []string{sub}}, nil},
		{"another is not", own, "", spec.Test{Allow: []string{"pulumi:environments:org:acme:env:p/f"}}, []string{"allow refused"}},
		{"several patterns together admit all of one", pieces, "", spec.Test{Allow: []string{"pulumi:environments:org:acme:env:p/*"}}, nil},
		{"a Deny takes a part of a pattern away", pieces, denies, spec.Test{Allow: []string{"pulumi:environments:org:acme:env:p/*"}}, []string{"allow refused"}},
		{"what a Deny takes away is denied", pieces, denies, spec.Test{Deny: []string{"pulumi:environments:org:acme:env:p/secret"}}, nil},
		{"a part that is admitted breaks a denial", pieces, denies, spec.Test{Deny: []string{"pulumi:environments:org:acme:env:*/s*"}}, []string{"deny admitted"}},
		{"the name itself is not a denied pattern's only token", own, "", spec.Test{Deny: []string{"pulumi:*"}}, []string{"deny admitted"}},
		{"an allowance that depends on the caller's address is not decided", address, "", spec.Test{Allow: []string{sub}}, []string{"allow undecided"}},
		{"a denial that depends on it neither", address, "", spec.Test{Deny: []string{sub}}, []string{"deny undecided"}},
		{"a denial that does not need it is decided", address, "", spec.Test{Deny: []string{"pulumi:deploy:*"}}, nil},
		{"what is refused at every address is decided", address, "", spec.Test{Allow: []string{"pulumi:environments:org:acme:env:p/*"}}, []string{"allow refused"}},
		{"no token is like the pattern", own, "", spec.Test{Allow: []string{"pulumi:environments:org:acme:x"}}, []string{"allow no_token"}},
		{"a denial says each pattern that is admitted", own, "", spec.Test{Deny: []string{"*", "pulumi:deploy:*", sub}}, []string{"deny admitted", "deny admitted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := failuresOf(t, c.conditions, c.test, c.more)
			if len(got) != len(c.want) {
				t.Fatalf("it says %q, want %q", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("it says %q, want %q", got, c.want)
				}
			}
		})
	}
}
