package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// maxRequest bounds a request's body: the longest there may be is a policy
	// document of 131,072 characters, of which each may be sent as %C3%BF.
	maxRequest = 1 << 20
	// maxHeader bounds its header; a session token is the longest part of it.
	maxHeader = 64 << 10
	// timeout bounds reading a request and writing its answer.
	timeout = 30 * time.Second
	// grace is how long calls in flight may take when the server ends.
	grace = 5 * time.Second
)

// Serve answers on the listener until ctx ends, then lets the calls in flight
// finish. It serves loopback alone: the sandbox knows no secrets and checks
// no signatures, so whoever reaches it may do everything.
func Serve(ctx context.Context, l net.Listener, s *Server) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		l.Close()
		return fmt.Errorf("the sandbox answers on loopback only, not on %s", l.Addr())
	}
	h := &http.Server{
		Handler:        s,
		ReadTimeout:    timeout,
		WriteTimeout:   timeout,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: maxHeader,
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving the sandbox: %w", err)
	case <-ctx.Done():
	}
	// ctx has ended already: the calls in flight get a time of their own.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := h.Shutdown(end); err == nil {
		return nil
	}
	// A client that holds a connection, used or not, cannot keep it from ending.
	if err := h.Close(); err != nil {
		return fmt.Errorf("ending the sandbox: %w", err)
	}
	return nil
}

// ServeHTTP answers one request: of the AWS Query protocol, or below
// /_sandbox/ of the sandbox's own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if strings.HasPrefix(r.URL.Path, controlPath) {
		s.control(w, r)
		return
	}
	name, a, p, err := s.route(r)
	if err != nil {
		send(w, refusal(a.service, err))
		return
	}
	x := &exchange{server: s, w: w, r: r, name: name, action: a, params: p}
	x.run()
}

// route finds the action that a request asks for.
func (s *Server) route(r *http.Request) (string, action, params, error) {
	unknown := action{service: iamService()}
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return "", unknown, params{}, fail(invalidAction, "The method %s is not supported", r.Method)
	}
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return "", unknown, params{}, fail(requestTooLarge, "Request content exceeded the limit of %d bytes", maxRequest)
		}
		return "", unknown, params{}, fail(malformedInput, "The request is not in the form of the Query protocol: %v", err)
	}
	p := params{r.Form}
	version := p.text("Version")
	if version == stsService().version {
		unknown.service = stsService()
	}
	name := p.text("Action")
	if name == "" {
		return "", unknown, p, fail("MissingAction", "The request must contain the parameter Action.")
	}
	a, ok := s.actions[name]
	if !ok || version != a.service.version {
		if version == "" {
			version = "NO_VERSION_SPECIFIED"
		}
		return name, unknown, p, fail(invalidAction, "Could not find operation %s for version %s", name, version)
	}
	return name, a, p, nil
}
