package live

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/sandbox/mototest"
	"github.com/trustctl/trustctl/internal/trust"
)

// TestMotoIsReadAsTheSandboxIs holds the reading against an IAM that others wrote.
func TestMotoIsReadAsTheSandboxIs(t *testing.T) {
	t.Parallel()
	w := &world{url: mototest.Start(t)}
	id := trust.AccountID(mototest.Account)
	o := Options{Endpoint: w.url, Credentials: func(trust.AccountID) aws.CredentialsProvider {
		return credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")
	}}
	client := w.connect(t, o, target(id, "moto")).All[0].IAM
	for _, err := range []error{
		second(client.CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{Url: aws.String(issuer), ClientIDList: []string{"aws:acme"}})),
		second(client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("ours"), AssumeRolePolicyDocument: aws.String(pulumi(id, subject)), Description: aws.String("a + b")})),
		second(client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("ours"), PolicyName: aws.String("p"), PolicyDocument: aws.String(tricky)})),
		second(client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: aws.String("ours"), PolicyArn: aws.String(readOnly)})),
		second(client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("theirs"), AssumeRolePolicyDocument: aws.String(lambda)})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := w.read(t, o, wanted(), target(id, "moto"))
	if len(got.Providers) != 1 || len(got.Roles) != 1 || !got.Accounts[0].Complete {
		t.Fatalf("got %+v", got)
	}
	role := got.Roles[0]
	if role.Description != "a + b" || !role.Trust.Equal(document(t, pulumi(id, subject))) || !role.Inline["p"].Equal(document(t, tricky)) {
		t.Errorf("the role came out as %+v", role)
	}
	named, ok, err := ReadRole(t.Context(), client, got.Accounts[0], "ours")
	if diff := cmp.Diff(role, named); !ok || err != nil || diff != "" {
		t.Errorf("read by name it is another role (%v, %v; -bulk +named):\n%s", ok, err, diff)
	}
	if _, ok, err := ReadProvider(t.Context(), client, got.Accounts[0], Issuer{URL: issuer + "/other"}); ok || err != nil {
		t.Errorf("a provider that does not exist: %v, %v", ok, err)
	}
}
