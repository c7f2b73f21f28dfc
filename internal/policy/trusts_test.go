package policy_test

import (
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/policy"
)

func TestTrusts(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"an Allow that names the provider", one(``), true},
		{"one of several principals", strings.Replace(one(``), `{"Federated":`, `{"AWS":"111122223333","Federated":`, 1), true},
		{"a Deny that names it", strings.Replace(one(``), "Allow", "Deny", 1), false},
		{"another type of principal", strings.Replace(one(``), "Federated", "AWS", 1), false},
		{"another provider", strings.Replace(one(``), `/oidc"`, `/oidc/v2"`, 1), false},
		{"nobody", `{"Statement":[]}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parse(t, test.text).Trusts(provider); got != test.want {
				t.Errorf("%v\n%s", got, test.text)
			}
		})
	}
}

func TestMayUseAudience(t *testing.T) {
	const aud = "api.pulumi.com/oidc:aud"
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"no condition on the audience", one(``), true},
		{"the audience", one(`,"Condition":{"StringEquals":{"` + aud + `":["x","aws:acme"]}}`), true},
		{"the audience under a key in another letter case", one(`,"Condition":{"StringEquals":{"API.pulumi.com/oidc:AUD":"aws:acme"}}`), true},
		{"another audience", one(`,"Condition":{"StringEquals":{"` + aud + `":"aws:other"}}`), false},
		{"a pattern of it", one(`,"Condition":{"StringLike":{"` + aud + `":"aws:*"}}`), true},
		{"a pattern of others", one(`,"Condition":{"StringLike":{"` + aud + `":"gcp:*"}}`), false},
		{"it is excluded", one(`,"Condition":{"StringNotEquals":{"` + aud + `":"aws:acme"}}`), false},
		{"another is excluded", one(`,"Condition":{"StringNotEquals":{"` + aud + `":"aws:other"}}`), true},
		{"two conditions that can't both hold", one(`,"Condition":{"StringEquals":{"` + aud + `":"aws:acme"},"StringLike":{"` + aud + `":"gcp:*"}}`), false},
		{"an unknown operator", one(`,"Condition":{"StringFoo":{"` + aud + `":"x"}}`), true},
		{"a variable", one(`,"Condition":{"StringLike":{"` + aud + `":"aws:${aws:username}"}}`), true},
		{"a subject that is out of reach", one(`,"Condition":{"StringEquals":{"api.pulumi.com/oidc:sub":[]}}`), true},
		{"the key of another issuer", one(`,"Condition":{"StringEquals":{"api.pulumi.com/oidc/v2:aud":"x"}}`), true},
		{"another action", strings.Replace(one(``), "AssumeRoleWithWebIdentity", "TagSession", 1), false},
		{"an action pattern", strings.Replace(one(``), "AssumeRoleWithWebIdentity", "*", 1), true},
		{"NotAction", strings.Replace(strings.Replace(one(``), "AssumeRoleWithWebIdentity", "TagSession", 1), `"Action"`, `"NotAction"`, 1), true},
		{"a Deny alone", strings.Replace(one(``), "Allow", "Deny", 1), false},
		{"another provider", strings.Replace(one(``), "/oidc\"", "/oidc/v2\"", 1), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parse(t, test.text).MayUseAudience(provider, "aws:acme"); got != test.want {
				t.Errorf("%v\n%s", got, test.text)
			}
		})
	}
}

func TestNarrows(t *testing.T) {
	condition := func(s string) string { return one(`,"Condition":` + s) }
	subjects := func(s string) string { return condition(`{"StringLike":{"i:aud":"x","i:sub":[` + s + `]}}`) }
	deny := func(s string) string {
		return strings.Replace(one(``), `[`, `[{"Effect":"Deny","Principal":{"Federated":"`+provider+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"i:sub":[`+s+`]}}},`, 1)
	}
	for _, test := range []struct {
		name, before, after string
		want                bool
	}{
		{"nothing changes", subjects(`"a","b"`), subjects(`"b","a"`), true},
		{"a subject goes", subjects(`"a","b"`), subjects(`"a"`), true},
		{"a subject comes", subjects(`"a"`), subjects(`"a","b"`), false},
		{"one goes, one comes", subjects(`"a","b"`), subjects(`"a","c"`), false},
		{"a pattern becomes a subject in it", subjects(`"a*"`), subjects(`"ab","ac*"`), true},
		{"a pattern becomes a wider one", subjects(`"ab*"`), subjects(`"a*"`), false},
		{"a condition comes", one(``), subjects(`"a"`), true},
		{"a condition goes", subjects(`"a"`), one(``), false},
		{"an exclusion comes", subjects(`"a*"`), condition(`{"StringLike":{"i:aud":"x","i:sub":"a*"},"StringNotEquals":{"i:sub":"ab"}}`), true},
		{"an exclusion goes", condition(`{"StringLike":{"i:aud":"x","i:sub":"a*"},"StringNotEquals":{"i:sub":"ab"}}`), subjects(`"a*"`), false},
		{"an exclusion grows", condition(`{"StringNotLike":{"i:sub":"ab*"}}`), condition(`{"StringNotLike":{"i:sub":"a*"}}`), true},
		{"an exclusion shrinks", condition(`{"StringNotLike":{"i:sub":"a*"}}`), condition(`{"StringNotLike":{"i:sub":"ab*"}}`), false},
		{"another audience", subjects(`"a"`), strings.Replace(subjects(`"a"`), `"x"`, `"y"`, 1), false},
		{"an action goes", strings.Replace(one(``), `"sts:AssumeRoleWithWebIdentity"`, `["sts:AssumeRoleWithWebIdentity","sts:TagSession"]`, 1), one(``), true},
		{"an action pattern becomes an action in it", strings.Replace(one(``), `sts:AssumeRoleWithWebIdentity`, `sts:*`, 1), one(``), true},
		{"a principal comes", one(``), strings.Replace(one(``), `{"Federated":`, `{"AWS":"111122223333","Federated":`, 1), false},
		{"all goes", one(``), `{"Statement":[]}`, true},
		{"all comes", `{"Statement":[]}`, one(``), false},
		{"a Deny comes", one(``), deny(`"a"`), true},
		{"a Deny goes", deny(`"a"`), one(``), false},
		{"a Deny grows", deny(`"a"`), deny(`"a","b"`), true},
		{"a Deny shrinks", deny(`"a","b"`), deny(`"b"`), false},
		{"an atom lies in two statements together", strings.TrimSuffix(subjects(`"a"`), `]}`) + `,` + strings.TrimPrefix(subjects(`"b","c"`), `{"Version":"2012-10-17","Statement":[`), subjects(`"a","c"`), true},
		{"the version decides what a value means", subjects(`"${*}"`), strings.Replace(subjects(`"${*}"`), "2012", "2008", 1), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := policy.Narrows(parse(t, test.before), parse(t, test.after)); got != test.want {
				t.Errorf("%v\n%s\n%s", got, test.before, test.after)
			}
		})
	}
}
