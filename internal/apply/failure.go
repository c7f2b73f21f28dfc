package apply

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// StepError is a step that failed. Its texts are AWS's and may hold anything:
// whoever prints them escapes control characters.
type StepError struct {
	Step      string // IAM's name of the call, or the file's step
	Code      string // AWS's, or ""
	Message   string
	RequestID string // AWS's, or ""
	Advice    string // what to do, in sentences, or ""
	Err       error
}

func (e *StepError) Error() string {
	text := e.Step + ": "
	if e.Code != "" {
		text += e.Code + ": "
	}
	text += strings.TrimSuffix(e.Message, ".")
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	if e.Advice != "" {
		text += ". " + e.Advice
	}
	return text
}

// Unwrap is the error of the call.
func (e *StepError) Unwrap() error { return e.Err }

// The codes that decide something.
const (
	noSuchEntity            = "NoSuchEntity"
	entityAlreadyExists     = "EntityAlreadyExists"
	unknownError            = "UnknownError" // the SDK's, for an error answer without a code
	malformedPolicyDocument = "MalformedPolicyDocument"
	accessDenied            = "AccessDenied"
	deleteConflict          = "DeleteConflict"
)

// isCode reports whether AWS gave that code, in either of its spellings.
func isCode(err error, code string) bool { return codeOf(err) == code }

func codeOf(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return strings.TrimSuffix(api.ErrorCode(), "Exception")
}

// passing reports whether an error may pass by itself: IAM does not see yet
// what it was told a moment ago.
//
//	error                                        when
//	MalformedPolicyDocument, invalid principal   always: the principal may be as new as the policy
//	NoSuchEntity                                 after our own create of the object, unless a policy is what is missing
//	DeleteConflict                               after our own detaching, unless an instance profile is in the way
func (c *progress) passing(s plan.Step, err error) bool {
	message := plainText(err)
	switch codeOf(err) {
	case malformedPolicyDocument:
		return strings.Contains(message, "Invalid principal in policy")
	case noSuchEntity:
		return c.created && !namesPolicy(s, message)
	case deleteConflict:
		return c.detached && !strings.Contains(strings.ToLower(message), "instance profile")
	}
	return false
}

// namesPolicy reports whether a message is about the managed policy that the
// step attaches, or sets as the boundary, which waiting does not make.
func namesPolicy(s plan.Step, message string) bool {
	policy := policyOf(s)
	return policy != "" && strings.Contains(message, string(policy))
}

// policyOf is the managed policy that a step attaches, or sets as the
// boundary, or "".
func policyOf(s plan.Step) trust.ARN {
	switch s := s.(type) {
	case plan.AttachRolePolicy:
		return s.Policy
	case plan.PutRolePermissionsBoundary:
		return s.Boundary
	case plan.CreateRole:
		return s.Boundary
	}
	return ""
}

// stepError says what failed in a change and what to do; nil of nil.
func (r *run) stepError(change plan.Change, s plan.Step, err error) error {
	if err == nil {
		return nil
	}
	e := callError(stepName(s), err)
	if codeOf(err) == noSuchEntity && namesPolicy(s, e.Message) {
		e.Advice = r.missingPolicy(change, s)
	}
	return e
}

// callError says what failed in a call and what to do.
func callError(call string, err error) *StepError {
	e := &StepError{Step: call, Message: plainText(err), Err: err}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != unknownError {
		e.Code = api.ErrorCode()
	}
	var answer interface{ ServiceRequestID() string }
	if errors.As(err, &answer) {
		e.RequestID = answer.ServiceRequestID()
	}
	e.Advice = advice(e)
	return e
}

// readError says what failed in a read, if it was a call.
func readError(err error) error {
	var operation *smithy.OperationError
	if !errors.As(err, &operation) {
		return err
	}
	return callError(operation.OperationName, err)
}

// missingPolicy is what to do about a managed policy that is not there.
func (r *run) missingPolicy(change plan.Change, s plan.Step) string {
	attribute := "permissions_boundary"
	if _, ok := s.(plan.AttachRolePolicy); ok {
		attribute = "managed_policies"
	}
	account, of := string(change.Address.Account), change.Resource
	for _, a := range r.plan.Accounts {
		if a.ID == change.Address.Account && a.Name != "" {
			account = a.Name
		}
	}
	if change.After != nil && change.After.Role != nil && change.After.Role.Environment != "" {
		of = change.After.Role.Environment
	}
	if strings.Contains(string(policyOf(s)), ":iam::aws:") {
		return fmt.Sprintf("AWS has no managed policy of that ARN, and nobody else can make one. Check its name, its path and its partition, correct %s of %s, then apply again.", attribute, of)
	}
	return fmt.Sprintf("The policy ARN does not exist in account %s. Create it, or correct %s of %s, then apply again.", account, attribute, of)
}

// plainText is an error without what the SDK says around it.
func plainText(err error) string {
	var exists *ExistsError
	var api smithy.APIError
	var answer *smithyhttp.ResponseError
	var transport *url.Error
	switch {
	case errors.As(err, &exists):
		return exists.Error()
	case errors.As(err, &answer) && errors.As(err, &api) && api.ErrorCode() == unknownError:
		code := answer.HTTPStatusCode()
		return fmt.Sprintf("HTTP %d %s came back, without AWS's error code", code, http.StatusText(code))
	case errors.As(err, &api):
		return api.ErrorMessage()
	case errors.As(err, &transport):
		return transport.Error()
	}
	return err.Error()
}

// advice says what to do about an error.
func advice(e *StepError) string {
	var exists *ExistsError
	switch {
	case errors.As(e.Err, &exists) && exists.Unread != nil:
		return ""
	case errors.As(e.Err, &exists) && e.Step == "CreateOpenIDConnectProvider" && exists.Owner != exists.Stack:
		return "It was made after the plan was, and a provider is shared: plan again."
	case errors.As(e.Err, &exists) && exists.Owner == "":
		return "If it is to become this stack's, say adopt = true in the environment's lifecycle block and plan again; otherwise give yours another name."
	case errors.As(e.Err, &exists) && exists.Owner != exists.Stack:
		return "One of the two stacks has to let go of it, with a removed block, and apply that."
	case errors.As(e.Err, &exists):
		return "It was made after the plan was: plan again."
	case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded):
		return "The call may have been carried out or not: plan again to see."
	}
	switch codeOf(e.Err) {
	case accessDenied, "UnauthorizedOperation":
		return "The caller needs iam:" + e.Step + " on it. A service control policy or the caller's permissions boundary can refuse it as well."
	case "RequestExpired":
		return "The request was too old, or dated from the future, when AWS had it: set this machine's clock and run again; what is done stays done."
	case "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "SignatureDoesNotMatch":
		return "AWS does not take the credentials (any more): get new ones and run again; what is done stays done."
	case "LimitExceeded":
		return "A quota of the account or of the object is reached. Quotas of IAM are raised in the region of its control plane (us-east-1 for aws): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
	case "Throttling", "Throttled", "TooManyRequests", "RequestLimitExceeded", "SlowDown":
		return "AWS throttles the account: run again with a lower -parallelism."
	case deleteConflict:
		return "Something was attached to it after the plan was made: plan again."
	case noSuchEntity:
		return "It is gone since the plan was made, or names something that does not exist: plan again."
	case "UnmodifiableEntity":
		return "The object belongs to an AWS service and cannot be changed by others."
	}
	return ""
}
