package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// request sends what the SDK would not, and answers status and body.
func request(t *testing.T, method, url, authorization, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(answer.StatusCode, " ", string(text))
}

const signed = "AWS4-HMAC-SHA256 Credential=SANDBOX123456789012/20261123/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"

func TestErrorsHaveTheShapeAndStatusOfIAM(t *testing.T) {
	s := start(t, sandbox.Options{})
	for name, x := range map[string]struct{ method, authorization, body, want string }{
		"an unknown action":          {"POST", signed, "Action=CreateRol&Version=2010-05-08", "400 InvalidAction: Could not find operation CreateRol for version 2010-05-08"},
		"no version":                 {"POST", signed, "Action=GetRole", "400 InvalidAction: Could not find operation GetRole for version NO_VERSION_SPECIFIED"},
		"the other service":          {"POST", signed, "Action=GetRole&Version=2011-06-15", "400 InvalidAction: Could not find operation GetRole for version 2011-06-15"},
		"no action":                  {"POST", signed, "", "400 MissingAction: The request must contain the parameter Action."},
		"another method":             {"PUT", signed, "", "400 InvalidAction: The method PUT is not supported"},
		"a missing parameter":        {"POST", signed, "Action=GetRole&Version=2010-05-08", "400 ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"},
		"two parameters":             {"POST", signed, "Action=GetRolePolicy&Version=2010-05-08&RoleName=a%20b", `400 ValidationError: 2 validation errors detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; Value null at 'policyName' failed to satisfy constraint: Member must not be null`},
		"what does not exist":        {"POST", signed, "Action=GetRole&Version=2010-05-08&RoleName=x", "404 NoSuchEntity: The role with name x cannot be found."},
		"no credentials":             {"POST", "", "Action=GetRole&Version=2010-05-08&RoleName=x", "403 MissingAuthenticationToken: Request is missing Authentication Token"},
		"another kind of signature":  {"POST", "Basic eDp5", "Action=GetRole&Version=2010-05-08&RoleName=x", "400 IncompleteSignature: Authorization header requires 'Credential' parameter."},
		"markup in a name":           {"POST", signed, "Action=GetRole%3Cb%3E&Version=2010-05-08", "400 InvalidAction: Could not find operation GetRole&lt;b&gt; for version 2010-05-08"},
		"a request of two megabytes": {"POST", signed, "Action=" + strings.Repeat("x", 2<<20), "413 RequestEntityTooLarge: Request content exceeded the limit of 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			got := request(t, x.method, s.url, x.authorization, x.body)
			code, message, _ := strings.Cut(x.want[4:], ": ")
			message = strings.ReplaceAll(message, "'", "&#39;")
			want := "<Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message + "</Message></Error><RequestId>"
			if got[:4] != x.want[:4] || !strings.Contains(got, "<ErrorResponse xmlns=\"https://") || !strings.Contains(got, want) {
				t.Errorf("want %s…%s\ngot  %s", x.want[:4], want, got)
			}
		})
	}
}

func TestPagesFollowTheirMarkers(t *testing.T) {
	s := start(t, sandbox.Options{PageLimit: 3})
	c := s.iam(prod)
	for i := range 10 {
		makeRole(t, c, fmt.Sprintf("role%d", i))
	}
	t.Run("every role comes once, in pages shorter than asked for", func(t *testing.T) {
		var names []string
		pages := iam.NewListRolesPaginator(c, &iam.ListRolesInput{MaxItems: aws.Int32(1000)})
		for pages.HasMorePages() {
			page := must[*iam.ListRolesOutput](t)(pages.NextPage(t.Context()))
			if len(page.Roles) > 3 {
				t.Errorf("want at most 3 roles on a page, got %d", len(page.Roles))
			}
			for _, r := range page.Roles {
				names = append(names, *r.RoleName)
			}
		}
		if got := strings.Join(names, " "); got != "role0 role1 role2 role3 role4 role5 role6 role7 role8 role9" {
			t.Errorf("got %s", got)
		}
		if got := s.Counts()["ListRoles"]; got != 4 {
			t.Errorf("want 4 calls, got %d", got)
		}
	})
	first := must[*iam.ListRolesOutput](t)(c.ListRoles(t.Context(), &iam.ListRolesInput{}))
	t.Run("a marker goes on though its role is gone", func(t *testing.T) {
		must[*iam.DeleteRoleOutput](t)(c.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("role2")}))
		next := must[*iam.ListRolesOutput](t)(c.ListRoles(t.Context(), &iam.ListRolesInput{Marker: first.Marker}))
		if got := *next.Roles[0].RoleName; got != "role3" {
			t.Errorf("want role3, got %s", got)
		}
	})
	t.Run("a marker is refused with other parameters", func(t *testing.T) {
		for name, in := range map[string]*iam.ListRolesInput{
			"another prefix": {Marker: first.Marker, PathPrefix: aws.String("/acme/")},
			"made up":        {Marker: aws.String("made-up")},
		} {
			if _, err := c.ListRoles(t.Context(), in); code(err) != "ValidationError" {
				t.Errorf("%s: want ValidationError, got %v", name, err)
			}
		}
		_, err := c.GetAccountAuthorizationDetails(t.Context(), &iam.GetAccountAuthorizationDetailsInput{Marker: first.Marker})
		if code(err) != "ValidationError" {
			t.Errorf("another action: want ValidationError, got %v", err)
		}
	})
	t.Run("details come role by role, then the policies in use", func(t *testing.T) {
		must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: aws.String("role1"), PolicyArn: aws.String(readOnlyARN)}))
		var names []string
		pages := iam.NewGetAccountAuthorizationDetailsPaginator(c, &iam.GetAccountAuthorizationDetailsInput{})
		for pages.HasMorePages() {
			page := must[*iam.GetAccountAuthorizationDetailsOutput](t)(pages.NextPage(t.Context()))
			for _, r := range page.RoleDetailList {
				names = append(names, *r.RoleName)
			}
			for _, p := range page.Policies {
				names = append(names, *p.PolicyName)
			}
		}
		if got := strings.Join(names, " "); got != "role0 role1 role3 role4 role5 role6 role7 role8 role9 ReadOnlyAccess" {
			t.Errorf("got %s", got)
		}
	})
}

func TestQuotasAreTheAccountsOwn(t *testing.T) {
	s := start(t, sandbox.Options{Quotas: sandbox.Quotas{Roles: 2}})
	for account, want := range map[string]string{prod: "204 ", "x": "400 an account id is twelve digits, not"} {
		if got := request(t, http.MethodPut, s.url+"/_sandbox/quotas/"+account, "", `{"trust_policy_size": 4096, "attached_policies": 1}`); !strings.HasPrefix(strings.Replace(got, "ValidationError: ", "", 1), want) {
			t.Errorf("setting quotas of %s: want %s, got %s", account, want, got)
		}
	}
	if got := request(t, http.MethodPut, s.url+"/_sandbox/quotas/"+prod, "", `{"trust": 1}`); !strings.HasPrefix(got, "400 ") {
		t.Errorf("an unknown quota: want 400, got %s", got)
	}
	summary := func(account string) map[string]int32 {
		return must[*iam.GetAccountSummaryOutput](t)(s.iam(account).GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})).SummaryMap
	}
	for _, x := range []struct {
		account, key string
		want         int32
	}{
		{prod, "AssumeRolePolicySizeQuota", 4096}, {staging, "AssumeRolePolicySizeQuota", 2048},
		{prod, "AttachedPoliciesPerRoleQuota", 1}, {staging, "AttachedPoliciesPerRoleQuota", 10},
		{prod, "RolesQuota", 2}, {prod, "Roles", 0}, {prod, "RolePolicySizeQuota", 10240}, {prod, "Providers", 0},
	} {
		if got := summary(x.account)[x.key]; got != x.want {
			t.Errorf("%s in %s: want %d, got %d", x.key, x.account, x.want, got)
		}
	}
	c := s.iam(prod)
	long := strings.Replace(pulumiTrust, `["`, `["`+strings.Repeat("x", 3000)+`","`, 1)
	makeRole(t, c, "one", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &long })
	makeRole(t, c, "two")
	if got := create("three", nil)(t.Context(), peer{iam: c}); got != "LimitExceeded" {
		t.Errorf("a third role: want LimitExceeded, got %s", got)
	}
	_, err := s.iam(staging).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("one"), AssumeRolePolicyDocument: &long})
	if err == nil || !strings.Contains(err.Error(), "Cannot exceed quota for ACLSizePerRole: 2048") {
		t.Errorf("a long trust policy where the quota is the default: got %v", err)
	}
	blank := strings.ReplaceAll(pulumiTrust, `":`, `":`+strings.Repeat(" ", 300))
	if got := create("blank", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &blank })(t.Context(), peer{iam: s.iam(staging)}); got != "accepted" {
		t.Errorf("a trust policy that is long by its white space alone: want accepted, got %s", got)
	}
}

func TestCountsAreServedAndReset(t *testing.T) {
	s := start(t, sandbox.Options{})
	makeRole(t, s.iam(prod), "deploy")
	create("deploy", nil)(t.Context(), peer{iam: s.iam(prod)})
	request(t, http.MethodPost, s.url, signed, "Action=Unknown&Version=2010-05-08")
	if got, want := request(t, http.MethodGet, s.url+"/_sandbox/counts", "", ""), "200 {\"CreateRole\":2}\n"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	request(t, http.MethodDelete, s.url+"/_sandbox/counts", "", "")
	if got := s.Counts(); len(got) != 0 {
		t.Errorf("want no counts, got %v", got)
	}
}

func TestTheQueryMayStandInTheURL(t *testing.T) {
	s := start(t, sandbox.Options{})
	got := request(t, http.MethodGet, s.url+"/?"+url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}.Encode(), signed, "")
	if !strings.HasPrefix(got, "200 ") || !strings.Contains(got, "<GetCallerIdentityResult>") {
		t.Errorf("got %s", got)
	}
}

func TestTagsOfRolesFoldLetterCaseAndThoseOfProvidersDoNot(t *testing.T) {
	ctx, c := t.Context(), start(t, sandbox.Options{}).iam(prod)
	makeRole(t, c, "deploy", func(in *iam.CreateRoleInput) { in.Tags = sdkTags("Team", "a") })
	must[*iam.TagRoleOutput](t)(c.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String("deploy"), Tags: sdkTags("TEAM", "b", "x", "")}))
	must[*iam.UntagRoleOutput](t)(c.UntagRole(ctx, &iam.UntagRoleInput{RoleName: aws.String("deploy"), TagKeys: []string{"X"}}))
	p := must[*iam.CreateOpenIDConnectProviderOutput](t)(c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://api.pulumi.com/oidc"), Tags: sdkTags("Team", "a")}))
	must[*iam.TagOpenIDConnectProviderOutput](t)(c.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: p.OpenIDConnectProviderArn, Tags: sdkTags("TEAM", "b", "x", "")}))
	must[*iam.UntagOpenIDConnectProviderOutput](t)(c.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: p.OpenIDConnectProviderArn, TagKeys: []string{"X"}}))

	if got := roleNamed("deploy", func(r *types.Role) any { return shownTags(r.Tags) })(ctx, peer{iam: c}); got != "[TEAM=b]" {
		t.Errorf("role: want [TEAM=b], got %s", got)
	}
	provider := must[*iam.GetOpenIDConnectProviderOutput](t)(c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: p.OpenIDConnectProviderArn}))
	if got := shownTags(provider.Tags); got != "[TEAM=b Team=a x=]" {
		t.Errorf("provider: want [TEAM=b Team=a x=], got %s", got)
	}
}
