package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// set sets faults, which end with the test.
func (s server) set(t testing.TB, f sandbox.Faults) {
	t.Helper()
	if err := s.SetFaults(f); err != nil {
		t.Fatal(err)
	}
}

// rule is a fault on the first call of an action.
func rule(f sandbox.Fault, action string) sandbox.Faults {
	return sandbox.Faults{Rules: []sandbox.Rule{{Fault: f, Match: sandbox.Match{Actions: []string{action}}, Calls: []int{1}}}}
}

// status is the HTTP status of an error, 0 where there was no answer.
func status(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

func tryRole(ctx context.Context, c *iam.Client, name string) error {
	_, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(pulumiTrust)})
	return err
}

// exists reads past every fault.
func (s server) exists(t testing.TB, account, name string) bool {
	t.Helper()
	s.set(t, sandbox.Faults{})
	_, err := s.iam(account).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
	if err != nil && code(err) != "NoSuchEntity" {
		t.Fatal(err)
	}
	return err == nil
}

func TestEveryFaultLooksToTheSDKAsAWSsDoes(t *testing.T) {
	s := start(t, sandbox.Options{})
	standard := retry.NewStandard()
	for _, x := range []struct {
		fault  sandbox.Fault
		status int
		code   string // "" is none of AWS's
		retry  bool
	}{
		{sandbox.Throttling, 400, "Throttling", true},
		{sandbox.ThrottlingException, 400, "ThrottlingException", true},
		{sandbox.RequestLimit, 400, "RequestLimitExceeded", true},
		{sandbox.ServiceFailure, 500, "ServiceFailure", true},
		{sandbox.ConcurrentModification, 409, "ConcurrentModification", false},
		{sandbox.Unmodifiable, 409, "EntityTemporarilyUnmodifiable", false},
		{sandbox.ExpiredToken, 403, "ExpiredToken", false},
		{sandbox.InvalidToken, 403, "InvalidClientTokenId", false},
		{sandbox.RequestExpired, 400, "RequestExpired", false},
		{sandbox.WrongSignature, 403, "SignatureDoesNotMatch", false},
		{sandbox.AccessDenied, 403, "AccessDenied", false},
		{sandbox.BadGateway, 502, "", true},
		{sandbox.Unavailable, 503, "", true},
		{sandbox.GatewayTimeout, 504, "", true},
		{sandbox.Reset, 0, "", true},
		{sandbox.Garbage, 200, "", false},
		{sandbox.Truncated, 200, "", false},
		{sandbox.CutOff, 200, "", false},
	} {
		moments := []sandbox.Fault{x.fault, x.fault.After()}
		if x.fault == x.fault.After() {
			moments = moments[1:]
		}
		for _, fault := range moments {
			t.Run(string(fault), func(t *testing.T) {
				s.set(t, rule(fault, "CreateRole"))
				s.ResetLog()
				err := tryRole(t.Context(), s.iam(prod), string(fault))
				got := code(err)
				if x.code == "" {
					got = ""
				}
				// The reader of an answer that is cut off meets its end, or that Go's
				// transport closed the connection, which the SDK would try again.
				retryable := x.fault != sandbox.CutOff && standard.IsErrorRetryable(err)
				if err == nil || status(err) != x.status || got != x.code || retryable != x.retry {
					t.Errorf("want %d %s, retryable %v\ngot %d, retryable %v: %v", x.status, x.code, x.retry, status(err), retryable, err)
				}
				line := s.Log()[0]
				if diff := cmp.Diff([]sandbox.Fault{fault}, line.Faults); diff != "" {
					t.Errorf("the log (-want +got):\n%s", diff)
				}
				after := fault == fault.After()
				if made := s.exists(t, prod, string(fault)); made != after || line.Carried > 0 != after {
					t.Errorf("carried out: want %v, got %v, and in the log %d", after, made, line.Carried)
				}
			})
		}
	}
}

func TestAnAnswerIsWithheldUntilTheClientGivesUp(t *testing.T) {
	s := start(t, sandbox.Options{})
	for fault, made := range map[sandbox.Fault]bool{sandbox.Timeout: false, sandbox.Timeout.After(): true} {
		s.set(t, rule(fault, "CreateRole"))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := tryRole(ctx, s.iam(prod), string(fault))
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: want the client's own time-out, got %v", fault, err)
		}
		if got := s.exists(t, prod, string(fault)); got != made {
			t.Errorf("%s: carried out: want %v, got %v", fault, made, got)
		}
	}
}

func TestATimeoutOfAGivenLengthEndsInAReset(t *testing.T) {
	s := start(t, sandbox.Options{})
	f := rule(sandbox.Timeout, "CreateRole")
	f.Rules[0].Delay = sandbox.Duration(20 * time.Millisecond)
	s.set(t, f)
	began := time.Now()
	err := tryRole(t.Context(), s.iam(prod), "role")
	if err == nil || status(err) != 0 || time.Since(began) < 20*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestADelayedCallSucceeds(t *testing.T) {
	s := start(t, sandbox.Options{})
	s.set(t, sandbox.Faults{Rules: []sandbox.Rule{
		{Fault: sandbox.Delay, Delay: sandbox.Duration(10 * time.Millisecond)},
		{Fault: sandbox.Delay.After(), Delay: sandbox.Duration(10 * time.Millisecond)},
	}})
	began := time.Now()
	if err := tryRole(t.Context(), s.iam(prod), "role"); err != nil || time.Since(began) < 20*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestARuleStrikesTheCallsThatItNames(t *testing.T) {
	for name, x := range map[string]struct {
		rule sandbox.Rule
		want string // of nine calls
	}{
		"all":               {sandbox.Rule{}, "xxxxxxxxx"},
		"by number":         {sandbox.Rule{Calls: []int{2, 9}}, ".x......x"},
		"from on":           {sandbox.Rule{From: 8}, ".......xx"},
		"from and until":    {sandbox.Rule{From: 3, Until: 4}, "..xx....."},
		"of an action":      {sandbox.Rule{Match: sandbox.Match{Actions: []string{"GetRole"}}, Calls: []int{2}}, "......x.."},
		"of writes":         {sandbox.Rule{Match: sandbox.Match{Writes: true}, From: 2}, "..xx.x..."},
		"in an account":     {sandbox.Rule{Match: sandbox.Match{Account: staging}}, "...xxx..."},
		"on a role":         {sandbox.Rule{Match: sandbox.Match{Resource: "one"}, Until: 2}, ".x.x....."},
		"of two conditions": {sandbox.Rule{Match: sandbox.Match{Account: prod, Resource: "two"}}, "..x....x."},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sandbox.Options{})
			x.rule.Fault = sandbox.Throttling
			s.set(t, sandbox.Faults{Rules: []sandbox.Rule{x.rule}})
			ctx := t.Context()
			get := func(c *iam.Client, name string) error {
				_, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
				return err
			}
			_, who := s.sts(prod).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			p, q := s.iam(prod), s.iam(staging)
			got := ""
			for _, err := range []error{
				who, tryRole(ctx, p, "one"), tryRole(ctx, p, "two"), tryRole(ctx, q, "one"), get(q, "nine"), tryRole(ctx, q, "two"),
				get(p, "nine"), get(p, "two"), get(p, "one"),
			} {
				if code(err) == "Throttling" {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != x.want {
				t.Errorf("want %s, got %s", x.want, got)
			}
		})
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	s := start(t, sandbox.Options{})
	for body, want := range map[string]string{
		`{"rules":[{"fault":"earthquake"}]}`:                            `there is no fault "earthquake"`,
		`{"rules":[{"fault":"truncated"}]}`:                             `there is no fault "truncated"`,
		`{"rules":[{"fault":"reset","actions":["CreateRoll"]}]}`:        `knows no action "CreateRoll"`,
		`{"rules":[{"fault":"reset","account":"12"}]}`:                  `twelve digits`,
		`{"rules":[{"fault":"reset","calls":[0]}]}`:                     `counted from 1`,
		`{"rules":[{"fault":"reset","calls":[1],"from":2}]}`:            `counted from 1`,
		`{"rules":[{"fault":"reset","delay":"1s"}]}`:                    `reset has no delay`,
		`{"rules":[{"fault":"delay"}]}`:                                 `delay needs a delay`,
		`{"rules":[{"fault":"delay","delay":"1"}]}`:                     `missing unit`,
		`{"random":{"seed":1,"chance":{"reset":0.6,"throttling":0.6}}}`: `together at most 1`,
		`{"random":{"seed":1,"chance":{"reset":-1}}}`:                   `between 0 and 1`,
		`{"random":{"seed":1,"chance":{"hold":0.1}}}`:                   `nothing is held by chance`,
		`{"lags":[{"actions":["GetRole"]}]}`:                            `by a number of reads or calls`,
		`{"lags":[{"actions":["TagRole"],"reads":1}]}`:                  `TagRole is a write`,
		`{"rates":[{"per_second":1}]}`:                                  `burst is at least 1`,
		`{"unseen":-1}`:                                                 `unseen is not negative`,
		`{"storms":[]}`:                                                 `unknown field "storms"`,
	} {
		if got := request(t, http.MethodPut, s.url+"/_sandbox/faults", "", body); !strings.HasPrefix(got, "400 ") || !strings.Contains(got, want) {
			t.Errorf("%s\nwant %s\ngot  %s", body, want, got)
		}
	}
	if got := request(t, http.MethodGet, s.url+"/_sandbox/faults", "", ""); got != "200 {}\n" {
		t.Errorf("a refused setting is left: %s", got)
	}
}

func TestTheControlAPISetsAndShowsFaultsAndTheLog(t *testing.T) {
	s := start(t, sandbox.Options{})
	faults := `{"rules":[{"fault":"reset-after","actions":["CreateRole"],"calls":[1]},{"fault":"delay","writes":true,"delay":"1ms"}],"unseen":1}`
	if got := request(t, http.MethodPut, s.url+"/_sandbox/faults", "", faults); got != "204 " {
		t.Fatal(got)
	}
	if got := request(t, http.MethodGet, s.url+"/_sandbox/faults", "", ""); got != "200 "+faults+"\n" {
		t.Errorf("want what was set, got %s", got)
	}
	ctx, c := t.Context(), s.iam(prod)
	tryRole(ctx, c, "role")
	c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("role")})
	c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("role")})
	want := `200 {"calls":[` +
		`{"number":1,"account":"123456789012","action":"CreateRole","resource":"role","write":true,"carried":1,"faults":["delay","reset-after"]},` +
		`{"number":2,"account":"123456789012","action":"GetRole","resource":"role","code":"NoSuchEntity","faults":["unseen"]},` +
		`{"number":3,"account":"123456789012","action":"GetRole","resource":"role","carried":2}]}` + "\n"
	if got := request(t, http.MethodGet, s.url+"/_sandbox/log", "", ""); got != want {
		t.Errorf("want %s\ngot  %s", want, got)
	}
	request(t, http.MethodDelete, s.url+"/_sandbox/log", "", "")
	request(t, http.MethodDelete, s.url+"/_sandbox/faults", "", "")
	if diff := cmp.Diff(sandbox.Faults{}, s.Faults()); diff != "" || len(s.Log()) > 0 {
		t.Errorf("%d lines in the log, and faults:\n%s", len(s.Log()), diff)
	}
}

func TestChanceFollowsTheSeedWhateverTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	// struck is which of the calls met what, by role and turn.
	struck := func(seed uint64, atOnce bool) map[string][]sandbox.Fault {
		s := start(t, sandbox.Options{})
		s.set(t, sandbox.Faults{Random: &sandbox.Random{
			Seed: seed, InARow: 2, Chance: map[sandbox.Fault]float64{sandbox.Throttling: 0.3, sandbox.Reset.After(): 0.2, sandbox.Unavailable: 0.2},
		}})
		var group sync.WaitGroup
		for i := range 8 {
			calls := func() {
				c := s.iam(prod)
				for range 12 {
					tryRole(t.Context(), c, fmt.Sprint("role", i))
				}
			}
			if atOnce {
				group.Go(calls)
			} else {
				calls()
			}
		}
		group.Wait()
		met := map[string][]sandbox.Fault{}
		for _, c := range s.Log() {
			var f sandbox.Fault
			if len(c.Faults) > 0 {
				f = c.Faults[0]
			}
			met[c.Resource] = append(met[c.Resource], f)
		}
		return met
	}
	one := struck(7, false)
	if diff := cmp.Diff(one, struck(7, true)); diff != "" {
		t.Errorf("the same seed, calls side by side (-one by one +at once):\n%s", diff)
	}
	if cmp.Equal(one, struck(8, false)) {
		t.Error("another seed strikes the same calls")
	}
	count := map[sandbox.Fault]int{}
	for role, faults := range one {
		row := 0
		for _, f := range faults {
			count[f]++
			if row++; f == "" {
				row = 0
			}
			if row > 2 {
				t.Errorf("%s met more than two in a row: %q", role, faults)
			}
		}
	}
	if len(count) != 4 || count[""] < 25 || count[""] > 75 {
		t.Errorf("of 96 calls: %v", count)
	}
}

func TestTheSDKComesThroughAStorm(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	s.set(t, sandbox.Faults{Random: &sandbox.Random{Seed: 3, InARow: 3, Chance: map[sandbox.Fault]float64{
		sandbox.Throttling: 0.2, sandbox.ServiceFailure: 0.1, sandbox.BadGateway: 0.1, sandbox.Reset: 0.1,
	}}})
	config := configOf(s.url, sandbox.KeyPrefix+prod, "")
	config.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 5, time.Millisecond })
	}
	c := iam.NewFromConfig(config)
	for i := range 30 {
		makeRole(t, c, fmt.Sprint("role", i))
	}
	if calls := len(s.Log()); calls < 40 {
		t.Errorf("want many retries, got %d calls", calls)
	}
}

func TestATokenBucketThrottlesByTheServersClock(t *testing.T) {
	now := noon
	s := start(t, sandbox.Options{Now: func() time.Time { return now }})
	s.set(t, sandbox.Faults{Rates: []sandbox.Rate{{Match: sandbox.Match{Actions: []string{"GetRole"}}, PerSecond: 2, Burst: 3}}})
	get := func(account string, calls int) string {
		got := ""
		for range calls {
			_, err := s.iam(account).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("role")})
			got += code(err)[:1]
		}
		return got
	}
	if got := get(prod, 5); got != "NNNTT" {
		t.Errorf("a burst of three: got %s", got)
	}
	if got := get(staging, 2); got != "NN" {
		t.Errorf("another account has a bucket of its own: got %s", got)
	}
	now = now.Add(time.Second)
	if got := get(prod, 3); got != "NNT" {
		t.Errorf("two come back in a second: got %s", got)
	}
	if got := s.Log()[3].Faults; len(got) != 1 || got[0] != "rate" {
		t.Errorf("the log says %v", got)
	}
}

func TestAWrongClockIsRefusedAndTheSDKSetsItsOwnByTheAnswer(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		s := start(t, sandbox.Options{})
		s.set(t, sandbox.Faults{Clock: sandbox.Duration(ahead)})
		err := tryRole(t.Context(), s.iam(prod), "role")
		if code(err) != "SignatureDoesNotMatch" || !strings.Contains(err.Error(), "15 min.") {
			t.Errorf("without a retry: got %v", err)
		}
		config := configOf(s.url, sandbox.KeyPrefix+prod, "")
		config.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		}
		c := iam.NewFromConfig(config)
		makeRole(t, c, "one")
		makeRole(t, c, "two")
		if got := s.Counts()["CreateRole"]; got != 4 {
			t.Errorf("one refused, one corrected, one right at once, beside the first: got %d calls", got)
		}
	}
}
