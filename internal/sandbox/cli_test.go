package sandbox_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestTheAWSCommandShowsWhatIsInTheSandbox(t *testing.T) {
	path, err := exec.LookPath("aws")
	if err != nil {
		if os.Getenv("TRUSTCTL_TEST_AWS") == "required" {
			t.Fatal("aws is required by TRUSTCTL_TEST_AWS and is not in PATH")
		}
		t.Skip("aws is not in PATH: the sandbox is not shown to it")
	}
	t.Parallel()
	s := start(t, sandbox.Options{})
	aws := func(args ...string) string {
		cmd := exec.Command(path, append([]string{"--endpoint-url", s.url, "--output", "text"}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=SANDBOX"+staging, "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=us-east-1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	aws("iam", "create-open-id-connect-provider", "--url", "https://api.pulumi.com/oidc", "--client-id-list", "aws:acme")
	aws("iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", pulumiTrust, "--tags", "Key=team,Value=core")
	for _, x := range []struct{ want, command string }{
		{"sts:AssumeRoleWithWebIdentity", "iam get-role --role-name deploy --query Role.AssumeRolePolicyDocument.Statement[0].Action"},
		{"team\tcore", "iam list-role-tags --role-name deploy --query Tags[].[Key,Value]"},
		{"aws:acme", "iam get-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::210987654321:oidc-provider/api.pulumi.com/oidc --query ClientIDList"},
		{"2048", "iam get-account-summary --query SummaryMap.AssumeRolePolicySizeQuota"},
	} {
		if got := aws(strings.Fields(x.command)...); got != x.want {
			t.Errorf("aws %s\nwant %s\ngot  %s", x.command, x.want, got)
		}
	}
}

func TestServeRefusesAListenerThatIsNotOnLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Serve(t.Context(), l, start(t, sandbox.Options{}).Server); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("want an error about loopback, got %v", err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- sandbox.Serve(ctx, l, s.Server) }()
	at := server{s.Server, "http://" + l.Addr().String()}
	makeRole(t, at.iam(prod), "deploy")
	cancel()
	if err := <-served; err != nil {
		t.Errorf("want no error, got %v", err)
	}
}
