package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// noon is when every test happens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// server is a sandbox that a test talks to over loopback.
type server struct {
	*sandbox.Server
	url string
}

func start(t testing.TB, o sandbox.Options) server {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return server{s, h.URL}
}

func configOf(url, keyID, token string) aws.Config {
	return aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: &url,
		Credentials:  credentials.NewStaticCredentialsProvider(keyID, "secret", token),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// iam is a client with the key of an account.
func (s server) iam(account string) *iam.Client {
	return iam.NewFromConfig(configOf(s.url, sandbox.KeyPrefix+account, ""))
}

func (s server) sts(account string) *sts.Client {
	return sts.NewFromConfig(configOf(s.url, sandbox.KeyPrefix+account, ""))
}

const (
	prod    = "123456789012"
	staging = "210987654321"
)

// pulumiTrust is a trust policy as trustctl composes it.
const pulumiTrust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":["pulumi:environments:org:acme:env:payments/prod","pulumi:environments:org:acme:env:payments/staging"]}}}}`

const readBucket = `{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a b+c/*"}]
}`

// code is the code of an AWS error, "accepted" without one.
func code(err error) string {
	var api smithy.APIError
	var answer *smithyhttp.ResponseError
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &api):
		return api.ErrorCode()
	case errors.As(err, &answer):
		return fmt.Sprintf("HTTP %d that is no answer of AWS's", answer.HTTPStatusCode())
	}
	return err.Error()
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func makeRole(t testing.TB, c *iam.Client, name string, change ...func(*iam.CreateRoleInput)) {
	t.Helper()
	in := &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(pulumiTrust)}
	for _, f := range change {
		f(in)
	}
	if _, err := c.CreateRole(context.Background(), in); err != nil {
		t.Fatalf("creating the role %s: %v", name, err)
	}
}
