package sandbox

import (
	"slices"
	"strings"
)

// roleDetailXML is a role in GetAccountAuthorizationDetails: without
// Description and MaxSessionDuration, which ListRoles has.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html
type roleDetailXML struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	InstanceProfileList      list[profileXML]
	RolePolicyList           list[namedPolicyXML]
	AttachedManagedPolicies  list[attachedPolicyXML]
	PermissionsBoundary      *boundaryXML `xml:",omitempty"`
	Tags                     list[tagXML]
	RoleLastUsed             *lastUsedXML
}

func (c *call) detail(r role, profiles map[string][]profile) roleDetailXML {
	x := roleDetailXML{
		Path: r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.ARN, CreateDate: date(r.Created),
		AssumeRolePolicyDocument: encoded(c.showTrust(r.Trust)),
		PermissionsBoundary:      r.boundary(),
		Tags:                     list[tagXML]{tagsXML(r.Tags)},
		RoleLastUsed:             r.lastUsed(),
	}
	for _, p := range profiles[fold(r.Name)] {
		x.InstanceProfileList.Members = append(x.InstanceProfileList.Members, c.profileXML(p))
	}
	for _, key := range sorted(r.Inline) {
		p := r.Inline[key]
		x.RolePolicyList.Members = append(x.RolePolicyList.Members, namedPolicyXML{p.Name, encoded(p.Text)})
	}
	for _, arn := range r.Managed {
		x.AttachedManagedPolicies.Members = append(x.AttachedManagedPolicies.Members, attachedPolicyXML{policyName(arn), arn})
	}
	return x
}

type detailsAnswer struct {
	UserDetailList  list[struct{}]
	GroupDetailList list[struct{}]
	RoleDetailList  list[roleDetailXML]
	Policies        list[policyXML]
	page
}

// getAccountAuthorizationDetails spends a page on roles first, then on
// managed policies; AWS's own are there only when they are in use. OIDC
// providers are not in it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func (c *call) getAccountAuthorizationDetails() (any, error) {
	kinds := c.params.list("Filter")
	wants := func(kind string) bool { return len(kinds) == 0 || slices.Contains(kinds, kind) }
	var keys []string
	if wants("Role") {
		for key := range c.account.Roles {
			keys = append(keys, "1/"+key)
		}
	}
	policies := map[string]policyXML{}
	if wants("LocalManagedPolicy") {
		for _, p := range c.account.Policies {
			x := c.ownPolicy(p)
			x.Description, x.Tags = "", nil
			x.PolicyVersionList = &list[versionXML]{[]versionXML{{encoded(p.Text), "v1", true, date(p.Created)}}}
			policies["2/"+p.Name] = x
		}
	}
	if wants("AWSManagedPolicy") {
		for _, arn := range c.managedInUse() {
			policies["3/"+policyName(arn)] = c.awsPolicy(policyPath(arn), policyName(arn))
		}
	}
	keys = append(keys, sorted(policies)...)
	slices.Sort(keys)
	keys, p, err := c.page(keys)
	if err != nil {
		return nil, err
	}

	profiles := map[string][]profile{}
	for _, key := range sorted(c.account.Profiles) {
		in := c.account.Profiles[key]
		profiles[in.Role] = append(profiles[in.Role], in)
	}
	answer := detailsAnswer{page: p}
	for _, key := range keys {
		if name, ok := strings.CutPrefix(key, "1/"); ok {
			answer.RoleDetailList.Members = append(answer.RoleDetailList.Members, c.detail(c.account.Roles[name], profiles))
		} else {
			answer.Policies.Members = append(answer.Policies.Members, policies[key])
		}
	}
	return answer, nil
}

// managedInUse are the ARNs of the AWS managed policies that roles have.
func (c *call) managedInUse() []string {
	in := map[string]bool{}
	for _, r := range c.account.Roles {
		for _, arn := range append([]string{r.Boundary}, r.Managed...) {
			if strings.Contains(arn, ":iam::aws:") {
				in[arn] = true
			}
		}
	}
	return sorted(in)
}

type summaryXML struct {
	Key   string `xml:"key"`
	Value int    `xml:"value"`
}

// getAccountSummary has the counts and quotas of what the sandbox knows.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func (c *call) getAccountSummary() (any, error) {
	q := c.quotas()
	values := map[string]int{
		"AssumeRolePolicySizeQuota":    q.TrustPolicySize,
		"AttachedPoliciesPerRoleQuota": q.AttachedPolicies,
		"Groups":                       0,
		"InstanceProfiles":             len(c.account.Profiles),
		"InstanceProfilesQuota":        maxInstanceProfiles,
		"Policies":                     len(c.account.Policies),
		"PoliciesQuota":                maxCustomerPolicies,
		"PolicySizeQuota":              maxManagedPolicySize,
		"PolicyVersionsInUse":          len(c.account.Policies) + len(c.managedInUse()),
		"Providers":                    len(c.account.Providers),
		"RolePolicySizeQuota":          q.InlinePolicySize,
		"Roles":                        len(c.account.Roles),
		"RolesQuota":                   q.Roles,
		"Users":                        0,
		"VersionsPerPolicyQuota":       5,
	}
	var answer struct {
		SummaryMap struct {
			Entries []summaryXML `xml:"entry"`
		}
	}
	for _, key := range sorted(values) {
		answer.SummaryMap.Entries = append(answer.SummaryMap.Entries, summaryXML{key, values[key]})
	}
	return answer, nil
}
