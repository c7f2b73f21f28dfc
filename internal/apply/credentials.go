package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/trustctl/trustctl/internal/trust"
)

// CredentialsError is the error of the changes that an account's credentials
// kept from being made: AWS takes them no longer, or no new ones could be got.
// Once a call has met it no further one is made in that account.
type CredentialsError struct {
	Account trust.AccountID
	Err     error // *StepError: what the first call that met it said
}

func (e *CredentialsError) Error() string {
	return fmt.Sprintf("the credentials of account %s are not taken, and no further call was made there: %s", e.Account, e.Err)
}

// Unwrap is the error of the call.
func (e *CredentialsError) Unwrap() error { return e.Err }

// refused are the accounts whose credentials are not taken. Its methods may be
// called from several goroutines.
type refused struct {
	mu       sync.Mutex
	accounts map[trust.AccountID]*CredentialsError
}

// note keeps an account's first error in mind, and is it.
func (r *refused) note(account trust.AccountID, err error) *CredentialsError {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.accounts == nil {
		r.accounts = map[trust.AccountID]*CredentialsError{}
	}
	if r.accounts[account] == nil {
		r.accounts[account] = &CredentialsError{account, err}
	}
	return r.accounts[account]
}

// of is an account's error, nil while its credentials are taken.
func (r *refused) of(account trust.AccountID) *CredentialsError {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accounts[account]
}

// all are the errors, by account.
func (r *refused) all() []*CredentialsError {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*CredentialsError
	for _, id := range slices.Sorted(maps.Keys(r.accounts)) {
		all = append(all, r.accounts[id])
	}
	return all
}

// withoutCredentials reports whether a call failed because of its credentials,
// in a way that the next one in the account will too.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func withoutCredentials(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // broken off
	}
	switch codeOf(err) {
	case "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient":
		return true
	}
	return noneToSignWith(err)
}

// noneToSignWith reports whether the SDK could get no credentials, or no new
// ones: it has no type for that.
func noneToSignWith(err error) bool {
	return err != nil && strings.Contains(err.Error(), "get identity: get credentials: ")
}

// refusal is why there is no use in reading an account again, or nil.
func (r Result) refusal(account trust.AccountID) error {
	for _, e := range r.Refused {
		if e.Account == account {
			return errors.New("the credentials of the account are not taken any more")
		}
	}
	return nil
}
