package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// identity asks who holds a key.
func identity(t *testing.T, s server, keyID, token string) string {
	t.Helper()
	out, err := sts.NewFromConfig(configOf(s.url, keyID, token)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		return code(err)
	}
	return *out.Arn
}

func TestTheKeyIDDecidesTheAccount(t *testing.T) {
	s := start(t, sandbox.Options{})
	for keyID, want := range map[string]string{
		"SANDBOX210987654321":      "arn:aws:iam::210987654321:user/sandbox",
		"AKIAIOSFODNN7EXAMPLE":     "arn:aws:iam::123456789012:user/sandbox",
		"test":                     "arn:aws:iam::123456789012:user/sandbox",
		"SANDBOX":                  "InvalidClientTokenId",
		"SANDBOX21098765432":       "InvalidClientTokenId",
		"SANDBOX21098765432x":      "InvalidClientTokenId",
		"SANDBOX210987654321ABCDE": "InvalidClientTokenId",
	} {
		if got := identity(t, s, keyID, ""); got != want {
			t.Errorf("%s: want %s, got %s", keyID, want, got)
		}
	}
}

func TestAccountsDoNotSeeEachOther(t *testing.T) {
	s := start(t, sandbox.Options{})
	makeRole(t, s.iam(prod), "deploy")
	_, err := s.iam(staging).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("deploy")})
	if got := code(err); got != "NoSuchEntity" {
		t.Errorf("want NoSuchEntity, got %s", got)
	}
}

func TestTheRegionDecidesThePartition(t *testing.T) {
	s := start(t, sandbox.Options{})
	c := configOf(s.url, "SANDBOX"+prod, "")
	c.Region = "cn-north-1"
	out := must[*iam.CreateOpenIDConnectProviderOutput](t)(iam.NewFromConfig(c).CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://api.pulumi.com/oidc")}))
	if want := "arn:aws-cn:iam::123456789012:oidc-provider/api.pulumi.com/oidc"; *out.OpenIDConnectProviderArn != want {
		t.Errorf("want %s, got %s", want, *out.OpenIDConnectProviderArn)
	}
}

func TestAssumeRoleGoesByTheTrustPolicy(t *testing.T) {
	s := start(t, sandbox.Options{})
	trust := func(principal, more string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"` + more + `}]}`
	}
	for name, text := range map[string]string{
		"own":      trust(prod, ""),
		"other":    trust("arn:aws:iam::210987654321:root", ""),
		"anybody":  trust("*", ""),
		"external": trust(prod, `,"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}`),
		"nobody":   pulumiTrust,
	} {
		makeRole(t, s.iam(prod), name, func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &text })
	}
	const refused = "AccessDenied"
	for name, x := range map[string]struct {
		keyID, role, externalID string
		duration                int32
		want                    string
	}{
		"by the own account":                        {"SANDBOX" + prod, "own", "", 0, "arn:aws:sts::123456789012:assumed-role/own/test"},
		"by another account":                        {"SANDBOX" + staging, "own", "", 0, refused},
		"by the account that is trusted":            {"SANDBOX" + staging, "other", "", 0, "arn:aws:sts::123456789012:assumed-role/other/test"},
		"by anybody":                                {"SANDBOX" + staging, "anybody", "", 0, "arn:aws:sts::123456789012:assumed-role/anybody/test"},
		"with the external id":                      {"SANDBOX" + prod, "external", "secret", 0, "arn:aws:sts::123456789012:assumed-role/external/test"},
		"with another external id":                  {"SANDBOX" + prod, "external", "guess", 0, refused},
		"without the external id":                   {"SANDBOX" + prod, "external", "", 0, refused},
		"one that trusts tokens alone":              {"SANDBOX" + prod, "nobody", "", 0, refused},
		"longer than the role's maximum":            {"SANDBOX" + prod, "own", "", 7200, "ValidationError"},
		"shorter than 15 minutes":                   {"SANDBOX" + prod, "own", "", 60, "ValidationError"},
		"one that does not exist, with SANDBOX":     {"SANDBOX" + staging, "path/absent", "", 0, "arn:aws:sts::123456789012:assumed-role/absent/test"},
		"one that does not exist, with a dummy key": {"dummy", "absent", "", 0, refused},
	} {
		t.Run(name, func(t *testing.T) {
			in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/" + x.role), RoleSessionName: aws.String("test")}
			if x.externalID != "" {
				in.ExternalId = &x.externalID
			}
			if x.duration != 0 {
				in.DurationSeconds = &x.duration
			}
			out, err := sts.NewFromConfig(configOf(s.url, x.keyID, "")).AssumeRole(t.Context(), in)
			if err != nil {
				if got := code(err); got != x.want {
					t.Errorf("want %s, got %v", x.want, err)
				}
				return
			}
			// The session acts in the role's account, as the role.
			if got := identity(t, s, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken); got != x.want || got != *out.AssumedRoleUser.Arn {
				t.Errorf("want %s, got %s and %s", x.want, got, *out.AssumedRoleUser.Arn)
			}
			if got := identity(t, s, *out.Credentials.AccessKeyId, "another token"); got != "InvalidClientTokenId" {
				t.Errorf("with another token: want InvalidClientTokenId, got %s", got)
			}
		})
	}
}

func TestASessionEnds(t *testing.T) {
	now := noon
	s := start(t, sandbox.Options{Now: func() time.Time { return now }})
	out := must[*sts.AssumeRoleOutput](t)(s.sts(prod).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/pass"), RoleSessionName: aws.String("test")}))
	if want := noon.Add(time.Hour); !out.Credentials.Expiration.Equal(want) {
		t.Errorf("want the expiration %s, got %s", want, out.Credentials.Expiration)
	}
	now = noon.Add(time.Hour)
	if got := identity(t, s, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken); got != "ExpiredToken" {
		t.Errorf("want ExpiredToken, got %s", got)
	}
}

// tokenOf is a token with the claims, and a signature that nobody looks at.
func tokenOf(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + part(body) + "." + part([]byte("signature"))
}

func TestAssumeRoleWithWebIdentityGoesByTokenProviderAndTrustPolicy(t *testing.T) {
	s := start(t, sandbox.Options{})
	c := s.iam(prod)
	for _, url := range []string{"https://api.pulumi.com/oidc", "https://other.example.com"} {
		must[*iam.CreateOpenIDConnectProviderOutput](t)(c.CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{Url: &url, ClientIDList: []string{"aws:acme", "acme"}}))
	}
	makeRole(t, c, "deploy", func(in *iam.CreateRoleInput) { in.MaxSessionDuration = aws.Int32(7200) })
	good := map[string]any{
		"iss": "https://api.pulumi.com/oidc", "aud": "aws:acme", "sub": "pulumi:environments:org:acme:env:payments/prod",
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
	const accepted = "arn:aws:sts::123456789012:assumed-role/deploy/test"
	for name, x := range map[string]struct {
		change map[string]any // nil values take the claim away
		in     func(*sts.AssumeRoleWithWebIdentityInput)
		want   string
	}{
		"the token that the role trusts":            {nil, nil, accepted},
		"an audience in a list of one":              {map[string]any{"aud": []string{"aws:acme"}}, nil, accepted},
		"two audiences and an authorized party":     {map[string]any{"aud": []string{"x", "y"}, "azp": "aws:acme"}, nil, accepted},
		"two audiences without an authorized party": {map[string]any{"aud": []string{"aws:acme", "y"}}, nil, "InvalidIdentityToken"},
		"an authorized party that is no client id":  {map[string]any{"azp": "y"}, nil, "InvalidIdentityToken"},
		"an audience that is no client id":          {map[string]any{"aud": "aws:other"}, nil, "InvalidIdentityToken"},
		"an audience that the role does not trust":  {map[string]any{"aud": "acme"}, nil, "AccessDenied"},
		"a subject that the role does not trust":    {map[string]any{"sub": "pulumi:environments:org:acme:env:payments/dev"}, nil, "AccessDenied"},
		"an issuer without a provider":              {map[string]any{"iss": "https://api.pulumi.com/oidc/v2"}, nil, "InvalidIdentityToken"},
		"an issuer that the role does not trust":    {map[string]any{"iss": "https://other.example.com"}, nil, "AccessDenied"},
		"no subject":                                {map[string]any{"sub": nil}, nil, "InvalidIdentityToken"},
		"no expiry":                                 {map[string]any{"exp": nil}, nil, "InvalidIdentityToken"},
		"expired four minutes ago":                  {map[string]any{"exp": noon.Add(-4 * time.Minute).Unix()}, nil, accepted},
		"expired six minutes ago":                   {map[string]any{"exp": noon.Add(-6 * time.Minute).Unix()}, nil, "ExpiredTokenException"},
		"issued in four minutes":                    {map[string]any{"iat": noon.Add(4 * time.Minute).Unix()}, nil, accepted},
		"issued in six minutes":                     {map[string]any{"iat": noon.Add(6 * time.Minute).Unix()}, nil, "InvalidIdentityToken"},
		"session tags that the role does not allow": {map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{}}}, nil, "AccessDenied"},
		"what is no token":                          {nil, func(in *sts.AssumeRoleWithWebIdentityInput) { in.WebIdentityToken = aws.String("nonsense") }, "InvalidIdentityToken"},
		"a role that does not exist": {nil, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String("arn:aws:iam::123456789012:role/absent")
		}, "AccessDenied"},
		"the role in another account": {nil, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String("arn:aws:iam::210987654321:role/deploy")
		}, "InvalidIdentityToken"},
		"as long as the role allows":                   {nil, func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(7200) }, accepted},
		"longer than the role allows":                  {nil, func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(7201) }, "ValidationError"},
		"a session name with a blank":                  {nil, func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleSessionName = aws.String("a b") }, "ValidationError"},
		"a session policy that is none":                {nil, func(in *sts.AssumeRoleWithWebIdentityInput) { in.Policy = aws.String("{}") }, "MalformedPolicyDocument"},
		"a subject that is a number is its own digits": {map[string]any{"sub": 5}, nil, "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			claims := map[string]any{}
			for _, m := range []map[string]any{good, x.change} {
				for k, v := range m {
					claims[k] = v
					if v == nil {
						delete(claims, k)
					}
				}
			}
			in := &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: aws.String("arn:aws:iam::123456789012:role/deploy"), RoleSessionName: aws.String("test"), WebIdentityToken: aws.String(tokenOf(claims)),
			}
			if x.in != nil {
				x.in(in)
			}
			out, err := s.sts(staging).AssumeRoleWithWebIdentity(t.Context(), in)
			if err != nil {
				if got := code(err); got != x.want {
					t.Errorf("want %s, got %v", x.want, err)
				}
				return
			}
			if got := identity(t, s, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken); got != x.want {
				t.Errorf("want %s, got %s", x.want, got)
			}
		})
	}
	used := must[*iam.GetRoleOutput](t)(c.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("deploy")})).Role.RoleLastUsed
	if used.LastUsedDate == nil || !used.LastUsedDate.Equal(noon) {
		t.Errorf("want the role last used at %s, got %v", noon, used.LastUsedDate)
	}
}

func TestARoleInATrustPolicyIsKeptByItsID(t *testing.T) {
	s := start(t, sandbox.Options{})
	c := s.iam(prod)
	text := strings.Replace(ec2Trust, `"Service":"ec2.amazonaws.com"`, `"AWS":"arn:aws:iam::123456789012:role/caller"`, 1)
	shown := func() string {
		return roleNamed("target", trustOf)(t.Context(), peer{iam: c})
	}
	_, err := c.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("target"), AssumeRolePolicyDocument: &text})
	if got := code(err); got != "MalformedPolicyDocument" {
		t.Fatalf("before the role exists: want MalformedPolicyDocument, got %s", got)
	}
	makeRole(t, c, "caller")
	makeRole(t, c, "target", func(in *iam.CreateRoleInput) { in.AssumeRolePolicyDocument = &text })
	if !strings.Contains(shown(), "role/caller") {
		t.Errorf("want the role's ARN while it exists, got %s", shown())
	}
	for range 2 { // a role of the same name made anew does not restore the trust
		must[*iam.DeleteRoleOutput](t)(c.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("caller")}))
		if strings.Contains(shown(), "role/caller") || !strings.Contains(shown(), `"AWS":"AROA`) {
			t.Errorf("want the id of a role that is gone, got %s", shown())
		}
		makeRole(t, c, "caller")
	}
}
