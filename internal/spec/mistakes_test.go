package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

func TestEveryMistakeIsReportedWhereItStands(t *testing.T) {
	long := strings.Repeat("x", 70)
	manySubs := func(n int) string {
		var b strings.Builder
		b.WriteString("subs = [env_sub(\"payments/prod\")")
		for i := range n {
			fmt.Fprintf(&b, ", deploy_sub({ project = \"project-%03d\" })", i)
		}
		return b.String() + "]"
	}
	manyTags := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "t%d = \"v\", ", i)
		}
		return "role { tags = {" + b.String() + "} }"
	}
	in := environmentOf // body on line 4
	tests := []struct {
		name    string
		source  string
		summary string
		line    int
		detail  string // part of it
	}{
		// Shape.
		{"an unknown block in an org", "org \"acme\" {\n  enviroment \"a/b\" {}\n}", "Unsupported block type", 2, `Did you mean "environment"?`},
		{"an unknown attribute of an environment", in("acount = account.prod"), "Unsupported argument", 4, `Did you mean "account"?`},
		{"an unknown attribute of a role", in("role {\n max_session_duraton = \"1h\"\n}"), "Unsupported argument", 5, `Did you mean "max_session_duration"?`},
		{"an unknown attribute of esc", in("esc {\n sesion_name = \"1h\"\n}"), "Unsupported argument", 5, `Did you mean "session_name"?`},
		{"an unknown attribute of lifecycle", in("lifecycle {\n prevent_destory = true\n}"), "Unsupported argument", 5, `Did you mean "prevent_destroy"?`},
		{"a role's name in an organization's defaults", "org \"acme\" {\n  account = account.prod\n  role {\n    name = \"x\"\n  }\n}", "Unsupported argument", 4, ""},
		{"two role blocks", in("role {}\nrole {}"), "Repeated block", 5, "main.trust.hcl:4"},
		{"two esc blocks", in("esc {}\nesc {}"), "Repeated block", 5, ""},
		{"a wrong type", in("subs = 5"), "Incorrect value type", 4, ""},
		{"a missing attribute of accept", in("accept \"TRUST105\" {\n}"), "Missing required argument", 4, "reason"},
		{"a missing attribute of test", "test \"t\" {\n  allow = []\n}", "Missing required argument", 1, "role"},
		{"null in a list", in("subs = [null]"), "Null in a list", 4, ""},
		{"null in an object", in("role {\n tags = { a = null }\n}"), "Null in an object", 5, ""},
		{"esc_ref outside values", in("role {\n description = esc_ref(\"aws.login\")\n}"), "Misplaced esc_ref", 5, ""},

		// Subjects that would admit more than they say.
		{"a user that the subject does not show", in("subs = [env_sub({ environment = \"payments/prod\", user = \"alice\" })]"), "The subject does not show this", 4, "pulumi.user.login"},
		{"an empty part of a deployment", in("subs = [deploy_sub({ project = \"\" })]"), "Invalid function argument", 4, "leave it out"},
		{"an empty user", in("subs = [env_sub({ environment = \"payments/prod\", user = \"\" })]"), "Invalid function argument", 4, "leave it out"},
		{"a policy variable in a reference", in("subs = [env_sub({ environment = \"payments/prod\", user = \"$${aws:userid}\" })]"), "Invalid function argument", 4, "policy variable"},
		{"a lone dollar in a reference", in("subs = [deploy_sub({ project = \"a$b\" })]"), "Invalid function argument", 4, "by itself"},
		{"a key given twice in JSON text", in("role {\n additional_trust = jsondecode(\"[{\\\"Effect\\\":\\\"Deny\\\",\\\"Effect\\\":\\\"Allow\\\"}]\")\n}"), "Error in function call", 5, "given twice"},
		{"a carriage return in a description", in("role {\n description = \"a\\rb\"\n}"), "Invalid description", 5, ""},

		// Organizations.
		{"an upper-case organization", "org \"Acme\" {\n}", "Invalid organization", 1, `write "acme"`},
		{"an organization that Pulumi refuses", "org \"-a\" {\n}", "Invalid organization", 1, ""},
		{"settings of an organization twice", "org \"acme\" {\n  account = account.prod\n}\norg \"acme\" {\n  emit = false\n}", "Settings of an organization in two places", 4, "main.trust.hcl:1"},
		{"settings of an organization twice, the second a block", "org \"acme\" {\n  account = account.prod\n}\norg \"acme\" {\n  esc {}\n}", "Settings of an organization in two places", 4, ""},

		// Environments.
		{"a name without a project", "org \"acme\" {\n  account = account.prod\n  environment \"prod\" {}\n}", "Invalid environment name", 3, "project/environment"},
		{"a name with the organization", "org \"acme\" {\n  account = account.prod\n  environment \"acme/payments/prod\" {}\n}", "Invalid environment name", 3, "the organization is the org block's"},
		{"a name that ESC refuses", "org \"acme\" {\n  account = account.prod\n  environment \"a b/c\" {}\n}", "Invalid environment name", 3, ""},
		{"a reserved name", "org \"acme\" {\n  account = account.prod\n  environment \"a/open\" {}\n}", "Invalid environment name", 3, "reserved"},
		{"a bad name attribute", in("name = \"prod\""), "Invalid environment name", 4, ""},
		{"a duplicate environment", "org \"acme\" {\n  account = account.prod\n  environment \"a/b\" {}\n  environment \"a/b\" {}\n}", "Duplicate environment", 4, "main.trust.hcl:3"},
		{"a duplicate by letter case", "org \"acme\" {\n  account = account.prod\n  environment \"a/b\" {}\n  environment \"A/b\" {}\n}", "Duplicate environment", 4, "spelled acme/a/b"},
		{"a duplicate by for_each", in("for_each = toset([\"a\", \"b\"])"), "Duplicate environment", 3, `each.key is "b"`},
		{"two environments with one role name", "org \"acme\" {\n  account = account.prod\n  environment \"a/b\" {\n    role { name = \"one\" }\n  }\n  environment \"a/c\" {\n    role { name = \"ONE\" }\n  }\n}", "Duplicate role name", 7, "spelled one"},
		{"a missing account", "org \"acme\" {\n  environment \"a/b\" {}\n}", "Missing account", 2, "account = account.NAME"},
		{"an account as text", in("account = \"dev\""), "Not an account", 4, `"${account.dev}" in the JSON form`},
		{"an account that is something else", in("account = { name = \"dev\" }"), "Not an account", 4, ""},
		{"an account that is not declared", in("account = account.prd"), "Reference to undeclared account", 4, `Did you mean "prod"?`},
		{"an issuer as text", "org \"acme\" {\n  account = account.prod\n  issuer = \"pulumi\"\n  environment \"a/b\" {}\n}", "Not an issuer", 3, "issuer.pulumi"},
		{"a sensitive for_each", in("for_each = toset([var.secret])"), "Sensitive for_each", 4, ""},
		{"a list in for_each", in("for_each = [\"a\"]"), "Invalid for_each", 4, "toset"},
		{"numbers in for_each", in("for_each = toset([1, 2])"), "Invalid for_each", 4, "set of number"},
		{"null in for_each", in("for_each = null"), "Invalid for_each", 4, ""},
		{"a for_each over too much", in("for_each = { for i in setproduct(range(200), range(101)) : \"${i[0]}-${i[1]}\" => i }"), "Too many environments", 4, "20200"},
		{"each without for_each", in("name = each.key"), "Invalid reference", 4, ""},
		{"role_arn in a name", in("role {\n name = role_arn(\"acme/payments/prod\")\n}"), "Error in function call", 5, ""},

		// Subjects.
		{"no subjects", in("subs = []"), "No subjects", 4, ""},
		{"subjects in two places", in("subs = [env_sub(\"payments/prod\")]\ntrust { subs = [env_sub(\"payments/prod\")] }"), "Subjects in two places", 4, ""},
		{"exceptions in two places", in("except_subs = [env_sub(\"payments/x\")]\ntrust { subs = [env_sub(\"payments/prod\")] }"), "Subjects in two places", 4, ""},
		{"a subject no token can carry", in("subs = [\n\"pulumi:enviroments:org:acme:env:payments/prod\"\n]"), "Unreachable subject", 5, "env_sub"},
		{"an exception no token can carry", in("except_subs = [\n\"pulumi:deploy:org:acme\"\n]"), "Unreachable subject", 5, ""},
		{"an upper-case organization in a subject", in("subs = [\"pulumi:deploy:org:Acme:*\"]"), "Upper case in an organization", 4, `Write "pulumi:deploy:org:acme:*"`},
		{"an upper-case organization in env_sub", in("subs = [env_sub(\"Acme\", \"payments/prod\")]"), "Error in function call", 4, "lower case"},
		{"a policy variable in a subject", in("subs = [\"pulumi:deploy:org:acme:$${aws:username}:*\"]"), "Invalid subject", 4, "${aws:username}"},
		{"a lone dollar in a subject", in("subs = [\"pulumi:deploy:org:acme:project:$x:*\"]"), "Invalid subject", 4, "${$}"},
		{"a family that cannot be told", in("trust {\n subs = [\"pulumi:*\"]\n}"), "Missing audience", 5, ""},
		{"a deploy subject under an environment's audience", in("trust {\n audience = \"aws:acme\"\n subs = [deploy_sub({})]\n}"), "Audience does not fit", 6, `the audience "acme"`},
		{"an environment's subject under the deploy audience", in("trust {\n audience = \"acme\"\n subs = [env_sub(\"payments/prod\")]\n}"), "Audience does not fit", 6, ""},
		{"a pattern as audience", in("trust {\n audience = \"aws:acme*\"\n subs = [\"pulumi:*\"]\n}"), "Invalid audience", 5, "stranger"},
		{"an upper-case audience", in("trust {\n audience = \"aws:Acme\"\n subs = [\"pulumi:*\"]\n}"), "Invalid audience", 5, "lower case"},
		{"an audience that cannot be a tag", in("trust {\n audience = \"a;b\"\n subs = [\"pulumi:*\"]\n}"), "Invalid audience", 5, "tag"},
		{"an audience that is too long for a tag", in("trust {\n audience = \"" + strings.Repeat("x", 111) + "\"\n subs = [\"pulumi:*\"]\n}"), "Invalid audience", 5, "128"},
		{"a token that its own role refuses", in("subs = [env_sub(\"payments/other\")]"), "Own token refused", 3, `"pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/prod"`},
		{"a token that its own role excepts", in("subs = [env_sub(\"payments/*\")]\nexcept_subs = [env_sub(\"payments/prod\")]"), "Own token refused", 3, "payments/*"},
		{"additional_trust for a declared issuer", in("role {\n additional_trust = [{\n Effect = \"Allow\"\n Principal = { Federated = \"arn:aws:iam::123456789012:oidc-provider/api.pulumi.com/oidc\" }\n Action = \"sts:AssumeRoleWithWebIdentity\"\n }]\n}"), "Invalid additional_trust", 5, `issuer "pulumi"`},
		{"additional_trust that is not a statement", in("role {\n additional_trust = [{ Efect = \"Allow\" }]\n}"), "Invalid additional_trust", 5, "Efect"},
		{"additional_trust that is not a list", in("role {\n additional_trust = \"x\"\n}"), "Invalid additional_trust", 5, "string"},
		{"a trust policy that IAM refuses", in("role {\n additional_trust = [{ Effect = \"Allow\", Principal = { Service = \"ec2.amazonaws.com\" }, Action = \"s3:GetObject\" }]\n}"), "Invalid trust policy", 5, ""},
		{"a trust policy that is too long", in(manySubs(120)), "Trust policy too long", 3, "8192"},

		// Roles.
		{"a role name that IAM refuses", in("role {\n name = \"a b\"\n}"), "Invalid role name", 5, "1 to 64"},
		{"a role name that is too long", in("role {\n name = \"" + long + "\"\n}"), "Invalid role name", 5, ""},
		{"a role name with a comma", in("role {\n name = \"a,b\"\n}"), "Invalid role name", 5, "comma"},
		{"a derived name that is too long", "org \"acme\" {\n  account = account.prod\n  environment \"a/" + long + "\" {}\n}", "No role name can be derived", 3, "64"},
		{"a derived name with two dashes", "org \"acme\" {\n  account = account.prod\n  environment \"a--b/c\" {}\n}", "No role name can be derived", 3, `"a--b" holds two dashes`},
		{"a derived name with a dash at an end", "org \"acme\" {\n  account = account.prod\n  environment \"a/c-\" {}\n}", "No role name can be derived", 3, `"c-" begins or ends`},
		{"a path without a slash", in("role {\n path = \"x\"\n}"), "Invalid path", 5, ""},
		{"a path of AWS's", in("role {\n path = \"/aws-service-role/\"\n}"), "Invalid path", 5, "AWS keeps"},
		{"a description with other letters", in("role {\n description = \"日本\"\n}"), "Invalid description", 5, "Latin-1"},
		{"a description that is too long", in("role {\n description = \"" + strings.Repeat("x", 1001) + "\"\n}"), "Invalid description", 5, "1001"},
		{"a duration that is none", in("role {\n max_session_duration = \"2 hours\"\n}"), "Invalid duration", 5, ""},
		{"a duration as a number", in("role {\n max_session_duration = 3600\n}"), "Invalid duration", 5, "90m"},
		{"a duration that is too short", in("role {\n max_session_duration = \"30m\"\n}"), "Duration out of range", 5, "between 1h and 12h"},
		{"a duration that is too long", in("role {\n max_session_duration = \"13h\"\n}"), "Duration out of range", 5, ""},
		{"a managed policy without an ARN", in("role {\n managed_policies = [\n\"ReadOnlyAccess\"\n]\n}"), "Invalid policy ARN", 6, "arn:aws:iam"},
		{"a managed policy of another partition", in("role {\n managed_policies = [\"arn:aws-cn:iam::aws:policy/X\"]\n}"), "Invalid policy ARN", 5, "partition"},
		{"a managed policy of another account", in("role {\n managed_policies = [\"arn:aws:iam::999999999999:policy/X\"]\n}"), "Invalid policy ARN", 5, "999999999999"},
		{"a managed policy of no account", in("role {\n managed_policies = [\"arn:aws:iam::1234:policy/X\"]\n}"), "Invalid policy ARN", 5, "twelve digits"},
		{"a boundary without an ARN", in("role {\n permissions_boundary = \"boundary\"\n}"), "Invalid policy ARN", 5, "takes the boundary away"},
		{"an inline policy that is not JSON", in("role {\n inline_policies = { a = \"{\" }\n}"), "Invalid policy", 5, ""},
		{"an inline policy that repeats a key", in("role {\n inline_policies = { a = \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[]}\" }\n}"), "Invalid policy", 5, "Version"},
		{"an inline policy that IAM refuses", in("role {\n inline_policies = { a = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:*\", Resource = \"*\" }] }) }\n}"), "Invalid policy", 5, "rincipal"},
		{"an inline policy with a bad name", in("role {\n inline_policies = { \"a b\" = \"{}\" }\n}"), "Invalid policy name", 5, ""},
		{"inline policies whose names fold", in("role {\n inline_policies = {\n A = jsonencode(local.p)\n a = jsonencode(local.p)\n }\n}") + "locals {\n p = { Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] }\n}", "Duplicate policy name", 7, ""},
		{"inline policies that are too long", in("role {\n inline_policies = { a = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"s3:*\", Resource = [for i in range(1000) : \"arn:aws:s3:::bucket-${i}\"] }] }) }\n}"), "Inline policies too long", 5, "10240"},
		{"a tag of ours", in("role {\n tags = {\n  \"TrustCtl:x\" = \"y\"\n }\n}"), "Invalid tag", 6, "trustctl's own"},
		{"a tag of AWS's", in("role {\n tags = { \"AWS:x\" = \"y\" }\n}"), "Invalid tag", 5, "reserved by AWS"},
		{"a tag with a bad character", in("role {\n tags = { \"a;b\" = \"y\" }\n}"), "Invalid tag", 5, "letters"},
		{"a tag with a bad value", in("role {\n tags = { a = \"b;c\" }\n}"), "Invalid tag", 5, "letters"},
		{"a tag that is too long", in("role {\n tags = { a = \"" + strings.Repeat("x", 257) + "\" }\n}"), "Invalid tag", 5, "256"},
		{"a tag key that is too long", in("role {\n tags = { " + strings.Repeat("x", 129) + " = \"\" }\n}"), "Invalid tag", 5, "128"},
		{"tags whose keys fold", in("role {\n tags = {\n Team = \"a\"\n team = \"b\"\n }\n}"), "Duplicate tag", 7, ""},
		{"too many tags", in(manyTags(48)), "Too many tags", 4, "51"},

		// The ESC file.
		{"a login that is too short", in("esc {\n duration = \"10m\"\n}"), "Duration out of range", 5, "15m"},
		{"a login over the role's maximum", in("esc {\n duration = \"2h\"\n}"), "Duration over the role's maximum", 5, "max_session_duration"},
		{"a session name that STS refuses", in("esc {\n session_name = \"a b\"\n}"), "Invalid session name", 5, ""},
		{"an unknown subject attribute", in("esc {\n subject_attributes = [\n\"currentEnvironment.nam\"]\n}"), "Unknown subject attribute", 6, `Did you mean "currentEnvironment.name"?`},
		{"a subject attribute twice", in("esc {\n subject_attributes = [\"currentEnvironment.name\", \"currentEnvironment.name\"]\n}"), "Repeated subject attribute", 5, ""},
		{"a session policy without an ARN", in("esc {\n policy_arns = [\"X\"]\n}"), "Invalid policy ARN", 5, ""},
		{"too many session policies", in("esc {\n policy_arns = [for i in range(11) : \"arn:aws:iam::aws:policy/P${i}\"]\n}"), "Too many session policies", 5, "10"},
		{"a bad login path", in("esc {\n login = \"aws..login\"\n}"), "Invalid login path", 5, ""},
		{"a reserved login path", in("esc {\n login = \"environmentVariables.x\"\n}"), "Invalid login path", 5, "reserved"},
		{"a bad variable name", in("esc {\n environment_variables = { \"A-B\" = \"x\" }\n}"), "Invalid variable name", 5, ""},
		{"a variable of the login's", in("esc {\n environment_variables = { AWS_SESSION_TOKEN = \"x\" }\n}"), "Variable set twice", 5, ""},
		{"an import without a project", in("esc {\n imports = [\"base\"]\n}"), "Invalid import", 5, "default/base"},
		{"an import of itself", in("esc {\n imports = [\"payments/prod\"]\n}"), "Invalid import", 5, "itself"},
		{"an import twice", in("esc {\n imports = [\"a/b\", \"a/b\"]\n}"), "Invalid import", 5, "already"},
		{"values that are no object", in("esc {\n values = [1]\n}"), "Invalid values", 5, ""},
		{"a value where the login goes", in("esc {\n values = {\n  aws = { login = 1 }\n }\n}"), "Value set twice", 6, "aws.login"},
		{"a value in the way of the login", in("esc {\n values = { aws = \"x\" }\n}"), "Value set twice", 5, "aws.login"},
		{"a value where a variable goes", in("esc {\n environment_variables = { A = \"x\" }\n values = { environmentVariables = { A = \"y\" } }\n}"), "Value set twice", 6, "environmentVariables.A"},
		{"a value where the login's variable goes", in("esc {\n values = { environmentVariables = { AWS_ACCESS_KEY_ID = \"y\" } }\n}"), "Value set twice", 5, "the login"},
		{"an esc_ref cut in two", in("esc {\n values = { a = substr(esc_ref(\"aws.login\"), 0, 4) }\n}"), "Broken esc_ref", 5, ""},

		// Secrets.
		{"a sensitive description", in("role {\n description = var.secret\n}"), "Sensitive value", 5, "description"},
		{"a sensitive tag", in("role {\n tags = { a = var.secret }\n}"), "Sensitive value", 5, ""},
		{"a sensitive value in an ESC file", in("esc {\n values = { a = { b = [var.secret] } }\n}"), "Sensitive value", 5, ""},
		{"a sensitive subject", in("subs = [var.secret]"), "Sensitive value", 4, ""},
		{"a sensitive name", in("name = var.secret"), "Sensitive value", 4, ""},

		// Lifecycle, accept, removed, test.
		{"an unknown attribute to ignore", in("lifecycle {\n ignore_changes = [\"tag\"]\n}"), "Invalid ignore_changes", 5, `Did you mean "tags"?`},
		{"a mark to ignore", in("lifecycle {\n ignore_changes = [\"tags.TRUSTCTL:stack\"]\n}"), "Invalid ignore_changes", 5, "own marks"},
		{"a finding code that is none", in("accept \"TRUST1\" {\n reason = \"x\"\n}"), "Invalid finding code", 4, ""},
		{"a finding accepted twice", in("accept \"TRUST105\" { reason = \"x\" }\naccept \"TRUST105\" { reason = \"x\" }"), "Finding accepted twice", 5, ""},
		{"an empty reason", in("accept \"TRUST105\" {\n reason = \" \"\n}"), "Missing reason", 5, ""},
		{"a removed environment that is declared", "removed \"acme/Payments/prod\" {}\n" + in(""), "Removed environment is declared", 1, "main.trust.hcl:4"},
		{"a removed environment twice", "removed \"acme/a/b\" {}\nremoved \"acme/a/b\" {}", "Duplicate removed block", 2, ""},
		{"a removed environment without an organization", "removed \"a/b\" {}", "Invalid environment name", 1, ""},
		{"a test of nothing", in("") + "test \"t\" {\n  role = \"acme/payments/prd\"\n  allow = []\n}", "Reference to nothing", 8, `Did you mean "acme/payments/prod"?`},
		{"a test twice", in("") + "test \"t\" {\n  role = \"acme/payments/prod\"\n  allow = []\n}\ntest \"t\" {\n  role = \"acme/payments/prod\"\n  allow = []\n}", "Duplicate test", 11, ""},
		{"an empty test", in("") + "test \"t\" {\n  role = \"acme/payments/prod\"\n}", "Empty test", 7, ""},
		{"env_sub without an organization in a test", in("") + "test \"t\" {\n  role = \"acme/payments/prod\"\n  deny = [env_sub(\"a/b\")]\n}", "Error in function call", 9, "organization"},
		{"role_arn of nothing", in("role {\n description = role_arn(\"acme/payments/prd\")\n}"), "Error in function call", 5, `Did you mean "acme/payments/prod"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, diags := compiled(t, tt.source, nil)
			if c != nil {
				t.Error("there is a configuration in spite of the mistake")
			}
			found := false
			for _, d := range diags {
				if d.Severity == hcl.DiagError && d.Summary == tt.summary && d.Subject != nil && d.Subject.Start.Line == tt.line &&
					d.Subject.Filename == "main.trust.hcl" && strings.Contains(d.Detail, tt.detail) {
					found = true
				}
			}
			if !found {
				t.Errorf("no %q on line %d with %q among:\n%s", tt.summary, tt.line, tt.detail, listed(diags))
			}
			if n := len(diags.Errs()); n != 1 {
				t.Errorf("%d mistakes instead of one:\n%s", n, listed(diags))
			}
		})
	}
}
