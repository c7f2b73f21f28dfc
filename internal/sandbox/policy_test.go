package sandbox_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// asked is one call, as the Query protocol spells its parameters, and what a
// policy must allow for it.
type asked struct {
	call  string
	needs []need
}

// need is an action on a resource, and what is known then: condition keys and
// their values.
type need struct {
	action, resource string
	facts            []string
}

// lacks are the condition keys of IAM's that a need does not have.
func (n need) lacks() []string {
	keys := []string{"iam:PermissionsBoundary", "iam:PolicyARN", "iam:PassedToService", "aws:TagKeys", "aws:RequestTag/k", "aws:ResourceTag/team", "iam:ResourceTag/team"}
	return slices.DeleteFunc(keys, func(key string) bool {
		return slices.ContainsFunc(n.facts, func(f string) bool { return strings.HasPrefix(f, key+"=") })
	})
}

const (
	roleARN     = "arn:aws:iam::" + prod + ":role/team/one"
	boundaryARN = "arn:aws:iam::" + prod + ":policy/team/bound"
	profileARN  = "arn:aws:iam::" + prod + ":instance-profile/team/box"
)

// everyCall is one call of every action that needs a permission. The account
// holds a role, a provider, a policy and an instance profile, each tagged
// team=a; the role has the policy as its boundary.
func everyCall() []asked {
	of := func(action, resource string, facts ...string) []need {
		return []need{{action, resource, facts}}
	}
	tagged := []string{"aws:ResourceTag/team=a"}
	with := func(facts []string, more ...string) []string { return append(slices.Clone(facts), more...) }
	role := with(tagged, "iam:ResourceTag/team=a")
	bounded := with(role, "iam:PermissionsBoundary="+boundaryARN)
	attaching := with(bounded, "iam:PolicyARN="+readOnlyARN)
	sent := []string{"aws:RequestTag/k=v", "aws:TagKeys=k"}
	created := with(sent, "aws:ResourceTag/k=v") // what a create sends is on what it creates
	createdRole := with(created, "iam:ResourceTag/k=v")
	one := "&RoleName=ONE" // names fold letter case, ARNs do not
	provider, profile, policy := "&OpenIDConnectProviderArn="+pulumiARN, "&InstanceProfileName=box", "&PolicyArn="+boundaryARN
	tags, document := "&Tags.member.1.Key=k&Tags.member.1.Value=v", "&PolicyDocument=x"
	return []asked{
		{"CreateOpenIDConnectProvider&Url=https://x.test/y" + tags, []need{
			{"iam:CreateOpenIDConnectProvider", "arn:aws:iam::" + prod + ":oidc-provider/x.test/y", created},
			{"iam:TagOpenIDConnectProvider", "arn:aws:iam::" + prod + ":oidc-provider/x.test/y", created},
		}},
		{"GetOpenIDConnectProvider" + provider, of("iam:GetOpenIDConnectProvider", pulumiARN, tagged...)},
		{"ListOpenIDConnectProviders", of("iam:ListOpenIDConnectProviders", "*")},
		{"ListOpenIDConnectProviderTags" + provider, of("iam:ListOpenIDConnectProviderTags", pulumiARN, tagged...)},
		{"AddClientIDToOpenIDConnectProvider&ClientID=x" + provider, of("iam:AddClientIDToOpenIDConnectProvider", pulumiARN, tagged...)},
		{"RemoveClientIDFromOpenIDConnectProvider&ClientID=x" + provider, of("iam:RemoveClientIDFromOpenIDConnectProvider", pulumiARN, tagged...)},
		{"UpdateOpenIDConnectProviderThumbprint&ThumbprintList.member.1=" + strings.Repeat("a", 40) + provider, of("iam:UpdateOpenIDConnectProviderThumbprint", pulumiARN, tagged...)},
		{"TagOpenIDConnectProvider" + tags + provider, of("iam:TagOpenIDConnectProvider", pulumiARN, with(tagged, sent...)...)},
		{"UntagOpenIDConnectProvider&TagKeys.member.1=k" + provider, of("iam:UntagOpenIDConnectProvider", pulumiARN, with(tagged, "aws:TagKeys=k")...)},
		{"DeleteOpenIDConnectProvider" + provider, of("iam:DeleteOpenIDConnectProvider", pulumiARN, tagged...)},

		{"CreateRole&RoleName=new&Path=/p/&AssumeRolePolicyDocument=x&PermissionsBoundary=" + readOnlyARN + tags, []need{
			{"iam:CreateRole", "arn:aws:iam::" + prod + ":role/p/new", with(createdRole, "iam:PermissionsBoundary="+readOnlyARN)},
			{"iam:TagRole", "arn:aws:iam::" + prod + ":role/p/new", createdRole},
		}},
		{"GetRole" + one, of("iam:GetRole", roleARN, bounded...)},
		{"ListRoles", of("iam:ListRoles", "*")},
		{"UpdateRole" + one, of("iam:UpdateRole", roleARN, bounded...)},
		{"UpdateRoleDescription&Description=x" + one, of("iam:UpdateRoleDescription", roleARN, bounded...)},
		{"UpdateAssumeRolePolicy" + document + one, of("iam:UpdateAssumeRolePolicy", roleARN, bounded...)},
		{"DeleteRole" + one, of("iam:DeleteRole", roleARN, bounded...)},
		{"TagRole" + tags + one, of("iam:TagRole", roleARN, with(role, sent...)...)},
		{"UntagRole&TagKeys.member.1=k" + one, of("iam:UntagRole", roleARN, with(role, "aws:TagKeys=k")...)},
		{"ListRoleTags" + one, of("iam:ListRoleTags", roleARN, role...)},
		{"PutRolePermissionsBoundary&PermissionsBoundary=" + readOnlyARN + one, of("iam:PutRolePermissionsBoundary", roleARN, with(role, "iam:PermissionsBoundary="+readOnlyARN)...)},
		{"DeleteRolePermissionsBoundary" + one, of("iam:DeleteRolePermissionsBoundary", roleARN, bounded...)},
		{"AttachRolePolicy&PolicyArn=" + readOnlyARN + one, of("iam:AttachRolePolicy", roleARN, attaching...)},
		{"DetachRolePolicy&PolicyArn=" + readOnlyARN + one, of("iam:DetachRolePolicy", roleARN, attaching...)},
		{"ListAttachedRolePolicies" + one, of("iam:ListAttachedRolePolicies", roleARN, role...)},
		{"PutRolePolicy&PolicyName=x" + document + one, of("iam:PutRolePolicy", roleARN, bounded...)},
		{"GetRolePolicy&PolicyName=x" + one, of("iam:GetRolePolicy", roleARN, role...)},
		{"ListRolePolicies" + one, of("iam:ListRolePolicies", roleARN, role...)},
		{"DeleteRolePolicy&PolicyName=x" + one, of("iam:DeleteRolePolicy", roleARN, bounded...)},

		{"CreatePolicy&PolicyName=new" + document + tags, []need{
			{"iam:CreatePolicy", "arn:aws:iam::" + prod + ":policy/new", created},
			{"iam:TagPolicy", "arn:aws:iam::" + prod + ":policy/new", created},
		}},
		{"GetPolicy" + policy, of("iam:GetPolicy", boundaryARN, tagged...)},
		{"GetPolicyVersion&VersionId=v1" + policy, of("iam:GetPolicyVersion", boundaryARN, tagged...)},
		{"DeletePolicy" + policy, of("iam:DeletePolicy", boundaryARN, tagged...)},
		{"ListPolicies", of("iam:ListPolicies", "*")},

		{"CreateInstanceProfile&InstanceProfileName=new" + tags, []need{
			{"iam:CreateInstanceProfile", "arn:aws:iam::" + prod + ":instance-profile/new", created},
			{"iam:TagInstanceProfile", "arn:aws:iam::" + prod + ":instance-profile/new", created},
		}},
		{"GetInstanceProfile" + profile, of("iam:GetInstanceProfile", profileARN, tagged...)},
		{"ListInstanceProfiles", of("iam:ListInstanceProfiles", "*")},
		{"ListInstanceProfilesForRole" + one, of("iam:ListInstanceProfilesForRole", roleARN, role...)},
		{"AddRoleToInstanceProfile" + profile + one, []need{
			{"iam:AddRoleToInstanceProfile", profileARN, tagged},
			{"iam:PassRole", roleARN, with(role, "iam:PassedToService=ec2.amazonaws.com")},
		}},
		{"RemoveRoleFromInstanceProfile" + profile + one, of("iam:RemoveRoleFromInstanceProfile", profileARN, tagged...)},
		{"DeleteInstanceProfile" + profile, of("iam:DeleteInstanceProfile", profileARN, tagged...)},
		{"GetAccountAuthorizationDetails", of("iam:GetAccountAuthorizationDetails", "*")},
		{"GetAccountSummary", of("iam:GetAccountSummary", "*")},

		{"AssumeRole&RoleSessionName=me&ExternalId=secret&RoleArn=" + roleARN + tags, []need{
			{"sts:AssumeRole", roleARN, with(role, append(sent, "sts:RoleSessionName=me", "sts:ExternalId=secret")...)},
			{"sts:TagSession", roleARN, with(role, sent...)},
		}},
	}
}

// furnish makes the objects that everyCall speaks of.
func furnish(t *testing.T, s server) {
	t.Helper()
	ctx, c := t.Context(), s.iam(prod)
	path, tags := aws.String("/team/"), sdkTags("team", "a")
	must[*iam.CreatePolicyOutput](t)(c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("bound"), Path: path, PolicyDocument: aws.String(readBucket), Tags: tags}))
	makeRole(t, c, "one", func(in *iam.CreateRoleInput) {
		in.Path, in.Tags, in.PermissionsBoundary = path, tags, aws.String(boundaryARN)
	})
	must[*iam.CreateOpenIDConnectProviderOutput](t)(c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://api.pulumi.com/oidc"), Tags: tags}))
	must[*iam.CreateInstanceProfileOutput](t)(c.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("box"), Path: path, Tags: tags}))
}

// allow is a policy of one statement a need, each with all that is known.
func allow(needs ...need) string {
	statements := make([]string, len(needs))
	for i, n := range needs {
		var conditions []string
		for _, f := range n.facts {
			key, value, _ := strings.Cut(f, "=")
			operator := "StringEquals"
			if value == "*" {
				operator = "StringLike"
			}
			if key == "aws:TagKeys" {
				operator = "ForAnyValue:" + operator
			}
			conditions = append(conditions, fmt.Sprintf(`%q:{%q:%q}`, operator, key, value))
		}
		statements[i] = fmt.Sprintf(`{"Effect":"Allow","Action":%q,"Resource":%q`, n.action, n.resource)
		if len(conditions) > 0 {
			statements[i] += `,"Condition":{` + merged(conditions) + `}`
		}
		statements[i] += "}"
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// merged puts the keys of one operator together: JSON has each name once.
func merged(conditions []string) string {
	var order []string
	keys := map[string][]string{}
	for _, c := range conditions {
		cut := strings.Index(c, ":{")
		operator, key := c[:cut], strings.Trim(c[cut+1:], "{}")
		if keys[operator] == nil {
			order = append(order, operator)
		}
		keys[operator] = append(keys[operator], key)
	}
	var all []string
	for _, operator := range order {
		all = append(all, operator+":{"+strings.Join(keys[operator], ",")+"}")
	}
	return strings.Join(all, ",")
}

func (s server) ask(t *testing.T, call string) string {
	t.Helper()
	version := "2010-05-08"
	if strings.HasPrefix(call, "AssumeRole") {
		version = "2011-06-15"
	}
	return request(t, http.MethodPost, s.url, signed, "Version="+version+"&Action="+call)
}

func (s server) permit(t *testing.T, document string) {
	t.Helper()
	if err := s.SetPolicy(prod, document); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
}

// TestEveryActionNeedsWhatAWSSReferenceSays asks every action under a policy
// that allows it by all the condition keys that it has, and under ones that
// lack something.
func TestEveryActionNeedsWhatAWSSReferenceSays(t *testing.T) {
	s := start(t, sandbox.Options{})
	furnish(t, s)
	const denied = "because no identity-based policy allows"
	elsewhere := func(n need) need {
		if n.resource == "*" {
			n.resource = "arn:*" // which a call on no resource is not
		} else {
			n.resource += "x"
		}
		return n
	}
	for _, x := range everyCall() {
		name, _, _ := strings.Cut(x.call, "&")
		t.Run(name, func(t *testing.T) {
			for i, n := range x.needs {
				others := slices.Delete(slices.Clone(x.needs), i, i+1)
				s.permit(t, allow(append(others, elsewhere(n))...))
				got := s.ask(t, x.call)
				if !strings.HasPrefix(got, "403 ") || !strings.Contains(got, "<Code>AccessDenied</Code>") || !strings.Contains(got, "is not authorized to perform: "+n.action+" on resource: ") ||
					!strings.Contains(got, "because no identity-based policy allows the "+n.action+" action") {
					t.Errorf("%s allowed elsewhere: %s", n.action, got)
				}
				for _, key := range n.lacks() {
					more := n
					more.facts = append(slices.Clone(n.facts), key+"=*")
					s.permit(t, allow(append(others, more)...))
					if got := s.ask(t, x.call); !strings.Contains(got, denied) {
						t.Errorf("%s has the condition key %s: %s", n.action, key, got)
					}
				}
				for j, f := range n.facts {
					other := n
					other.facts = slices.Clone(n.facts)
					other.facts[j] = f + "x"
					s.permit(t, allow(append(others, other)...))
					if got := s.ask(t, x.call); !strings.Contains(got, denied) {
						t.Errorf("%s where %s is another: %s", n.action, f, got)
					}
				}
			}
			s.permit(t, allow(x.needs...))
			if got := s.ask(t, x.call); strings.Contains(got, denied) {
				t.Errorf("all that is needed is allowed: %s", got)
			}
			s.restore(t)
		})
	}
}

// restore makes again what an allowed call may have deleted or changed.
func (s server) restore(t *testing.T) {
	t.Helper()
	s.permit(t, "")
	ctx, c := t.Context(), s.iam(prod)
	if _, err := c.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: aws.String("box"), RoleName: aws.String("one")}); err != nil && code(err) != "NoSuchEntity" {
		t.Fatal(err)
	}
	c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("one"), PolicyArn: aws.String(readOnlyARN)})
	c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("one")})
	c.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(boundaryARN)})
	c.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(pulumiARN)})
	c.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: aws.String("box")})
	furnish(t, s)
}

func TestEveryActionIsAsked(t *testing.T) {
	known := map[string]bool{"GetCallerIdentity": true, "AssumeRoleWithWebIdentity": true} // which ask for nothing
	for _, x := range everyCall() {
		name, _, _ := strings.Cut(x.call, "&")
		known[name] = true
	}
	for _, name := range sandbox.ActionNames() {
		if !known[name] {
			t.Errorf("%s is in no test of policies", name)
		}
	}
}

func TestADenyWinsAndIsNamed(t *testing.T) {
	s := start(t, sandbox.Options{})
	furnish(t, s)
	s.permit(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"iam:DeleteRole","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}]}`)
	makeRole(t, s.iam(prod), "two")
	for name, want := range map[string]string{"one": "AccessDenied", "two": "accepted"} {
		_, err := s.iam(prod).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name})
		if code(err) != want {
			t.Errorf("%s: want %s, got %v", name, want, err)
		}
		const says = "User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: iam:DeleteRole on resource: role one with an explicit deny in an identity-based policy"
		if err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("want %s\ngot  %v", says, err)
		}
	}
}

func TestTagsDecideWhatMayBeTagged(t *testing.T) {
	s := start(t, sandbox.Options{})
	makeRole(t, s.iam(prod), "ours", func(in *iam.CreateRoleInput) { in.Tags = sdkTags("trustctl:stack", "acme") })
	makeRole(t, s.iam(prod), "theirs", func(in *iam.CreateRoleInput) { in.Tags = sdkTags("trustctl:stack", "other") })
	makeRole(t, s.iam(prod), "bare")
	s.permit(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["iam:TagRole","iam:UntagRole"],"Resource":"arn:aws:iam::123456789012:role/*","Condition":{"StringEquals":{"aws:ResourceTag/trustctl:stack":"acme"}}},
		{"Effect":"Allow","Action":"iam:CreateRole","Resource":"arn:aws:iam::123456789012:role/new*","Condition":{"StringEquals":{"aws:RequestTag/trustctl:stack":"acme"}}}]}`)
	ctx, c := t.Context(), s.iam(prod)
	tag := func(name string) string {
		_, err := c.TagRole(ctx, &iam.TagRoleInput{RoleName: &name, Tags: sdkTags("a", "b")})
		return code(err)
	}
	create := func(name string, tags ...string) string {
		_, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(pulumiTrust), Tags: sdkTags(tags...)})
		return code(err)
	}
	for name, x := range map[string]struct{ got, want string }{
		"our role":                     {tag("ours"), "accepted"},
		"another stack's role":         {tag("theirs"), "AccessDenied"},
		"a role without a mark":        {tag("bare"), "AccessDenied"},
		"a role that does not exist":   {tag("nobody"), "AccessDenied"},
		"a new role with our mark":     {create("new1", "trustctl:stack", "acme"), "accepted"},
		"a new role with another mark": {create("new2", "trustctl:stack", "other"), "AccessDenied"},
		"a new role without tags":      {create("new3"), "AccessDenied"},
		"a new role of another name":   {create("old", "trustctl:stack", "acme"), "AccessDenied"},
	} {
		if x.got != x.want {
			t.Errorf("%s: want %s, got %s", name, x.want, x.got)
		}
	}
}

func TestWhoAsksWhoHeIsNeedsNoPermission(t *testing.T) {
	s := start(t, sandbox.Options{})
	s.permit(t, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	must[*sts.GetCallerIdentityOutput](t)(s.sts(prod).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	if err := tryRole(t.Context(), s.iam(staging), "role"); err != nil {
		t.Errorf("another account: %v", err)
	}
}

func TestTheAssumedRolesAccountDecidesAboutItsSession(t *testing.T) {
	s := start(t, sandbox.Options{})
	role := "arn:aws:iam::" + staging + ":role/passing"
	s.permit(t, allow(need{"sts:AssumeRole", role, nil}))
	if err := s.SetPolicy(staging, allow(need{"iam:ListRoles", "*", []string{"aws:PrincipalArn=" + role}})); err != nil {
		t.Fatal(err)
	}
	got := must[*sts.AssumeRoleOutput](t)(s.sts(prod).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("me")})).Credentials
	config := configOf(s.url, *got.AccessKeyId, *got.SessionToken)
	must[*iam.ListRolesOutput](t)(iam.NewFromConfig(config).ListRoles(t.Context(), &iam.ListRolesInput{}))
	_, err := iam.NewFromConfig(config).GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
	if want := "User: arn:aws:sts::" + staging + ":assumed-role/passing/me is not authorized to perform: iam:GetAccountSummary on resource: * because"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want %s\ngot  %v", want, err)
	}
}

func TestThePolicyIsServedKeptAndChecked(t *testing.T) {
	o := sandbox.Options{StateFile: filepath.Join(t.TempDir(), "state.json")}
	first, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	document := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}}`
	if err := first.SetPolicy(prod, document); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	s := start(t, o)
	url := s.url + "/_sandbox/policy/"
	for _, x := range []struct{ method, account, body, want string }{
		{http.MethodGet, prod, "", "200 " + document},
		{http.MethodGet, staging, "", "404 the account has no identity policy: its callers may do everything\n"},
		{http.MethodPut, staging, `{"Statement":{"Effect":"Allow","Action":"iam:*"}}`, "400 MalformedPolicyDocument: Policy statement must contain resources.\n"},
		{http.MethodPut, staging, "", "400 MalformedPolicyDocument: the policy is empty\n"},
		{http.MethodPut, "1", document, "400 ValidationError: an account id is twelve digits, not \"1\"\n"},
		{http.MethodPut, staging, document, "204 "},
		{http.MethodDelete, prod, "", "204 "},
		{http.MethodGet, prod, "", "404 the account has no identity policy: its callers may do everything\n"},
	} {
		if got := request(t, x.method, url+x.account, "", x.body); got != x.want {
			t.Errorf("%s %s\nwant %s\ngot  %s", x.method, x.account, x.want, got)
		}
	}
	for account, want := range map[string]string{prod: "accepted", staging: "AccessDenied"} {
		if got := code(tryRole(t.Context(), s.iam(account), "role")); got != want {
			t.Errorf("%s: want %s, got %s", account, want, got)
		}
	}
}
