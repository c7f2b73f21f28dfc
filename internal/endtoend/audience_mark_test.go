package endtoend_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

// Another stack writes its mark before it adds the client id: between the two
// calls the mark is there alone, and is still the other's.
func TestAnAudienceThatAnotherStackIsAboutToAddKeepsItsMark(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	arn, mark := aws.String("arn:aws:iam::"+prod+":oidc-provider/api.pulumi.com/oidc"), trust.AudienceMark("aws:acme")
	_, err := w.iam(prod).CreateOpenIDConnectProvider(context.Background(), &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://api.pulumi.com/oidc"), ClientIDList: []string{"theirs"},
		Tags: []types.Tag{{Key: &mark, Value: aws.String("another")}}})
	check(t, err)
	w.configure(base().String())
	w.apply()
	p, err := w.iam(prod).GetOpenIDConnectProvider(context.Background(), &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	check(t, err)
	for _, tag := range p.Tags {
		if *tag.Key == mark && *tag.Value != "another" {
			t.Errorf("the mark says %q, want %q", *tag.Value, "another")
		}
	}
}
