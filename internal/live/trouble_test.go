package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestARetryOfAReadingIsToldAndLoggedAndNamedWhereTimeRunsOut(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	var mu sync.Mutex
	var told []Retry
	var log bytes.Buffer
	o := w.options()
	o.Backoff = func(int) time.Duration { return 0 }
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, cancel := context.WithCancelCause(t.Context())
	tooLong := errors.New("too long")
	o.Retrying = func(r Retry) {
		mu.Lock()
		defer mu.Unlock()
		if told = append(told, r); len(told) == 3 {
			cancel(tooLong)
		}
	}
	s := w.connect(t, o, target(prod, "prod"))
	w.wire.tap = func(r *http.Request, form url.Values) (*http.Response, error) {
		if form.Get("Action") != "ListRoles" {
			return nil, nil
		}
		return refusal(r, http.StatusServiceUnavailable, "ServiceFailure", "come back later"), nil
	}
	_, err := Read(ctx, s, wanted())
	want := fmt.Sprintf("too long. Account prod (%s) did not answer iam:ListRoles: attempt 3 ended with ServiceFailure: come back later", prod)
	if !errors.Is(err, tooLong) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if len(told) != 3 || told[0].Call != "iam:ListRoles" || told[2].Attempt != 3 {
		t.Errorf("told of %+v", told)
	}
	if text := log.String(); strings.Count(text, "an attempt failed") != 3 || !strings.Contains(text, "call=iam:ListRoles attempt=2 why=\"ServiceFailure: come back later\"") {
		t.Errorf("logged:\n%s", text)
	}
}

func TestAnEndpointThatRefusesConnectionsIsNoMatterOfCredentials(t *testing.T) {
	sdkEnvironment(t, "")
	t.Setenv("AWS_ACCESS_KEY_ID", sandbox.KeyPrefix+string(prod))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	w := newWorld(t, sandbox.Options{})
	there := target(dev, "dev")
	there.Settings.AssumeRole = &AssumeRole{RoleARN: "arn:aws:iam::222222222222:role/deployer"}
	for endpoint, why := range map[string]string{"http://127.0.0.1:1": "connection refused", "http://sts.invalid": "no such host"} {
		w.wire.log = nil
		began := time.Now()
		s := w.connect(t, Options{Endpoint: endpoint, HTTPClient: &http.Client{Transport: w.wire}, Backoff: func(int) time.Duration { return 0 }}, there)
		want := "sts:AssumeRole: cannot reach sts at " + endpoint + ": "
		if f := s.All[0].Account.Failure; !strings.HasPrefix(f, want) || endpoint == "http://127.0.0.1:1" && !strings.Contains(f, why) {
			t.Errorf("failure %q, want %q", f, want)
		}
		if n := len(w.wire.log); n == 0 || n > fewAttempts {
			t.Errorf("%s: tried %d times in %s, want %d at most", endpoint, n, time.Since(began), fewAttempts)
		}
	}
}
