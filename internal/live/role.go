package live

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// reserved reports whether a path belongs to AWS: service-linked roles and
// those of Identity Center cannot be changed by anybody else.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
func reserved(path string) bool {
	return strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/")
}

// fromDetail is what GetAccountAuthorizationDetails says of a role but for its
// policies: everything that decides whether to keep it. It knows no
// description and no session duration.
func fromDetail(account trust.Account, d *types.RoleDetail, doc policy.Document) trust.Role {
	r := trust.Role{
		Account:  account.ID,
		Path:     aws.ToString(d.Path),
		Name:     aws.ToString(d.RoleName),
		Trust:    doc,
		Boundary: boundary(d.PermissionsBoundary),
		Tags:     roleTags(d.Tags),
		ID:       aws.ToString(d.RoleId),
		Created:  aws.ToTime(d.CreateDate),
		LastUsed: lastUsed(d.RoleLastUsed),

		LastUseKnown: d.RoleLastUsed != nil,
	}
	return settle(account, r, d.Arn)
}

// fromRole is what GetRole says of a role: all but its policies.
func fromRole(account trust.Account, d *types.Role, doc policy.Document) trust.Role {
	r := trust.Role{
		Account:     account.ID,
		Path:        aws.ToString(d.Path),
		Name:        aws.ToString(d.RoleName),
		Description: aws.ToString(d.Description),
		MaxSession:  maxSession(d.MaxSessionDuration),
		Trust:       doc,
		Boundary:    boundary(d.PermissionsBoundary),
		Tags:        roleTags(d.Tags),
		ID:          aws.ToString(d.RoleId),
		Created:     aws.ToTime(d.CreateDate),
		LastUsed:    lastUsed(d.RoleLastUsed),

		LastUseKnown: d.RoleLastUsed != nil,
	}
	return settle(account, r, d.Arn)
}

// settle fills in what follows from the rest. Just after a role's creation
// IAM may give its unique id in place of its ARN, which its name tells as well.
func settle(account trust.Account, r trust.Role, arn *string) trust.Role {
	r.ARN = trust.ARN(aws.ToString(arn))
	if !strings.HasPrefix(string(r.ARN), "arn:") {
		r.ARN = trust.RoleARN(account.Partition, account.ID, r.Path, r.Name)
	}
	r.Environment = r.Tags[trust.TagEnvironment]
	return r
}

func maxSession(seconds *int32) time.Duration {
	if seconds == nil {
		return time.Hour // IAM's default
	}
	return time.Duration(*seconds) * time.Second
}

func boundary(b *types.AttachedPermissionsBoundary) trust.ARN {
	if b == nil {
		return ""
	}
	return trust.ARN(aws.ToString(b.PermissionsBoundaryArn))
}

func lastUsed(u *types.RoleLastUsed) time.Time {
	if u == nil {
		return time.Time{}
	}
	return aws.ToTime(u.LastUsedDate)
}

func tags(list []types.Tag) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, t := range list {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}

// roleTags are a role's tags. IAM takes keys that differ by letter case for
// one on a role, so a mark counts however it is spelled.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
func roleTags(list []types.Tag) map[string]string {
	m := tags(list)
	for _, t := range list {
		key := aws.ToString(t.Key)
		if folded := strings.ToLower(key); folded != key && trust.IsMark(key) {
			m[folded] = m[key]
			delete(m, key)
		}
	}
	return m
}

func managed(list []types.AttachedPolicy) []trust.ARN {
	var arns []trust.ARN
	for _, p := range list {
		arns = append(arns, trust.ARN(aws.ToString(p.PolicyArn)))
	}
	return set(arns)
}

func instanceProfiles(list []types.InstanceProfile) []string {
	var names []string
	for _, p := range list {
		names = append(names, aws.ToString(p.InstanceProfileName))
	}
	return set(names)
}

// set sorts a list and takes what repeats out of it: IAM documents no order
// of any of its lists.
func set[S ~[]E, E ~string](list S) S {
	slices.Sort(list)
	return slices.Compact(list)
}
