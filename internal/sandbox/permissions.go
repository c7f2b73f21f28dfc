package sandbox

import "strings"

// permission is what AWS's reference says of an action's authorization:
// which resource a policy names for it, and which condition keys the action
// has beside those of the resource.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
type permission struct {
	resource func(*call) resource // nil: the action is allowed on "*" alone
	boundary bool                 // iam:PermissionsBoundary
	attaches bool                 // iam:PolicyARN
	tags     bool                 // aws:TagKeys and aws:RequestTag, which an untagging has no values for
	tagging  string               // another action, needed where the call sends tags
	passes   bool                 // iam:PassRole for the role is needed too
}

// resource is an object as a policy sees it. One that does not exist has no
// boundary, and no tags but those that it is created with.
type resource struct {
	arn      string
	shown    string // how IAM's message names it, where that is not its ARN
	tags     map[string]string
	isRole   bool // iam:ResourceTag is there too
	boundary string
}

// permissions has every action of IAM's. That a call that creates with tags
// needs the permission to tag is observed.
func permissions() map[string]permission {
	role, bounded := permission{resource: (*call).roleResource}, permission{resource: (*call).roleResource, boundary: true}
	attaching := permission{resource: (*call).roleResource, boundary: true, attaches: true}
	provider, profile, managed := permission{resource: (*call).providerResource}, permission{resource: (*call).profileResource}, permission{resource: (*call).policyResource}
	tagged := func(p permission, tagging string) permission {
		p.tags, p.tagging = true, tagging
		return p
	}
	passing := profile
	passing.passes = true
	return map[string]permission{
		"CreateOpenIDConnectProvider":             tagged(provider, "iam:TagOpenIDConnectProvider"),
		"GetOpenIDConnectProvider":                provider,
		"ListOpenIDConnectProviders":              {},
		"ListOpenIDConnectProviderTags":           provider,
		"AddClientIDToOpenIDConnectProvider":      provider,
		"RemoveClientIDFromOpenIDConnectProvider": provider,
		"UpdateOpenIDConnectProviderThumbprint":   provider,
		"TagOpenIDConnectProvider":                tagged(provider, ""),
		"UntagOpenIDConnectProvider":              tagged(provider, ""),
		"DeleteOpenIDConnectProvider":             provider,

		"CreateRole":             tagged(bounded, "iam:TagRole"),
		"GetRole":                bounded,
		"ListRoles":              {},
		"UpdateRole":             bounded,
		"UpdateRoleDescription":  bounded,
		"UpdateAssumeRolePolicy": bounded,
		"DeleteRole":             bounded,
		"TagRole":                tagged(role, ""),
		"UntagRole":              tagged(role, ""),
		"ListRoleTags":           role,

		"PutRolePermissionsBoundary":    bounded,
		"DeleteRolePermissionsBoundary": bounded,
		"AttachRolePolicy":              attaching,
		"DetachRolePolicy":              attaching,
		"ListAttachedRolePolicies":      role,
		"PutRolePolicy":                 bounded,
		"GetRolePolicy":                 role,
		"ListRolePolicies":              role,
		"DeleteRolePolicy":              bounded,

		"CreatePolicy":     tagged(managed, "iam:TagPolicy"),
		"GetPolicy":        managed,
		"GetPolicyVersion": managed,
		"DeletePolicy":     managed,
		"ListPolicies":     {},

		"CreateInstanceProfile":         tagged(profile, "iam:TagInstanceProfile"),
		"GetInstanceProfile":            profile,
		"ListInstanceProfiles":          {},
		"ListInstanceProfilesForRole":   role,
		"AddRoleToInstanceProfile":      passing,
		"RemoveRoleFromInstanceProfile": profile,
		"DeleteInstanceProfile":         profile,

		"GetAccountAuthorizationDetails": {},
		"GetAccountSummary":              {},
	}
}

// roleResource is the role that a request names. IAM's message has the ARN
// where a role is made or tagged, and "role NAME" everywhere else (observed).
func (c *call) roleResource() resource {
	name := c.params.text("RoleName")
	r, ok := c.account.Roles[fold(name)]
	if !ok || c.action == "CreateRole" {
		r = role{ARN: c.arn("role" + c.path() + name)}
	}
	on := resource{arn: r.ARN, tags: r.Tags, isRole: true, boundary: r.Boundary}
	if c.action != "CreateRole" && c.action != "TagRole" && c.action != "UntagRole" {
		on.shown = "role " + name
	}
	return on
}

func (c *call) providerResource() resource {
	if c.action == "CreateOpenIDConnectProvider" {
		issuer, err := issuerOf(c.params.text("Url"))
		if err != nil {
			issuer = "*" // the call fails, if it is allowed at all
		}
		return resource{arn: c.arn("oidc-provider/" + issuer)}
	}
	arn := c.params.text("OpenIDConnectProviderArn")
	_, issuer, _ := strings.Cut(arn, ":oidc-provider/")
	p := c.account.Providers[issuer]
	return resource{arn: arn, tags: p.Tags}
}

func (c *call) profileResource() resource {
	name := c.params.text("InstanceProfileName")
	p, ok := c.account.Profiles[fold(name)]
	if !ok || c.action == "CreateInstanceProfile" {
		p = profile{ARN: c.arn("instance-profile" + c.path() + name)}
	}
	return resource{arn: p.ARN, tags: p.Tags}
}

func (c *call) policyResource() resource {
	if c.action == "CreatePolicy" {
		return resource{arn: c.arn("policy" + c.path() + c.params.text("PolicyName"))}
	}
	arn := c.params.text("PolicyArn")
	return resource{arn: arn, tags: c.account.Policies[fold(policyName(arn))].Tags}
}
