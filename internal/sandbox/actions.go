package sandbox

import "strings"

// action is one operation of IAM or STS.
type action struct {
	service    service
	parameters []string // what check looks at; those that end in ! are required
	writes     bool     // it takes the lock for writing
	open       bool     // it needs no credentials
	run        func(*call) (any, error)
}

// service is one of the two that answer, known by the version of its API.
type service struct{ version, namespace string }

func iamService() service {
	return service{"2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"}
}

func stsService() service {
	return service{"2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"}
}

// actions are all that the sandbox knows.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
func actions() map[string]action {
	iam, sts := iamService(), stsService()
	read := func(parameters string, run func(*call) (any, error)) action {
		return action{service: iam, parameters: strings.Fields(parameters), run: run}
	}
	write := func(parameters string, run func(*call) (any, error)) action {
		return action{service: iam, parameters: strings.Fields(parameters), writes: true, run: run}
	}
	return map[string]action{
		"CreateOpenIDConnectProvider":             write("Url! ClientIDList ThumbprintList Tags", (*call).createProvider),
		"GetOpenIDConnectProvider":                read("OpenIDConnectProviderArn!", (*call).getProvider),
		"ListOpenIDConnectProviders":              read("", (*call).listProviders),
		"ListOpenIDConnectProviderTags":           read("OpenIDConnectProviderArn! Marker MaxItems", (*call).listProviderTags),
		"AddClientIDToOpenIDConnectProvider":      write("OpenIDConnectProviderArn! ClientID!", (*call).addClientID),
		"RemoveClientIDFromOpenIDConnectProvider": write("OpenIDConnectProviderArn! ClientID!", (*call).removeClientID),
		"UpdateOpenIDConnectProviderThumbprint":   write("OpenIDConnectProviderArn! ThumbprintList!", (*call).updateThumbprint),
		"TagOpenIDConnectProvider":                write("OpenIDConnectProviderArn! Tags!", (*call).tagProvider),
		"UntagOpenIDConnectProvider":              write("OpenIDConnectProviderArn! TagKeys!", (*call).untagProvider),
		"DeleteOpenIDConnectProvider":             write("OpenIDConnectProviderArn!", (*call).deleteProvider),

		"CreateRole":             write("RoleName! AssumeRolePolicyDocument! Path Description MaxSessionDuration PermissionsBoundary Tags", (*call).createRole),
		"GetRole":                read("RoleName!", (*call).getRole),
		"ListRoles":              read("PathPrefix Marker MaxItems", (*call).listRoles),
		"UpdateRole":             write("RoleName! Description MaxSessionDuration", (*call).updateRole),
		"UpdateRoleDescription":  write("RoleName! Description!", (*call).updateRoleDescription),
		"UpdateAssumeRolePolicy": write("RoleName! PolicyDocument!", (*call).updateAssumeRolePolicy),
		"DeleteRole":             write("RoleName!", (*call).deleteRole),
		"TagRole":                write("RoleName! Tags!", (*call).tagRole),
		"UntagRole":              write("RoleName! TagKeys!", (*call).untagRole),
		"ListRoleTags":           read("RoleName! Marker MaxItems", (*call).listRoleTags),

		"PutRolePermissionsBoundary":    write("RoleName! PermissionsBoundary!", (*call).putBoundary),
		"DeleteRolePermissionsBoundary": write("RoleName!", (*call).deleteBoundary),
		"AttachRolePolicy":              write("RoleName! PolicyArn!", (*call).attachRolePolicy),
		"DetachRolePolicy":              write("RoleName! PolicyArn!", (*call).detachRolePolicy),
		"ListAttachedRolePolicies":      read("RoleName! PathPrefix Marker MaxItems", (*call).listAttachedRolePolicies),
		"PutRolePolicy":                 write("RoleName! PolicyName! PolicyDocument!", (*call).putRolePolicy),
		"GetRolePolicy":                 read("RoleName! PolicyName!", (*call).getRolePolicy),
		"ListRolePolicies":              read("RoleName! Marker MaxItems", (*call).listRolePolicies),
		"DeleteRolePolicy":              write("RoleName! PolicyName!", (*call).deleteRolePolicy),

		"CreatePolicy":     write("PolicyName! PolicyDocument! Path Description Tags", (*call).createPolicy),
		"GetPolicy":        read("PolicyArn!", (*call).getPolicy),
		"GetPolicyVersion": read("PolicyArn! VersionId!", (*call).getPolicyVersion),
		"DeletePolicy":     write("PolicyArn!", (*call).deletePolicy),
		"ListPolicies":     read("Scope PathPrefix PolicyUsageFilter Marker MaxItems", (*call).listPolicies),

		"CreateInstanceProfile":         write("InstanceProfileName! Path Tags", (*call).createInstanceProfile),
		"GetInstanceProfile":            read("InstanceProfileName!", (*call).getInstanceProfile),
		"ListInstanceProfiles":          read("PathPrefix Marker MaxItems", (*call).listInstanceProfiles),
		"ListInstanceProfilesForRole":   read("RoleName! Marker MaxItems", (*call).listInstanceProfilesForRole),
		"AddRoleToInstanceProfile":      write("InstanceProfileName! RoleName!", (*call).addRoleToInstanceProfile),
		"RemoveRoleFromInstanceProfile": write("InstanceProfileName! RoleName!", (*call).removeRoleFromInstanceProfile),
		"DeleteInstanceProfile":         write("InstanceProfileName!", (*call).deleteInstanceProfile),

		"GetAccountAuthorizationDetails": read("Filter Marker MaxItems", (*call).getAccountAuthorizationDetails),
		"GetAccountSummary":              read("", (*call).getAccountSummary),

		"GetCallerIdentity": {service: sts, run: (*call).getCallerIdentity},
		"AssumeRole": {service: sts, writes: true, run: (*call).assumeRole,
			parameters: strings.Fields("RoleArn! RoleSessionName! ExternalId DurationSeconds Policy Tags SourceIdentity")},
		"AssumeRoleWithWebIdentity": {service: sts, writes: true, open: true, run: (*call).assumeRoleWithWebIdentity,
			parameters: strings.Fields("RoleArn! RoleSessionName! WebIdentityToken! DurationSeconds Policy ProviderId")},
	}
}
