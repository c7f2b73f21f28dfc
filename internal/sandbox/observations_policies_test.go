package sandbox_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func policyObservations() []observation {
	put := func(name, text string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("main"), PolicyName: &name, PolicyDocument: &text})
			return code(err)
		}
	}
	attach := func(arn string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("main"), PolicyArn: &arn})
			return code(err)
		}
	}
	detach := func(arn string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("main"), PolicyArn: &arn})
			return code(err)
		}
	}
	names := func(limit *int32) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			out, err := p.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: aws.String("main"), MaxItems: limit})
			if err != nil {
				return code(err)
			}
			return values(nil, out.PolicyNames, out.IsTruncated, out.Marker != nil)
		}
	}
	remove := func(ctx context.Context, p peer) string {
		_, err := p.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("main"), PolicyName: aws.String("other")})
		return code(err)
	}
	long := strings.Replace(readBucket, "s3:::a b+c", "s3:::"+strings.Repeat("x", 6000), 1)
	return []observation{
		sees("PutRolePolicy", "a policy", put("Read", readBucket)),
		sees("PutRolePolicy", "another policy", put("other", readBucket)),
		sees("PutRolePolicy", "the name in another letter case", put("READ", readBucket)),
		sees("ListRolePolicies", "the names after that", names(nil)),
		sees("ListRolePolicies", "MaxItems 1", names(aws.Int32(1))),
		sees("PutRolePolicy", "a Principal", put("principal", strings.Replace(readBucket, `"Action"`, `"Principal":"*","Action"`, 1))),
		sees("PutRolePolicy", "text that is not JSON", put("text", "policy")),
		sees("PutRolePolicy", "without a Resource", put("without", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}`)),
		sees("PutRolePolicy", "6,000 characters", put("long", long)),
		sees("PutRolePolicy", "more than 10,240 characters in all the role's policies", put("longer", long)),
		sees("GetRolePolicy", "the document as it was sent, encoded as RFC 3986 says", func(ctx context.Context, p peer) string {
			out, err := p.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("main"), PolicyName: aws.String("other")})
			if err != nil {
				return code(err)
			}
			text, _ := url.PathUnescape(*out.PolicyDocument)
			return values(nil, text == readBucket, strings.Contains(*out.PolicyDocument, "a%20b%2Bc"), strings.Contains(*out.PolicyDocument, "%2F"))
		}),
		sees("GetRolePolicy", "one that does not exist", func(ctx context.Context, p peer) string {
			_, err := p.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("main"), PolicyName: aws.String("absent")})
			return code(err)
		}),
		sees("DeleteRolePolicy", "that is there", remove),
		sees("DeleteRolePolicy", "that is not there", remove),
		sees("AttachRolePolicy", "a policy of AWS's", attach(readOnlyARN)),
		sees("AttachRolePolicy", "the same again", attach(readOnlyARN)),
		sees("AttachRolePolicy", "a policy of the account's", attach(limitARN)),
		sees("AttachRolePolicy", "a policy that does not exist", attach("arn:aws:iam::123456789012:policy/absent")),
		sees("AttachRolePolicy", "a policy of AWS's that does not exist", attach("arn:aws:iam::aws:policy/ReadOnlyAcess")),
		sees("AttachRolePolicy", "what is no ARN", attach("short")),
		sees("ListAttachedRolePolicies", "names and ARNs", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("main")})
			if err != nil {
				return code(err)
			}
			var all []string
			for _, a := range out.AttachedPolicies {
				all = append(all, *a.PolicyName+"="+*a.PolicyArn)
			}
			slices.Sort(all)
			return values(nil, all)
		}),
		sees("DeletePolicy", "a policy that is attached", func(ctx context.Context, p peer) string {
			out, err := p.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("attached"), PolicyDocument: aws.String(readBucket)})
			if err != nil {
				return code(err)
			}
			attach(*out.Policy.Arn)(ctx, p)
			_, err = p.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: out.Policy.Arn})
			return code(err)
		}),
		sees("DeleteRole", "a role with policies", func(ctx context.Context, p peer) string {
			_, err := p.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("main")})
			return code(err)
		}),
		sees("DetachRolePolicy", "a policy that is attached", detach(limitARN)),
		sees("DetachRolePolicy", "a policy that is not attached", detach(limitARN)),
		sees("PutRolePermissionsBoundary", "a policy of the account's", func(ctx context.Context, p peer) string {
			_, err := p.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String("main"), PermissionsBoundary: aws.String(limitARN)})
			return code(err)
		}),
		sees("AttachRolePolicy", "an 11th policy", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws, PathPrefix: aws.String("/service-role/"), MaxItems: aws.Int32(30)})
			if err != nil {
				return code(err)
			}
			create("many", nil)(ctx, p)
			for _, policy := range out.Policies[:11] {
				_, err = p.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("many"), PolicyArn: policy.Arn})
			}
			return code(err)
		}),
	}
}

func tagObservations() []observation {
	tag := func(pairs ...string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String("main"), Tags: sdkTags(pairs...)})
			return code(err)
		}
	}
	list := func(ctx context.Context, p peer) string {
		out, err := p.iam.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: aws.String("main")})
		if err != nil {
			return code(err)
		}
		return shownTags(out.Tags)
	}
	tagProvider := func(pairs ...string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(pulumiARN), Tags: sdkTags(pairs...)})
			return code(err)
		}
	}
	var many []string
	for i := range 49 {
		many = append(many, fmt.Sprintf("key%d", i), "v")
	}
	return []observation{
		sees("TagRole", "a new key", tag("Stack", "a")),
		sees("TagRole", "the key in another letter case", tag("STACK", "b")),
		sees("ListRoleTags", "after that", list),
		sees("TagRole", "a key that begins with aws:", tag("aws:x", "a")),
		sees("TagRole", "a key with a character that tags may not have", tag("a;b", "a")),
		sees("TagRole", "one key twice", tag("k", "a", "k", "b")),
		sees("TagRole", "more than 50 in all", func(ctx context.Context, p peer) string {
			create("tagged", func(in *iam.CreateRoleInput) { in.Tags = sdkTags("a", "1", "b", "2") })(ctx, p)
			_, err := p.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String("tagged"), Tags: sdkTags(many...)})
			return code(err)
		}),
		sees("UntagRole", "a key in another letter case, and one that is not there", func(ctx context.Context, p peer) string {
			_, err := p.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: aws.String("main"), TagKeys: []string{"stack", "absent"}})
			return code(err)
		}),
		sees("TagOpenIDConnectProvider", "two keys that differ in letter case, at once", tagProvider("Owner", "a", "owner", "b")),
		sees("TagOpenIDConnectProvider", "a key", tagProvider("Team", "a")),
		sees("TagOpenIDConnectProvider", "the key in another letter case", tagProvider("team", "b")),
		sees("ListOpenIDConnectProviderTags", "after that", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListOpenIDConnectProviderTags(ctx, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: aws.String(pulumiARN)})
			if err != nil {
				return code(err)
			}
			return shownTags(out.Tags)
		}),
		sees("TagOpenIDConnectProvider", "no tags", tagProvider()),
		sees("UntagOpenIDConnectProvider", "keys that are there and keys that are not", func(ctx context.Context, p peer) string {
			_, err := p.iam.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(pulumiARN), TagKeys: []string{"team", "Owner", "owner"}})
			return code(err)
		}),
	}
}

func sdkTags(pairs ...string) []types.Tag {
	tags := []types.Tag{}
	for i := 0; i < len(pairs); i += 2 {
		tags = append(tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return tags
}

func shownTags(tags []types.Tag) string {
	var all []string
	for _, t := range tags {
		all = append(all, *t.Key+"="+*t.Value)
	}
	slices.Sort(all)
	return values(nil, all)
}
