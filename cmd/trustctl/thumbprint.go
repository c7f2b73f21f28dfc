package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/oidc"
	"github.com/trustctl/trustctl/internal/term"
)

func (a *app) thumbprintCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "thumbprint URL",
		Short: "Compute an issuer's certificate thumbprint",
		Long: "Compute the certificate thumbprint of an OpenID Connect issuer, and print the line\n" +
			"that pins it in an issuer block. Without such a line IAM fetches a thumbprint of\n" +
			"its own, and uses it only where the certificate is not from a well-known authority.",
		Example: "  trustctl thumbprint https://api.pulumi.com/oidc",
		Args:    oneArgument("the issuer's URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.thumbprint(cmd.Context(), args[0], timeout)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "give up after `DURATION`")
	return cmd
}

func (a *app) thumbprint(ctx context.Context, url string, timeout time.Duration) error {
	ctx, stop := a.interruptible(ctx)
	defer stop()
	result, err := oidc.Thumbprint(ctx, url, oidc.Options{Timeout: timeout, Proxy: http.ProxyFromEnvironment})
	if err != nil {
		return err
	}
	for _, h := range result.Hosts {
		a.say("%s: %s", term.Escape(h.Address), term.Escape(h.Subject))
		if h.SelfSigned {
			a.warn("%s sends its root certificate, and the thumbprint is that one's. AWS does not say what IAM makes of such a server.", h.Address)
		}
	}
	return a.printLine(`thumbprints = ["%s"]`, strings.Join(result.Thumbprints(), `", "`))
}
