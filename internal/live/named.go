package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// RoleClient is what ReadRole asks of IAM.
type RoleClient interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	ListAttachedRolePolicies(context.Context, *iam.ListAttachedRolePoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error)
	ListRolePolicies(context.Context, *iam.ListRolePoliciesInput, ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	ListInstanceProfilesForRole(context.Context, *iam.ListInstanceProfilesForRoleInput, ...func(*iam.Options)) (*iam.ListInstanceProfilesForRoleOutput, error)
}

// ReadRole reads one role by its name, whole; false where there is none. It
// is for a few roles: a reading of an account takes them in bulk.
func ReadRole(ctx context.Context, client RoleClient, account trust.Account, name string) (trust.Role, bool, error) {
	return readNamed(ctx, client, account, name, &documents{}, everyRole)
}

func everyRole(trust.Role) bool { return true }

// rolePart reads, of a role, what GetRole does not say.
type rolePart func(context.Context, RoleClient, *trust.Role, *documents) error

// readNamed reads a role by its name if it is wanted by what GetRole says.
func readNamed(ctx context.Context, client RoleClient, account trust.Account, name string, docs *documents, wanted func(trust.Role) bool) (trust.Role, bool, error) {
	return readParts(ctx, client, account, name, docs, wanted, readManaged, readInline, readInstanceProfiles)
}

// readParts reads a role by its name, and some parts. A role that goes away
// between the calls was not there.
func readParts(ctx context.Context, client RoleClient, account trust.Account, name string, docs *documents, wanted func(trust.Role) bool, parts ...rolePart) (trust.Role, bool, error) {
	got, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if gone(err) {
		return trust.Role{}, false, nil
	}
	if err != nil {
		return trust.Role{}, false, fmt.Errorf("reading role %s: %w", name, err)
	}
	if got.Role == nil {
		return trust.Role{}, false, fmt.Errorf("reading role %s: the answer holds no role", name)
	}
	r := fromRole(account, got.Role, docs.parse(aws.ToString(got.Role.AssumeRolePolicyDocument)))
	if !wanted(r) {
		return trust.Role{}, false, nil
	}
	for _, part := range parts {
		err := part(ctx, client, &r, docs)
		if gone(err) {
			return trust.Role{}, false, nil
		}
		if err != nil {
			return trust.Role{}, false, fmt.Errorf("reading role %s: %w", name, err)
		}
	}
	return r, true, nil
}

func readManaged(ctx context.Context, client RoleClient, r *trust.Role, _ *documents) error {
	var list []types.AttachedPolicy
	err := eachPage(func(marker *string) (page, error) {
		out, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &r.Name, Marker: marker})
		if err != nil {
			return page{}, err
		}
		list = append(list, out.AttachedPolicies...)
		return page{out.IsTruncated, out.Marker}, nil
	})
	r.Managed = managed(list)
	return err
}

func readInline(ctx context.Context, client RoleClient, r *trust.Role, docs *documents) error {
	var names []string
	err := eachPage(func(marker *string) (page, error) {
		out, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &r.Name, Marker: marker})
		if err != nil {
			return page{}, err
		}
		names = append(names, out.PolicyNames...)
		return page{out.IsTruncated, out.Marker}, nil
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		out, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &r.Name, PolicyName: &name})
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		if r.Inline == nil {
			r.Inline = map[string]policy.Document{}
		}
		r.Inline[name] = docs.parse(aws.ToString(out.PolicyDocument))
	}
	return nil
}

func readInstanceProfiles(ctx context.Context, client RoleClient, r *trust.Role, _ *documents) error {
	var list []types.InstanceProfile
	err := eachPage(func(marker *string) (page, error) {
		out, err := client.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: &r.Name, Marker: marker})
		if err != nil {
			return page{}, err
		}
		list = append(list, out.InstanceProfiles...)
		return page{out.IsTruncated, out.Marker}, nil
	})
	r.InstanceProfiles = instanceProfiles(list)
	return err
}

// page is how one page of a list ends.
type page struct {
	truncated bool
	marker    *string
}

// eachPage calls for pages until IAM says that there are no more: it may give
// fewer entries than asked for, and none, while more remain.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
func eachPage(next func(marker *string) (page, error)) error {
	var marker *string
	for {
		p, err := next(marker)
		if err != nil || !p.truncated {
			return err
		}
		if aws.ToString(p.marker) == "" || aws.ToString(p.marker) == aws.ToString(marker) {
			return errors.New("IAM says that a list goes on, but not where: its marker does not advance")
		}
		marker = p.marker
	}
}

// gone reports whether IAM says that what was asked for does not exist.
func gone(err error) bool {
	return err != nil && strings.HasPrefix(code(err), "NoSuchEntity")
}
