package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func profileObservations() []observation {
	name := aws.String("profile")
	add := func(ctx context.Context, p peer) string {
		_, err := p.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: aws.String("echo")})
		return code(err)
	}
	return []observation{
		sees("CreateInstanceProfile", "a profile", func(ctx context.Context, p peer) string {
			_, err := p.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: name})
			return code(err)
		}),
		sees("AddRoleToInstanceProfile", "a role", add),
		sees("AddRoleToInstanceProfile", "a second role", add),
		sees("ListInstanceProfilesForRole", "the names", func(ctx context.Context, p peer) string {
			out, err := p.iam.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: aws.String("echo")})
			if err != nil {
				return code(err)
			}
			return values(nil, len(out.InstanceProfiles), out.InstanceProfiles[0].InstanceProfileName)
		}),
		sees("DeleteRole", "a role in an instance profile", func(ctx context.Context, p peer) string {
			_, err := p.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("echo")})
			return code(err)
		}),
		sees("RemoveRoleFromInstanceProfile", "the role", func(ctx context.Context, p peer) string {
			_, err := p.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: name, RoleName: aws.String("echo")})
			return code(err)
		}),
		sees("DeleteInstanceProfile", "without a role", func(ctx context.Context, p peer) string {
			_, err := p.iam.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: name})
			return code(err)
		}),
	}
}

func stsObservations() []observation {
	return []observation{
		sees("GetCallerIdentity", "the account", func(ctx context.Context, p peer) string {
			out, err := p.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			if err != nil {
				return code(err)
			}
			return *out.Account
		}),
		sees("AssumeRole", "a role that does not exist", func(ctx context.Context, p peer) string {
			_, err := p.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/absent"), RoleSessionName: aws.String("test")})
			return code(err)
		}),
		sees("AssumeRole", "whose the session is", func(ctx context.Context, p peer) string {
			open := strings.Replace(ec2Trust, `"Service":"ec2.amazonaws.com"`, `"AWS":"123456789012"`, 1)
			create("open", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &open })(ctx, p)
			out, err := p.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/open"), RoleSessionName: aws.String("test")})
			if err != nil {
				return code(err)
			}
			c := configOf(p.url, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken)
			who, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			if err != nil {
				return code(err)
			}
			return values(nil, out.AssumedRoleUser.Arn, who.Arn)
		}),
		sees("AssumeRole", "a role that does not trust the caller", func(ctx context.Context, p peer) string {
			_, err := p.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/many"), RoleSessionName: aws.String("test")})
			return code(err)
		}),
		sees("AssumeRoleWithWebIdentity", "a token that is nonsense", func(ctx context.Context, p peer) string {
			_, err := p.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: aws.String("arn:aws:iam::123456789012:role/t8"), RoleSessionName: aws.String("test"), WebIdentityToken: aws.String("nonsense"),
			})
			return code(err)
		}),
	}
}

func protocolObservations() []observation {
	post := func(form url.Values) func(context.Context, peer) string {
		return func(ctx context.Context, p peer) string {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(form.Encode()))
			if err != nil {
				return err.Error()
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				return err.Error()
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			_, rest, _ := strings.Cut(string(body), "<Code>")
			code, _, _ := strings.Cut(rest, "</Code>")
			return values(nil, answer.StatusCode, code)
		}
	}
	return []observation{
		sees("any", "an action that does not exist", post(url.Values{"Action": {"CreateRol"}, "Version": {"2010-05-08"}})),
		sees("any", "a parameter that is missing", post(url.Values{"Action": {"GetRole"}, "Version": {"2010-05-08"}})),
		sees("any", "the status of NoSuchEntity", post(url.Values{"Action": {"GetRole"}, "Version": {"2010-05-08"}, "RoleName": {"absent"}})),
		sees("any", "the status of EntityAlreadyExists", post(url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {"main"}, "AssumeRolePolicyDocument": {ec2Trust}})),
	}
}

func deleteObservations() []observation {
	deleteProvider := func(ctx context.Context, p peer) string {
		_, err := p.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(pulumiARN)})
		return code(err)
	}
	deleteEcho := func(ctx context.Context, p peer) string {
		_, err := p.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("echo")})
		return code(err)
	}
	return []observation{
		sees("DeletePolicy", "a policy in use as a boundary", func(ctx context.Context, p peer) string {
			_, err := p.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(limitARN)})
			return code(err)
		}),
		sees("DeleteRole", "a role with nothing attached", deleteEcho),
		sees("DeleteRole", "a role that does not exist", deleteEcho),
		sees("DeleteOpenIDConnectProvider", "a provider that roles trust", deleteProvider),
		sees("DeleteOpenIDConnectProvider", "one that does not exist", deleteProvider),
	}
}
