package live

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	prod     = trust.AccountID("111111111111")
	dev      = trust.AccountID("222222222222")
	issuer   = "https://api.pulumi.com/oidc"
	readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	// lambda is a trust policy that is none of our business.
	lambda = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
)

// world is a sandbox behind a wire that tests can tap.
type world struct {
	server *sandbox.Server
	url    string
	wire   *wire
}

func newWorld(t testing.TB, o sandbox.Options) *world {
	t.Helper()
	server, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return &world{server: server, url: web.URL, wire: &wire{next: web.Client().Transport}}
}

// wire is an http.RoundTripper that notes the calls and asks tap about each:
// an answer of tap's stands in for the server's.
type wire struct {
	next http.RoundTripper
	tap  func(*http.Request, url.Values) (*http.Response, error)

	mu  sync.Mutex
	log []string // actions in the order of their calls
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
	w.mu.Lock()
	w.log = append(w.log, form.Get("Action"))
	w.mu.Unlock()
	if w.tap != nil {
		if answer, err := w.tap(r, form); answer != nil || err != nil {
			return answer, err
		}
	}
	return w.next.RoundTrip(r)
}

// refusal is an error answer of AWS's.
func refusal(r *http.Request, status int, code, message string) *http.Response {
	text := fmt.Sprintf(`<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`, code, message)
	return &http.Response{StatusCode: status, Header: http.Header{"X-Amzn-Requestid": {"req-1"}}, Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: r}
}

// keys are the sandbox's credentials of an account.
func keys(a trust.AccountID) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+string(a), "secret", "")
}

func (w *world) options() Options {
	return Options{Endpoint: w.url, Credentials: keys, HTTPClient: &http.Client{Transport: w.wire}}
}

func target(id trust.AccountID, name string) Target {
	return Target{Account: trust.Account{ID: id, Name: name, Partition: "aws"}}
}

func (w *world) connect(t testing.TB, o Options, targets ...Target) *Sessions {
	t.Helper()
	s, err := Connect(t.Context(), targets, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) read(t testing.TB, o Options, want Want, targets ...Target) trust.State {
	t.Helper()
	state, err := Read(t.Context(), w.connect(t, o, targets...), want)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// client writes to the sandbox past the wire.
func (w *world) client(a trust.AccountID) *iam.Client {
	return iam.New(iam.Options{Region: "us-east-1", BaseEndpoint: &w.url, Credentials: keys(a)})
}

func (w *world) provider(t testing.TB, a trust.AccountID) {
	t.Helper()
	_, err := w.client(a).CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String(issuer), ClientIDList: []string{"aws:zeta", "aws:acme"}, ThumbprintList: []string{"ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD"},
		Tags: []types.Tag{{Key: aws.String(trust.TagStack), Value: aws.String("main")}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// role makes a role with a trust policy; more may change what is asked for.
func (w *world) role(t testing.TB, a trust.AccountID, name, doc string, more ...func(*iam.CreateRoleInput)) {
	t.Helper()
	in := &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &doc}
	for _, f := range more {
		f(in)
	}
	if _, err := w.client(a).CreateRole(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func tagged(pairs ...string) func(*iam.CreateRoleInput) {
	return func(in *iam.CreateRoleInput) {
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
	}
}

// pulumi is a trust policy for one subject of the issuer.
func pulumi(a trust.AccountID, subject string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":%q},"Action":"sts:AssumeRoleWithWebIdentity",
"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":%q}}}}`, trust.ProviderARN("aws", a, issuer), subject)
}

func document(t testing.TB, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func names(s trust.State) []string {
	var list []string
	for _, r := range s.Roles {
		list = append(list, string(r.Account)+"/"+r.Name)
	}
	return list
}

func wanted(declared ...trust.Address) Want {
	w := Want{Issuers: []Issuer{{Name: "pulumi", URL: issuer}}, Roles: map[trust.Address]bool{}}
	for _, a := range declared {
		w.Roles[a] = true
	}
	return w
}
