package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/policy"
)

// one is a trust policy of one statement with the given members beside Effect,
// Principal and Action.
func one(members string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity"` + members + `}]}`
}

const provider = "arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"

func parse(t testing.TB, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return d
}

func TestEqual(t *testing.T) {
	condition := func(s string) string { return one(`,"Condition":` + s) }
	principal := func(s string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + s + `"Action":"sts:AssumeRole"}]}`
	}
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"a list of one is its value": {
			condition(`{"StringEquals":{"api.pulumi.com/oidc:sub":["a"]}}`), condition(`{"StringEquals":{"api.pulumi.com/oidc:sub":"a"}}`), true},
		"the order of statements says nothing": {
			`{"Statement":[{"Effect":"Allow","Action":"s3:Get","Resource":"*"},{"Effect":"Deny","Action":"s3:Put","Resource":"*"}]}`,
			`{"Statement":[{"Effect":"Deny","Action":"s3:Put","Resource":"*"},{"Effect":"Allow","Action":"s3:Get","Resource":"*"}]}`, true},
		"white space says nothing":               {one(""), strings.ReplaceAll(one(""), `,`, " ,\n\t"), true},
		"true is a string in a condition":        {condition(`{"Bool":{"aws:SecureTransport":true}}`), condition(`{"Bool":{"aws:SecureTransport":"true"}}`), true},
		"a number is a string in a condition":    {condition(`{"NumericEquals":{"aws:MultiFactorAuthAge":1}}`), condition(`{"NumericEquals":{"aws:MultiFactorAuthAge":"1"}}`), true},
		"condition keys fold letter case":        {condition(`{"StringEquals":{"API.pulumi.com/oidc:SUB":"a"}}`), condition(`{"StringEquals":{"api.pulumi.com/oidc:sub":"a"}}`), true},
		"actions fold letter case":               {strings.ReplaceAll(one(""), "sts:Assume", "STS:aSSUME"), one(""), true},
		"actions of other services fold too":     {`{"Statement":{"Effect":"Allow","Action":"s3:getobject","Resource":"*"}}`, `{"Statement":{"Effect":"Allow","Action":"S3:GetObject","Resource":"*"}}`, true},
		"StringLike without wildcards is equals": {condition(`{"StringLike":{"api.pulumi.com/oidc:sub":"a"}}`), condition(`{"StringEquals":{"api.pulumi.com/oidc:sub":"a"}}`), true},
		"two statements are one with both values": {
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"p"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"i:aud":"x","i:sub":"a"}}},{"Effect":"Allow","Principal":{"Federated":"p"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"i:aud":"x","i:sub":"b"}}}]}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"p"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"i:aud":"x","i:sub":["a","b"]}}}]}`, true},
		"a repeated value is one":           {condition(`{"StringEquals":{"i:sub":["a","a"]}}`), condition(`{"StringEquals":{"i:sub":"a"}}`), true},
		"a repeated action is one":          {strings.ReplaceAll(one(""), `"sts:AssumeRoleWithWebIdentity"`, `["sts:AssumeRoleWithWebIdentity","sts:AssumeRoleWithWebIdentity"]`), one(""), true},
		"a Sid says nothing":                {one(`,"Sid":"Pulumi"`), one(""), true},
		"no version is the old version":     {`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"p"},"Action":"a:b"}}`, `{"Statement":{"Effect":"Allow","Principal":{"Federated":"p"},"Action":"a:b"}}`, true},
		"everybody has two spellings":       {principal(`"Principal":"*",`), principal(`"Principal":{"AWS":"*"},`), true},
		"an empty Condition is none":        {condition(`{}`), one(""), true},
		"True is true under Bool":           {condition(`{"Bool":{"aws:SecureTransport":"True"}}`), condition(`{"Bool":{"aws:SecureTransport":"true"}}`), true},
		"everybody is not nobody":           {principal(`"Principal":"*",`), principal(``), false},
		"everybody is not an empty list":    {principal(`"Principal":"*",`), principal(`"Principal":{},`), false},
		"no principal is not an empty list": {principal(``), principal(`"Principal":{},`), false},
		"an account has two spellings":      {principal(`"Principal":{"AWS":"111122223333"},`), principal(`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},`), true},
		"two accounts differ":               {principal(`"Principal":{"AWS":"111122223333"},`), principal(`"Principal":{"AWS":"arn:aws:iam::111122223334:root"},`), false},
		"a federated account number is not one of AWS": {
			principal(`"Principal":{"AWS":"111122223333"},`), principal(`"Principal":{"Federated":"111122223333"},`), false},

		"a wildcard under StringEquals is a letter":       {condition(`{"StringEquals":{"i:sub":"a*"}}`), condition(`{"StringLike":{"i:sub":"a*"}}`), false},
		"an escaped wildcard is a letter":                 {condition(`{"StringEquals":{"i:sub":"a*?$"}}`), condition(`{"StringLike":{"i:sub":"a${*}${?}${$}"}}`), true},
		"an escape is read under StringEquals too":        {condition(`{"StringEquals":{"i:sub":"a*"}}`), condition(`{"StringEquals":{"i:sub":"a${*}"}}`), true},
		"an escape is text in the old version":            {strings.Replace(condition(`{"StringEquals":{"i:sub":"a*"}}`), "2012", "2008", 1), strings.Replace(condition(`{"StringEquals":{"i:sub":"a${*}"}}`), "2012-10-17", "2008-10-17", 1), false},
		"a variable is text in the old version":           {condition(`{"StringEquals":{"i:sub":"${aws:username}"}}`), strings.Replace(condition(`{"StringEquals":{"i:sub":"${aws:username}"}}`), "2012", "2008", 1), false},
		"versions are equal where no value has a ${":      {condition(`{"StringLike":{"i:sub":"a*"}}`), strings.Replace(condition(`{"StringLike":{"i:sub":"a*"}}`), "2012", "2008", 1), true},
		"a mixed list is one list of StringLike":          {condition(`{"StringLike":{"i:sub":["a","b*"]}}`), condition(`{"StringLike":{"i:sub":["b*","a"]}}`), true},
		"two operators are both needed, a list is not":    {condition(`{"StringEquals":{"i:sub":"a"},"StringLike":{"i:sub":"b*"}}`), condition(`{"StringLike":{"i:sub":["a","b*"]}}`), false},
		"a mixed list is two statements":                  {condition(`{"StringLike":{"i:sub":["a","b*"]}}`), both(condition(`{"StringLike":{"i:sub":"b*"}}`), condition(`{"StringEquals":{"i:sub":"a"}}`)), true},
		"exclusions split by wildcard":                    {condition(`{"StringNotLike":{"i:sub":["a","b*"]}}`), condition(`{"StringNotEquals":{"i:sub":"a"},"StringNotLike":{"i:sub":"b*"}}`), true},
		"an exclusion of two values is not two clauses":   {condition(`{"StringNotEquals":{"i:sub":["a","b"]}}`), condition(`{"StringNotEquals":{"i:sub":"a"}}`), false},
		"IfExists adds nothing to an exclusion":           {condition(`{"StringNotEquals":{"i:sub":"a"}}`), condition(`{"StringNotEqualsIfExists":{"i:sub":"a"}}`), true},
		"IfExists admits a missing key":                   {condition(`{"StringEquals":{"i:sub":"a"}}`), condition(`{"StringEqualsIfExists":{"i:sub":"a"}}`), false},
		"ForAllValues is not ForAnyValue":                 {condition(`{"ForAllValues:StringEquals":{"i:amr":"a"}}`), condition(`{"ForAnyValue:StringEquals":{"i:amr":"a"}}`), false},
		"ForAllValues of two is not two of one":           {condition(`{"ForAllValues:StringEquals":{"i:amr":["a","b"]}}`), both(condition(`{"ForAllValues:StringEquals":{"i:amr":"a"}}`), condition(`{"ForAllValues:StringEquals":{"i:amr":"b"}}`)), false},
		"ForAnyValue of two is two of one":                {condition(`{"ForAnyValue:StringEquals":{"i:amr":["a","b"]}}`), both(condition(`{"ForAnyValue:StringEquals":{"i:amr":"a"}}`), condition(`{"ForAnyValue:StringEquals":{"i:amr":"b"}}`)), true},
		"ForAnyValue of two exclusions is not two of one": {condition(`{"ForAnyValue:StringNotEquals":{"i:amr":["a","b"]}}`), both(condition(`{"ForAnyValue:StringNotEquals":{"i:amr":"a"}}`), condition(`{"ForAnyValue:StringNotEquals":{"i:amr":"b"}}`)), false},
		"two ForAnyValue exclusions are not one of both":  {condition(`{"ForAnyValue:StringNotEquals":{"i:amr":"a"},"ForAnyValue:StringNotLike":{"i:amr":"b"}}`), condition(`{"ForAnyValue:StringNotEquals":{"i:amr":["a","b"]}}`), false},
		"an operator of another kind is not in the way":   {both(condition(`{"StringEquals":{"i:sub":"a"},"StringLikeIfExists":{"i:sub":"b"}}`), condition(`{"StringEquals":{"i:sub":"a"},"StringEqualsIfExists":{"i:sub":"c"}}`)), condition(`{"StringEquals":{"i:sub":"a"},"StringEqualsIfExists":{"i:sub":["b","c"]}}`), true},
		"letter case counts in a value":                   {condition(`{"StringEquals":{"i:sub":"a"}}`), condition(`{"StringEquals":{"i:sub":"A"}}`), false},
		"letter case does not count where it is ignored":  {condition(`{"StringEqualsIgnoreCase":{"i:sub":"a"}}`), condition(`{"StringEqualsIgnoreCase":{"i:sub":"A"}}`), true},
		"Allow is not Deny":                               {one(""), strings.Replace(one(""), "Allow", "Deny", 1), false},
		"NotAction is not Action":                         {one(""), strings.Replace(one(""), `"Action"`, `"NotAction"`, 1), false},
		"audiences are paired with their subjects":        {condition(`{"StringEquals":{"i:aud":["x","y"],"i:sub":["a","b"]}}`), `{"Version":"2012-10-17","Statement":[` + statement("x", "a") + `,` + statement("y", "b") + `]}`, false},
		"each audience has its statement":                 {condition(`{"StringEquals":{"i:aud":["x","y"],"i:sub":["a","b"]}}`), `{"Version":"2012-10-17","Statement":[` + statement("x", `a","b`) + `,` + statement("y", `b","a`) + `]}`, true},
		"statements may overlap":                          {`{"Version":"2012-10-17","Statement":[` + statement("x", `a","b`) + `,` + statement("x", `b","c`) + `]}`, `{"Version":"2012-10-17","Statement":` + statement("x", `c","a","b`) + `}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := parse(t, test.a), parse(t, test.b)
			if got := a.Equal(b); got != test.want {
				t.Errorf("Equal is %v\n%s\n%s", got, a.Canonical(), b.Canonical())
			}
			if got := b.Equal(a); got != test.want {
				t.Errorf("Equal the other way is %v", got)
			}
			for _, d := range []policy.Document{a, b} {
				c := d.Canonical()
				if diff := cmp.Diff(c.String(), c.Canonical().String()); diff != "" {
					t.Errorf("Canonical twice differs from once (-once +twice)\n%s", diff)
				}
				if !c.Equal(d) {
					t.Errorf("the canonical form is not equal to its document\n%s\n%s", c, d)
				}
				if again := parse(t, c.String()); again.String() != c.String() {
					t.Errorf("the canonical form reads back as %s, was %s", again, c)
				}
			}
		})
	}
}

// both is a document with the statements of two.
func both(a, b string) string {
	return strings.TrimSuffix(a, `]}`) + `,` + strings.TrimPrefix(b, `{"Version":"2012-10-17","Statement":[`)
}

// statement is a Pulumi statement of one audience and the subjects between
// quotes.
func statement(audience, subjects string) string {
	return `{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"i:aud":"` + audience + `","i:sub":["` + subjects + `"]}}}`
}
