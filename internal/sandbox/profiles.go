package sandbox

import "strings"

type profileXML struct {
	Path                string
	InstanceProfileName string
	InstanceProfileId   string
	Arn                 string
	CreateDate          string
	Roles               list[roleXML]
	Tags                *list[tagXML] `xml:",omitempty"`
}

type profileAnswer struct{ InstanceProfile profileXML }

func (c *call) profileXML(p profile) profileXML {
	x := profileXML{Path: p.Path, InstanceProfileName: p.Name, InstanceProfileId: p.ID, Arn: p.ARN, CreateDate: date(p.Created)}
	if r, ok := c.account.Roles[p.Role]; ok {
		x.Roles.Members = []roleXML{c.bare(r)}
	}
	return x
}

// profilesOf are the profiles that a role is in, by key.
func (c *call) profilesOf(r role) map[string]profile {
	in := map[string]profile{}
	for key, p := range c.account.Profiles {
		if p.Role == fold(r.Name) {
			in[key] = p
		}
	}
	return in
}

func (c *call) profile() (profile, error) {
	name := c.params.text("InstanceProfileName")
	p, ok := c.account.Profiles[fold(name)]
	if !ok {
		return profile{}, fail(noSuchEntity, "Instance Profile %s cannot be found.", name)
	}
	return p, nil
}

func (c *call) putProfile(p profile) error { return put(c, tableProfiles, fold(p.Name), p) }

func (c *call) createInstanceProfile() (any, error) {
	name := c.params.text("InstanceProfileName")
	if _, taken := c.account.Profiles[fold(name)]; taken {
		return nil, fail(entityAlreadyExists, "Instance Profile %s already exists.", name)
	}
	if len(c.account.Profiles) >= maxInstanceProfiles {
		return nil, exceeded("InstanceProfilesPerAccount", maxInstanceProfiles)
	}
	tags, err := newTags(c.params.tags(), otherTags)
	if err != nil {
		return nil, err
	}
	p := profile{Name: name, Path: c.path(), ID: uniqueID("AIPA"), Created: c.now, Tags: tags}
	p.ARN = c.arn("instance-profile" + p.Path + p.Name)
	if err := c.putProfile(p); err != nil {
		return nil, err
	}
	return profileAnswer{c.taggedProfile(p)}, nil
}

func (c *call) taggedProfile(p profile) profileXML {
	x := c.profileXML(p)
	if len(p.Tags) > 0 {
		x.Tags = &list[tagXML]{tagsXML(p.Tags)}
	}
	return x
}

func (c *call) getInstanceProfile() (any, error) {
	p, err := c.profile()
	if err != nil {
		return nil, err
	}
	return profileAnswer{c.taggedProfile(p)}, nil
}

type profilePage struct {
	InstanceProfiles list[profileXML]
	page
}

func (c *call) listInstanceProfiles() (any, error) {
	prefix := c.params.text("PathPrefix")
	profiles, p, err := pageOf(c, c.account.Profiles, func(p profile) bool { return strings.HasPrefix(p.Path, prefix) }, c.profileXML)
	return profilePage{profiles, p}, err
}

func (c *call) listInstanceProfilesForRole() (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	profiles, p, err := pageOf(c, c.profilesOf(r), nil, c.profileXML)
	return profilePage{profiles, p}, err
}

// profileAndRole are the two that a call joins or parts.
func (c *call) profileAndRole() (profile, role, error) {
	p, err := c.profile()
	if err != nil {
		return profile{}, role{}, err
	}
	r, err := c.modifiableRole()
	return p, r, err
}

// addRoleToInstanceProfile: a profile holds one role, and no more can be asked for.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
func (c *call) addRoleToInstanceProfile() (any, error) {
	p, r, err := c.profileAndRole()
	if err != nil {
		return nil, err
	}
	if p.Role != "" {
		return nil, exceeded("InstanceSessionsPerInstanceProfile", 1)
	}
	p.Role = fold(r.Name)
	return nil, c.putProfile(p)
}

func (c *call) removeRoleFromInstanceProfile() (any, error) {
	p, r, err := c.profileAndRole()
	if err != nil {
		return nil, err
	}
	if p.Role != fold(r.Name) {
		return nil, fail(noSuchEntity, "Role %s is not in instance profile %s.", r.Name, p.Name)
	}
	p.Role = ""
	return nil, c.putProfile(p)
}

func (c *call) deleteInstanceProfile() (any, error) {
	p, err := c.profile()
	if err != nil {
		return nil, err
	}
	if p.Role != "" {
		return nil, fail(deleteConflict, "Cannot delete entity, must remove roles from instance profile first.")
	}
	return nil, drop(c, tableProfiles, fold(p.Name))
}
