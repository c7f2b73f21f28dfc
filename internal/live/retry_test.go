package live

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/sandbox/sandboxtest"
)

func TestAThrottledWriteWaitsForItsPacerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		s, server := inBubble(t, Options{}, func(_ http.ResponseWriter, r *http.Request) bool {
			if r.ParseForm() == nil && r.Form.Get("Action") == "CreateRole" {
				at = append(at, time.Now())
			}
			return false
		})
		if err := server.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Fault: sandbox.Throttling, Match: sandbox.Match{Writes: true}, Calls: []int{1}}}}); err != nil {
			t.Fatal(err)
		}
		_, err := s.IAM.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + string(prod) + `"},"Action":"sts:AssumeRole"}}`)})
		// The pacer begins with two calls a second; the SDK would wait for less, or more, by dice.
		if err != nil || len(at) != 2 || at[1].Sub(at[0]) != time.Second/firstRate {
			t.Errorf("tried at %v, error %v, want a second attempt after %s", at, err, time.Second/firstRate)
		}
	})
}

func TestOnlyAPacedErrorIsTriedAgainAtOnce(t *testing.T) {
	t.Parallel()
	throttled := &smithy.GenericAPIError{Code: "Throttling"}
	o := Options{Backoff: func(attempt int) time.Duration { return time.Duration(attempt) * time.Second }}
	for _, test := range []struct {
		attempt int
		err     error
		want    time.Duration
	}{
		{1, &pacedError{throttled}, 0},
		{3, &pacedError{throttled}, 0},
		{4, fmt.Errorf("wrapped: %w", &pacedError{throttled}), 1 * time.Second},
		{1, throttled, 1 * time.Second},
		{2, &smithy.GenericAPIError{Code: "ServiceFailure"}, 2 * time.Second},
	} {
		if got, err := o.retryer().RetryDelay(test.attempt, test.err); got != test.want || err != nil {
			t.Errorf("attempt %d, %v: %s, error %v, want %s", test.attempt, test.err, got, err, test.want)
		}
	}
	if !o.retryer().IsErrorRetryable(&pacedError{throttled}) {
		t.Error("a paced error is not tried again")
	}
}

func TestAGoodAnswerThatCannotBeReadIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"truncated": `<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><Roles>`,
		"garbage":   "\x00\x01 & <<",
	} {
		w := newWorld(t, sandbox.Options{})
		s := w.connect(t, w.options(), target(prod, "prod"))
		tries := 0
		w.wire.tap = func(r *http.Request, _ url.Values) (*http.Response, error) {
			if tries++; tries == 1 {
				return &http.Response{
					StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
					Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(answer)),
				}, nil
			}
			return nil, nil
		}
		if _, err := s.All[0].IAM.ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil || tries != 2 {
			t.Errorf("%s: %d tries, error %v", name, tries, err)
		}
	}
}

// atFirst connects to an account whose first answer to ListRoles is another's,
// by a clock that costs nothing, and counts those calls.
func atFirst(t *testing.T, o Options, first http.HandlerFunc) (s *Session, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	s, _ = inBubble(t, o, func(w http.ResponseWriter, r *http.Request) bool {
		if r.ParseForm() != nil || r.Form.Get("Action") != "ListRoles" || asked.Add(1) > 1 {
			return false
		}
		time.Sleep(time.Millisecond) // until the client has seen the end of its request: a pipe buffers nothing
		first(w, r)
		return true
	})
	return s, asked
}

// inBubble connects to an account of a sandbox in the bubble of the test;
// instead answers in its place where it says so.
func inBubble(t *testing.T, o Options, instead func(http.ResponseWriter, *http.Request) bool) (*Session, *sandbox.Server) {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wire := sandboxtest.NewPipes()
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !instead(w, r) {
			server.ServeHTTP(w, r)
		}
	})}
	go web.Serve(wire)
	t.Cleanup(func() { web.Close() })
	o.Endpoint, o.Credentials, o.Dial = "http://sandbox", keys, wire.Dial
	sessions, err := Connect(t.Context(), []Target{target(prod, "prod")}, o)
	if err != nil || sessions.All[0].Account.Failure != "" {
		t.Fatalf("connecting: %v %+v", err, sessions)
	}
	return sessions.All[0], server
}

// beginning is the beginning of an answer.
const beginning = `<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><Roles>`

func TestAnAttemptThatTakesTooLongIsGivenUpForTheNext(t *testing.T) {
	for _, limit := range []time.Duration{0, 5 * time.Second} {
		for name, first := range map[string]http.HandlerFunc{
			"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			"an answer without an end": func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, beginning)
				http.NewResponseController(w).Flush()
				<-r.Context().Done()
			},
		} {
			t.Run(fmt.Sprintf("%s, AttemptTimeout %s", name, limit), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, asked := atFirst(t, Options{AttemptTimeout: limit, Backoff: func(int) time.Duration { return 0 }}, first)
					began := time.Now()
					_, err := s.IAM.ListRoles(t.Context(), &iam.ListRolesInput{})
					want := limit
					if limit == 0 {
						want = time.Minute
					}
					if took := time.Since(began); err != nil || took != want || asked.Load() != 2 {
						t.Errorf("after %d attempts and %s: error %v, want an answer to the second, after %s", asked.Load(), took, err, want)
					}
				})
			})
		}
	}
}

func TestAnAnswerThatIsCutOffInTheMiddleIsAskedForAgain(t *testing.T) {
	for name, first := range map[string]http.HandlerFunc{
		"with a length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			io.WriteString(w, beginning)
			panic(http.ErrAbortHandler)
		},
		"in pieces": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, beginning)
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, asked := atFirst(t, Options{}, first)
				if _, err := s.IAM.ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil || asked.Load() != 2 {
					t.Errorf("%d attempts, error %v", asked.Load(), err)
				}
			})
		})
	}
}

func TestAPageOfHTMLIsNoReadingOfAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := atFirst(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<!doctype html><title>Welcome</title><p>Sign in to use this network")
		})
		state, err := Read(t.Context(), &Sessions{All: []*Session{s}}, wanted())
		if a := state.Accounts[0]; err != nil || a.Complete || !strings.HasPrefix(a.Failure, "iam:ListRoles: ") || !strings.Contains(a.Failure, "a web page came back (HTTP 200)") {
			t.Errorf("error %v, account %+v, want a failure that speaks of the page", err, a)
		}
	})
}
