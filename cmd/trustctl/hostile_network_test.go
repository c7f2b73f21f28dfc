package main

import (
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// TestNothingThatAConfigurationNamesIsAsked gives a plan from a snapshot all
// that a configuration can name of the network, leads every proxy there too,
// and listens.
func TestNothingThatAConfigurationNamesIsAsked(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var asked atomic.Int32
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = c.Close()
		}
	}()
	web := "http://" + listener.Addr().String()
	w := hostileRun{dir: t.TempDir()}
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		w.env = append(w.env, name+"="+web)
	}
	hostile{config: `
account "b" {
  id      = "222233334444"
  region  = "us-east-1"
  profile = "evil"
  assume_role {
    role_arn    = "arn:aws:iam::222233334444:role/r"
    external_id = "` + web + `"
  }
}
issuer "evil" {
  url = "https://issuer.example"
}
org "acme" {
  account = account.b
  issuer  = issuer.evil
  environment "p/e" {
    esc {
      environment_variables = { AWS_ENDPOINT_URL = "` + web + `", HTTPS_PROXY = "` + web + `" }
      values = {
        endpoint = "` + web + `"
        key      = { "fn::open::aws-secrets" = { region = "` + web + `" } }
      }
    }
  }
}
`}.write(t, w.dir)
	if err := os.Mkdir(filepath.Join(w.dir, ".aws"), 0o700); err != nil { // HOME is the folder, at worst
		t.Fatal(err)
	}
	profile := "[profile evil]\nregion = us-east-1\nendpoint_url = " + web + "\ncredential_process = /bin/touch " + filepath.Join(w.dir, "ran") + "\n"
	if err := os.WriteFile(filepath.Join(w.dir, ".aws", "config"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	trusted := hostileRun{dir: t.TempDir()}
	hostile{config: "account \"b\" {\n  id = \"222233334444\"\n}\n"}.write(t, trusted.dir)
	base := filepath.Join(trusted.dir, "base.snapshot")
	if trusted.run(t, "snapshot", "-sandbox", "-out="+base); trusted.code != 0 {
		t.Fatalf("no snapshot: %s", trusted.said)
	}
	relabel(t, base)
	for _, args := range [][]string{{"validate"}, {"plan", "-snapshot=" + base}, {"plan", "-destroy", "-snapshot=" + base}, {"lint", "-live", "-snapshot=" + base}, {"test"}} {
		if w.run(t, args...); w.code != 0 {
			t.Errorf("%s ended with %d: %s", args[0], w.code, w.said)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "ran")); err == nil {
		t.Error("a program ran")
	}
	// The same plan of the accounts would ask: the trap is open.
	if w.run(t, "plan", "-timeout=1s"); asked.Load() == 0 {
		if _, err := os.Stat(filepath.Join(w.dir, "ran")); err != nil {
			t.Errorf("neither a connection nor a program without -snapshot: %s", w.said)
		}
	}
}
