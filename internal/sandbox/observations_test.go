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

const (
	pulumiARN   = "arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc"
	otherARN    = "arn:aws:iam::123456789012:oidc-provider/other.example.com"
	absentARN   = "arn:aws:iam::123456789012:oidc-provider/absent.example.com"
	readOnlyARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	limitARN    = "arn:aws:iam::123456789012:policy/limit"
	thumbprint  = "990F4193972F2BECF12DDEDA5237F9C952F20D9E"
)

// ec2Trust trusts a service: about what is not the policy's own.
const ec2Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// observations are the whole sequence, in order: later ones rest on earlier ones.
func observations() []observation {
	return slices.Concat(providerObservations(), roleObservations(), trustObservations(), policyObservations(),
		tagObservations(), reportObservations(), profileObservations(), stsObservations(), protocolObservations(), deleteObservations())
}

func sees(action, name string, run func(context.Context, peer) string) observation {
	return observation{action, name, run}
}

// values joins what was read, so that it can be compared and listed.
func values(err error, v ...any) string {
	if err != nil {
		return code(err)
	}
	text := make([]string, len(v))
	for i, each := range v {
		if s, ok := each.(*string); ok {
			each = aws.ToString(s)
		}
		text[i] = fmt.Sprint(each)
	}
	return strings.Join(text, " ")
}

func providerObservations() []observation {
	create := func(url string, thumbprints ...string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			out, err := p.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
				Url: &url, ClientIDList: []string{"aws:acme"}, ThumbprintList: thumbprints,
			})
			if err != nil {
				return code(err)
			}
			return *out.OpenIDConnectProviderArn
		}
	}
	get := func(arn string, show func(*iam.GetOpenIDConnectProviderOutput) any) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			out, err := p.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
			if err != nil {
				return code(err)
			}
			return values(nil, show(out))
		}
	}
	clientIDs := func(out *iam.GetOpenIDConnectProviderOutput) any { return out.ClientIDList }
	add := func(arn, id string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: &id})
			return code(err)
		}
	}
	remove := func(id string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(pulumiARN), ClientID: &id})
			return code(err)
		}
	}
	update := func(thumbprints ...string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: aws.String(otherARN), ThumbprintList: thumbprints})
			return code(err)
		}
	}
	six := []string{thumbprint, thumbprint, thumbprint, thumbprint, thumbprint, thumbprint}
	const createProvider, getProvider = "CreateOpenIDConnectProvider", "GetOpenIDConnectProvider"
	return []observation{
		sees(createProvider, "without thumbprints", create("https://api.pulumi.com/oidc")),
		sees(createProvider, "the same again", create("https://api.pulumi.com/oidc")),
		sees(createProvider, "with a slash at the end", create("https://api.pulumi.com/oidc/", thumbprint)),
		sees(createProvider, "http://", create("http://insecure.example.com", thumbprint)),
		sees(createProvider, "a URL with a query", create("https://query.example.com?a=b", thumbprint)),
		sees(createProvider, "with a thumbprint", create("https://other.example.com", thumbprint)),
		sees(createProvider, "a URL with port 443", create("https://default.example.com:443", thumbprint)),
		sees(createProvider, "a URL with another port", create("https://port.example.com:8443", thumbprint)),
		sees(createProvider, "a thumbprint of 39 characters", create("https://short.example.com", thumbprint[1:])),
		sees(createProvider, "six thumbprints", create("https://six.example.com", six...)),
		sees(createProvider, "a URL of 256 characters", create("https://"+strings.Repeat("a", 248), thumbprint)),
		sees(getProvider, "the URL", get(pulumiARN, func(out *iam.GetOpenIDConnectProviderOutput) any { return out.Url })),
		sees(getProvider, "how many thumbprints there are when none was given", get(pulumiARN, func(out *iam.GetOpenIDConnectProviderOutput) any { return len(out.ThumbprintList) })),
		sees(getProvider, "the letter case of a thumbprint", get(otherARN, func(out *iam.GetOpenIDConnectProviderOutput) any { return out.ThumbprintList })),
		sees(getProvider, "an ARN that does not exist", get(absentARN, clientIDs)),
		sees("AddClientIDToOpenIDConnectProvider", "a new id", add(pulumiARN, "aws:b")),
		sees("AddClientIDToOpenIDConnectProvider", "the same again", add(pulumiARN, "aws:b")),
		sees("AddClientIDToOpenIDConnectProvider", "an ARN that does not exist", add(absentARN, "aws:b")),
		sees(getProvider, "the client ids after adding", get(pulumiARN, clientIDs)),
		sees("RemoveClientIDFromOpenIDConnectProvider", "an id that is there", remove("aws:b")),
		sees("RemoveClientIDFromOpenIDConnectProvider", "an id that is not there", remove("aws:b")),
		sees(getProvider, "the client ids after removing", get(pulumiARN, clientIDs)),
		sees("UpdateOpenIDConnectProviderThumbprint", "of 40 characters", update(strings.ToLower(thumbprint))),
		sees("UpdateOpenIDConnectProviderThumbprint", "of 39 characters", update(thumbprint[1:])),
		sees("UpdateOpenIDConnectProviderThumbprint", "six", update(six...)),
		sees("ListOpenIDConnectProviders", "the ARNs of two whose URLs differ in a slash", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
			if err != nil {
				return code(err)
			}
			var arns []string
			for _, each := range out.OpenIDConnectProviderList {
				if strings.Contains(*each.Arn, "pulumi") {
					arns = append(arns, *each.Arn)
				}
			}
			slices.Sort(arns)
			return values(nil, arns)
		}),
	}
}

// create observes what becomes of a role that is made with one thing changed.
func create(name string, change func(*iam.CreateRoleInput)) func(context.Context, peer) string {
	return func(ctx context.Context, p peer) string {
		in := &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(ec2Trust)}
		if change != nil {
			change(in)
		}
		_, err := p.iam.CreateRole(ctx, in)
		return code(err)
	}
}

// role observes GetRole.
func roleNamed(name string, show func(*types.Role) any) func(context.Context, peer) string {
	return func(ctx context.Context, p peer) string {
		out, err := p.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if err != nil {
			return code(err)
		}
		return values(nil, show(out.Role))
	}
}

func roleObservations() []observation {
	const createRole = "CreateRole"
	update := func(description *string, duration *int32) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: aws.String("main"), Description: description, MaxSessionDuration: duration})
			return code(err)
		}
	}
	boundary := func(arn string) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			_, err := p.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String("main"), PermissionsBoundary: &arn})
			return code(err)
		}
	}
	return []observation{
		sees("CreatePolicy", "a policy of the account's", func(ctx context.Context, p peer) string {
			out, err := p.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("limit"), PolicyDocument: aws.String(readBucket)})
			if err != nil {
				return code(err)
			}
			return *out.Policy.Arn
		}),
		sees(createRole, "with everything", create("main", func(in *iam.CreateRoleInput) {
			in.Path, in.Description, in.MaxSessionDuration = aws.String("/acme/"), aws.String("first"), aws.Int32(7200)
			in.PermissionsBoundary = aws.String(limitARN)
			in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("core")}}
		})),
		sees(createRole, "the same name again", create("main", nil)),
		sees(createRole, "the same name in another letter case", create("MAIN", nil)),
		sees(createRole, "MaxSessionDuration 60", create("r1", func(in *iam.CreateRoleInput) { in.MaxSessionDuration = aws.Int32(60) })),
		sees(createRole, "MaxSessionDuration 50000", create("r2", func(in *iam.CreateRoleInput) { in.MaxSessionDuration = aws.Int32(50000) })),
		sees(createRole, "a name of 65 characters", create(strings.Repeat("n", 65), nil)),
		sees(createRole, "a name with a blank", create("a b", nil)),
		sees(createRole, "a path without slashes", create("r3", func(in *iam.CreateRoleInput) { in.Path = aws.String("acme") })),
		sees(createRole, "a boundary that does not exist", create("r4", func(in *iam.CreateRoleInput) {
			in.PermissionsBoundary = aws.String("arn:aws:iam::123456789012:policy/absent")
		})),
		sees(createRole, "a description of 1,001 characters", create("r5", func(in *iam.CreateRoleInput) { in.Description = aws.String(strings.Repeat("d", 1001)) })),
		sees(createRole, "what the answer has beside the ARN", func(ctx context.Context, p peer) string {
			out, err := p.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("echo"), AssumeRolePolicyDocument: aws.String(ec2Trust), Description: aws.String("d"), MaxSessionDuration: aws.Int32(7200)})
			if err != nil {
				return code(err)
			}
			return values(nil, "description:", out.Role.Description, "duration:", aws.ToInt32(out.Role.MaxSessionDuration))
		}),
		sees("GetRole", "all its plain fields", roleNamed("main", func(r *types.Role) any {
			return values(nil, r.Path, r.RoleName, r.Arn, r.Description, *r.MaxSessionDuration, r.PermissionsBoundary.PermissionsBoundaryArn)
		})),
		sees("GetRole", "a boundary's type", roleNamed("main", func(r *types.Role) any { return r.PermissionsBoundary.PermissionsBoundaryType })),
		sees("GetRole", "a name in another letter case", roleNamed("ECHO", func(r *types.Role) any { return r.RoleName })),
		sees("GetRole", "a role that does not exist", roleNamed("absent", func(r *types.Role) any { return r.RoleName })),
		sees("UpdateRole", "only a duration", update(nil, aws.Int32(3600))),
		sees("GetRole", "the description after that", roleNamed("main", func(r *types.Role) any { return r.Description })),
		sees("UpdateRole", "only a description", update(aws.String("newer"), nil)),
		sees("GetRole", "description and duration after that", roleNamed("main", func(r *types.Role) any { return values(nil, r.Description, *r.MaxSessionDuration) })),
		sees("UpdateRole", "an empty description", update(aws.String(""), aws.Int32(3600))),
		sees("GetRole", "the description after that one", roleNamed("main", func(r *types.Role) any { return r.Description })),
		sees("UpdateRole", "MaxSessionDuration 60", update(nil, aws.Int32(60))),
		sees("PutRolePermissionsBoundary", "a policy that does not exist", boundary("arn:aws:iam::123456789012:policy/absent")),
		sees("PutRolePermissionsBoundary", "a policy of AWS's", boundary(readOnlyARN)),
		sees("DeleteRolePermissionsBoundary", "that is there", func(ctx context.Context, p peer) string {
			_, err := p.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("main")})
			return code(err)
		}),
		sees("DeleteRolePermissionsBoundary", "that is not there", func(ctx context.Context, p peer) string {
			_, err := p.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("main")})
			return code(err)
		}),
	}
}

func trustObservations() []observation {
	trust := func(text string) func(*iam.CreateRoleInput) {
		return func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &text }
	}
	long := func(n int) string { // of n characters that are not white space
		filler := strings.Repeat("x", n-len(pulumiTrust)-len(`,""`))
		return strings.Replace(pulumiTrust, `["`, `["`+filler+`","`, 1)
	}
	const createRole = "CreateRole"
	return []observation{
		sees(createRole, "a trust policy that is not JSON", create("t1", trust(`{"Version"`))),
		sees(createRole, "a trust policy with a Resource", create("t2", trust(strings.Replace(ec2Trust, `"Action"`, `"Resource":"*","Action"`, 1)))),
		sees(createRole, "a trust policy without a Principal", create("t3", trust(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`))),
		sees(createRole, "a trust policy whose AWS principal does not exist", create("t4", trust(strings.Replace(ec2Trust, `"Service":"ec2.amazonaws.com"`, `"AWS":"arn:aws:iam::123456789012:user/absent"`, 1)))),
		sees(createRole, "a trust policy with an unknown operator", create("t5", trust(strings.Replace(pulumiTrust, "StringEquals", "StringEqual", 1)))),
		sees(createRole, "a trust policy for Pulumi's issuer that does not test aud", create("t6", trust(strings.Replace(pulumiTrust, `"api.pulumi.com/oidc:aud":"aws:acme",`, "", 1)))),
		sees(createRole, "a trust policy of 2,100 characters", create("t7", trust(long(2100)))),
		sees(createRole, "a trust policy of 2,048 characters", create("t8", trust(long(2048)))),
		sees(createRole, "a trust policy with an action that is not of STS", create("t9", trust(strings.Replace(ec2Trust, "sts:AssumeRole", "s3:GetObject", 1)))),
		sees("GetRole", "the trust policy's text", roleNamed("t8", func(r *types.Role) any {
			text, err := url.PathUnescape(*r.AssumeRolePolicyDocument)
			return values(err, text == long(2048))
		})),
		sees("UpdateAssumeRolePolicy", "another policy", func(ctx context.Context, p peer) string {
			_, err := p.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("t8"), PolicyDocument: aws.String(pulumiTrust)})
			return code(err)
		}),
		sees("UpdateAssumeRolePolicy", "a trust policy of 5,000 characters", func(ctx context.Context, p peer) string {
			_, err := p.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("t8"), PolicyDocument: aws.String(long(5000))})
			return code(err)
		}),
		sees("UpdateAssumeRolePolicy", "a role that does not exist", func(ctx context.Context, p peer) string {
			_, err := p.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("absent"), PolicyDocument: aws.String(pulumiTrust)})
			return code(err)
		}),
	}
}

func reportObservations() []observation {
	details := func(in iam.GetAccountAuthorizationDetailsInput, show func(*iam.GetAccountAuthorizationDetailsOutput) any) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			out, err := p.iam.GetAccountAuthorizationDetails(ctx, &in)
			if err != nil {
				return code(err)
			}
			return values(nil, show(out))
		}
	}
	const report = "GetAccountAuthorizationDetails"
	onlyRoles := []types.EntityType{types.EntityTypeRole}
	return []observation{
		sees(report, "a role", func(ctx context.Context, p peer) string {
			create("detail", func(in *iam.CreateRoleInput) {
				in.Tags, in.PermissionsBoundary = sdkTags("team", "core"), aws.String(limitARN)
			})(ctx, p)
			_, err := p.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("detail"), PolicyArn: aws.String(readOnlyARN)})
			if err != nil {
				return code(err)
			}
			return details(iam.GetAccountAuthorizationDetailsInput{Filter: onlyRoles}, func(out *iam.GetAccountAuthorizationDetailsOutput) any {
				i := slices.IndexFunc(out.RoleDetailList, func(r types.RoleDetail) bool { return *r.RoleName == "detail" })
				r := out.RoleDetailList[i]
				return values(nil, r.Arn, shownTags(r.Tags), r.PermissionsBoundary.PermissionsBoundaryArn, len(r.RolePolicyList), r.AttachedManagedPolicies[0].PolicyArn)
			})(ctx, p)
		}),
		sees(report, "with the filter Role there are no policies", details(iam.GetAccountAuthorizationDetailsInput{Filter: onlyRoles}, func(out *iam.GetAccountAuthorizationDetailsOutput) any { return len(out.Policies) })),
		sees(report, "MaxItems 1", details(iam.GetAccountAuthorizationDetailsInput{Filter: onlyRoles, MaxItems: aws.Int32(1)}, func(out *iam.GetAccountAuthorizationDetailsOutput) any {
			return values(nil, len(out.RoleDetailList) == 1, out.IsTruncated, out.Marker != nil)
		})),
		sees(report, "MaxItems 1001", details(iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1001)}, func(out *iam.GetAccountAuthorizationDetailsOutput) any { return "accepted" })),
		sees(report, "without a filter, AWS's policies only when in use", details(iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1000)}, func(out *iam.GetAccountAuthorizationDetailsOutput) any { return len(out.Policies) < 100 })),
		sees("ListRoles", "PathPrefix", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListRoles(ctx, &iam.ListRolesInput{PathPrefix: aws.String("/acme/")})
			if err != nil {
				return code(err)
			}
			return values(nil, len(out.Roles), out.Roles[0].RoleName, out.IsTruncated)
		}),
		sees("ListRoles", "MaxItems 1, then its marker", func(ctx context.Context, p peer) string {
			one, err := p.iam.ListRoles(ctx, &iam.ListRolesInput{MaxItems: aws.Int32(1)})
			if err != nil {
				return code(err)
			}
			two, err := p.iam.ListRoles(ctx, &iam.ListRolesInput{MaxItems: aws.Int32(1), Marker: one.Marker})
			if err != nil {
				return code(err)
			}
			return values(nil, len(one.Roles), one.IsTruncated, len(two.Roles), *one.Roles[0].RoleName != *two.Roles[0].RoleName)
		}),
		sees("ListRoles", "neither tags nor boundary", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListRoles(ctx, &iam.ListRolesInput{PathPrefix: aws.String("/acme/")})
			if err != nil {
				return code(err)
			}
			return values(nil, len(out.Roles[0].Tags), out.Roles[0].PermissionsBoundary == nil)
		}),
		sees("GetAccountSummary", "AssumeRolePolicySizeQuota", func(ctx context.Context, p peer) string {
			out, err := p.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
			if err != nil {
				return code(err)
			}
			return values(nil, out.SummaryMap["AssumeRolePolicySizeQuota"])
		}),
		sees("GetAccountSummary", "AttachedPoliciesPerRoleQuota", func(ctx context.Context, p peer) string {
			out, err := p.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
			if err != nil {
				return code(err)
			}
			return values(nil, out.SummaryMap["AttachedPoliciesPerRoleQuota"])
		}),
	}
}
