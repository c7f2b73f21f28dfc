package live

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestAThrottledWriteWaitsForItsPacerOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	o := w.options()
	o.Backoff = nil
	s := w.connect(t, o, target(prod, "prod"))
	tries := 0
	var first time.Time
	w.wire.tap = func(r *http.Request, form url.Values) (*http.Response, error) {
		if form.Get("Action") != "CreateRole" {
			return nil, nil
		}
		if tries++; tries == 1 {
			first = time.Now()
			return refusal(r, http.StatusBadRequest, "Throttling", "Rate exceeded"), nil
		}
		if waited := time.Since(first); waited < 400*time.Millisecond {
			t.Errorf("the second attempt came %s after the first", waited)
		}
		return nil, nil
	}
	_, err := s.All[0].IAM.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + string(prod) + `"},"Action":"sts:AssumeRole"}}`)})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, error %v", tries, err)
	}
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
