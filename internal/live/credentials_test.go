package live

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestAnAccountWithoutCredentialsSaysWhatToDo(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	o := w.options()
	o.Credentials = func(trust.AccountID) aws.CredentialsProvider {
		return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("the SSO session has expired\nor is invalid")
		}))
	}
	s := w.connect(t, o, target(prod, "prod"))
	want := "No AWS credentials for account prod. Set AWS_PROFILE, run `aws sso login`, or give profile or assume_role in account \"prod\" (the SSO session has expired or is invalid)"
	if got := s.All[0].Account.Failure; got != want {
		t.Errorf("failure %q, want %q", got, want)
	}
}

func TestWhatTheSDKSaysGoesToTheLogAtDebug(t *testing.T) {
	var text bytes.Buffer
	o := Options{Log: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	o.logger().Logf(logging.Warn, "falling back to %s\n", "IMDSv1")
	if !strings.Contains(text.String(), `level=DEBUG msg="falling back to IMDSv1"`) {
		t.Errorf("logged %q", text.String())
	}
	Options{}.logger().Logf(logging.Warn, "nobody listens")
}
