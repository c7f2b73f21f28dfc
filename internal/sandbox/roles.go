package sandbox

import "strings"

// roleXML is a role in the answers to CreateRole, GetRole and ListRoles, of
// which each has other fields:
//
//	field                            CreateRole        GetRole   ListRoles
//	AssumeRolePolicyDocument         as it was sent    re-rendered
//	Description, MaxSessionDuration  –                 yes       yes
//	PermissionsBoundary, Tags        yes               yes       –
//	RoleLastUsed                     –                 yes       –
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
// ("resource-listing operations return a subset of the available attributes");
// the column of CreateRole is observed.
type roleXML struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string        `xml:",omitempty"`
	MaxSessionDuration       int           `xml:",omitempty"`
	PermissionsBoundary      *boundaryXML  `xml:",omitempty"`
	Tags                     *list[tagXML] `xml:",omitempty"`
	RoleLastUsed             *lastUsedXML  `xml:",omitempty"`
}

type boundaryXML struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

type lastUsedXML struct {
	LastUsedDate string `xml:",omitempty"`
	Region       string `xml:",omitempty"`
}

// bare is what every answer has of a role.
func (c *call) bare(r role) roleXML {
	return roleXML{
		Path: r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.ARN, CreateDate: date(r.Created),
		AssumeRolePolicyDocument: encoded(c.showTrust(r.Trust)),
	}
}

// full is a role as GetRole answers it.
func (c *call) full(r role) roleXML {
	x := c.listed(r)
	x.PermissionsBoundary, x.RoleLastUsed = r.boundary(), r.lastUsed()
	if len(r.Tags) > 0 {
		x.Tags = &list[tagXML]{tagsXML(r.Tags)}
	}
	return x
}

// listed is a role as ListRoles answers it.
func (c *call) listed(r role) roleXML {
	x := c.bare(r)
	x.Description, x.MaxSessionDuration = r.Description, r.MaxSession
	return x
}

func (r role) boundary() *boundaryXML {
	if r.Boundary == "" {
		return nil
	}
	return &boundaryXML{"Policy", r.Boundary}
}

// lastUsed is empty, but there, for a role that was never used.
func (r role) lastUsed() *lastUsedXML {
	if r.LastUsed.IsZero() {
		return &lastUsedXML{}
	}
	return &lastUsedXML{date(r.LastUsed), r.LastRegion}
}

type roleAnswer struct{ Role roleXML }

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func (c *call) createRole() (any, error) {
	name, text := c.params.text("RoleName"), c.params.text("AssumeRolePolicyDocument")
	if _, taken := c.account.Roles[fold(name)]; taken {
		return nil, fail(entityAlreadyExists, "Role with name %s already exists.", name)
	}
	if most := c.quotas().Roles; len(c.account.Roles) >= most {
		return nil, exceeded("RolesPerAccount", most)
	}
	tags, err := newTags(c.params.tags(), roleTags)
	if err != nil {
		return nil, err
	}
	trust, err := c.checkTrust(text)
	if err != nil {
		return nil, err
	}
	r := role{
		Name: name, Path: c.path(), ID: uniqueID("AROA"), Created: c.now, Trust: trust, Tags: tags,
		Description: c.params.text("Description"), MaxSession: c.params.number("MaxSessionDuration", 3600),
	}
	r.ARN = c.arn("role" + r.Path + r.Name)
	if c.params.has("PermissionsBoundary") {
		r.Boundary = c.params.text("PermissionsBoundary")
		if err := c.checkAttachable(r.Boundary); err != nil {
			return nil, err
		}
	}
	if err := c.putRole(r); err != nil {
		return nil, err
	}
	x := c.bare(r)
	x.AssumeRolePolicyDocument = encoded(text)
	x.PermissionsBoundary = r.boundary()
	if sent := c.params.tags(); len(sent) > 0 {
		x.Tags = &list[tagXML]{}
		for _, t := range sent { // in the order of the request
			x.Tags.Members = append(x.Tags.Members, tagXML(t))
		}
	}
	return roleAnswer{x}, nil
}

// path is the parameter Path, "/" where it is left out.
func (c *call) path() string {
	if !c.params.has("Path") {
		return "/"
	}
	return c.params.text("Path")
}

func (c *call) getRole() (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	return roleAnswer{c.full(r)}, nil
}

func (c *call) listRoles() (any, error) {
	prefix := c.params.text("PathPrefix")
	roles, p, err := pageOf(c, c.account.Roles, func(r role) bool { return strings.HasPrefix(r.Path, prefix) }, c.listed)
	return struct {
		Roles list[roleXML]
		page
	}{roles, p}, err
}

// updateRole keeps what is left out; an empty description clears it. This is
// observed: the API reference says that a duration left out becomes an hour.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
func (c *call) updateRole() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	if c.params.has("Description") {
		r.Description = c.params.text("Description")
	}
	r.MaxSession = c.params.number("MaxSessionDuration", r.MaxSession)
	return struct{}{}, c.putRole(r)
}

func (c *call) updateRoleDescription() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	r.Description = c.params.text("Description")
	if err := c.putRole(r); err != nil {
		return nil, err
	}
	return roleAnswer{c.full(r)}, nil
}

func (c *call) updateAssumeRolePolicy() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	if r.Trust, err = c.checkTrust(c.params.text("PolicyDocument")); err != nil {
		return nil, err
	}
	return nil, c.putRole(r)
}

// deleteRole takes a role that has nothing attached; tags and boundary go with it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
func (c *call) deleteRole() (any, error) {
	r, err := c.deletableRole()
	if err != nil {
		return nil, err
	}
	return nil, drop(c, tableRoles, fold(r.Name))
}

func (c *call) deletableRole() (role, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return role{}, err
	}
	switch {
	case len(c.profilesOf(r)) > 0:
		return role{}, fail(deleteConflict, "Cannot delete entity, must remove roles from instance profile first.")
	case len(r.Managed) > 0:
		return role{}, fail(deleteConflict, "Cannot delete entity, must detach all policies first.")
	case len(r.Inline) > 0:
		return role{}, fail(deleteConflict, "Cannot delete entity, must delete policies first.")
	}
	return r, nil
}

func (c *call) putBoundary() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	r.Boundary = c.params.text("PermissionsBoundary")
	if err := c.checkAttachable(r.Boundary); err != nil {
		return nil, err
	}
	return nil, c.putRole(r)
}

func (c *call) deleteBoundary() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	if r.Boundary == "" {
		return nil, fail(noSuchEntity, "The role with name %s has no permissions boundary.", r.Name)
	}
	r.Boundary = ""
	return nil, c.putRole(r)
}
