package sandbox_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestEveryReadOfARoleHasTheFieldsThatIAMGivesIt(t *testing.T) {
	ctx, c := t.Context(), start(t, sandbox.Options{}).iam(prod)
	must[*iam.CreatePolicyOutput](t)(c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("limit"), PolicyDocument: aws.String(readBucket)}))
	created := must[*iam.CreateRoleOutput](t)(c.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("deploy"), Path: aws.String("/acme/"), AssumeRolePolicyDocument: aws.String(pulumiTrust),
		Description: aws.String("a\tb"), MaxSessionDuration: aws.Int32(7200),
		PermissionsBoundary: aws.String("arn:aws:iam::123456789012:policy/limit"),
		Tags:                []types.Tag{{Key: aws.String("b"), Value: aws.String("1")}, {Key: aws.String("a"), Value: aws.String("")}},
	})).Role
	listed := must[*iam.ListRolesOutput](t)(c.ListRoles(ctx, &iam.ListRolesInput{})).Roles[0]
	got := must[*iam.GetRoleOutput](t)(c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("DEPLOY")})).Role
	must[*iam.PutRolePolicyOutput](t)(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("deploy"), PolicyName: aws.String("Read"), PolicyDocument: aws.String(readBucket)}))
	must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("deploy"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
	detail := must[*iam.GetAccountAuthorizationDetailsOutput](t)(c.GetAccountAuthorizationDetails(ctx,
		&iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeRole}})).RoleDetailList[0]

	// What IAM makes of pulumiTrust: Effect before Principal before Action, in a list of statements.
	const rendered = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":["pulumi:environments:org:acme:env:payments/staging","pulumi:environments:org:acme:env:payments/prod"]}}}]}`
	boundary := &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: aws.String("arn:aws:iam::123456789012:policy/limit"), PermissionsBoundaryType: "Policy"}
	bare := types.Role{
		Path: aws.String("/acme/"), RoleName: aws.String("deploy"), RoleId: got.RoleId,
		Arn: aws.String("arn:aws:iam::123456789012:role/acme/deploy"), CreateDate: aws.Time(noon),
	}
	with := func(f func(*types.Role)) types.Role { r := bare; f(&r); return r }
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	for name, x := range map[string]struct{ got, want types.Role }{
		"CreateRole echoes what was sent, without description and duration": {*created, with(func(r *types.Role) {
			r.AssumeRolePolicyDocument = aws.String(pulumiTrust)
			r.PermissionsBoundary, r.Tags = boundary, []types.Tag{tag("b", "1"), tag("a", "")}
		})},
		"ListRoles has neither tags nor boundary": {listed, with(func(r *types.Role) {
			r.AssumeRolePolicyDocument = aws.String(rendered)
			r.Description, r.MaxSessionDuration = aws.String("a\tb"), aws.Int32(7200)
		})},
		"GetRole has all": {*got, with(func(r *types.Role) {
			r.AssumeRolePolicyDocument = aws.String(rendered)
			r.Description, r.MaxSessionDuration = aws.String("a\tb"), aws.Int32(7200)
			r.PermissionsBoundary, r.Tags = boundary, []types.Tag{tag("a", ""), tag("b", "1")}
			r.RoleLastUsed = &types.RoleLastUsed{}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			*x.got.AssumeRolePolicyDocument = must[string](t)(url.PathUnescape(*x.got.AssumeRolePolicyDocument))
			if diff := cmp.Diff(x.want, x.got, cmpopts.IgnoreUnexported(types.Role{}, types.Tag{}, types.RoleLastUsed{}, types.AttachedPermissionsBoundary{})); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	t.Run("GetAccountAuthorizationDetails has policies and tags", func(t *testing.T) {
		want := types.RoleDetail{
			Path: bare.Path, RoleName: bare.RoleName, RoleId: bare.RoleId, Arn: bare.Arn, CreateDate: bare.CreateDate,
			AssumeRolePolicyDocument: aws.String(rendered),
			RolePolicyList:           []types.PolicyDetail{{PolicyName: aws.String("Read"), PolicyDocument: aws.String(readBucket)}},
			AttachedManagedPolicies:  []types.AttachedPolicy{{PolicyName: aws.String("ReadOnlyAccess"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}},
			PermissionsBoundary:      boundary, Tags: []types.Tag{tag("a", ""), tag("b", "1")},
			InstanceProfileList: []types.InstanceProfile{}, RoleLastUsed: &types.RoleLastUsed{},
		}
		*detail.AssumeRolePolicyDocument = must[string](t)(url.PathUnescape(*detail.AssumeRolePolicyDocument))
		text := detail.RolePolicyList[0].PolicyDocument
		*text = must[string](t)(url.PathUnescape(*text))
		if diff := cmp.Diff(want, detail, cmpopts.IgnoreUnexported(types.RoleDetail{}, types.Tag{}, types.RoleLastUsed{},
			types.AttachedPermissionsBoundary{}, types.PolicyDetail{}, types.AttachedPolicy{})); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}

func trustOf(r *types.Role) any {
	text, err := url.PathUnescape(*r.AssumeRolePolicyDocument)
	if err != nil {
		return err
	}
	return text
}

func TestTrustPoliciesComeBackAsIAMRendersThem(t *testing.T) {
	const statement = `"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"`
	for name, x := range map[string]struct{ sent, want string }{
		"white space goes, Effect and Principal come first": {
			`{ "Statement": { "Action": ["sts:AssumeRole"], "Principal": { "Service": ["ec2.amazonaws.com"] }, "Effect": "Allow" }, "Version": "2012-10-17" }`,
			`{"Version":"2012-10-17","Statement":[{` + statement + `}]}`,
		},
		"an account becomes its root": {
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sts:AssumeRole"}]}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"sts:AssumeRole"}]}`,
		},
		"Sid and Id stay, a Boolean becomes text": {
			`{"Id":"i","Statement":[{"Sid":"S1",` + statement + `,"Condition":{"Bool":{"aws:SecureTransport":true}}}]}`,
			`{"Id":"i","Statement":[{"Sid":"S1",` + statement + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`,
		},
		"lists come in another order": {
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","b.amazonaws.com"]},"Action":["sts:AssumeRole","sts:TagSession"]}]}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["b.amazonaws.com","a.amazonaws.com"]},"Action":["sts:TagSession","sts:AssumeRole"]}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, sandbox.Options{}).iam(prod)
			makeRole(t, c, "deploy", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &x.sent })
			if diff := cmp.Diff(x.want, roleNamed("deploy", trustOf)(t.Context(), peer{iam: c})); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestRolesOfAWSCannotBeChanged(t *testing.T) {
	c := start(t, sandbox.Options{}).iam(prod)
	name := aws.String("AWSServiceRoleForSupport")
	makeRole(t, c, *name, func(in *iam.CreateRoleInput) { in.Path = aws.String("/aws-service-role/support.amazonaws.com/") })
	for action, run := range map[string]func() error{
		"UpdateRole": func() error {
			_, err := c.UpdateRole(t.Context(), &iam.UpdateRoleInput{RoleName: name})
			return err
		},
		"UpdateAssumeRolePolicy": func() error {
			_, err := c.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(pulumiTrust)})
			return err
		},
		"AttachRolePolicy": func() error {
			_, err := c.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(readOnlyARN)})
			return err
		},
		"TagRole": func() error {
			_, err := c.TagRole(t.Context(), &iam.TagRoleInput{RoleName: name, Tags: sdkTags("a", "b")})
			return err
		},
		"DeleteRole": func() error {
			_, err := c.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: name})
			return err
		},
	} {
		if got := code(run()); got != "UnmodifiableEntity" {
			t.Errorf("%s: want UnmodifiableEntity, got %s", action, got)
		}
	}
}

func TestARoleIsDeletedOnceNothingIsAttached(t *testing.T) {
	ctx, c := t.Context(), start(t, sandbox.Options{}).iam(prod)
	name := aws.String("deploy")
	makeRole(t, c, *name, func(in *iam.CreateRoleInput) {
		in.Tags, in.PermissionsBoundary = sdkTags("a", "b"), aws.String(readOnlyARN) // these are no obstacle
	})
	must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(readOnlyARN)}))
	must[*iam.PutRolePolicyOutput](t)(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: name, PolicyDocument: aws.String(readBucket)}))
	must[*iam.CreateInstanceProfileOutput](t)(c.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: name}))
	must[*iam.AddRoleToInstanceProfileOutput](t)(c.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: name}))
	deleteRole := func() string {
		_, err := c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
		if err == nil {
			return "accepted"
		}
		return err.Error()[strings.LastIndex(err.Error(), ":")+2:]
	}
	for _, x := range []struct {
		want string
		then func()
	}{
		{"Cannot delete entity, must remove roles from instance profile first.", func() {
			must[*iam.RemoveRoleFromInstanceProfileOutput](t)(c.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: name, RoleName: name}))
		}},
		{"Cannot delete entity, must detach all policies first.", func() {
			must[*iam.DetachRolePolicyOutput](t)(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(readOnlyARN)}))
		}},
		{"Cannot delete entity, must delete policies first.", func() {
			must[*iam.DeleteRolePolicyOutput](t)(c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: name}))
		}},
		{"accepted", func() {}},
	} {
		if got := deleteRole(); got != x.want {
			t.Errorf("want %q, got %q", x.want, got)
		}
		x.then()
	}
}
