package sandbox_test

import (
	"context"
	"net"
	"testing"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestAConnectionThatWasNeverUsedDoesNotKeepTheSandboxFromEnding(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sandbox.Serve(ctx, listener, server) }()
	idle, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	end()
	if err := <-ended; err != nil {
		t.Errorf("the sandbox ended with %v", err)
	}
}
