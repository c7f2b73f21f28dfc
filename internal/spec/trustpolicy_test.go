package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// statementsOf are the statements for the issuer of the only role, one a
// line: audience, operator and subjects, and what is excepted.
func statementsOf(d policy.Document) []string {
	const short = "pulumi:environments:pulumi.organization.login:"
	var all []string
	for _, s := range d.Statements {
		var parts []string
		for _, c := range s.Conditions {
			parts = append(parts, c.Operator+" "+c.Key[strings.LastIndex(c.Key, ":")+1:]+" "+strings.ReplaceAll(strings.Join(c.Values, " "), short, "…"))
		}
		all = append(all, strings.Join(parts, "; "))
	}
	return all
}

func TestATrustPolicyIsComposedOfSubjectsAndAudiences(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       []string
	}{
		{"patterns and literals are one StringLike list",
			`subs = [env_sub("payments/prod"), env_sub("payments/*-preview"), env_sub("payments/prod")]`,
			[]string{"StringEquals aud aws:acme; StringLike sub …acme:currentEnvironment.name:payments/*-preview …acme:currentEnvironment.name:payments/prod"}},
		{"there is a statement for each audience",
			`subs = [env_sub("payments/prod"), deploy_sub({ project = "web", stack = "prod", operation = "update" })]`,
			[]string{
				"StringEquals aud acme; StringEquals sub pulumi:deploy:org:acme:project:web:stack:prod:operation:update:scope:write",
				"StringEquals aud aws:acme; StringEquals sub …acme:currentEnvironment.name:payments/prod",
			}},
		{"exceptions stand in the statement that they fit",
			"subs = [env_sub(\"payments/*\"), deploy_sub({})]\nexcept_subs = [deploy_sub({ project = \"x\" }), env_sub(\"payments/old\")]",
			[]string{
				"StringEquals aud acme; StringLike sub pulumi:deploy:org:acme:project:*:stack:*:operation:*:scope:write; StringNotLike sub pulumi:deploy:org:acme:project:x:stack:*:operation:*:scope:write",
				"StringEquals aud aws:acme; StringLike sub …acme:currentEnvironment.name:payments/*; StringNotEquals sub …acme:currentEnvironment.name:payments/old",
			}},
		{"the audience may be given",
			"trust {\n subs = [\"pulumi:*\"]\n audience = \"aws:acme\"\n}",
			[]string{"StringEquals aud aws:acme; StringLike sub pulumi:*"}},
		{"a pattern over environments may be of the legacy project",
			"trust {\n}\ntrust {\n subs = [\"pulumi:environments:org:acme:env:*\"]\n audience = \"acme\"\n}",
			[]string{
				"StringEquals aud acme; StringLike sub pulumi:environments:org:acme:env:*",
				"StringEquals aud aws:acme; StringEquals sub …acme:currentEnvironment.name:payments/prod",
			}},
		{"escapes pass through where wildcards are read",
			"subs = [env_sub(\"payments/prod\"), \"pulumi:environments:pulumi.organization.login:acme:pulumi.user.login:$${*}$${?}$${$}*\"]",
			[]string{"StringEquals aud aws:acme; StringLike sub …acme:currentEnvironment.name:payments/prod …acme:pulumi.user.login:${*}${?}$*"}},
		{"an escaped text is a literal",
			"subs = [env_sub(\"payments/prod\"), \"pulumi:environments:pulumi.organization.login:acme:pulumi.user.login:$${*}\"]",
			[]string{"StringEquals aud aws:acme; StringEquals sub …acme:currentEnvironment.name:payments/prod …acme:pulumi.user.login:*"}},
		{"an organization of others may be trusted on purpose",
			`subs = [env_sub("payments/prod"), env_sub("partner", "their/env")]`,
			[]string{
				"StringEquals aud aws:acme; StringEquals sub …acme:currentEnvironment.name:payments/prod",
				"StringEquals aud aws:partner; StringEquals sub …partner:currentEnvironment.name:their/env",
			}},
		{"a reference is expanded with the caller's subject attributes",
			"subs = [env_sub(\"payments/prod\"), env_sub({ environment = \"a/b\", user = \"*\" })]\nesc { subject_attributes = [\"pulumi.organization.login\", \"currentEnvironment.name\"] }",
			[]string{"StringEquals aud aws:acme; StringEquals sub …acme:pulumi.organization.login:acme:currentEnvironment.name:a/b …acme:pulumi.organization.login:acme:currentEnvironment.name:payments/prod"}},
		{"no subject attributes are the default subject",
			"esc { subject_attributes = [] }",
			[]string{"StringEquals aud aws:acme; StringEquals sub pulumi:environments:org:acme:env:payments/prod"}},
		{"the legacy project is spelled both ways",
			"name = \"default/dev\"",
			[]string{"StringEquals aud acme; StringEquals sub …acme:currentEnvironment.name:default/dev …acme:currentEnvironment.name:dev"}},
		{"a user who is filled in makes a literal",
			"subs = [env_sub({ environment = \"payments/prod\", user = \"alice\" })]\nesc { subject_attributes = [\"currentEnvironment.name\", \"pulumi.user.login\"] }",
			[]string{"StringEquals aud aws:acme; StringEquals sub …acme:currentEnvironment.name:payments/prod:pulumi.user.login:alice"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := sound(t, environmentOf(tt.body))
			d := onlyRole(t, c).Trust
			if diff := cmp.Diff(tt.want, statementsOf(d)); diff != "" {
				t.Error(diff)
			}
			if d.String() != d.Canonical().String() {
				t.Error("it is not what is sent")
			}
			var audiences []string
			for _, s := range d.Statements {
				audiences = append(audiences, s.Conditions[0].Values...)
			}
			if diff := cmp.Diff(audiences, c.State.Providers[0].ClientIDs); diff != "" {
				t.Errorf("the provider: %s", diff)
			}
		})
	}
}

func TestADeclaredEnvironmentIsNamedByItsOwnSubjectAttributes(t *testing.T) {
	c := sound(t, `
org "acme" {
  account = account.prod
  environment "a/reader" {
    subs        = [env_sub("a/reader"), env_sub("a/bare"), env_sub("b/*")]
    except_subs = [env_sub("b/bare")]
  }
  environment "a/bare" {
    esc { subject_attributes = [] }
  }
  environment "b/bare" {
    esc { subject_attributes = [] }
  }
}`)
	want := []string{"StringEquals aud aws:acme; " +
		"StringLike sub pulumi:environments:org:acme:env:a/bare …acme:currentEnvironment.name:a/reader …acme:currentEnvironment.name:b/*; " +
		"StringNotEquals sub pulumi:environments:org:acme:env:b/bare …acme:currentEnvironment.name:b/bare"}
	if diff := cmp.Diff(want, statementsOf(roleOf(t, c, "acme/a/reader").Trust)); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherIssuerHasItsOwnProvider(t *testing.T) {
	c := sound(t, `
issuer "private" {
  url         = "https://pulumi.example.com/oidc"
  thumbprints = ["ffffffffffffffffffffffffffffffffffffffff", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
  tags        = { Issuer = "private", Owner = "issuer" }
}
org "acme" {
  account = account.dev
  issuer  = issuer.private
  environment "a/b" {}
}`)
	p := c.State.Providers[0]
	if p.ARN != "arn:aws:iam::210987654321:oidc-provider/pulumi.example.com/oidc" || p.Issuer != "private" {
		t.Errorf("the provider is %s of issuer %s", p.ARN, p.Issuer)
	}
	if diff := cmp.Diff([]string{strings.Repeat("a", 40), strings.Repeat("f", 40)}, p.Thumbprints); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{"Account": "dev", "Issuer": "private", "Owner": "issuer", "trustctl:stack": "test", "trustctl:audience:aws:acme": "test"}
	if diff := cmp.Diff(want, p.Tags); diff != "" {
		t.Error(diff)
	}
	if p.Source[""] != (trust.Pos{File: "main.trust.hcl", Line: 2, Column: 1}) {
		t.Errorf("it stands at %v", p.Source)
	}
	if text := onlyRole(t, c).Trust.String(); !strings.Contains(text, `"pulumi.example.com/oidc:sub"`) {
		t.Errorf("the trust policy is %s", text)
	}
}

func TestAdditionalTrustIsForOtherPrincipals(t *testing.T) {
	c := sound(t, environmentOf(`
role {
  additional_trust = [
    { Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" },
    {
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = ["repo:acme/web:ref:refs/heads/main"]
      } }
    },
  ]
}`))
	d := onlyRole(t, c).Trust
	if len(d.Statements) != 3 {
		t.Fatalf("the trust policy is %s", d.Indent())
	}
	if diff := cmp.Diff([]string{"aws:acme"}, c.State.Providers[0].ClientIDs); diff != "" {
		t.Errorf("the provider: %s", diff)
	}
}

func TestAnAccountNumberIsWrittenAsItsPartitionShowsIt(t *testing.T) {
	body := `role { additional_trust = [{ Effect = "Allow", Principal = { AWS = "210987654321" }, Action = "sts:AssumeRole" }] }`
	for partition, want := range map[string]string{
		"aws":    `"AWS":"210987654321"`,
		"aws-cn": `"AWS":"arn:aws-cn:iam::210987654321:root"`,
	} {
		config := strings.Replace(environmentOf(body), "account.prod", "account.elsewhere", 1) +
			"account \"elsewhere\" {\n id = \"444455556666\"\n partition = \"" + partition + "\"\n}\n"
		if text := onlyRole(t, sound(t, config)).Trust.String(); !strings.Contains(text, want) {
			t.Errorf("in partition %s the trust policy is %s, want %s in it", partition, text, want)
		}
	}
}

func TestWarningsLeaveTheConfigurationUsable(t *testing.T) {
	for _, tt := range []struct{ name, body, summary, detail string }{
		{"an open user", "esc { subject_attributes = [\"currentEnvironment.name\", \"pulumi.user.login\"] }", "Subjects left open", "pulumi.user.login:*"},
		{"a login that does not name its environment", "esc { subject_attributes = [\"pulumi.organization.login\"] }", "A subject without the environment", "currentEnvironment.name"},
		{"an exception for a user that the subject does not show", "except_subs = [env_sub({ environment = \"payments/prod-x\", user = \"u\" })]", "The subject does not show this", "all of them"},
		{"a long trust policy", "subs = concat([env_sub(\"payments/prod\")], [for i in range(20) : env_sub(\"a/a-rather-long-name-of-an-environment-${i}\")])", "Long trust policy", "2048"},
		{"an exception without effect", "except_subs = [deploy_sub({})]", "Nothing to except", "acme"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, diags := compiled(t, environmentOf(tt.body), nil)
			if c == nil || len(diags) != 1 || diags[0].Severity != hcl.DiagWarning || diags[0].Summary != tt.summary || !strings.Contains(diags[0].Detail, tt.detail) {
				t.Errorf("the diagnostics are:\n%s", listed(diags))
			}
		})
	}
}

func TestPatternsMeetWhereOneTextMatchesBoth(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"abc", "abc", true}, {"abc", "abd", false}, {"a*", "*c", true}, {"a*", "b*", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"*", "", true}, {"a*b*c", "abc", true}, {"a*b", "a?", true}, {"a*b", "a", false}, {"a${*}", "a*", true}, {"a${*}", "ab", false},
		{"a${*}", "a${*}", true}, {"a${$}", "a$", true}, {"", "", true}, {"*a*", "*b*", true}, {"?", "*", true}, {"?", "", false},
	} {
		if got := meet(letters(tt.a), letters(tt.b)); got != tt.want {
			t.Errorf("%q and %q meet: %v", tt.a, tt.b, got)
		}
		if got := meet(letters(tt.b), letters(tt.a)); got != tt.want {
			t.Errorf("%q and %q meet: %v", tt.b, tt.a, got)
		}
	}
}

func TestAnExceptionHoldsForEveryWayToSpellItsSubjects(t *testing.T) {
	source := `
org "acme" {
  account = account.prod
  environment "secret/x" {
    esc { subject_attributes = ["pulumi.user.login", "currentEnvironment.name"] }
  }
  environment "payments/prod" {
    subs        = [env_sub("payments/prod"), "pulumi:environments:pulumi.organization.login:acme:*"]
    except_subs = [env_sub("secret/*")]
  }
}
`
	c := sound(t, source)
	for _, r := range c.State.Roles {
		if r.Environment != "acme/payments/prod" {
			continue
		}
		text := r.Trust.String()
		for _, want := range []string{
			`"pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:secret/*"`,
			`"pulumi:environments:pulumi.organization.login:acme:pulumi.user.login:*:currentEnvironment.name:secret/*"`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is not excepted by %s", want, text)
			}
		}
	}
}
