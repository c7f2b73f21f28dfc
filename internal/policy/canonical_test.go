package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/policy"
)

// TestCanonicalText holds the text that IAM is sent.
func TestCanonicalText(t *testing.T) {
	const head = `{"Version":"2012-10-17","Statement":`
	federated := func(action string) string {
		return `{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":` + action + `,`
	}
	web := federated(`"sts:AssumeRoleWithWebIdentity"`)
	for _, test := range []struct{ name, text, want string }{
		{"what trustctl composes stays as it is",
			head + `[` + web + `"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"acme","api.pulumi.com/oidc:sub":["a","b"]}}},` +
				web + `"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme"},"StringLike":{"api.pulumi.com/oidc:sub":["a","b*"]}}}]}`,
			head + `[` + web + `"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"acme","api.pulumi.com/oidc:sub":["a","b"]}}},` +
				web + `"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme"},"StringLike":{"api.pulumi.com/oidc:sub":["a","b*"]}}}]}`},
		{"two audiences with the same subjects stay two statements",
			head + web + `"Condition":{"StringEquals":{"i:aud":["y","x"],"i:sub":"a"}}}}`,
			head + `[` + web + `"Condition":{"StringEquals":{"i:aud":"x","i:sub":"a"}}},` + web + `"Condition":{"StringEquals":{"i:aud":"y","i:sub":"a"}}}]}`},
		{"elements and lists are sorted, Sid and Id are dropped",
			`{"Id":"x","Statement":[{"Condition":{"StringLike":{"i:sub":["b","a","b"]}},"Action":["sts:TagSession","sts:AssumeRoleWithWebIdentity"],"Effect":"Allow","Principal":{"Federated":["` + provider + `"]},"Sid":"S"}],"Version":"2008-10-17"}`,
			head + federated(`["sts:AssumeRoleWithWebIdentity","sts:TagSession"]`) + `"Condition":{"StringEquals":{"i:sub":["a","b"]}}}}`},
		{"Allow comes before Deny",
			head + `[{"Effect":"Deny","Action":"a:b","Resource":"*"},{"Effect":"Allow","Action":"c:D","Resource":"*"}]}`,
			head + `[{"Effect":"Allow","Action":"c:D","Resource":"*"},{"Effect":"Deny","Action":"a:b","Resource":"*"}]}`},
		{"exclusions stand under two operators",
			head + web + `"Condition":{"StringNotLike":{"i:sub":["x*","y"]},"StringNotEqualsIfExists":{"i:sub":"z"}}}}`,
			head + web + `"Condition":{"StringNotEquals":{"i:sub":["y","z"]},"StringNotLike":{"i:sub":"x*"}}}}`},
		{"a literal wildcard is escaped beside a wildcard alone",
			head + web + `"Condition":{"StringLike":{"i:sub":["a${*}","${$}{b}"]}}}}`,
			head + web + `"Condition":{"StringEquals":{"i:sub":["${$}{b}","a*"]}}}}`},
		{"a row of wildcards has one spelling",
			head + web + `"Condition":{"StringLike":{"i:sub":["a**","b*?*?","**"]}}}}`,
			head + web + `"Condition":{"StringLike":{"i:sub":["**","a*","b??*"]}}}}`},
		{"an issuer is spelled as the principal spells it",
			head + `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/eks.example/id/ABC"},"Action":"STS:ASSUMEROLEWITHWEBIDENTITY","Condition":{"StringEquals":{"EKS.example/id/abc:SUB":"x","AWS:sourceip":"y","kms:viaservice":"z","Custom:Key":"w"}}}}`,
			head + `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/eks.example/id/ABC"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"aws:SourceIp":"y","custom:key":"w","eks.example/id/ABC:sub":"x","kms:ViaService":"z"}}}}`},
		{"actions of other services keep their letter case",
			head + `{"Effect":"Allow","Action":["s3:getobject","s3:GetObject","S3:ListBucket"],"Resource":"*"}}`,
			head + `{"Effect":"Allow","Action":["s3:GetObject","S3:ListBucket"],"Resource":"*"}}`},
		{"an account is its number, everybody an AWS principal",
			head + `[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws-cn:iam::111122223333:root"]},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`,
			head + `[{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws-cn:iam::111122223333:root"]},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`},
		{"the old version stays where a value depends on it",
			`{"Statement":` + web + `"Condition":{"StringEquals":{"i:sub":"${aws:username}"}}}}`,
			`{"Version":"2008-10-17","Statement":` + web + `"Condition":{"StringEquals":{"i:sub":"${aws:username}"}}}}`},
		{"a variable stays under its operator",
			head + `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":["home/${aws:username}/*","home/",""]}}}}`,
			head + `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}}}}`},
		{"both operators on one key stay",
			head + web + `"Condition":{"StringLike":{"i:sub":"a"},"StringEquals":{"i:sub":"b"}}}}`,
			head + web + `"Condition":{"StringEquals":{"i:sub":"b"},"StringLike":{"i:sub":"a"}}}}`},
		{"statements that overlap are joined",
			head + `[{"Effect":"Allow","Action":["a:a","a:b"],"Resource":["x","y"]},{"Effect":"Allow","Action":["a:b","a:c"],"Resource":["x","y"]},{"Effect":"Allow","Action":"a:d","Resource":"z"}]}`,
			head + `[{"Effect":"Allow","Action":["a:a","a:b","a:c"],"Resource":["x","y"]},{"Effect":"Allow","Action":"a:d","Resource":"z"}]}`},
		{"the cut with fewer statements is taken",
			head + `[{"Effect":"Allow","Action":"a:a","Resource":["w","x","y"]},{"Effect":"Allow","Action":"a:b","Resource":["x","y","z"]}]}`,
			head + `[{"Effect":"Allow","Action":"a:a","Resource":["w","x","y"]},{"Effect":"Allow","Action":"a:b","Resource":["x","y","z"]}]}`},
		{"no statement is nothing", `{"Version":"2012-10-17","Id":"x","Statement":[]}`, `{"Statement":[]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := parse(t, test.text).Canonical()
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got.Canonical().String()); diff != "" {
				t.Errorf("canonical twice (-want +got)\n%s", diff)
			}
		})
	}
}

func TestCanonicalLeavesItsDocumentAlone(t *testing.T) {
	d := parse(t, one(`,"Condition":{"StringLike":{"I:SUB":["b","a*","a"],"i:aud":["y","x"]},"StringNotLike":{"i:sub":["z","y*"]}}`))
	before := d.String()
	d.Canonical()
	if diff := cmp.Diff(before, d.String()); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
}

// huge are documents of more atoms than are laid out, or of nearly as many.
func huge() map[string]string {
	list := func(prefix string, from, to int) string {
		var out []string
		for i := from; i < to; i++ {
			out = append(out, fmt.Sprintf("%s%d", prefix, i))
		}
		return `["` + strings.Join(out, `","`) + `"]`
	}
	allow := func(actions, resources, condition string) string {
		return `{"Effect":"Allow","Action":` + actions + `,"Resource":` + resources + `,"Condition":` + condition + `}`
	}
	return map[string]string{
		"more atoms than are laid out": allow(list("a:", 0, 300), list("r", 0, 300), `{}`) + `,` + allow(list("a:", 150, 450), list("r", 100, 400), `{}`),
		"the same box twice":           allow(list("a:", 0, 140), list("r", 0, 140), `{}`) + `,` + allow(list("a:", 0, 140), list("r", 0, 140), `{}`),
		"nearly all atoms":             allow(list("a:", 0, 100), list("r", 0, 90), `{}`) + `,` + allow(list("a:", 50, 150), list("r", 30, 120), `{}`),
		"many audiences":               allow(`"a:b"`, `"*"`, `{"StringEquals":{"i:aud":`+list("x", 0, 40)+`,"j:aud":`+list("y", 0, 40)+`}}`),
		"many statements":              strings.TrimSuffix(strings.Repeat(allow(`"a:b"`, list("r", 0, 3), `{}`)+`,`, 1000), ","),
	}
}

func hugeDocument(t testing.TB, name string) policy.Document {
	t.Helper()
	return parse(t, `{"Version":"2012-10-17","Statement":[`+huge()[name]+`]}`)
}

// A document of more atoms than are laid out keeps its cut, but still has one
// canonical form. BenchmarkCanonicalOfHugeDocuments says how long that takes.
func TestAHugeDocumentHasOneCanonicalForm(t *testing.T) {
	for name := range huge() {
		t.Run(name, func(t *testing.T) {
			d := hugeDocument(t, name)
			c := d.Canonical()
			if c.String() != c.Canonical().String() {
				t.Error("Canonical twice differs from once")
			}
			if !c.Equal(d) {
				t.Error("not equal to its canonical form")
			}
		})
	}
}

func TestDocumentsAreComparedByMeaning(t *testing.T) {
	a, b := parse(t, one(`,"Sid":"A"`)), parse(t, one(`,"Sid":"B"`))
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("go-cmp sees a difference\n%s", diff)
	}
	if !(policy.Document{}).Equal(parse(t, `{"Version":"2012-10-17","Statement":[]}`)) {
		t.Error("a document without statements is not the zero Document")
	}
}
