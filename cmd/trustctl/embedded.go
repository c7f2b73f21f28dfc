package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

// sandboxFolder is where a run on the sandbox keeps its ESC files, below the
// working directory: never in the configuration's own folder.
const sandboxFolder = ownFolder + "/sandbox"

// embedded is a sandbox that lives as long as the run.
type embedded struct {
	url     string
	server  *sandbox.Server
	client  *http.Client
	cancel  context.CancelFunc
	served  chan error
	closing func()
}

// embed starts the sandbox on a free port of 127.0.0.1. Everything goes to it
// as to AWS, through the same client.
func (a *app) embed(state string) (*embedded, error) {
	server, err := a.openSandbox(state)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the sandbox: %w", err), server.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &embedded{url: "http://" + listener.Addr().String(), server: server, cancel: cancel, served: make(chan error, 1), closing: func() {}}
	e.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	if a.opened != nil {
		e.closing = a.opened(server)
	}
	a.background(os.Exit, func() { e.served <- sandbox.Serve(ctx, listener, server) })
	return e, nil
}

// stop ends the sandbox and saves its state.
func (e *embedded) stop() error {
	e.client.CloseIdleConnections() // the server waits for connections that never had a request
	e.cancel()
	err := <-e.served
	e.closing()
	return errors.Join(err, e.server.Close())
}

// options reach the sandbox and nothing else: the environment's AWS_*
// variables, credentials files and proxies are not asked.
func (e *embedded) options() live.Options {
	return live.Options{
		Endpoint: e.url,
		Credentials: func(account trust.AccountID) aws.CredentialsProvider {
			return credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+string(account), "sandbox", "")
		},
		HTTPClient: e.client,
	}
}

// openSandboxFolder is the root of a sandbox run's ESC files.
func openSandboxFolder() (*os.Root, error) {
	if err := makeSandboxFolder(filepath.FromSlash(sandboxFolder)); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.FromSlash(sandboxFolder))
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's folder: %w", err)
	}
	return root, nil
}

// ownFolder is trustctl's own, below the working directory.
const ownFolder = ".trustctl"

// makeSandboxFolder makes a folder for the sandbox. Version control is told to
// leave trustctl's own alone.
func makeSandboxFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making the sandbox's folder: %w", err)
	}
	if first, _, _ := strings.Cut(filepath.ToSlash(filepath.Clean(folder)), "/"); first != ownFolder {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(ownFolder, ".gitignore"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		_, err = f.WriteString("*\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("making the sandbox's folder: %w", err)
	}
	return nil
}
