package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// world is all that the sandbox holds, as the state file spells it.
type world struct {
	Format   string              `json:"format"`
	Accounts map[string]*account `json:"accounts"`
}

// account is one AWS account. Roles, policies and profiles are keyed by their
// name in lower case: IAM's names are "not distinguished by case".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type account struct {
	ID        string                    `json:"-"`
	Quotas    map[string]Quotas         `json:"quotas,omitempty"`          // one row, if any: its own
	Identity  map[string]string         `json:"identity_policy,omitempty"` // one row, if any: what its callers may do
	Roles     map[string]role           `json:"roles,omitempty"`
	Providers map[string]provider       `json:"providers,omitempty"` // by URL without https://; letter case counts
	Policies  map[string]customerPolicy `json:"policies,omitempty"`
	Profiles  map[string]profile        `json:"instance_profiles,omitempty"`
	Sessions  map[string]session        `json:"sessions,omitempty"` // by access key id
}

// A row's value is replaced as a whole and never changed in place: a value
// once read stays as it was, and the journal holds whole values.
type (
	role struct {
		Name        string            `json:"name"`
		Path        string            `json:"path"`
		ID          string            `json:"id"`
		ARN         string            `json:"arn"`
		Created     time.Time         `json:"created"`
		Description string            `json:"description,omitempty"`
		MaxSession  int               `json:"max_session"` // seconds
		Trust       string            `json:"trust"`       // as IAM gives it back, but with ids in place of role ARNs
		Boundary    string            `json:"boundary,omitempty"`
		Managed     []string          `json:"managed,omitempty"` // ARNs, in the order of attachment
		Inline      map[string]inline `json:"inline,omitempty"`  // by name in lower case
		Tags        map[string]string `json:"tags,omitempty"`
		LastUsed    time.Time         `json:"last_used,omitzero"`
		LastRegion  string            `json:"last_region,omitempty"`
	}
	inline struct {
		Name string `json:"name"` // the first spelling
		Text string `json:"text"` // as it was sent
	}
	provider struct {
		ARN         string            `json:"arn"`
		URL         string            `json:"url"` // without https://
		ClientIDs   []string          `json:"client_ids"`
		Thumbprints []string          `json:"thumbprints"`
		Tags        map[string]string `json:"tags,omitempty"`
		Created     time.Time         `json:"created"`
	}
	customerPolicy struct {
		Name        string            `json:"name"`
		Path        string            `json:"path"`
		ID          string            `json:"id"`
		ARN         string            `json:"arn"`
		Description string            `json:"description,omitempty"`
		Text        string            `json:"text"`
		Tags        map[string]string `json:"tags,omitempty"`
		Created     time.Time         `json:"created"`
	}
	profile struct {
		Name    string            `json:"name"`
		Path    string            `json:"path"`
		ID      string            `json:"id"`
		ARN     string            `json:"arn"`
		Role    string            `json:"role,omitempty"` // the role's name in lower case
		Tags    map[string]string `json:"tags,omitempty"`
		Created time.Time         `json:"created"`
	}
	session struct {
		RoleARN string    `json:"role_arn"`
		RoleID  string    `json:"role_id"`
		Name    string    `json:"name"`
		Token   string    `json:"token"`
		Expires time.Time `json:"expires"`
	}
)

// account is the account of that id, which exists as soon as it is named.
// Reading an account does not add it to the state.
func (w *world) account(id string) *account {
	if a, ok := w.Accounts[id]; ok {
		return a
	}
	return &account{ID: id}
}

// record is one change of one row, as the journal holds it: its value from now
// on, or null where it is gone. Replaying a record twice changes nothing.
type record struct {
	Account string          `json:"account"`
	Table   string          `json:"table"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
}

// apply does what a record says.
func (w *world) apply(r record) error {
	a, ok := w.Accounts[r.Account]
	if !ok {
		if !policy.IsAccountID(r.Account) {
			return fmt.Errorf("account %q is not twelve digits", r.Account)
		}
		a = &account{ID: r.Account}
		w.Accounts[r.Account] = a
	}
	switch r.Table {
	case tableQuotas:
		return set(&a.Quotas, r)
	case tableIdentity:
		return set(&a.Identity, r)
	case tableRoles:
		return set(&a.Roles, r)
	case tableProviders:
		return set(&a.Providers, r)
	case tablePolicies:
		return set(&a.Policies, r)
	case tableProfiles:
		return set(&a.Profiles, r)
	case tableSessions:
		return set(&a.Sessions, r)
	}
	return fmt.Errorf("there is no table %q", r.Table)
}

// The tables' names in the journal.
const (
	tableQuotas    = "quotas"
	tableIdentity  = "identity_policy"
	tableRoles     = "roles"
	tableProviders = "providers"
	tablePolicies  = "policies"
	tableProfiles  = "instance_profiles"
	tableSessions  = "sessions"
)

func set[T any](rows *map[string]T, r record) error {
	if string(r.Value) == "null" {
		delete(*rows, r.Key)
		return nil
	}
	var value T
	if err := json.Unmarshal(r.Value, &value); err != nil {
		return fmt.Errorf("reading a row of %s: %w", r.Table, err)
	}
	if *rows == nil {
		*rows = map[string]T{}
	}
	(*rows)[r.Key] = value
	return nil
}

// sorted are a table's keys in order.
func sorted[T any](rows map[string]T) []string { return slices.Sorted(maps.Keys(rows)) }

func fold(name string) string { return strings.ToLower(name) }
