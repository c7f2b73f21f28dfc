package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// call makes the one call of a step, under the same name and with what stands
// in the step.
func call(ctx context.Context, c IAM, step plan.Step, opts ...func(*iam.Options)) (err error) {
	switch s := step.(type) {
	case plan.CreateOpenIDConnectProvider:
		_, err = c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
			Url: &s.URL, ClientIDList: s.ClientIDs, ThumbprintList: s.Thumbprints, Tags: tagList(s.Tags),
		}, opts...)
	case plan.AddClientIDToOpenIDConnectProvider:
		_, err = c.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn(s.ARN), ClientID: &s.ClientID,
		}, opts...)
	case plan.RemoveClientIDFromOpenIDConnectProvider:
		_, err = c.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn(s.ARN), ClientID: &s.ClientID,
		}, opts...)
	case plan.UpdateOpenIDConnectProviderThumbprint:
		_, err = c.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{
			OpenIDConnectProviderArn: arn(s.ARN), ThumbprintList: s.Thumbprints,
		}, opts...)
	case plan.TagOpenIDConnectProvider:
		_, err = c.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn(s.ARN), Tags: tagList(s.Tags),
		}, opts...)
	case plan.UntagOpenIDConnectProvider:
		_, err = c.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn(s.ARN), TagKeys: s.Keys,
		}, opts...)
	case plan.DeleteOpenIDConnectProvider:
		_, err = c.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn(s.ARN)}, opts...)

	case plan.CreateRole:
		_, err = c.CreateRole(ctx, &iam.CreateRoleInput{
			Path: &s.Path, RoleName: &s.RoleName, AssumeRolePolicyDocument: aws.String(s.Trust.String()),
			Description: unlessEmpty(s.Description), MaxSessionDuration: seconds(s.MaxSession),
			PermissionsBoundary: unlessEmpty(string(s.Boundary)), Tags: tagList(s.Tags),
		}, opts...)
	case plan.UpdateRole:
		_, err = c.UpdateRole(ctx, &iam.UpdateRoleInput{
			RoleName: &s.RoleName, Description: &s.Description, MaxSessionDuration: seconds(s.MaxSession),
		}, opts...)
	case plan.UpdateAssumeRolePolicy:
		_, err = c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
			RoleName: &s.RoleName, PolicyDocument: aws.String(s.Trust.String()),
		}, opts...)
	case plan.PutRolePermissionsBoundary:
		_, err = c.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{
			RoleName: &s.RoleName, PermissionsBoundary: arn(s.Boundary),
		}, opts...)
	case plan.DeleteRolePermissionsBoundary:
		_, err = c.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &s.RoleName}, opts...)
	case plan.AttachRolePolicy:
		_, err = c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &s.RoleName, PolicyArn: arn(s.Policy)}, opts...)
	case plan.DetachRolePolicy:
		_, err = c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &s.RoleName, PolicyArn: arn(s.Policy)}, opts...)
	case plan.PutRolePolicy:
		_, err = c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: &s.RoleName, PolicyName: &s.PolicyName, PolicyDocument: aws.String(s.Document.String()),
		}, opts...)
	case plan.DeleteRolePolicy:
		_, err = c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &s.RoleName, PolicyName: &s.PolicyName}, opts...)
	case plan.TagRole:
		_, err = c.TagRole(ctx, &iam.TagRoleInput{RoleName: &s.RoleName, Tags: tagList(s.Tags)}, opts...)
	case plan.UntagRole:
		_, err = c.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &s.RoleName, TagKeys: s.Keys}, opts...)
	case plan.DeleteRole:
		_, err = c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &s.RoleName}, opts...)
	default:
		panic(fmt.Sprintf("apply: a step of type %T", step))
	}
	return err
}

// removes reports whether a step takes something away, so that its object's
// absence is its success.
func removes(step plan.Step) bool {
	switch step.(type) {
	case plan.RemoveClientIDFromOpenIDConnectProvider, plan.UntagOpenIDConnectProvider, plan.DeleteOpenIDConnectProvider,
		plan.DeleteRolePermissionsBoundary, plan.DetachRolePolicy, plan.DeleteRolePolicy, plan.UntagRole, plan.DeleteRole:
		return true
	}
	return false
}

func arn(a trust.ARN) *string { return aws.String(string(a)) }

// unlessEmpty leaves an empty parameter out, which IAM refuses in CreateRole.
func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// seconds is a session duration; zero leaves it to IAM.
func seconds(d time.Duration) *int32 {
	if d == 0 {
		return nil
	}
	return aws.Int32(int32(d / time.Second))
}

// tagList sorts tags by key: the same plan makes the same calls, to the byte.
func tagList(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: &key, Value: aws.String(tags[key])})
	}
	return list
}
