package main

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestAPlanFromASnapshotAsksNothingOfTheNetwork runs the program without
// credentials, every way to AWS and every proxy led to a server that counts.
func TestAPlanFromASnapshotAsksNothingOfTheNetwork(t *testing.T) {
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer web.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		t.Helper()
		cmd, err := program(args...)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Dir = dir
		for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
			"AWS_CONTAINER_CREDENTIALS_FULL_URI", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
			cmd.Env = append(cmd.Env, name+"="+web.URL)
		}
		cmd.Env = append(cmd.Env, "HOME="+dir, "PATH=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run("snapshot", "-sandbox", "-out=base.snapshot")
	relabel(t, filepath.Join(dir, "base.snapshot"))
	for _, args := range [][]string{
		{"plan", "-snapshot=base.snapshot", "-out=p.plan", "-json-into=p.json"},
		{"plan", "-snapshot=base.snapshot", "-destroy"},
		{"lint", "-snapshot=base.snapshot", "-live"},
		{"show", "p.plan"},
	} {
		run(args...)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}

// relabel makes a snapshot of a sandbox one of AWS.
func relabel(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body, _, found := strings.Cut(strings.Replace(string(text), `,"sandbox":true`, "", 1), `{"digest":`)
	if !found {
		t.Fatal("the snapshot has no digest")
	}
	sum := sha256.Sum256([]byte(body))
	if err := os.WriteFile(path, fmt.Appendf(nil, "%s{\"digest\":\"sha256:%x\"}\n", body, sum), 0o600); err != nil {
		t.Fatal(err)
	}
}
