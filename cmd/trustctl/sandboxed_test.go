package main

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/sandbox/sandboxtest"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/trust"
)

// sandboxed is a sandbox in a place, and trustctl in this process to work on
// it as on AWS: its commands run side by side, each test with a sandbox of its
// own.
type sandboxed struct {
	server *sandbox.Server
	url    string
	dir    string
	pause  func(esc.Moment, string)
	client *http.Client
}

func newSandboxed(t *testing.T, p place) *sandboxed {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{State: p.state})
	must(t, err)
	web := httptest.NewServer(server)
	s := &sandboxed{server: server, url: web.URL, dir: p.dir, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		_ = server.SetFaults(sandbox.Faults{}) // what is held goes on
		web.Close()
	})
	return s
}

func (s *sandboxed) configure(t *testing.T, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(s.dir, "main.trust.hcl"), []byte(text), 0o600))
}

// trustctl runs a command on the place's configuration, held to its policy.
func (s *sandboxed) trustctl(args ...string) (code int, out string) {
	var b bytes.Buffer
	a := &app{
		Streams: term.Streams{In: strings.NewReader(""), Out: &b, Err: &b}, now: time.Now, log: slog.New(slog.DiscardHandler), pause: s.pause,
		aws: live.Options{
			Endpoint: s.url, HTTPClient: s.client,
			Credentials: func(account trust.AccountID) aws.CredentialsProvider {
				return credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+string(account), "x", "")
			},
		},
	}
	args = append([]string{args[0], "-config=" + s.dir}, args[1:]...)
	h := holding(a, args)
	release := h.over(s.server)
	code = a.guard(func() error { return a.execute(context.Background(), args) })
	release()
	code = h.code(&b, code)
	return code, b.String()
}

func (s *sandboxed) succeed(t *testing.T, args ...string) {
	t.Helper()
	if code, out := s.trustctl(args...); code != exitFine {
		t.Fatalf("trustctl %s ended with exit code %d:\n%s", strings.Join(args, " "), code, out)
	}
}

func (s *sandboxed) state(t *testing.T) []byte {
	t.Helper()
	state, err := s.server.State()
	must(t, err)
	return state
}

// all is everything in the place that a run leads to.
func (s *sandboxed) all(t *testing.T) crashState {
	t.Helper()
	accounts, err := sandboxtest.State(s.state(t), "crash")
	must(t, err)
	return crashState{accounts[crashAccount], files(t, s.dir)}
}

// untouched is what a state holds that is not the stack's: the strangers'
// roles, whole, and of a provider that others made all but the stack's
// audiences and their marks.
func untouched(t *testing.T, state []byte) map[string]any {
	t.Helper()
	accounts, err := sandboxtest.State(state, "crash")
	must(t, err)
	account := accounts[crashAccount]
	all, _ := account["roles"].(map[string]any)
	maps.DeleteFunc(all, func(name string, _ any) bool { return !strings.HasPrefix(name, "stranger-") })
	providers, _ := account["providers"].(map[string]any)
	for url, p := range providers {
		provider := p.(map[string]any)
		tags, _ := provider["tags"].(map[string]any)
		if tags[trust.TagStack] == "crash" {
			continue
		}
		provider["client_ids"] = slices.DeleteFunc(provider["client_ids"].([]any), func(id any) bool { return tags[trust.AudienceMark(id.(string))] == "crash" })
		maps.DeleteFunc(tags, func(_ string, stack any) bool { return stack == "crash" })
		delete(provider, "tags") // none is none, whether or not there is a list
		all[url] = []any{provider, len(tags), tags}
	}
	return all
}
