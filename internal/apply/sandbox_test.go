package apply

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	account     = trust.AccountID("111111111111")
	providerURL = "https://api.pulumi.com/oidc"
	readOnly    = trust.ARN("arn:aws:iam::aws:policy/ReadOnlyAccess")
)

func providerARN() trust.ARN { return trust.ProviderARN("aws", account, providerURL) }

// world is a sandbox behind a wire that tests can cut.
type world struct {
	server *sandbox.Server
	wire   *wire
	client *iam.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	w := &world{server: server, wire: &wire{next: web.Client().Transport, seen: map[string]int{}}}
	w.client = iam.New(iam.Options{
		Region:       "us-east-1",
		BaseEndpoint: &web.URL,
		Credentials:  credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+string(account), "secret", ""),
		HTTPClient:   &http.Client{Transport: w.wire},
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		}),
	})
	return w
}

func (w *world) clients(trust.AccountID) (IAM, error) { return w.client, nil }

// run carries out steps as one change each.
func (w *world) run(t *testing.T, o Options, changes ...[]plan.Step) Result {
	t.Helper()
	p := &plan.Plan{Stack: "main"}
	var tasks []plan.Task
	for i, steps := range changes {
		p.Changes = append(p.Changes, plan.Change{Resource: fmt.Sprint(i)})
		tasks = append(tasks, plan.Task{Change: i, Account: account, Steps: steps})
	}
	return walk(t.Context(), p, tasks, w.clients, nil, o)
}

// must carries out steps that have to succeed.
func (w *world) must(t *testing.T, steps ...plan.Step) {
	t.Helper()
	if r := w.run(t, Options{}, steps); len(r.Done) != 1 {
		t.Fatalf("preparing: %v", r.Failed[0].Err)
	}
}

// wire is an http.RoundTripper that may do something of its own with a call:
// before it is sent, when on gives an answer, or after, when lose says so.
type wire struct {
	next http.RoundTripper
	on   func(action string, nth int) *fault // nil: let it pass

	mu   sync.Mutex
	seen map[string]int
}

// fault is what becomes of a call.
type fault struct {
	lose          bool   // the server carries it out, its answer is lost
	code, message string // the server refuses it
	pretend       bool   // the server says yes and does nothing
	wait          func(*http.Request) error
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	action := form.Get("Action")
	w.mu.Lock()
	w.seen[action]++
	nth := w.seen[action]
	w.mu.Unlock()
	var f *fault
	if w.on != nil {
		f = w.on(action, nth)
	}
	switch {
	case f == nil:
		return w.next.RoundTrip(r)
	case f.lose:
		answer, err := w.next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		return nil, io.ErrUnexpectedEOF
	case f.pretend:
		text := fmt.Sprintf("<%sResponse><ResponseMetadata/></%sResponse>", action, action)
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: r}, nil
	case f.wait != nil:
		if err := f.wait(r); err != nil {
			return nil, err
		}
		return w.next.RoundTrip(r)
	}
	text := fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`, f.code, f.message)
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"text/xml"}, "X-Amzn-Requestid": {"req-1"}},
		Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: r,
	}, nil
}

// first makes a fault of the first n calls of an action.
func first(n int, action string, f fault) func(string, int) *fault {
	return func(a string, nth int) *fault {
		if a == action && nth <= n {
			return &f
		}
		return nil
	}
}

// clock is a time that passes only while somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

func (c *clock) options() Options { return Options{Now: c.Now, Sleep: c.Sleep} }

func document(t *testing.T, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("parsing a policy of the test: %v", err)
	}
	return d
}

// trusting is a trust policy for one subject.
func trusting(t *testing.T, subject string) policy.Document {
	t.Helper()
	return document(t, fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
		"Principal":{"Federated":%q},"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":%q}}}}`,
		providerARN(), subject))
}

// subject has a plus, which a wrong decoding would make a space.
const subject = "pulumi:environments:org:acme:env:payments/prod+1"

func createRole(t *testing.T, name string) plan.CreateRole {
	t.Helper()
	return plan.CreateRole{
		Path: "/pulumi/", RoleName: name, Description: "a role", MaxSession: 2 * time.Hour, Trust: trusting(t, subject),
		Tags: map[string]string{trust.TagStack: "main", trust.TagRole: name},
	}
}

func createProvider() plan.CreateOpenIDConnectProvider {
	return plan.CreateOpenIDConnectProvider{
		ARN: providerARN(), URL: providerURL, ClientIDs: []string{"aws:acme"}, Tags: map[string]string{trust.TagStack: "main"},
	}
}

func roleExists(t *testing.T, w *world, name string) bool {
	t.Helper()
	_, err := w.client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String(name)})
	if err != nil && !isCode(err, noSuchEntity) {
		t.Fatal(err)
	}
	return err == nil
}
