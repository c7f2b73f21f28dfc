// Package oidc computes the certificate thumbprint that IAM keeps for an
// OpenID Connect issuer: it reads the issuer's discovery document and looks at
// the certificates of the host that serves its keys.
//
// It does not speak to AWS, does not validate tokens and does not decide
// whether a thumbprint should be pinned at all.
package oidc

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxDocument  = 1 << 20
	maxRedirects = 5
)

// Options say how an issuer is reached.
type Options struct {
	Roots   *x509.CertPool                        // nil: the system's
	Timeout time.Duration                         // for the whole of it; 0: 30 seconds
	Proxy   func(*http.Request) (*url.URL, error) // for the discovery document and the keys; nil: none
}

// Result is what was found of an issuer.
type Result struct {
	Issuer string
	Hosts  []Host // the host of jwks_uri first, then that of the discovery document where its thumbprint differs
}

// Host is one host that serves a part of an issuer.
type Host struct {
	Address    string // host:port
	Thumbprint string // SHA-1 in lower case hexadecimal, 40 characters
	Subject    string // of the certificate that the thumbprint is of
	SelfSigned bool   // that certificate is a root
}

// Thumbprints are the hosts' thumbprints, in their order.
func (r Result) Thumbprints() []string {
	var all []string
	for _, h := range r.Hosts {
		all = append(all, h.Thumbprint)
	}
	return all
}

// Thumbprint finds the thumbprint of an issuer as AWS describes it: read the
// discovery document, take the host of its jwks_uri, connect with TLS, take
// the last certificate that the server sends, SHA-1 of its DER.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
// Where keys and discovery document have different certificates, AWS wants
// both in the list.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
//
// The chain is verified first, so a thumbprint is never taken of what somebody
// else on the way sent. "Last" is meant of what the server presents: usually
// that is the intermediate nearest to the root, since servers leave the root
// out. A server that does send its root makes the root the last one; AWS does
// not say what IAM does then. The thumbprint is the root's in that case, and
// SelfSigned says so.
func Thumbprint(ctx context.Context, issuer string, o Options) (Result, error) {
	base, err := parseIssuer(issuer)
	if err != nil {
		return Result{}, err
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
	defer cancel()

	client := &http.Client{
		CheckRedirect: sameHost,
		Transport: &http.Transport{
			Proxy:                  o.Proxy,
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: 64 << 10,
			DisableKeepAlives:      true,
		},
	}
	jwks, discovery, err := readDiscovery(ctx, client, issuer, base)
	if err != nil {
		return Result{}, fmt.Errorf("reading the discovery document of %s: %w", issuer, cause(ctx, err))
	}
	keys, err := readHost(ctx, client, jwks)
	if err != nil {
		return Result{}, fmt.Errorf("connecting to %s, the host of jwks_uri: %w", address(jwks), cause(ctx, err))
	}
	result := Result{Issuer: issuer, Hosts: []Host{keys}}
	if discovery.Thumbprint != keys.Thumbprint {
		result.Hosts = append(result.Hosts, discovery)
	}
	return result, nil
}

// parseIssuer takes what IAM takes as a provider's URL: https, no port needed,
// no query, no fragment.
func parseIssuer(issuer string) (*url.URL, error) {
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the issuer is not a URL: %w", err)
	case u.Scheme != "https" || u.Hostname() == "":
		return nil, fmt.Errorf("the issuer %q is not an https:// URL", issuer)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(issuer, "#"):
		return nil, fmt.Errorf("the issuer %q has more than a host and a path", issuer)
	}
	return u, nil
}

// readDiscovery reads the discovery document and gives its jwks_uri and the
// host that served it.
// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
func readDiscovery(ctx context.Context, client *http.Client, issuer string, base *url.URL) (*url.URL, Host, error) {
	at := *base
	at.Path = strings.TrimRight(at.Path, "/") + "/.well-known/openid-configuration"
	response, err := get(ctx, client, at.String())
	if err != nil {
		return nil, Host{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, Host{}, fmt.Errorf("%s answered %s", at.String(), response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return nil, Host{}, err
	}
	if len(text) > maxDocument {
		return nil, Host{}, fmt.Errorf("it is larger than %d bytes", maxDocument)
	}
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
		return nil, Host{}, fmt.Errorf("it is not the JSON it should be (its type is %q): %w", kind, err)
	}
	// Section 4.3: the two must be the same, letter for letter. IAM holds the
	// iss of a token against the provider's URL, so another spelling would
	// make a provider that no token fits.
	if document.Issuer != issuer {
		return nil, Host{}, fmt.Errorf("it is the document of the issuer %q: use that spelling", document.Issuer)
	}
	jwks, err := url.Parse(document.JWKSURI)
	if err != nil || jwks.Scheme != "https" || jwks.Hostname() == "" || jwks.User != nil {
		return nil, Host{}, fmt.Errorf("its jwks_uri %q is not an https:// URL", document.JWKSURI)
	}
	host, err := hostOf(response)
	return jwks, host, err
}

// readHost connects to the host of u. What it answers does not matter, only
// the certificates that it shows on the way.
func readHost(ctx context.Context, client *http.Client, u *url.URL) (Host, error) {
	still := *client
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := get(ctx, &still, u.String())
	if err != nil {
		return Host{}, err
	}
	defer response.Body.Close()
	return hostOf(response)
}

func get(ctx context.Context, client *http.Client, at string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	return client.Do(request)
}

// hostOf reads the verified connection that an answer came over.
func hostOf(response *http.Response) (Host, error) {
	state := response.TLS
	if state == nil || len(state.VerifiedChains) == 0 {
		return Host{}, errors.New("the connection is not verified")
	}
	last := state.PeerCertificates[len(state.PeerCertificates)-1]
	sum := sha1.Sum(last.Raw)
	return Host{
		Address:    address(response.Request.URL),
		Thumbprint: hex.EncodeToString(sum[:]),
		Subject:    last.Subject.String(),
		SelfSigned: slices.Equal(last.RawSubject, last.RawIssuer) && last.CheckSignatureFrom(last) == nil,
	}, nil
}

// sameHost refuses a redirect to another host: who may send readers elsewhere
// is not the issuer that was named.
func sameHost(next *http.Request, via []*http.Request) error {
	switch first := via[0].URL; {
	case next.URL.Scheme != "https" || address(next.URL) != address(first):
		return fmt.Errorf("it is redirected to another host, %s, which is refused", address(next.URL))
	case len(via) >= maxRedirects:
		return fmt.Errorf("it is redirected more than %d times", maxRedirects)
	}
	return nil
}

// address is a URL's host:port.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// cause puts the time limit's own words in the place of "context deadline exceeded".
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}
