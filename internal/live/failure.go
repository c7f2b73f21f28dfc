package live

import (
	"errors"
	"fmt"
	"net"
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
	text := said(err)
	if action := action(err); action != "" && !strings.HasPrefix(text, "operation error") {
		if service, _, _ := strings.Cut(action, ":"); unreachable(err) {
			text = strings.Replace(text, "cannot reach ", "cannot reach "+service+" at ", 1)
		}
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

// reason is why an attempt at a call failed, in one line.
func reason(err error) string { return oneLine(said(err)) }

// said is an error without what the SDK says around it.
func said(err error) string {
	var api smithy.APIError
	var transport *url.Error
	switch {
	case errors.As(err, &api) && api.ErrorCode() == unknownError:
		return answered(err)
	case errors.As(err, &api):
		return api.ErrorCode() + ": " + api.ErrorMessage()
	case errors.As(err, &transport) && unreachable(err):
		return "cannot reach " + host(transport.URL) + ": " + transport.Err.Error()
	case errors.As(err, &transport):
		return transport.Error()
	}
	return err.Error()
}

// unreachable reports whether there was no connection: it was refused, or the
// host has no address.
func unreachable(err error) bool {
	var dial *net.OpError
	var name *net.DNSError
	return errors.As(err, &name) || errors.As(err, &dial) && dial.Op != "read" && dial.Op != "write"
}

// host is where an address leads, without what is asked there.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
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
// with. So is a service that could not be reached, but for that of EC2's
// metadata, which is where the SDK looks last.
func withoutCredentials(err error) bool {
	if !strings.Contains(err.Error(), noCredentials) {
		return false
	}
	var api smithy.APIError
	from := action(err)
	if from != "" && !strings.HasPrefix(from, "ec2imds:") && unreachable(err) {
		return false
	}
	return !errors.As(err, &api) || !strings.HasPrefix(from, "sts:")
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
