package apply

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox/mototest"
	"github.com/trustctl/trustctl/internal/trust"
)

// TestMotoTakesWhatTheSandboxTakes makes and removes a provider and a role in
// an IAM that others wrote. Moto knows no adding and removing of client ids.
func TestMotoTakesWhatTheSandboxTakes(t *testing.T) {
	t.Parallel()
	url := mototest.Start(t)
	w := &world{client: iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	})}
	home := trust.Account{ID: mototest.Account, Partition: "aws"}
	provider, role := createProvider(), createRole(t, "r")
	provider.ARN = trust.ProviderARN("aws", home.ID, providerURL)
	up := []plan.Step{
		provider, role,
		plan.PutRolePolicy{RoleName: "r", PolicyName: "p", Document: document(t, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)},
		plan.AttachRolePolicy{RoleName: "r", Policy: readOnly},
	}
	down := []plan.Step{
		plan.DetachRolePolicy{RoleName: "r", Policy: readOnly}, plan.DeleteRolePolicy{RoleName: "r", PolicyName: "p"},
		plan.DeleteRole{RoleName: "r"}, plan.DeleteOpenIDConnectProvider{ARN: provider.ARN},
	}
	w.must(t, up...)
	got, ok, err := live.ReadRole(t.Context(), w.client, home, "r")
	if err != nil || !ok || !got.Trust.Equal(role.Trust) || !got.MarkedBy("main") || len(got.Inline) != 1 || len(got.Managed) != 1 {
		t.Fatalf("the role is %+v (%v, %v)", got, ok, err)
	}
	// A second create finds the first one's work and takes it for its own.
	w.must(t, provider, role)
	w.must(t, down...)
	w.must(t, down...)
	if _, err := w.client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("r")}); !isCode(err, noSuchEntity) {
		t.Errorf("the role is still there (%v)", err)
	}
}
