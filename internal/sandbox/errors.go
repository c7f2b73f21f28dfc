package sandbox

import (
	"fmt"
	"net/http"
)

// fault is an error answer of IAM or STS: its code on the wire and its text.
type fault struct {
	Code, Message string
}

func (f *fault) Error() string { return f.Code + ": " + f.Message }

func fail(code, format string, args ...any) *fault {
	return &fault{code, fmt.Sprintf(format, args...)}
}

// The codes, spelt as on the wire.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
const (
	accessDenied            = "AccessDenied"
	concurrentModification  = "ConcurrentModification"
	deleteConflict          = "DeleteConflict"
	entityAlreadyExists     = "EntityAlreadyExists"
	entityUnmodifiable      = "EntityTemporarilyUnmodifiable"
	expiredToken            = "ExpiredToken"
	expiredTokenException   = "ExpiredTokenException"
	incompleteSignature     = "IncompleteSignature"
	internalFailure         = "ServiceFailure"
	invalidAction           = "InvalidAction"
	invalidClientTokenID    = "InvalidClientTokenId"
	invalidIdentityToken    = "InvalidIdentityToken"
	invalidInput            = "InvalidInput"
	limitExceeded           = "LimitExceeded"
	malformedInput          = "MalformedInput"
	malformedPolicyDocument = "MalformedPolicyDocument"
	missingAuthentication   = "MissingAuthenticationToken"
	noSuchEntity            = "NoSuchEntity"
	policyNotAttachable     = "PolicyNotAttachable"
	requestExpired          = "RequestExpired"
	requestLimitExceeded    = "RequestLimitExceeded"
	requestTooLarge         = "RequestEntityTooLarge"
	signatureDoesNotMatch   = "SignatureDoesNotMatch"
	throttling              = "Throttling"
	throttlingException     = "ThrottlingException"
	unmodifiableEntity      = "UnmodifiableEntity"
	validationError         = "ValidationError"
)

// status is the HTTP status that goes with a code; all others are 400.
func (f *fault) status() int {
	switch f.Code {
	case accessDenied, expiredToken, invalidClientTokenID, missingAuthentication, signatureDoesNotMatch:
		return http.StatusForbidden
	case noSuchEntity:
		return http.StatusNotFound
	case concurrentModification, deleteConflict, entityAlreadyExists, entityUnmodifiable, limitExceeded:
		return http.StatusConflict
	case requestTooLarge:
		return http.StatusRequestEntityTooLarge
	case internalFailure:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
