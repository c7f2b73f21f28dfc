package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// chain is a certificate authority of three: a root, an intermediate, a leaf.
type chain struct {
	root, intermediate, leaf *x509.Certificate
	leafKey                  *ecdsa.PrivateKey
}

// newChain makes a chain whose leaf is for localhost and 127.0.0.1, or for
// other names, and valid around now.
func newChain(t *testing.T, change func(leaf *x509.Certificate)) chain {
	t.Helper()
	var serial int64
	sign := func(name string, ca bool, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		serial++
		template := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if ca {
			template.KeyUsage = x509.KeyUsageCertSign
		} else {
			template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
			if change != nil {
				change(template)
			}
		}
		if parent == nil {
			parent, parentKey = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return certificate, key
	}
	root, rootKey := sign("test root", true, nil, nil)
	intermediate, intermediateKey := sign("test intermediate", true, root, rootKey)
	leaf, leafKey := sign("test leaf", false, intermediate, intermediateKey)
	return chain{root, intermediate, leaf, leafKey}
}

func (c chain) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.root)
	return pool
}

// issuer is an issuer on loopback.
type issuer struct {
	*httptest.Server
	mux *http.ServeMux

	mu    sync.Mutex
	names []string // by SNI
}

// serve starts an issuer that presents exactly the given certificates.
func (c chain) serve(t *testing.T, presented ...*x509.Certificate) *issuer {
	t.Helper()
	s := &issuer{mux: http.NewServeMux()}
	s.Server = httptest.NewUnstartedServer(s.mux)
	certificate := tls.Certificate{PrivateKey: c.leafKey}
	for _, p := range presented {
		certificate.Certificate = append(certificate.Certificate, p.Raw)
	}
	s.Server.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate},
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.names = append(s.names, hello.ServerName)
			return nil, nil
		},
	}
	s.Server.Config.ErrorLog = discard()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// asked are the names that clients asked for, so far.
func (s *issuer) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.names)
}

// discovery answers with a document.
func (s *issuer) discovery(document string) {
	s.mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(document))
	})
}

// document is the discovery document of an issuer whose keys are at jwks.
func document(issuer, jwks string) string {
	return `{"issuer":"` + issuer + `","jwks_uri":"` + jwks + `","response_types_supported":["id_token"]}`
}
