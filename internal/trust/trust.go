// Package trust holds the values that both sides of a reconciliation share:
// what a configuration declares and what AWS accounts hold are each a State,
// and a plan is the difference of two.
//
// It reads nothing, writes nothing and decides nothing: package spec and
// package live fill a State, package plan compares two.
package trust

import (
	"cmp"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// AccountID is an AWS account id: twelve digits, kept as text since leading
// zeros count.
type AccountID string

// ARN is an Amazon Resource Name.
type ARN string

// Kind says what an Address names.
type Kind string

// The kinds of object that trustctl reconciles, in the order in which they are
// listed.
const (
	KindProvider Kind = "oidc-provider"
	KindRole     Kind = "role"
	KindFile     Kind = "environment-file"
)

// Address identifies one object. Two states talk about the same object when
// their addresses are equal, whatever else differs.
//
//	kind              account          name
//	oidc-provider     its account      the URL without https://
//	role              its account      the role's name in lower case: IAM's names are unique without regard to case
//	environment-file  "" (a file)      org/project/environment
type Address struct {
	Kind    Kind      `json:"kind"`
	Account AccountID `json:"account,omitempty"`
	Name    string    `json:"name"`
}

// ProviderAddress is the address of the OIDC provider for an issuer URL, with
// or without its scheme.
func ProviderAddress(account AccountID, url string) Address {
	return Address{KindProvider, account, IssuerHost(url)}
}

// RoleAddress is the address of a role; the case of its name is folded.
func RoleAddress(account AccountID, name string) Address {
	return Address{KindRole, account, strings.ToLower(name)}
}

// FileAddress is the address of an environment's ESC file;
// environment is org/project/environment.
func FileAddress(environment string) Address {
	return Address{Kind: KindFile, Name: environment}
}

// String is the address as one word, for messages and as a key of JSON objects.
func (a Address) String() string {
	if a.Account == "" {
		return string(a.Kind) + " " + a.Name
	}
	return string(a.Kind) + " " + string(a.Account) + "/" + a.Name
}

// MarshalText makes an Address usable as a key of JSON objects.
func (a Address) MarshalText() ([]byte, error) {
	return []byte(string(a.Kind) + "|" + string(a.Account) + "|" + a.Name), nil
}

// UnmarshalText reads what MarshalText wrote.
func (a *Address) UnmarshalText(text []byte) error {
	kind, rest, _ := strings.Cut(string(text), "|")
	account, name, ok := strings.Cut(rest, "|")
	if !ok {
		return &AddressError{Text: string(text)}
	}
	*a = Address{Kind(kind), AccountID(account), name}
	return nil
}

// AddressError is the error for a text that is not an Address.
type AddressError struct{ Text string }

func (e *AddressError) Error() string { return "not an address: " + e.Text }

// Compare orders addresses by kind (providers, roles, files), account and name.
func (a Address) Compare(b Address) int {
	return cmp.Or(cmp.Compare(a.Kind.rank(), b.Kind.rank()), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Name, b.Name))
}

func (k Kind) rank() int {
	switch k {
	case KindProvider:
		return 0
	case KindRole:
		return 1
	}
	return 2
}

// Pos is a place in a configuration file: a path relative to the
// configuration's folder, line and column counted from 1.
type Pos struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// State is what accounts hold, or should hold, sorted by Address.
type State struct {
	Accounts  []Account         `json:"accounts"`
	Providers []OIDCProvider    `json:"providers"`
	Roles     []Role            `json:"roles"`
	Files     []EnvironmentFile `json:"files,omitempty"`
	Removed   []Removed         `json:"removed,omitempty"` // desired side only
	Unread    []Unread          `json:"-"`                 // current side only, and only of a snapshot
}

// Unread is an object of which nothing is known but that it is there: a
// snapshot has the name alone.
type Unread struct {
	Account AccountID
	Path    string // of a role
	Name    string // of a role
	URL     string // of a provider: "" for a role
	// Absent is set for a provider that is not there, and of which is not known
	// which roles trust it all the same.
	Absent bool
}

// Address is the object's identity.
func (u Unread) Address() Address {
	if u.URL != "" {
		return ProviderAddress(u.Account, u.URL)
	}
	return RoleAddress(u.Account, u.Name)
}

// Account is one AWS account of a State.
type Account struct {
	ID        AccountID `json:"id"`
	Name      string    `json:"name"`                // as declared; with for_each the instance's own name
	Partition string    `json:"partition,omitempty"` // "aws", "aws-cn", "aws-us-gov"

	// Current side only.
	Caller   ARN    `json:"caller,omitempty"`   // who read it, from sts:GetCallerIdentity
	Complete bool   `json:"complete,omitempty"` // read in full: only then may anything be missing from it
	Failure  string `json:"failure,omitempty"`  // why it could not be read; nothing of it is in the state
	Quotas   Quotas `json:"quotas"`
}

// Quotas are an account's limits, from iam:GetAccountSummary; zero is unknown.
type Quotas struct {
	TrustPolicySize  int `json:"trust_policy_size,omitempty"`  // AssumeRolePolicySizeQuota, in non-blank characters
	InlinePolicySize int `json:"inline_policy_size,omitempty"` // RolePolicySizeQuota, in non-blank characters, all inline policies of a role together
	AttachedPolicies int `json:"attached_policies,omitempty"`  // AttachedPoliciesPerRoleQuota
	Roles            int `json:"roles,omitempty"`              // RolesQuota
	RolesInUse       int `json:"roles_in_use,omitempty"`       // Roles
}

// OIDCProvider is an IAM OpenID Connect provider.
type OIDCProvider struct {
	Account     AccountID         `json:"account"`
	ARN         ARN               `json:"arn"`
	Issuer      string            `json:"issuer,omitempty"`      // name of the issuer block; desired side, and current where one matches
	URL         string            `json:"url"`                   // with https://
	ClientIDs   []string          `json:"client_ids"`            // sorted, each once
	Thumbprints []string          `json:"thumbprints,omitempty"` // lower case, sorted; desired: nil leaves them to IAM
	Tags        map[string]string `json:"tags"`
	Created     time.Time         `json:"created,omitzero"` // current side only
	Source      map[string]Pos    `json:"-"`                // desired side only
}

// Address is the provider's identity.
func (p OIDCProvider) Address() Address { return ProviderAddress(p.Account, p.URL) }

// Role is an IAM role.
type Role struct {
	Environment string                     `json:"environment,omitempty"` // acme/payments/prod: information; identity is (account, name without case)
	Account     AccountID                  `json:"account"`
	Path        string                     `json:"path"` // begins and ends with /
	Name        string                     `json:"name"`
	Description string                     `json:"description,omitempty"`
	Trust       policy.Document            `json:"trust"`
	MaxSession  time.Duration              `json:"max_session"` // 1h to 12h
	Boundary    ARN                        `json:"boundary,omitempty"`
	Managed     []ARN                      `json:"managed,omitempty"` // sorted, each once
	Inline      map[string]policy.Document `json:"inline,omitempty"`
	Tags        map[string]string          `json:"tags,omitempty"`

	// Desired side only.
	KeepBoundary bool           `json:"keep_boundary,omitempty"` // permissions_boundary was left out: the live one stays
	Lifecycle    Lifecycle      `json:"lifecycle,omitzero"`
	Token        Token          `json:"-"` // what a token of the environment itself carries
	Source       map[string]Pos `json:"-"` // by attribute path ("role.name", "trust[0].subs"), "" is the environment block itself, "sub:…" what names that subject

	// Current side only.
	ID               string    `json:"id,omitempty"` // AROA…, unique for ever
	ARN              ARN       `json:"arn,omitempty"`
	Created          time.Time `json:"created,omitzero"`
	LastUsed         time.Time `json:"last_used,omitzero"`
	LastUseKnown     bool      `json:"last_use_known,omitempty"` // IAM said when it was last used, or that it has no record of that
	InstanceProfiles []string  `json:"instance_profiles,omitempty"`
}

// Address is the role's identity.
func (r Role) Address() Address { return RoleAddress(r.Account, r.Name) }

// Token is what a token of an environment carries for a trust policy to test.
type Token struct {
	Audience string
	Subjects []string // each that it may carry; patterns where part of it is open
}

// Lifecycle is what a configuration says of how a role may change.
type Lifecycle struct {
	PreventDestroy bool     `json:"prevent_destroy,omitempty"`
	Adopt          bool     `json:"adopt,omitempty"`
	Overlap        bool     `json:"overlap,omitempty"`
	IgnoreChanges  []string `json:"ignore_changes,omitempty"` // role attributes as the language spells them, sorted
}

// Removed says what becomes of an environment that is no longer declared.
type Removed struct {
	Environment string `json:"environment"` // org/project/environment
	Destroy     bool   `json:"destroy"`
	Pos         Pos    `json:"-"`
}

// RoleARN is the ARN of a role: arn:PARTITION:iam::ACCOUNT:role/PATH/NAME.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func RoleARN(partition string, account AccountID, path, name string) ARN {
	return ARN("arn:" + partition + ":iam::" + string(account) + ":role" + path + name)
}

// ProviderARN is the ARN of the OIDC provider for an issuer URL:
// arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
func ProviderARN(partition string, account AccountID, url string) ARN {
	return ARN("arn:" + partition + ":iam::" + string(account) + ":oidc-provider/" + IssuerHost(url))
}

// IssuerHost is an issuer URL without its scheme: what follows
// oidc-provider/ in an ARN, and what condition keys begin with.
func IssuerHost(url string) string { return strings.TrimPrefix(url, "https://") }
