package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/oidc"
	"github.com/trustctl/trustctl/internal/visible"
)

func (a *app) thumbprintCommand() *cobra.Command {
	var timeout time.Duration
	var caFile string
	cmd := &cobra.Command{
		Use:   "thumbprint URL",
		Short: "Compute an issuer's certificate thumbprint",
		Long: "Compute the certificate thumbprint of an OpenID Connect issuer, and print the line\n" +
			"that pins it in an issuer block. Without such a line IAM fetches a thumbprint of\n" +
			"its own, and uses it only where the certificate is not from a well-known authority.\n" +
			"For an issuer with a private authority give that one's certificate with -ca-file.",
		Example: "  trustctl thumbprint https://api.pulumi.com/oidc",
		Args:    oneArgument("the issuer's URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.thumbprint(cmd.Context(), args[0], caFile, timeout)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "give up after `DURATION`")
	cmd.Flags().StringVar(&caFile, "ca-file", "", "trust the authorities of `FILE`, PEM certificates, besides those of this machine (also SSL_CERT_FILE)")
	return cmd
}

func (a *app) thumbprint(ctx context.Context, url, caFile string, timeout time.Duration) error {
	ctx, stop := a.interruptible(ctx)
	defer stop()
	roots, err := authorities(caFile)
	if err != nil {
		return err
	}
	result, err := oidc.Thumbprint(ctx, url, oidc.Options{Timeout: timeout, Proxy: http.ProxyFromEnvironment, Roots: roots})
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w\n\nIf the issuer has a private authority, give that one's certificate, PEM, with -ca-file=FILE or as SSL_CERT_FILE", err)
	}
	if err != nil {
		return cause(ctx, err)
	}
	for _, h := range result.Hosts {
		a.say("%s: %s", visible.Line(h.Address), visible.Line(h.Subject))
		if h.SelfSigned {
			a.warn("%s sends its root certificate, and the thumbprint is that one's. AWS does not say what IAM makes of such a server.", h.Address)
		}
	}
	return a.printLine(`thumbprints = ["%s"]`, strings.Join(result.Thumbprints(), `", "`))
}

// maxAuthorities is the most that is read of a file of authorities: several
// times what browsers trust.
const maxAuthorities = 4 << 20

// authorities are those of the machine and of a file; nil leaves it to the machine.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("-ca-file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAuthorities+1))
	if err != nil {
		return nil, fmt.Errorf("-ca-file: %w", err)
	}
	if len(text) > maxAuthorities {
		return nil, fmt.Errorf("-ca-file: %s is larger than %d bytes", file, maxAuthorities)
	}
	roots, err := x509.SystemCertPool()
	if err != nil { // a machine without any
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("-ca-file: %s holds no certificate in PEM form", file)
	}
	return roots, nil
}
