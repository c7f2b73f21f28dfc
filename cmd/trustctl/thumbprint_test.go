package main

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/trustctl/trustctl/internal/term"
)

// TestThumbprintPrintsTheLineToPaste runs the command in a process of its own,
// since a process reads its system roots once.
func TestThumbprintPrintsTheLineToPaste(t *testing.T) {
	var issuer *httptest.Server
	issuer = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, issuer.URL, issuer.URL+"/jwks")
	}))
	t.Cleanup(issuer.Close) // the script runs in parallel
	dir := t.TempDir()
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuer.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "roots.pem"), roots, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "env SSL_CERT_FILE=" + filepath.Join(dir, "roots.pem") + "\n" +
		"exec trustctl thumbprint " + issuer.URL + "\n" +
		fmt.Sprintf("stdout '^thumbprints = \\[\"%x\"\\]$'\n", sha1.Sum(issuer.Certificate().Raw)) +
		"stderr '^Warning: .* sends its root certificate'\n" +
		"env SSL_CERT_FILE=\n" +
		"exec trustctl thumbprint -ca-file " + filepath.Join(dir, "roots.pem") + " " + issuer.URL + "\n" +
		"stdout '^thumbprints = '\n" +
		"code 1 trustctl thumbprint -ca-file nothing.pem " + issuer.URL + "\n" +
		"stderr '^Error: -ca-file: open nothing.pem'\n" +
		"code 1 trustctl thumbprint -ca-file thumbprint.txt " + issuer.URL + "\n" +
		"stderr '^Error: -ca-file: thumbprint.txt holds no certificate in PEM form$'\n" +
		"-- thumbprint.txt --\nno certificate\n"
	if err := os.WriteFile(filepath.Join(dir, "thumbprint.txtar"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, Cmds: scriptCommands})
}

func TestThumbprintOfAnUntrustedIssuerPrintsNothing(t *testing.T) {
	issuer := httptest.NewUnstartedServer(http.NotFoundHandler())
	issuer.Config.ErrorLog = log.New(io.Discard, "", 0)
	issuer.StartTLS()
	defer issuer.Close()
	var out, talk bytes.Buffer
	code := run(context.Background(), []string{"thumbprint", issuer.URL}, nil, term.Streams{Out: &out, Err: &talk}, time.Now)
	if diff := cmp.Diff([]any{exitError, ""}, []any{code, out.String()}); diff != "" {
		t.Errorf("code and standard output (-want +got):\n%s\nit said %s", diff, talk.String())
	}
	if want := "with -ca-file=FILE or as SSL_CERT_FILE\n"; !strings.HasSuffix(talk.String(), want) {
		t.Errorf("it does not end with %q:\n%s", want, talk.String())
	}
}
