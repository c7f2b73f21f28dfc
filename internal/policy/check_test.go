package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/policy"
)

// messages are the messages of violations.
func messages(violations []policy.Violation) (out []string) {
	for _, v := range violations {
		out = append(out, v.Message)
	}
	return out
}

func TestCheckTrust(t *testing.T) {
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	federated := `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/example.com"},`
	web := `"Action":"sts:AssumeRoleWithWebIdentity"`
	const actions = "AssumeRole policy may only specify STS AssumeRole actions"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"an issuer that nobody shares needs no condition", statement(federated + web + `}`), nil},
		{"session tags and source identities may be named", statement(federated + `"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]}`), nil},
		{"no statement", statement(``), []string{"Syntax errors in policy."}},
		{"a resource", statement(federated + web + `,"Resource":"*"}`), []string{"Has prohibited field Resource"}},
		{"a NotResource", statement(federated + web + `,"NotResource":"*"}`), []string{"Has prohibited field NotResource"}},
		{"no principal", statement(`{"Effect":"Allow",` + web + `}`), []string{"Missing required field Principal"}},
		{"an empty principal", statement(`{"Effect":"Allow","Principal":{},` + web + `}`), []string{"Missing required field Principal"}},
		{"a NotPrincipal", statement(`{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},` + web + `}`), []string{"Has prohibited field NotPrincipal"}},
		{"everybody by a bare star", statement(`{"Effect":"Allow","Principal":"*",` + web + `}`), []string{`AssumeRolepolicy contained an invalid principal: "STAR":"*".`}},
		{"everybody of AWS", statement(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), nil},
		{"a principal with a wildcard in it", statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/*"},"Action":"sts:AssumeRole"}`), []string{`Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"`}},
		{"a principal that is none", statement(`{"Effect":"Allow","Principal":{"AWS":"ada"},"Action":"sts:AssumeRole"}`), []string{`Invalid principal in policy: "AWS":"ada"`}},
		{"a deleted role's id", statement(`{"Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEEXAMPLE123"},"Action":"sts:AssumeRole"}`), nil},
		{"a service", statement(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`), nil},
		{"no action", statement(strings.TrimSuffix(federated, ",") + `}`), []string{"Missing required field Action"}},
		{"an action of another service", statement(federated + `"Action":["sts:AssumeRoleWithWebIdentity","s3:GetObject"]}`), []string{actions}},
		{"an action with a wildcard", statement(federated + `"Action":"sts:*"}`), []string{actions}},
		{"an action in another letter case", statement(federated + `"Action":"sts:assumeRoleWithWebIdentity"}`), []string{actions}},
		{"an operator that doesn't exist", statement(federated + web + `,"Condition":{"StringEqualz":{"a:b":"c"}}}`), []string{"Invalid Condition type : StringEqualz."}},
		{"a Sid with a blank", statement(federated + `"Sid":"a b",` + web + `}`), []string{"Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"}},
		{"a Sid twice", statement(federated + `"Sid":"a",` + web + `},` + federated + `"Sid":"a",` + web + `}`), []string{"Statement IDs (SID) in a single policy must be unique."}},
		{"two statements without a Sid", statement(federated + web + `},` + federated + web + `}`), nil},
		{"a character beyond Latin-1", statement(federated + web + `,"Condition":{"StringEquals":{"a:b":"é€"}}}`), []string{`"é€" holds a character that IAM doesn't take in a policy: only U+0020 to U+00FF, tab and line ends.`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := policy.CheckTrust(parse(t, test.text))
			if diff := cmp.Diff(test.want, messages(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, v := range got {
				if v.Code != "MalformedPolicyDocument" {
					t.Errorf("code %s", v.Code)
				}
			}
		})
	}
}

// must is the message of the control of shared issuers.
func must(principal, keys string) string {
	return "Trust policy with trusted principal " + principal +
		" must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, " + keys + " which is not scoped to all."
}

// TestSharedIssuersAreControlled goes through the table of AWS's page: without
// a condition each is refused, with one on its key it is not, and one on
// another key doesn't help.
func TestSharedIssuersAreControlled(t *testing.T) {
	for issuer, key := range map[string]string{
		"sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": "sts:RoleSessionName",
		"agent.buildkite.com":                                "agent.buildkite.com:sub",
		"oidc.codefresh.io":                                  "oidc.codefresh.io:sub",
		"studio.datachain.ai/api":                            "studio.datachain.ai/api:sub",
		"oidc-configuration.audit-log.githubusercontent.com": "oidc-configuration.audit-log.githubusercontent.com:sub",
		"vstoken.actions.githubusercontent.com":              "vstoken.actions.githubusercontent.com:sub",
		"gitlab.com":                                         "gitlab.com:sub",
		"api.pulumi.com/oidc":                                "api.pulumi.com/oidc:aud",
		"sandboxes.cloud":                                    "sandboxes.cloud:aud",
		"scalr.io":                                           "scalr.io:sub",
		"tokens.cloud.shisho.dev":                            "tokens.cloud.shisho.dev:sub",
		"app.terraform.io":                                   "app.terraform.io:sub",
		"proidc.upbound.io":                                  "proidc.upbound.io:sub",
		"oidc.vercel.com":                                    "oidc.vercel.com:aud",
	} {
		t.Run(issuer, func(t *testing.T) {
			check := func(condition string) []string {
				return messages(policy.CheckTrust(parse(t, `{"Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/`+
					issuer+`"},"Action":"sts:AssumeRoleWithWebIdentity"`+condition+`}}`)))
			}
			for condition, want := range map[string][]string{
				``: {must(issuer, key)},
				`,"Condition":{"StringEquals":{"` + key + `":"x"}}`:         nil,
				`,"Condition":{"StringEquals":{"` + key + `x":"x"}}`:        {must(issuer, key)},
				`,"Condition":{"StringLike":{"` + key + `":["x","*"]}}`:     {must(issuer, key)},
				`,"Condition":{"StringNotEquals":{"` + key + `":["x"]}}`:    {must(issuer, key)},
				`,"Condition":{"StringLike":{"` + key + `":["owned:*"]}}`:   nil,
				`,"Condition":{"StringEqualsIfExists":{"` + key + `":"x"}}`: {must(issuer, key)},
			} {
				if diff := cmp.Diff(want, check(condition)); diff != "" {
					t.Errorf("%s (-want +got)\n%s", condition, diff)
				}
			}
		})
	}
}

func TestControlOfSharedIssuers(t *testing.T) {
	arn := func(issuer string) string { return "arn:aws:iam::111122223333:oidc-provider/" + issuer }
	const github = "token.actions.githubusercontent.com"
	pulumi := []string{must("api.pulumi.com/oidc", "api.pulumi.com/oidc:aud")}
	hub := []string{must(arn(github), github+":sub or "+github+":job_workflow_ref")}
	web := "sts:AssumeRoleWithWebIdentity"
	for _, test := range []struct {
		name, principal, action, condition string
		want                               []string
	}{
		{"the key folds letter case", arn("api.pulumi.com/oidc"), web, `{"StringEquals":{"API.Pulumi.com/OIDC:AUD":"x"}}`, nil},
		{"the subject is not enough for Pulumi", arn("api.pulumi.com/oidc"), web, `{"StringEquals":{"api.pulumi.com/oidc:sub":"x"}}`, pulumi},
		{"the issuer's second version has no control", arn("api.pulumi.com/oidc/v2"), web, `{}`, nil},
		{"a set operator counts", arn("api.pulumi.com/oidc"), web, `{"ForAllValues:StringLike":{"api.pulumi.com/oidc:aud":"x"}}`, nil},
		{"ignoring letter case counts", arn("api.pulumi.com/oidc"), web, `{"StringEqualsIgnoreCase":{"api.pulumi.com/oidc:aud":"x"}}`, nil},
		{"Null doesn't count", arn("api.pulumi.com/oidc"), web, `{"Null":{"api.pulumi.com/oidc:aud":"false"}}`, pulumi},
		{"a good block excuses a bad one", arn("api.pulumi.com/oidc"), web, `{"StringEquals":{"api.pulumi.com/oidc:aud":"x"},"StringLike":{"api.pulumi.com/oidc:aud":"*"}}`, nil},
		{"two stars pass", arn("api.pulumi.com/oidc"), web, `{"StringLike":{"api.pulumi.com/oidc:aud":"**"}}`, nil},
		{"a question mark passes", arn("api.pulumi.com/oidc"), web, `{"StringLike":{"api.pulumi.com/oidc:aud":["?","*?",""]}}`, nil},
		{"an empty list passes", arn("api.pulumi.com/oidc"), web, `{"StringLike":{"api.pulumi.com/oidc:aud":[]}}`, nil},
		{"a literal star is refused too", arn("api.pulumi.com/oidc"), web, `{"StringEquals":{"api.pulumi.com/oidc:aud":"*"}}`, pulumi},
		{"tagging the session alone is exempt", arn("api.pulumi.com/oidc"), "sts:TagSession", `{}`, nil},

		{"GitHub without a condition", arn(github), web, `{}`, hub},
		{"GitHub with a subject", arn(github), web, `{"StringLike":{"` + github + `:sub":"repo:acme/*"}}`, nil},
		{"GitHub with a workflow", arn(github), web, `{"StringLike":{"` + github + `:job_workflow_ref":"acme/*"}}`, nil},
		{"GitHub with a leading star", arn(github), web, `{"StringLike":{"` + github + `:sub":"*:acme"}}`, hub},
		{"GitHub with a blank", arn(github), web, `{"StringEquals":{"` + github + `:sub":" "}}`, hub},
		{"GitHub with a question mark", arn(github), web, `{"StringLike":{"` + github + `:sub":["?*","${aws:username}"]}}`, nil},
		{"GitHub needs both keys of a block to pass", arn(github), web, `{"StringLike":{"` + github + `:sub":"repo:acme/*","` + github + `:job_workflow_ref":"*"}}`, hub},
		{"GitHub takes another block", arn(github), web, `{"StringLike":{"` + github + `:job_workflow_ref":"*"},"StringEquals":{"` + github + `:sub":"x"}}`, nil},

		{"Cognito without a condition", "cognito-identity.amazonaws.com", web, `{}`, []string{"A condition block must be present for the Cognito provider"}},
		{"Cognito with another condition", "cognito-identity.amazonaws.com", web, `{"StringEquals":{"a:b":"c"}}`, []string{must("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud")}},
		{"Cognito with its audience", "cognito-identity.amazonaws.com", web, `{"StringEquals":{"cognito-identity.amazonaws.com:aud":"x"}}`, nil},
		{"Google without a condition", "accounts.google.com", web, `{}`, []string{"Policy trusting accounts.google.com requires a StringEquals condition on an application id"}},
		{"Google with a star", "accounts.google.com", web, `{"StringEquals":{"accounts.google.com:sub":"*"}}`, nil},
		{"Google in another letter case", "accounts.google.com", web, `{"StringEquals":{"accounts.google.com:SUB":"x"}}`, []string{"Policy trusting accounts.google.com requires a StringEquals condition on an application id"}},
		{"Google with StringLike", "accounts.google.com", web, `{"StringLike":{"accounts.google.com:sub":"x"}}`, []string{"Policy trusting accounts.google.com requires a StringEquals condition on an application id"}},
		{"Facebook with its application", "graph.facebook.com", web, `{"StringEquals":{"graph.facebook.com:app_id":"x"}}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := func(effect string) string {
				return `{"Statement":{"Effect":"` + effect + `","Principal":{"Federated":"` + test.principal + `"},"Action":"` + test.action + `","Condition":` + test.condition + `}}`
			}
			if diff := cmp.Diff(test.want, messages(policy.CheckTrust(parse(t, text("Allow"))))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got := policy.CheckTrust(parse(t, text("Deny"))); got != nil {
				t.Errorf("a Deny is not exempt: %v", got)
			}
		})
	}
	t.Run("a good statement doesn't excuse a bad one", func(t *testing.T) {
		bad := `{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"` + web + `"}`
		good := strings.Replace(bad, `"Action"`, `"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"x"}},"Action"`, 1)
		got := policy.CheckTrust(parse(t, `{"Statement":[`+good+`,`+bad+`]}`))
		want := []policy.Violation{{Statement: 1, Code: "MalformedPolicyDocument", Message: pulumi[0]}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestCheckIdentity(t *testing.T) {
	for _, test := range []struct {
		name, statement string
		want            []string
	}{
		{"a plain statement", `{"Effect":"Allow","Action":"s3:Get*","Resource":["*","arn:aws:s3:::a/${aws:username}"]}`, nil},
		{"NotAction and NotResource", `{"Effect":"Deny","NotAction":"*","NotResource":"arn:aws:s3:::a"}`, nil},
		{"a principal", `{"Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"*"}`, []string{"Policy document should not specify a principal."}},
		{"no action", `{"Effect":"Allow","Resource":"*"}`, []string{"Policy statement must contain actions."}},
		{"no resource", `{"Effect":"Allow","Action":"s3:Get*"}`, []string{"Policy statement must contain resources."}},
		{"an action without a service", `{"Effect":"Allow","Action":"GetObject","Resource":"*"}`, []string{"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."}},
		{"a resource that is no ARN", `{"Effect":"Allow","Action":"s3:Get*","Resource":"a"}`, []string{`Resource a must be in ARN format or "*".`}},
		{"an operator that doesn't exist", `{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Foo":{"a:b":"c"}}}`, []string{"Invalid Condition type : Foo."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := policy.CheckIdentity(parse(t, `{"Version":"2012-10-17","Statement":`+test.statement+`}`))
			if diff := cmp.Diff(test.want, messages(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
