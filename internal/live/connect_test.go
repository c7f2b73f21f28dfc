package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestCredentialsOfAnotherAccountStopEverythingBeforeIAMIsAsked(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	o := w.options()
	o.Credentials = func(trust.AccountID) aws.CredentialsProvider { return keys(dev) }
	_, err := Connect(t.Context(), []Target{target(dev, "dev"), target(prod, "prod")}, o)
	var wrong *WrongAccountError
	if !errors.As(err, &wrong) || wrong.Account.ID != prod || wrong.Actual != dev {
		t.Fatalf("error %v, want one about %s that is %s", err, prod, dev)
	}
	for _, part := range []string{`"prod"`, string(prod), string(dev), "assume_role"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %s: %v", part, err)
		}
	}
	for _, action := range w.wire.log {
		if action != "GetCallerIdentity" {
			t.Errorf("%s was called", action)
		}
	}
}

func TestAnAccountThatRefusesIsAFailureOfItsOwn(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.provider(t, prod)
	o := w.options()
	o.Credentials = func(a trust.AccountID) aws.CredentialsProvider {
		if a == dev {
			return credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+"nonsense", "x", "")
		}
		return keys(a)
	}
	sessions := w.connect(t, o, target(dev, "dev"), target(prod, "prod"))
	state, err := Read(t.Context(), sessions, wanted())
	if err != nil {
		t.Fatal(err)
	}
	if a := state.Accounts[0]; !a.Complete || a.Failure != "" || len(state.Providers) != 1 {
		t.Errorf("prod was not read: %+v", state)
	}
	a := state.Accounts[1]
	if a.Complete || !strings.HasPrefix(a.Failure, "sts:GetCallerIdentity: InvalidClientTokenId: ") || !strings.Contains(a.Failure, "(request id ") {
		t.Errorf("dev: %+v, want a failure with AWS's words", a)
	}
	if _, err := sessions.IAM(dev); err == nil || !strings.Contains(err.Error(), "InvalidClientTokenId") {
		t.Errorf("a client for dev: error %v", err)
	}
	if _, err := sessions.IAM("333333333333"); err == nil {
		t.Error("there is a client for an account that nobody asked for")
	}
}

func TestAnAccountThatDoesNotAnswerIsAFailureOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	o := w.options()
	o.Endpoint = "http://127.0.0.1:1"
	o.HTTPClient = &http.Client{Transport: w.wire}
	s := w.connect(t, o, target(prod, "prod"))
	if f := s.All[0].Account.Failure; !strings.HasPrefix(f, "sts:GetCallerIdentity: ") || !strings.Contains(f, "refused") {
		t.Errorf("failure %q, want one that says that the connection was refused", f)
	}
	if n := len(w.wire.log); n != 3 {
		t.Errorf("tried %d times, want 3", n)
	}
}

func TestAnEndedContextIsAnErrorAndNoFailureOfAccounts(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ctx, []Target{target(prod, "prod")}, w.options()); !errors.Is(err, context.Canceled) {
		t.Errorf("connecting: error %v", err)
	}
	sessions := w.connect(t, w.options(), target(prod, "prod"))
	if _, err := Read(ctx, sessions, wanted()); !errors.Is(err, context.Canceled) {
		t.Errorf("reading: error %v", err)
	}
}

// sdkEnvironment is an environment for the SDK's chain that leads nowhere
// but to the sandbox.
func sdkEnvironment(t *testing.T, config string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestProfilesAndTheEndpointComeFromTheSDKsChain(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	sdkEnvironment(t, fmt.Sprintf("[profile p]\naws_access_key_id=%s%s\naws_secret_access_key=x\n", sandbox.KeyPrefix, prod))
	t.Setenv("AWS_ENDPOINT_URL", w.url)
	with, without, missing := target(prod, "with"), target(dev, "without"), target("333333333333", "missing")
	with.Settings.Profile = "p"
	missing.Settings.Profile = "nobody"
	s := w.connect(t, Options{}, with, without, missing)
	if a := s.All[0].Account; a.Failure != "" || a.Caller == "" {
		t.Errorf("with a profile: %+v", a)
	}
	if f := s.All[1].Account.Failure; f == "" {
		t.Error("without credentials there is no failure")
	}
	if f := s.All[2].Account.Failure; !strings.Contains(f, "nobody") {
		t.Errorf("with a profile that does not exist: failure %q", f)
	}
}

func TestARoleIsAssumedAsTheAccountSays(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	sdkEnvironment(t, "")
	t.Setenv("AWS_ACCESS_KEY_ID", sandbox.KeyPrefix+string(prod))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	var asked url.Values
	w.wire.tap = func(_ *http.Request, form url.Values) (*http.Response, error) {
		if form.Get("Action") == "AssumeRole" {
			asked = form
		}
		return nil, nil
	}
	there := target(dev, "dev")
	there.Settings.AssumeRole = &AssumeRole{RoleARN: "arn:aws:iam::222222222222:role/deployer", ExternalID: "external-7", Duration: 1800e9}
	s := w.connect(t, Options{Endpoint: w.url, HTTPClient: &http.Client{Transport: w.wire}}, target(prod, "prod"), there)
	if got, want := s.All[1].Account.Caller, trust.ARN("arn:aws:sts::222222222222:assumed-role/deployer/trustctl"); got != want {
		t.Errorf("caller %s (%s), want %s", got, s.All[1].Account.Failure, want)
	}
	if got := s.All[0].Account; got.Failure != "" {
		t.Errorf("without a role: %+v", got)
	}
	for key, value := range map[string]string{"ExternalId": "external-7", "DurationSeconds": "1800", "RoleSessionName": "trustctl"} {
		if asked.Get(key) != value {
			t.Errorf("%s is %q, want %q", key, asked.Get(key), value)
		}
	}
}

func TestAWrongExternalIDIsAFailureOfItsOwn(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	sdkEnvironment(t, "")
	t.Setenv("AWS_ACCESS_KEY_ID", sandbox.KeyPrefix+string(prod))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	_, err := w.client(dev).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("deployer"), AssumeRolePolicyDocument: aws.String(fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"right-id","sts:RoleSessionName":"ours"}}}}`, prod))})
	if err != nil {
		t.Fatal(err)
	}
	for externalID, want := range map[string]string{"right-id": "", "wrong-id": "sts:AssumeRole: AccessDenied: ", "": "sts:AssumeRole: AccessDenied: "} {
		there := target(dev, "dev")
		there.Settings.AssumeRole = &AssumeRole{RoleARN: "arn:aws:iam::" + string(dev) + ":role/deployer", ExternalID: externalID, SessionName: "ours"}
		sessions := w.connect(t, Options{Endpoint: w.url}, target(prod, "prod"), there)
		got := sessions.All[1].Account
		if want == "" && (got.Failure != "" || got.Caller != "arn:aws:sts::"+trust.ARN(dev)+":assumed-role/deployer/ours") || !strings.HasPrefix(got.Failure, want) {
			t.Errorf("with %q: %+v, want %q", externalID, got, want)
		}
		if strings.Contains(got.Failure, "wrong-id") {
			t.Errorf("the failure tells the external id: %s", got.Failure)
		}
		if prod := sessions.All[0].Account; prod.Failure != "" {
			t.Errorf("with %q the other account fails: %+v", externalID, prod)
		}
	}
}

func TestCredentialsThatExpireAreAFailureOfTheirAccount(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	sessions := w.connect(t, w.options(), target(prod, "prod"), target(dev, "dev"))
	rule := sandbox.Rule{Fault: "expired-token"}
	rule.Account = string(dev)
	if err := w.server.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{rule}}); err != nil {
		t.Fatal(err)
	}
	state, err := Read(t.Context(), sessions, wanted())
	if err != nil {
		t.Fatal(err)
	}
	if a := state.Accounts[1]; a.Complete || !strings.Contains(a.Failure, "ExpiredToken: ") || !strings.Contains(a.Failure, "(request id ") {
		t.Errorf("dev: %+v", a)
	}
	if a := state.Accounts[0]; !a.Complete {
		t.Errorf("prod was not read: %+v", a)
	}
}

func TestEachAccountIsReachedInItsOwnPartition(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	china, government := target(dev, "china"), target("333333333333", "government")
	china.Account.Partition, government.Account.Partition = "aws-cn", "aws-us-gov"
	sessions := w.connect(t, w.options(), target(prod, "prod"), china, government)
	for i, want := range []string{"aws", "aws-cn", "aws-us-gov"} {
		if a := sessions.All[i].Account; a.Failure != "" || a.Caller.Partition() != want {
			t.Errorf("%s: %+v, want a caller in %s", a.Name, a, want)
		}
	}
	china.Settings.Region = "us-east-1"
	_, err := Connect(t.Context(), []Target{target(prod, "prod"), china}, w.options())
	var wrong *WrongPartitionError
	if !errors.As(err, &wrong) || wrong.Account.ID != dev {
		t.Fatalf("error %v, want one about the partition of %s", err, dev)
	}
	for _, part := range []string{`"china"`, `"aws-cn"`, `"aws"`, "partition"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %s: %v", part, err)
		}
	}
}

// hosts leads every call to the sandbox, and keeps the hosts that were meant.
type hosts struct {
	sandbox string
	mu      sync.Mutex
	meant   map[string]bool
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.meant[r.URL.Host] = true
	h.mu.Unlock()
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", h.sandbox
	return http.DefaultTransport.RoundTrip(r)
}

// The endpoints are AWS's own: of STS in the region, of IAM in the partition.
// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
func TestEachPartitionHasItsOwnEndpoints(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	for partition, want := range map[string][]string{
		"aws":        {"iam.amazonaws.com", "sts.us-east-1.amazonaws.com"},
		"aws-cn":     {"iam.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn"},
		"aws-us-gov": {"iam.us-gov.amazonaws.com", "sts.us-gov-west-1.amazonaws.com"},
	} {
		h := &hosts{sandbox: strings.TrimPrefix(w.url, "http://"), meant: map[string]bool{}}
		there := target(prod, "prod")
		there.Account.Partition = partition
		state := w.read(t, Options{Credentials: keys, HTTPClient: &http.Client{Transport: h}}, wanted(), there)
		if a := state.Accounts[0]; a.Failure != "" || a.Caller.Partition() != partition {
			t.Errorf("%s: %+v", partition, a)
		}
		if got := slices.Sorted(maps.Keys(h.meant)); !slices.Equal(got, want) {
			t.Errorf("%s: the calls went to %v, want %v", partition, got, want)
		}
	}
}

func TestTheRegionLiesInTheAccountsPartition(t *testing.T) {
	for _, test := range []struct{ declared, sdk, partition, want string }{
		{"", "", "aws", "us-east-1"},
		{"", "", "aws-cn", "cn-north-1"},
		{"", "", "aws-us-gov", "us-gov-west-1"},
		{"", "eu-west-1", "aws", "eu-west-1"},
		{"", "eu-west-1", "aws-cn", "cn-north-1"},
		{"", "cn-northwest-1", "aws-cn", "cn-northwest-1"},
		{"", "us-gov-east-1", "aws", "us-east-1"},
		{"", "us-east-2", "aws-us-gov", "us-gov-west-1"},
		{"", "us-isob-east-1", "aws-iso", "us-iso-east-1"},
		{"", "", "aws-eusc", "eusc-de-east-1"},
		{"eu-central-1", "us-east-2", "aws", "eu-central-1"},
	} {
		if got := region(test.declared, test.sdk, test.partition); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}

func TestWhatAsksToComeBackLaterIsRetried(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"ConcurrentModification":                 true,
		"ConcurrentModificationException":        true,
		"EntityTemporarilyUnmodifiable":          true,
		"EntityTemporarilyUnmodifiableException": true,
		"Throttling":                             true,
		"EntityAlreadyExists":                    false,
		"LimitExceeded":                          false,
		"MalformedPolicyDocument":                false,
	} {
		if got := (Options{}).retryer().IsErrorRetryable(&smithy.GenericAPIError{Code: code}); got != want {
			t.Errorf("%s: retried %v", code, got)
		}
	}
	w := newWorld(t, sandbox.Options{})
	s := w.connect(t, w.options(), target(prod, "prod"))
	tries := 0
	w.wire.tap = func(r *http.Request, _ url.Values) (*http.Response, error) {
		if tries++; tries == 1 {
			return refusal(r, http.StatusConflict, "ConcurrentModification", "later"), nil
		}
		return nil, nil
	}
	if _, err := s.All[0].IAM.ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil || tries != 2 {
		t.Errorf("%d tries, error %v", tries, err)
	}
}

func TestCallsAreCountedOnceAndSayWhoCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	o := w.options()
	o.Version = "1.2.3"
	sessions := w.connect(t, o, target(prod, "prod"), target(dev, "dev"))
	fail, agent := true, ""
	w.wire.tap = func(r *http.Request, form url.Values) (*http.Response, error) {
		agent = r.UserAgent()
		if form.Get("Action") == "ListRoles" && fail {
			fail = false
			return refusal(r, http.StatusServiceUnavailable, "ServiceFailure", "later"), nil
		}
		return nil, nil
	}
	if _, err := sessions.All[0].IAM.ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil {
		t.Fatal(err)
	}
	total, byAction := sessions.Calls()
	if diff := cmp.Diff(map[string]int{"sts:GetCallerIdentity": 2, "iam:ListRoles": 1}, byAction); diff != "" || total != 3 {
		t.Errorf("%d calls (-want +got):\n%s", total, diff)
	}
	if n := sessions.All[0].Calls(); n != 2 {
		t.Errorf("one session made %d calls, want 2", n)
	}
	if n := len(slices.DeleteFunc(w.wire.log, func(a string) bool { return a != "ListRoles" })); n != 2 {
		t.Errorf("ListRoles went out %d times, want 2: the test tests nothing", n)
	}
	for _, part := range []string{"app/trustctl", "trustctl/1.2.3"} {
		if !strings.Contains(agent, part) {
			t.Errorf("user agent %q, want it to say %s", agent, part)
		}
	}
}

func TestAFailureIsOneLineOfBoundedLength(t *testing.T) {
	got := failure(fmt.Errorf("a\r\n\x1b[31mred\u202e %s", strings.Repeat("x", 5000)))
	if !strings.HasPrefix(got, "a [31mred x") || len([]rune(got)) > 601 || strings.ContainsAny(got, "\r\n\x1b\u202e") {
		t.Errorf("got %q", got)
	}
}
