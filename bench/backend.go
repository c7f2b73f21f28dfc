//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// startIAM starts an empty IAM, "moto" or "sandbox". stop ends it.
func startIAM(ctx context.Context, name string) (iam http.Handler, stop func(), err error) {
	if name == "moto" {
		return startMoto(ctx)
	}
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	return server, func() {}, nil
}

// startMoto starts moto on a free port of loopback, in a process group of its
// own: what ends is all of it, whatever wrapper stands before it.
func startMoto(ctx context.Context) (http.Handler, func(), error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("looking for a free port: %w", err)
	}
	address := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	listener.Close()
	cmd := exec.Command("moto_server", "-H", "127.0.0.1", "-p", address.Port())
	cmd.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("starting moto: %w", err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	stop := func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it keeps nothing
		<-ended
	}
	if err := warm(ctx, address, ended); err != nil {
		stop()
		return nil, nil, fmt.Errorf("starting moto: %w", err)
	}
	proxy := httputil.NewSingleHostReverseProxy(address)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	return proxy, stop, nil
}

// warm waits until moto answers, and has it load the managed policies, which
// it does on the first call that needs one.
func warm(ctx context.Context, address *url.URL, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String()+"/?Action=ListPolicies&Version=2010-05-08", nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=SANDBOX"+account+"/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none")
		if answer, err := http.DefaultClient.Do(r); err == nil {
			return answer.Body.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ended:
			return errors.New("it ended at once")
		case <-time.After(100 * time.Millisecond):
		}
	}
}
