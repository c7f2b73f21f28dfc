package live

import (
	"time"

	"github.com/trustctl/trustctl/internal/trust"
)

// SnapshotVersion is that of a snapshot's text. One of another is refused.
const SnapshotVersion = "1"

// A snapshot's text is a JSON object a line, so that it can be written and read
// as it comes: what it is, then of each account itself, its providers, the
// policies that were not there before, its roles and the names of all others;
// last a digest of all that stands before it. Exactly one field of a line is set.
type snapshotLine struct {
	Snapshot *lineHeader         `json:"snapshot,omitempty"`
	Account  *trust.Account      `json:"account,omitempty"`
	Provider *trust.OIDCProvider `json:"provider,omitempty"`
	Policy   *string             `json:"policy,omitempty"` // its place is how many came before
	Role     *lineRole           `json:"role,omitempty"`
	Others   *lineOthers         `json:"others,omitempty"`
	Digest   *string             `json:"digest,omitempty"`
}

type lineHeader struct {
	FormatVersion string    `json:"format_version"`
	Version       string    `json:"trustctl_version"`
	Taken         time.Time `json:"taken"`
	Stack         string    `json:"stack"`
	Sandbox       bool      `json:"sandbox,omitempty"`
	Issuers       []string  `json:"issuers"`
}

// lineRole is a trust.Role with the places of its policies.
type lineRole struct {
	Account          trust.AccountID   `json:"account"`
	Path             string            `json:"path"`
	Name             string            `json:"name"`
	Description      string            `json:"description,omitempty"`
	Trust            int               `json:"trust"`
	MaxSession       int64             `json:"max_session_duration"` // seconds
	Boundary         trust.ARN         `json:"permissions_boundary,omitempty"`
	Managed          []trust.ARN       `json:"managed_policies,omitempty"`
	Inline           map[string]int    `json:"inline_policies,omitempty"`
	Tags             map[string]string `json:"tags,omitempty"`
	ID               string            `json:"id"`
	ARN              trust.ARN         `json:"arn"`
	Created          time.Time         `json:"created,omitzero"`
	LastUsed         time.Time         `json:"last_used,omitzero"`
	LastUseKnown     bool              `json:"last_use_known,omitempty"`
	InstanceProfiles []string          `json:"instance_profiles,omitempty"`
}

// lineOthers are roles of which the name is kept, or providers.
type lineOthers struct {
	Account   trust.AccountID `json:"account"`
	Path      string          `json:"path,omitempty"`
	Roles     []string        `json:"roles,omitempty"`
	Providers []string        `json:"providers,omitempty"` // URLs
}

func lineOf(s storedRole) *lineRole {
	r := s.role
	return &lineRole{
		Account: r.Account, Path: r.Path, Name: r.Name, Description: r.Description, Trust: s.trust,
		MaxSession: int64(r.MaxSession / time.Second), Boundary: r.Boundary, Managed: r.Managed, Inline: s.inline,
		Tags: r.Tags, ID: r.ID, ARN: r.ARN, Created: r.Created, LastUsed: r.LastUsed, LastUseKnown: r.LastUseKnown, InstanceProfiles: r.InstanceProfiles,
	}
}

func (l *lineRole) stored() storedRole {
	return storedRole{
		role: trust.Role{
			Environment: l.Tags[trust.TagEnvironment],
			Account:     l.Account, Path: l.Path, Name: l.Name, Description: l.Description,
			MaxSession: time.Duration(l.MaxSession) * time.Second, Boundary: l.Boundary, Managed: l.Managed,
			Tags: l.Tags, ID: l.ID, ARN: l.ARN, Created: l.Created, LastUsed: l.LastUsed, LastUseKnown: l.LastUseKnown, InstanceProfiles: l.InstanceProfiles,
		},
		trust: l.Trust, inline: l.Inline,
	}
}
