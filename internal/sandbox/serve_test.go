package sandbox_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestAConnectionThatWasNeverUsedDoesNotKeepTheSandboxFromEnding(t *testing.T) {
	t.Parallel() // it takes the time that calls in flight are given
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
	// Connections are accepted in order: an answer on a later one means that
	// the server has the idle one.
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + listener.Addr().String() + "/_sandbox/counts")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	end()
	if err := <-ended; err != nil {
		t.Errorf("the sandbox ended with %v", err)
	}
}
