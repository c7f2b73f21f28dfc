package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// model is an IAM in memory, strict where a plan relies on it: what exists
// can't be created, what isn't there can't be changed, a role with policies
// can't be deleted, tags and client ids have limits. A write that changes
// nothing is an error too: a plan makes none.
type model struct {
	accounts  []trust.Account
	roles     map[trust.Address]trust.Role
	providers map[trust.Address]trust.OIDCProvider
	files     map[trust.Address]trust.EnvironmentFile
	ids       int
}

func newModel(s trust.State) *model {
	m := &model{s.Accounts, map[trust.Address]trust.Role{}, map[trust.Address]trust.OIDCProvider{}, map[trust.Address]trust.EnvironmentFile{}, 0}
	for _, r := range s.Roles {
		r.Managed, r.Inline, r.Tags = slices.Clone(r.Managed), maps.Clone(r.Inline), maps.Clone(r.Tags)
		m.roles[r.Address()] = r
	}
	for _, p := range s.Providers {
		p.ClientIDs, p.Tags = slices.Clone(p.ClientIDs), maps.Clone(p.Tags)
		m.providers[p.Address()] = p
	}
	for _, f := range s.Files {
		m.files[f.Address()] = f
	}
	return m
}

// state is what a reading of the model finds.
func (m *model) state() trust.State {
	s := trust.State{Accounts: m.accounts}
	for _, a := range slices.SortedFunc(maps.Keys(m.providers), trust.Address.Compare) {
		p := m.providers[a]
		p.ClientIDs, p.Tags = slices.Clone(p.ClientIDs), maps.Clone(p.Tags)
		s.Providers = append(s.Providers, p)
	}
	for _, a := range slices.SortedFunc(maps.Keys(m.roles), trust.Address.Compare) {
		r := m.roles[a]
		r.Managed, r.Inline, r.Tags = slices.Clone(r.Managed), maps.Clone(r.Inline), maps.Clone(r.Tags)
		s.Roles = append(s.Roles, r)
	}
	for _, a := range slices.SortedFunc(maps.Keys(m.files), trust.Address.Compare) {
		s.Files = append(s.Files, m.files[a])
	}
	return s
}

func (m *model) run(account trust.AccountID, s Step) error {
	switch s := s.(type) {
	case CreateOpenIDConnectProvider:
		return m.createProvider(account, s)
	case AddClientIDToOpenIDConnectProvider:
		return m.provider(account, s.ARN, func(p *trust.OIDCProvider) error {
			if slices.Contains(p.ClientIDs, s.ClientID) {
				return fmt.Errorf("client id %q is there", s.ClientID)
			}
			if p.Tags[trust.AudienceMark(s.ClientID)] == "" {
				return fmt.Errorf("client id %q has no mark yet", s.ClientID)
			}
			p.ClientIDs = sorted(append(p.ClientIDs, s.ClientID))
			return nil
		})
	case RemoveClientIDFromOpenIDConnectProvider:
		return m.provider(account, s.ARN, func(p *trust.OIDCProvider) error {
			i := slices.Index(p.ClientIDs, s.ClientID)
			if i < 0 {
				return fmt.Errorf("client id %q is not there", s.ClientID)
			}
			for _, r := range m.roles {
				if r.Account == account && r.Trust.MayUseAudience(string(s.ARN), s.ClientID) {
					return fmt.Errorf("role %s needs client id %q", r.Name, s.ClientID)
				}
			}
			p.ClientIDs = slices.Delete(p.ClientIDs, i, i+1)
			return nil
		})
	case UpdateOpenIDConnectProviderThumbprint:
		return m.provider(account, s.ARN, func(p *trust.OIDCProvider) error {
			p.Thumbprints = s.Thumbprints
			return nil
		})
	case TagOpenIDConnectProvider:
		return m.provider(account, s.ARN, func(p *trust.OIDCProvider) error { return tag(p.Tags, s.Tags, false) })
	case UntagOpenIDConnectProvider:
		return m.provider(account, s.ARN, func(p *trust.OIDCProvider) error { return untag(p.Tags, s.Keys, false) })
	case DeleteOpenIDConnectProvider:
		a := providerAt(account, s.ARN)
		if _, ok := m.providers[a]; !ok {
			return fmt.Errorf("no provider %s", s.ARN)
		}
		for _, r := range m.roles {
			if r.Account == account && r.Trust.Trusts(string(s.ARN)) {
				return fmt.Errorf("role %s trusts %s", r.Name, s.ARN)
			}
		}
		delete(m.providers, a)
		return nil
	case WriteEnvironmentFile:
		f := s.File
		if f.Foreign = f.Stack == ""; !f.Foreign {
			f.Stack = ours
		}
		m.files[f.Address()] = f
		return nil
	case RemoveEnvironmentFile:
		delete(m.files, s.File.Address())
		return nil
	default:
		return m.runRole(account, s)
	}
}

func (m *model) runRole(account trust.AccountID, s Step) error {
	switch s := s.(type) {
	case CreateRole:
		a := trust.RoleAddress(account, s.RoleName)
		if _, ok := m.roles[a]; ok {
			return fmt.Errorf("role %s exists", s.RoleName)
		}
		m.ids++
		m.roles[a] = trust.Role{Account: account, Path: s.Path, Name: s.RoleName, Description: s.Description, MaxSession: s.MaxSession, Boundary: s.Boundary, Trust: s.Trust, Tags: maps.Clone(s.Tags), ID: fmt.Sprintf("AROANEW%d", m.ids)}
		return nil
	case UpdateRole:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if r.Description == s.Description && r.MaxSession == s.MaxSession {
				return fmt.Errorf("nothing changes")
			}
			r.Description, r.MaxSession = s.Description, s.MaxSession
			return nil
		})
	case UpdateAssumeRolePolicy:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if r.Trust.Equal(s.Trust) {
				return fmt.Errorf("nothing changes")
			}
			r.Trust = s.Trust
			return nil
		})
	case PutRolePermissionsBoundary:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if r.Boundary == s.Boundary {
				return fmt.Errorf("nothing changes")
			}
			r.Boundary = s.Boundary
			return nil
		})
	case DeleteRolePermissionsBoundary:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if r.Boundary == "" {
				return fmt.Errorf("nothing changes")
			}
			r.Boundary = ""
			return nil
		})
	case AttachRolePolicy:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if slices.Contains(r.Managed, s.Policy) {
				return fmt.Errorf("nothing changes")
			}
			r.Managed = sorted(append(r.Managed, s.Policy))
			return nil
		})
	case DetachRolePolicy:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			i := slices.Index(r.Managed, s.Policy)
			if i < 0 {
				return fmt.Errorf("nothing changes")
			}
			r.Managed = slices.Delete(r.Managed, i, i+1)
			return nil
		})
	case PutRolePolicy:
		return m.role(account, s.RoleName, func(r *trust.Role) error { return putInline(r, s) })
	case DeleteRolePolicy:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if _, ok := r.Inline[s.PolicyName]; !ok {
				return fmt.Errorf("no policy %s", s.PolicyName)
			}
			delete(r.Inline, s.PolicyName)
			return nil
		})
	case TagRole:
		return m.role(account, s.RoleName, func(r *trust.Role) error {
			if r.Tags == nil {
				r.Tags = map[string]string{}
			}
			return tag(r.Tags, s.Tags, true)
		})
	case UntagRole:
		return m.role(account, s.RoleName, func(r *trust.Role) error { return untag(r.Tags, s.Keys, true) })
	case DeleteRole:
		a := trust.RoleAddress(account, s.RoleName)
		r, ok := m.roles[a]
		if !ok || len(r.Managed)+len(r.Inline)+len(r.InstanceProfiles) > 0 {
			return fmt.Errorf("role %s is missing or not empty", s.RoleName)
		}
		delete(m.roles, a)
		return nil
	default:
		return fmt.Errorf("unknown step %T", s)
	}
}

func putInline(r *trust.Role, s PutRolePolicy) error {
	if r.Inline == nil {
		r.Inline = map[string]policy.Document{}
	}
	for name, document := range r.Inline {
		if strings.EqualFold(name, s.PolicyName) {
			if document.Equal(s.Document) {
				return fmt.Errorf("nothing changes")
			}
			r.Inline[name] = s.Document
			return nil
		}
	}
	r.Inline[s.PolicyName] = s.Document
	return nil
}

func (m *model) createProvider(account trust.AccountID, s CreateOpenIDConnectProvider) error {
	a := trust.ProviderAddress(account, s.URL)
	if _, ok := m.providers[a]; ok {
		return fmt.Errorf("provider %s exists", s.URL)
	}
	thumbprints := s.Thumbprints
	if thumbprints == nil {
		thumbprints = []string{"ffffffffffffffffffffffffffffffffffffffff"}
	}
	m.providers[a] = trust.OIDCProvider{Account: account, ARN: s.ARN, URL: s.URL, ClientIDs: slices.Clone(s.ClientIDs), Thumbprints: thumbprints, Tags: maps.Clone(s.Tags)}
	return nil
}

func providerAt(account trust.AccountID, arn trust.ARN) trust.Address {
	_, url, _ := strings.Cut(string(arn), ":oidc-provider/")
	return trust.ProviderAddress(account, url)
}

func (m *model) provider(account trust.AccountID, arn trust.ARN, f func(*trust.OIDCProvider) error) error {
	a := providerAt(account, arn)
	p, ok := m.providers[a]
	if !ok {
		return fmt.Errorf("no provider %s", arn)
	}
	err := f(&p)
	m.providers[a] = p
	return err
}

func (m *model) role(account trust.AccountID, name string, f func(*trust.Role) error) error {
	a := trust.RoleAddress(account, name)
	r, ok := m.roles[a]
	if !ok {
		return fmt.Errorf("no role %s", name)
	}
	err := f(&r)
	m.roles[a] = r
	return err
}

func tag(tags, set map[string]string, fold bool) error {
	for key, value := range set {
		for there := range tags {
			if fold && strings.EqualFold(there, key) {
				key = there
			}
		}
		if was, ok := tags[key]; ok && was == value {
			return fmt.Errorf("tag %s does not change", key)
		}
		tags[key] = value
	}
	if len(tags) > 50 {
		return fmt.Errorf("%d tags", len(tags))
	}
	if len(set) == 0 {
		return fmt.Errorf("no tags given")
	}
	return nil
}

func untag(tags map[string]string, keys []string, fold bool) error {
	for _, key := range keys {
		found := false
		for there := range tags {
			if there == key || fold && strings.EqualFold(there, key) {
				delete(tags, there)
				found = true
			}
		}
		if !found {
			return fmt.Errorf("no tag %s", key)
		}
	}
	if len(keys) == 0 {
		return fmt.Errorf("no keys given")
	}
	return nil
}
