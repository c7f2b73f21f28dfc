package oidc

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

func sha1Of(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return hex.EncodeToString(sum[:])
}

// named is the server's URL under the name localhost, so that there is SNI.
func (s *issuer) named() string { return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) }

func TestTheThumbprintIsOfTheLastCertificateThatIsPresented(t *testing.T) {
	c := newChain(t, nil)
	for _, test := range []struct {
		name       string
		presented  []*x509.Certificate
		want       *x509.Certificate
		selfSigned bool
	}{
		{"a server that leaves its root out", []*x509.Certificate{c.leaf, c.intermediate}, c.intermediate, false},
		{"a server that sends its root", []*x509.Certificate{c.leaf, c.intermediate, c.root}, c.root, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := c.serve(t, test.presented...)
			s.discovery(document(s.named(), s.named()+"/jwks"))
			got, err := Thumbprint(context.Background(), s.named(), Options{Roots: c.pool()})
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "https://"))
			want := Result{Issuer: s.named(), Hosts: []Host{{
				Address: "localhost:" + port, Thumbprint: sha1Of(test.want),
				Subject: test.want.Subject.String(), SelfSigned: test.selfSigned,
			}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Thumbprint (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"localhost", "localhost"}, s.asked()); diff != "" {
				t.Errorf("server names asked for (-want +got):\n%s", diff)
			}
			if viaOpenSSL := opensslThumbprint(t, strings.TrimPrefix(s.URL, "https://")); got.Thumbprints()[0] != viaOpenSSL {
				t.Errorf("thumbprint %s, openssl computes %s", got.Thumbprints()[0], viaOpenSSL)
			}
		})
	}
}

// opensslThumbprint does what AWS's page tells people to do by hand.
func opensslThumbprint(t *testing.T, at string) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("TRUSTCTL_TEST_OPENSSL") == "required" {
			t.Fatal("openssl is required by TRUSTCTL_TEST_OPENSSL and is not installed")
		}
		t.Skip("openssl is not installed: the thumbprint is not compared with what it computes")
	}
	shown, err := exec.Command("openssl", "s_client", "-servername", "localhost", "-showcerts", "-connect", at).Output()
	if err != nil {
		t.Fatalf("openssl s_client: %v", err)
	}
	var last *pem.Block
	for rest := shown; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			last = block
		}
		// s_client repeats the leaf at the end, after "Server certificate".
		if bytes.HasPrefix(bytes.TrimSpace(rest), []byte("---")) {
			break
		}
	}
	print := exec.Command("openssl", "x509", "-fingerprint", "-sha1", "-noout")
	print.Stdin = bytes.NewReader(pem.EncodeToMemory(last))
	out, err := print.Output()
	if err != nil {
		t.Fatalf("openssl x509: %v", err)
	}
	_, fingerprint, _ := strings.Cut(strings.TrimSpace(string(out)), "=")
	return strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
}

func TestAnIssuerWhoseKeysAreElsewhereHasBothThumbprints(t *testing.T) {
	c, other := newChain(t, nil), newChain(t, nil)
	front, keys := c.serve(t, c.leaf, c.intermediate), other.serve(t, other.leaf, other.intermediate)
	front.discovery(document(front.URL, keys.URL+"/jwks"))
	roots := c.pool()
	roots.AddCert(other.root)
	got, err := Thumbprint(context.Background(), front.URL, Options{Roots: roots})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{sha1Of(other.intermediate), sha1Of(c.intermediate)}
	if diff := cmp.Diff(want, got.Thumbprints()); diff != "" {
		t.Errorf("thumbprints, the keys' first (-want +got):\n%s", diff)
	}
}

func TestAPathIsPartOfTheIssuer(t *testing.T) {
	c := newChain(t, nil)
	s := c.serve(t, c.leaf, c.intermediate)
	s.mux.HandleFunc("/oidc/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, document(s.URL+"/oidc", s.URL+"/oidc/jwks"))
	})
	if _, err := Thumbprint(context.Background(), s.URL+"/oidc", Options{Roots: c.pool()}); err != nil {
		t.Error(err)
	}
}

func TestARedirectOnTheSameHostIsFollowed(t *testing.T) {
	c := newChain(t, nil)
	s := c.serve(t, c.leaf, c.intermediate)
	s.mux.Handle("/.well-known/openid-configuration", http.RedirectHandler("/moved", http.StatusFound))
	s.mux.HandleFunc("/moved", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, document(s.URL, s.URL+"/jwks"))
	})
	if _, err := Thumbprint(context.Background(), s.URL, Options{Roots: c.pool()}); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotAnIssuerIsRefusedAndSaysWhy(t *testing.T) {
	good := newChain(t, nil)
	elsewhere := good.serve(t, good.leaf, good.intermediate)
	elsewhere.discovery(document(elsewhere.URL, elsewhere.URL+"/jwks"))
	plain := &http.Server{Handler: http.NotFoundHandler()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = plain.Serve(listener) }()
	t.Cleanup(func() { _ = plain.Close() })

	redirect := func(to string) func(*issuer) {
		return func(s *issuer) {
			s.mux.Handle("/.well-known/openid-configuration", http.RedirectHandler(to, http.StatusFound))
		}
	}
	for _, test := range []struct {
		name   string
		leaf   func(*x509.Certificate)
		set    func(*issuer)
		roots  *x509.CertPool // nil: the chain's own
		issuer string         // "": the server's
		want   string
	}{
		{name: "no discovery document", set: func(*issuer) {}, want: "answered 404 Not Found"},
		{name: "a redirect to another host", set: redirect(elsewhere.URL + "/.well-known/openid-configuration"), want: "redirected to another host"},
		{name: "a redirect to plain http", set: redirect("http://127.0.0.1/"), want: "redirected to another host"},
		{name: "redirects without end", set: redirect("/.well-known/openid-configuration"), want: "redirected more than 5 times"},
		{name: "a document that is too large", set: func(s *issuer) {
			s.discovery(`{"issuer":"` + strings.Repeat("x", maxDocument) + `"}`)
		}, want: "larger than 1048576 bytes"},
		{name: "a page in place of the document", set: func(s *issuer) { s.discovery("<html>") }, want: `its type is "text/html"`},
		{name: "another issuer's document", set: func(s *issuer) { s.discovery(document("https://example.com", s.URL)) }, want: `the issuer "https://example.com"`},
		{name: "no jwks_uri", set: func(s *issuer) { s.discovery(document(s.URL, "")) }, want: "jwks_uri"},
		{name: "keys over plain http", set: func(s *issuer) { s.discovery(document(s.URL, "http://127.0.0.1/jwks")) }, want: "jwks_uri"},
		{name: "keys at a host that is not TLS", set: func(s *issuer) {
			s.discovery(document(s.URL, "https://"+listener.Addr().String()+"/jwks"))
		}, want: "the host of jwks_uri"},
		{name: "a chain that nobody trusts", set: func(s *issuer) { s.discovery(document(s.URL, s.URL)) }, roots: x509.NewCertPool(), want: "unknown authority"},
		{name: "a certificate of another name", leaf: func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"example.com"}, nil
		}, want: "certificate"},
		{name: "a certificate that has expired", leaf: func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}, want: "expired"},
		{name: "plain http", issuer: "http://api.pulumi.com/oidc", want: "not an https:// URL"},
		{name: "no scheme", issuer: "api.pulumi.com/oidc", want: "not an https:// URL"},
		{name: "a query", issuer: "https://api.pulumi.com/oidc?x=1", want: "more than a host and a path"},
		{name: "a password", issuer: "https://me:secret@api.pulumi.com", want: "more than a host and a path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			url, roots := test.issuer, test.roots
			if url == "" {
				c := good
				if test.leaf != nil {
					c = newChain(t, test.leaf)
				}
				s := c.serve(t, c.leaf, c.intermediate)
				if test.set != nil {
					test.set(s)
				}
				url = s.URL
				if roots == nil {
					roots = c.pool()
				}
			}
			got, err := Thumbprint(context.Background(), url, Options{Roots: roots})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Thumbprint(%s) = %v, %v, want an error with %q", url, got, err, test.want)
			}
		})
	}
}

func TestASlowIssuerEndsAtTheTimeLimit(t *testing.T) {
	c := newChain(t, nil)
	s := c.serve(t, c.leaf, c.intermediate)
	release := make(chan struct{})
	defer close(release)
	s.mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"issuer":`)
		w.(http.Flusher).Flush()
		select { // the rest never comes
		case <-release:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of a limit that is not kept
	defer cancel()
	_, err := Thumbprint(ctx, s.URL, Options{Roots: c.pool(), Timeout: 200 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "no answer within 200ms") {
		t.Errorf("err = %v, want the time limit", err)
	}
}
