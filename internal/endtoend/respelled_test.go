package endtoend_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// IAM takes two spellings of an inline policy's name for one: a policy that
// somebody spelled otherwise is declared all the same, and its role may be
// replaced.
func TestARoleWhosePolicyIsSpelledOtherwiseCanBeReplaced(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	before := base()
	before.inline = nil
	w.configure(before.String())
	w.apply()
	_, err := w.iam(prod).PutRolePolicy(context.Background(), &iam.PutRolePolicyInput{RoleName: aws.String("payments"), PolicyName: aws.String("STAYS"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)})
	check(t, err)
	after := base()
	after.path = "/pulumi/"
	w.configure(after.String())
	w.apply()
}
