package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// iamMain is the program iam of the scripts: a hand edit, with the stock SDK,
// of an account in a sandbox's state file.
//
//	iam STATE ACCOUNT OPERATION [ARG...]
func iamMain() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: iam STATE ACCOUNT OPERATION [ARG...]")
		os.Exit(2)
	}
	server, err := sandbox.New(sandbox.Options{StateFile: os.Args[1]})
	if err == nil {
		listener := httptest.NewServer(server)
		err = handEdit(context.Background(), iamClient(listener.URL, sandbox.KeyPrefix+os.Args[2]), os.Args[3], os.Args[4:])
		listener.Close()
		if closed := server.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// iamClient is the stock SDK's client for an endpoint.
func iamClient(endpoint, key string) *iam.Client {
	return iam.New(iam.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
	})
}

// handEdit does what somebody might do in the console.
func handEdit(ctx context.Context, c *iam.Client, operation string, args []string) error {
	arg := func(i int) *string {
		if i >= len(args) {
			return aws.String("")
		}
		if name, ok := strings.CutPrefix(args[i], "@"); ok { // the text of a file
			text, err := os.ReadFile(name)
			if err != nil {
				panic(err)
			}
			return aws.String(strings.TrimSpace(string(text)))
		}
		return &args[i]
	}
	var err error
	switch operation {
	case "list": // names of the roles
		var out *iam.ListRolesOutput
		if out, err = c.ListRoles(ctx, &iam.ListRolesInput{}); err == nil {
			for _, r := range out.Roles {
				fmt.Println(*r.RoleName)
			}
		}
	case "get": // ROLE
		return printRole(ctx, c, *arg(0))
	case "create": // ROLE TRUST
		_, err = c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: arg(0), AssumeRolePolicyDocument: arg(1)})
	case "describe": // ROLE TEXT
		_, err = c.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: arg(0), Description: arg(1), MaxSessionDuration: aws.Int32(3600)})
	case "attach": // ROLE POLICY
		_, err = c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: arg(0), PolicyArn: arg(1)})
	case "put": // ROLE NAME DOCUMENT
		_, err = c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: arg(0), PolicyName: arg(1), PolicyDocument: arg(2)})
	case "trust": // ROLE DOCUMENT
		_, err = c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: arg(0), PolicyDocument: arg(1)})
	case "tag": // ROLE KEY VALUE
		_, err = c.TagRole(ctx, &iam.TagRoleInput{RoleName: arg(0), Tags: []types.Tag{{Key: arg(1), Value: arg(2)}}})
	case "provider": // URL CLIENT-ID
		_, err = c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: arg(0), ClientIDList: []string{*arg(1)}})
	case "unaudience": // PROVIDER-ARN CLIENT-ID
		_, err = c.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arg(0), ClientID: arg(1)})
	case "unprovider": // PROVIDER-ARN
		_, err = c.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arg(0)})
	case "tagprovider": // PROVIDER-ARN KEY VALUE
		_, err = c.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arg(0), Tags: []types.Tag{{Key: arg(1), Value: arg(2)}}})
	case "use": // ROLE-ARN AUDIENCE SUBJECT: assume it with a token
		part := func(v any) string {
			text, _ := json.Marshal(v)
			return base64.RawURLEncoding.EncodeToString(text)
		}
		now := time.Now().Unix()
		token := part(map[string]any{"alg": "RS256"}) + "." + part(map[string]any{"iss": "https://api.pulumi.com/oidc", "aud": *arg(1), "sub": *arg(2), "iat": now, "exp": now + 600}) + ".c2ln"
		client := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: c.Options().BaseEndpoint})
		_, err = client.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: arg(0), RoleSessionName: aws.String("script"), WebIdentityToken: &token})
	case "providers":
		var out *iam.ListOpenIDConnectProvidersOutput
		if out, err = c.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{}); err == nil {
			for _, p := range out.OpenIDConnectProviderList {
				fmt.Println(*p.Arn)
			}
		}
	default:
		return fmt.Errorf("unknown operation %q", operation)
	}
	return err
}

// printRole prints what a role is, as JSON with sorted tags.
func printRole(ctx context.Context, c *iam.Client, name string) error {
	out, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return err
	}
	attached, err := c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	if err != nil {
		return err
	}
	inline, err := c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	if err != nil {
		return err
	}
	trustPolicy, err := url.PathUnescape(aws.ToString(out.Role.AssumeRolePolicyDocument))
	if err != nil {
		return err
	}
	role := map[string]any{
		"name": aws.ToString(out.Role.RoleName), "path": aws.ToString(out.Role.Path),
		"description": aws.ToString(out.Role.Description), "trust": json.RawMessage(trustPolicy), "inline": inline.PolicyNames,
	}
	var managed []string
	for _, p := range attached.AttachedPolicies {
		managed = append(managed, *p.PolicyArn)
	}
	slices.Sort(managed)
	role["managed"] = managed
	tags := map[string]string{}
	for _, t := range out.Role.Tags {
		tags[*t.Key] = *t.Value
	}
	role["tags"] = tags
	text, err := json.MarshalIndent(role, "", "  ")
	fmt.Println(string(text))
	return err
}
