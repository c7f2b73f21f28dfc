// Package mototest starts moto's server for tests that want a second opinion
// on how IAM answers. It installs nothing: where moto_server is not in PATH
// the test is skipped, or fails if moto was asked for.
//
// https://docs.getmoto.org/en/latest/docs/server_mode.html
package mototest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// Environment is the variable that, set to "required", makes a missing
// moto_server a failure instead of a skipped test.
const Environment = "TRUSTCTL_TEST_MOTO"

// Account is moto's own account: where any access key leads that sts did not
// give out.
const Account = "123456789012"

// patience is how long moto may take to say its address: a cold Python on a
// busy machine needs several seconds.
const patience = 60 * time.Second

var address = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// Start runs an empty moto on a free loopback port until the test ends, and
// answers its URL. It has the AWS managed policies.
func Start(t testing.TB) (url string) {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		if os.Getenv(Environment) == "required" {
			t.Fatalf("moto_server is not in PATH, and %s=required", Environment)
		}
		t.Skipf("skipped: moto_server is not in PATH (%s=required makes this a failure)", Environment)
	}

	// Port 0: the system picks a free one, which moto names in its output.
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", "0")
	cmd.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "PYTHONUNBUFFERED=1")
	output, write, err := os.Pipe()
	if err != nil {
		t.Fatalf("making a pipe for moto_server: %v", err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting moto_server: %v", err)
	}
	write.Close()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		output.Close()
	})

	said := make(chan string, 1)
	go func() {
		var lines string
		for s := bufio.NewScanner(output); s.Scan(); {
			if m := address.FindStringSubmatch(s.Text()); m != nil {
				said <- m[1]
				io.Copy(io.Discard, output) // its log must never block it
				return
			}
			lines += s.Text() + "\n"
		}
		said <- "\n" + lines
	}()
	select {
	case url = <-said:
	case <-time.After(patience):
		t.Fatalf("moto_server did not say its address within %s", patience)
	}
	if url == "" || url[0] == '\n' {
		t.Fatalf("moto_server ended before it said its address:%s", url)
	}
	return url
}
