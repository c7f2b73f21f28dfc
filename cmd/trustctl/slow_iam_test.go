package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// threeRoles is a configuration of three environments.
const threeRoles = `
trustctl {
  stack = "s"
}
account "a" {
  id = "111122223333"
}
org "acme" {
  account = account.a
  environment "p" {
    for_each = toset(["one", "two", "three"])
    name     = "p/${each.key}"
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    }
  }
}
`

// slowIAM is a sandbox that holds CreateRole up until it is released.
type slowIAM struct {
	*httptest.Server
	sandbox *sandbox.Server
	arrived chan struct{} // one for each CreateRole
	release chan struct{} // closed: go on
}

func newSlowIAM(t *testing.T) *slowIAM {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &slowIAM{sandbox: server, arrived: make(chan struct{}, 100), release: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if bytes.Contains(body, []byte("Action=CreateRole&")) {
			s.arrived <- struct{}{}
			select {
			case <-s.release:
			case <-r.Context().Done():
				return
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		s.Close()
		_ = server.Close()
	})
	return s
}

// start starts trustctl apply of the three roles, one call at a time, held to
// its policy.
func (s *slowIAM) start(t *testing.T, dir string) (cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	return s.run(t, dir, "apply", "-auto-approve", "-parallelism=1")
}

// run starts a command with the configuration of the three roles.
func (s *slowIAM) run(t *testing.T, dir string, args ...string) (cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "main.trust.hcl"), []byte(threeRoles), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, err := program(append(args, "-config="+dir)...)
	if err != nil {
		t.Fatal(err)
	}
	out = &bytes.Buffer{}
	cmd.Args[0], cmd.Stdout, cmd.Stderr = "trustctl", out, out
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+s.URL, "AWS_ACCESS_KEY_ID=SANDBOX111122223333", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_REGION=us-east-1", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, out
}

// ends waits for the end of a process and gives its exit code.
func ends(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode()
	case <-time.After(20 * time.Second):
		t.Fatal("trustctl did not end")
		return -1
	}
}
