package plan

import (
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// Step is one write: an IAM call under IAM's own name, or a file's. The set
// is sealed. The account is the Task's.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
type Step interface{ step() }

// The steps on OIDC providers.
type (
	CreateOpenIDConnectProvider struct {
		ARN         trust.ARN // what it will be
		URL         string
		ClientIDs   []string
		Thumbprints []string
		Tags        map[string]string
	}
	AddClientIDToOpenIDConnectProvider struct {
		ARN      trust.ARN
		ClientID string
	}
	RemoveClientIDFromOpenIDConnectProvider struct {
		ARN      trust.ARN
		ClientID string
	}
	UpdateOpenIDConnectProviderThumbprint struct {
		ARN         trust.ARN
		Thumbprints []string
	}
	TagOpenIDConnectProvider struct {
		ARN  trust.ARN
		Tags map[string]string
	}
	UntagOpenIDConnectProvider struct {
		ARN  trust.ARN
		Keys []string // sorted
	}
	DeleteOpenIDConnectProvider struct {
		ARN trust.ARN
	}
)

// The steps on roles.
type (
	CreateRole struct {
		Path        string
		RoleName    string
		Description string
		MaxSession  time.Duration
		Boundary    trust.ARN
		Trust       policy.Document
		Tags        map[string]string
	}
	// UpdateRole always sends both fields: what is left out may be lost.
	UpdateRole struct {
		RoleName    string
		Description string
		MaxSession  time.Duration
	}
	UpdateAssumeRolePolicy struct {
		RoleName string
		Trust    policy.Document
	}
	PutRolePermissionsBoundary struct {
		RoleName string
		Boundary trust.ARN
	}
	DeleteRolePermissionsBoundary struct {
		RoleName string
	}
	AttachRolePolicy struct {
		RoleName string
		Policy   trust.ARN
	}
	DetachRolePolicy struct {
		RoleName string
		Policy   trust.ARN
	}
	PutRolePolicy struct {
		RoleName   string
		PolicyName string
		Document   policy.Document
	}
	DeleteRolePolicy struct {
		RoleName   string
		PolicyName string
	}
	TagRole struct {
		RoleName string
		Tags     map[string]string
	}
	UntagRole struct {
		RoleName string
		Keys     []string // sorted
	}
	DeleteRole struct {
		RoleName string
	}
)

// The steps on ESC files.
type (
	WriteEnvironmentFile struct {
		File trust.EnvironmentFile
	}
	RemoveEnvironmentFile struct {
		File trust.EnvironmentFile
	}
)

func (CreateOpenIDConnectProvider) step()             {}
func (AddClientIDToOpenIDConnectProvider) step()      {}
func (RemoveClientIDFromOpenIDConnectProvider) step() {}
func (UpdateOpenIDConnectProviderThumbprint) step()   {}
func (TagOpenIDConnectProvider) step()                {}
func (UntagOpenIDConnectProvider) step()              {}
func (DeleteOpenIDConnectProvider) step()             {}
func (CreateRole) step()                              {}
func (UpdateRole) step()                              {}
func (UpdateAssumeRolePolicy) step()                  {}
func (PutRolePermissionsBoundary) step()              {}
func (DeleteRolePermissionsBoundary) step()           {}
func (AttachRolePolicy) step()                        {}
func (DetachRolePolicy) step()                        {}
func (PutRolePolicy) step()                           {}
func (DeleteRolePolicy) step()                        {}
func (TagRole) step()                                 {}
func (UntagRole) step()                               {}
func (DeleteRole) step()                              {}
func (WriteEnvironmentFile) step()                    {}
func (RemoveEnvironmentFile) step()                   {}
