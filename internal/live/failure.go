package live

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// failure is why an account could not be read, in one line: the call, AWS's
// code and message, the request id. What the SDK says around them is left out.
func failure(err error) string {
	text := err.Error()
	var api smithy.APIError
	var transport *url.Error
	switch {
	case errors.As(err, &api) && api.ErrorCode() == unknownError:
		text = answered(err)
	case errors.As(err, &api):
		text = api.ErrorCode() + ": " + api.ErrorMessage()
	case errors.As(err, &transport):
		text = transport.Error()
	}
	if action := action(err); action != "" && !strings.HasPrefix(text, "operation error") {
		text = action + ": " + text
	}
	var answer interface{ ServiceRequestID() string }
	if errors.As(err, &answer) && answer.ServiceRequestID() != "" {
		text += " (request id " + answer.ServiceRequestID() + ")"
	}
	if code(err) == "RequestExpired" {
		text += ". It was too old, or dated from the future, when AWS had it: set this machine's clock"
	}
	return oneLine(text)
}

// unknownError is the SDK's code for an error answer without one, such as a
// load balancer sends.
const unknownError = "UnknownError"

// answered says what answer that was.
func answered(err error) string {
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) {
		return "an error without a code came back"
	}
	code := answer.HTTPStatusCode()
	return fmt.Sprintf("HTTP %d %s came back, without AWS's error code", code, http.StatusText(code))
}

// failure is why the session's account could not be read.
func (s *Session) failure(err error) string {
	if !withoutCredentials(err) {
		return failure(err)
	}
	text := fmt.Sprintf("No AWS credentials for account %[1]s. Set AWS_PROFILE, run `aws sso login`, or give profile or assume_role in account %[2]q",
		oneLine(s.Account.Name), s.Account.Name)
	if strings.HasPrefix(action(err), "ec2imds:") { // where the SDK looks last: of no help but on EC2
		return text
	}
	_, why, _ := strings.Cut(err.Error(), noCredentials)
	return text + " (" + oneLine(strings.TrimPrefix(why, "failed to refresh cached credentials, ")) + ")"
}

// noCredentials is how the SDK begins to say that it has nothing to sign with.
const noCredentials = "get credentials: "

// withoutCredentials reports whether the SDK found no credentials. Those that
// AWS STS was asked for and refused are another matter: there were some to ask
// with.
func withoutCredentials(err error) bool {
	if !strings.Contains(err.Error(), noCredentials) {
		return false
	}
	var api smithy.APIError
	return !errors.As(err, &api) || !strings.HasPrefix(action(err), "sts:")
}

// action is the innermost call of an error: where assuming a role failed on
// the way to another call, that is what the reader has to know.
func action(err error) string {
	found := ""
	var op *smithy.OperationError
	for errors.As(err, &op) {
		found = strings.ToLower(op.ServiceID) + ":" + op.OperationName
		err = op.Err
	}
	return found
}

// oneLine makes an outsider's text safe to keep: no control characters, no
// line breaks, of bounded length.
func oneLine(text string) string {
	const most = 600
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// code is AWS's code of an error, or "".
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// BugError is a panic in a reading: a mistake of trustctl's, which ends the
// run as an error and not as a crash.
type BugError struct {
	Value any
	Stack []byte
}

func (e *BugError) Error() string {
	return fmt.Sprintf("this is a bug in trustctl, please report it: %v", e.Value)
}

// guarded makes an error of a panic of f, which runs in a goroutine of its own.
func guarded(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if value := recover(); value != nil {
				err = &BugError{Value: value, Stack: debug.Stack()}
			}
		}()
		return f()
	}
}
