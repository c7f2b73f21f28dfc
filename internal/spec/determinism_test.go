package spec

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawn is an arbitrary configuration, with mistakes here and there.
func drawn(t *rapid.T) string {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	var b strings.Builder
	for org := range rapid.IntRange(1, 3).Draw(t, "orgs") {
		fmt.Fprintf(&b, "org \"org-%d\" {\n  account = %s\n", org, pick("account", "account.prod", "account.dev", "account.china"))
		b.WriteString(pick("org role", "", "  role {\n    tags = { a = \"1\", B = \"2\" }\n    max_session_duration = \"2h\"\n  }\n", "  role {\n    path = \"/p/\"\n  }\n"))
		for range rapid.IntRange(0, 4).Draw(t, "environments") {
			fmt.Fprintf(&b, "  environment %q {\n", pick("name", "a/one", "a/two", "b/one", "default/dev", "each", "A/ONE"))
			b.WriteString(pick("for_each", "", "", "    for_each = toset([\"x\", \"y\"])\n    name = \"e/${each.key}\"\n"))
			b.WriteString(pick("subs", "", "", "    subs = [env_sub(\"a/*\"), deploy_sub({})]\n", "    trust {\n    }\n    trust {\n      subs = [env_sub(\"a/two\"), \"pulumi:deploy:org:org-0:*\"]\n      except_subs = [deploy_sub({ project = \"p\" })]\n    }\n"))
			b.WriteString(pick("role", "", "    role {\n      name = \"same\"\n    }\n", "    role {\n      tags = { b = \"3\", c = \"4\", d = \"5\" }\n      managed_policies = [\"arn:aws:iam::aws:policy/B\", \"arn:aws:iam::aws:policy/A\"]\n    }\n"))
			b.WriteString(pick("esc", "", "    esc {\n      environment_variables = { A = \"1\", B = \"2\", AWS_SESSION_TOKEN = \"3\" }\n      values = { z = 1, aws = 2, a = { c = 3, b = [4] } }\n    }\n", "    esc {\n      subject_attributes = [\"currentEnvironment.name\", \"pulumi.user.login\"]\n    }\n"))
			b.WriteString("  }\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func TestTheSameConfigurationCompilesToTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		source := drawn(r)
		once, first := compiled(t, source, nil)
		again, second := compiled(t, source, nil)
		if diff := cmp.Diff(listed(first), listed(second)); diff != "" {
			r.Fatalf("the diagnostics differ: %s", diff)
		}
		if (once == nil) != (again == nil) || once != nil && !bytes.Equal(shown(t, once), shown(t, again)) {
			r.Fatal("the configurations differ")
		}
	})
}
