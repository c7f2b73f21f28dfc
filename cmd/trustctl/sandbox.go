package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// defaultSandbox is the sandbox's state, below the working directory.
const defaultSandbox = ownFolder + "/sandbox.json"

func (a *app) sandboxCommand() *cobra.Command {
	var listen, state string
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the embedded IAM and STS on loopback",
		Long: "Serve the embedded IAM and STS on loopback, for trying and for other clients:\n" +
			"point AWS_ENDPOINT_URL at the address in the first line. The access key id\n" +
			sandbox.KeyPrefix + "<account id> leads to that account, any other to " + sandbox.DefaultAccount + "; secret keys are not\n" +
			"checked. Ctrl-C ends it; the state is kept.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serveSandbox(cmd.Context(), listen, state)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "serve at `ADDRESS`, on loopback; port 0 is a free one")
	cmd.Flags().StringVar(&state, "state", defaultSandbox, "keep the state in `FILE`")
	return cmd
}

func (a *app) serveSandbox(ctx context.Context, listen, state string) error {
	if err := loopback(listen); err != nil {
		return err
	}
	ctx, stop := a.interruptible(ctx)
	defer stop()
	server, err := a.openSandbox(state)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(fmt.Errorf("serving the sandbox: %w", err), server.Close())
	}
	err = a.printLine("SANDBOX http://%s", listener.Addr())
	if err == nil {
		a.say("State: %s. Ctrl-C ends it.", state)
		err = sandbox.Serve(ctx, listener, server)
	}
	return errors.Join(err, server.Close())
}

// openSandbox opens the sandbox with the state of a file, which need not be there.
func (a *app) openSandbox(state string) (*sandbox.Server, error) {
	if err := makeSandboxFolder(filepath.Dir(state)); err != nil {
		return nil, err
	}
	return sandbox.New(sandbox.Options{StateFile: state, Now: a.now})
}

// loopback refuses an address that others could reach: the sandbox checks no
// signatures.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-listen: the sandbox serves loopback only, such as 127.0.0.1:0, and not %q", address)
	}
	return nil
}
