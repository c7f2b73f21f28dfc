package spec

import (
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
)

// Options say what to load.
type Options struct {
	Path    string   // a file or a folder; "" is the current folder
	Vars    []VarArg // -var and -var-file, in the order given
	Environ []string // KEY=value, for TRUSTCTL_VAR_name
	Version string   // trustctl's own, held against required_version
	// Partial takes a required variable without a value as unknown instead
	// of asking for it, and checks what can be checked.
	Partial bool
	// Ask is called for a required variable without a value; nil never asks.
	Ask func(name, description string, sensitive bool) (string, error)
}

// VarArg is one -var ("name=value") or -var-file (a path).
type VarArg struct {
	File bool
	Text string
}

// Config is a configuration, compiled.
type Config struct {
	Settings
	Dir      string // the configuration's folder
	Accounts []Account
	Issuers  []Issuer
	State    trust.State              // desired
	Resource map[trust.Address]string // aws_iam_role.acme["payments/prod"], for every declared object
	Tests    []Test
	Accepts  []Accept
	// Digest identifies the configuration: names and bytes of every file read
	// and the values of all variables.
	Digest string
	// Sensitive names the sensitive variables, sorted.
	Sensitive []string
}

// Settings is the trustctl block.
type Settings struct {
	Stack      string
	ESCDir     string // inside the configuration's folder; default "esc"
	MaxDeletes int
	IgnoreTags IgnoreTags
}

// IgnoreTags names live tags that are left alone.
type IgnoreTags struct{ Keys, KeyPrefixes []string }

// Account is a declared account and how to reach it.
type Account struct {
	trust.Account
	Region, Profile string
	AssumeRole      *AssumeRole
	Tags            map[string]string // put on every object in it
	Pos             trust.Pos
}

// AssumeRole is the role to assume in an account.
type AssumeRole struct {
	RoleARN, ExternalID, SessionName string
	Duration                         time.Duration // zero: the SDK's default
}

// Issuer is an OpenID Connect issuer.
type Issuer struct {
	Name        string
	URL         string
	Thumbprints []string // lower case; nil leaves them to IAM
	Tags        map[string]string
	Pos         trust.Pos
}

// Test is a test block: subjects that must, or must not, be admitted.
type Test struct {
	Name        string
	Role        string // org/project/environment
	Allow, Deny []string
	Pos         trust.Pos
}

// Accept is an accept block: a finding that is meant.
type Accept struct {
	Code        string
	Environment string
	Reason      string
	Pos         trust.Pos
}

// module is a configuration read and parsed, with everything that may be
// referred to already evaluated: variables, locals, issuers and accounts. The
// org, removed and test blocks are still blocks, which compile decodes.
type module struct {
	settings Settings
	accounts []Account // in source order, for_each instances by key
	issuers  []Issuer  // with the built-in "pulumi"
	orgs     []*hcl.Block
	removed  []*hcl.Block
	tests    []*hcl.Block
	scope    *scope
	dir      string
	digest   string
}
