package spec

import (
	"strings"
	"testing"
)

// FuzzCompile holds whatever stands in a configuration to an answer: a Config
// or mistakes, each with a place, and never a panic.
func FuzzCompile(f *testing.F) {
	for _, body := range []string{
		"subs = [env_sub(\"payments/prod\"), deploy_sub({})]\nexcept_subs = [env_sub(\"payments/old\")]",
		"for_each = { a = null, b = [] }\nname = \"p/${each.key}\"\nrole { description = each.value }",
		"esc {\n values = { a = [1e400, null, true, toset([\"x\"]), esc_ref(\"a\")] }\n login = \"a.b\"\n}",
		"trust {\n}\ntrust {\n subs = [\"*\", \"$${*}\", \"?\"]\n audience = \"aws:acme\"\n}",
		"role {\n additional_trust = [{ Effect = \"Deny\", Principal = \"*\", Action = \"sts:*\" }, {}, 1, null]\n tags = { a = null }\n inline_policies = { a = \"{}\" }\n}",
		"lifecycle {\n ignore_changes = [tags, \"x\", each.key, 1, null]\n}\naccept \"\" { reason = null }",
		"account = account[\"prod\"]\nemit = null\nname = \"default/dev\"\nesc {\n subject_attributes = [\"pulumi.token.team\"]\n}",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c, diags := compiled(t, environmentOf(body)+"removed \"acme/a/b\" {}\ntest \"t\" {\n role = \"acme/payments/prod\"\n deny = [\"pulumi:*\"]\n}\n", nil)
		if (c == nil) != diags.HasErrors() {
			t.Errorf("a configuration: %v, in spite of:\n%s", c != nil, listed(diags))
		}
		for _, d := range diags {
			if d.Subject == nil || strings.Contains(d.Detail, "mistake in trustctl") {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
		}
	})
}
