package apply

import (
	"fmt"
	"strings"
	"sync"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// QuotaError is the error of the roles that were not created since IAM refused
// an earlier one: their account has as many as its quota allows.
type QuotaError struct{ Account trust.AccountID }

func (e *QuotaError) Error() string {
	return fmt.Sprintf("not tried: account %s has as many roles as its quota allows", e.Account)
}

// full are the accounts that take no more roles. Its methods may be called from
// several goroutines.
type full struct {
	mu       sync.Mutex
	accounts map[trust.AccountID]bool
}

// note learns from what a step ended with. A role that goes makes room.
func (f *full) note(account trust.AccountID, s plan.Step, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch s.(type) {
	case plan.CreateRole:
		if overRoles(err) {
			if f.accounts == nil {
				f.accounts = map[trust.AccountID]bool{}
			}
			f.accounts[account] = true
		}
	case plan.DeleteRole:
		if err == nil {
			delete(f.accounts, account)
		}
	}
}

// keeps is the error of a step that there is no room for, or nil.
func (f *full) keeps(account trust.AccountID, s plan.Step) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, creates := s.(plan.CreateRole); creates && f.accounts[account] {
		return &QuotaError{account}
	}
	return nil
}

// overRoles reports whether IAM refused a role because of how many there are:
// the size of a trust policy has the same code.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func overRoles(err error) bool {
	return isCode(err, "LimitExceeded") && strings.Contains(plainText(err), "RolesPerAccount")
}
