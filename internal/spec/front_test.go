package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Line 1 is the trustctl block, except in archives.
func TestMistakesOfTheFrontAreReportedWhereTheyStand(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		want   []string
		detail string // part of the first detail
	}{
		"no trustctl block":              {"-- a.trust.hcl --\nlocals {}\n", []string{"-: No trustctl block"}, ""},
		"two trustctl blocks":            {"-- a.trust.hcl --\ntrustctl { stack = \"a\" }\n-- b.trust.hcl --\n\n  trustctl { stack = \"b\" }\n", []string{"b.trust.hcl:2:3: Duplicate trustctl block"}, "a.trust.hcl:1:1"},
		"no configuration files":         {"-- readme.txt --\n", []string{"-: No configuration files"}, ""},
		"no stack":                       {"-- a.trust.hcl --\ntrustctl {}\n", []string{"a.trust.hcl:1:10: Missing required argument"}, `"stack"`},
		"a stack in capitals":            {"-- a.trust.hcl --\ntrustctl { stack = \"Acme\" }\n", []string{"a.trust.hcl:1:20: Invalid stack"}, "1 to 64"},
		"a stack that is too long":       {"-- a.trust.hcl --\ntrustctl { stack = \"" + strings.Repeat("a", 65) + "\" }\n", []string{"a.trust.hcl:1:20: Invalid stack"}, "1 to 64"},
		"a sensitive stack":              {"-- a.trust.hcl --\ntrustctl { stack = sensitive(\"a\") }\n", []string{"a.trust.hcl:1:20: Sensitive value"}, `"stack"`},
		"an unknown setting":             {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  stak = 1\n}\n", []string{"a.trust.hcl:3:3: Unsupported argument"}, `"stak"`},
		"a newer version is needed":      {"-- a.trust.hcl --\ntrustctl {\n  stack = \"A\"\n  required_version = \">= 2.0.0\"\n}\nnonsense {}\n", []string{"a.trust.hcl:3:22: Unsupported trustctl version"}, "this is 1.2.0-dev"},
		"no version constraint":          {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  required_version = \"new\"\n}\n", []string{"a.trust.hcl:3:22: Invalid required_version"}, ""},
		"an esc_dir outside":             {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  esc_dir = \"../..\"\n}\n", []string{"a.trust.hcl:3:13: Invalid esc_dir"}, "may not leave"},
		"an absolute esc_dir":            {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  esc_dir = \"/esc\"\n}\n", []string{"a.trust.hcl:3:13: Invalid esc_dir"}, "relative"},
		"a hidden esc_dir":               {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  esc_dir = \"a/.git/hooks\"\n}\n", []string{"a.trust.hcl:3:13: Invalid esc_dir"}, "dot"},
		"max_deletes below zero":         {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  max_deletes = -1\n}\n", []string{"a.trust.hcl:3:17: Invalid max_deletes"}, "whole number"},
		"half a deletion":                {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  max_deletes = 0.5\n}\n", []string{"a.trust.hcl:3:17: Invalid max_deletes"}, "whole number"},
		"our own tags ignored":           {"-- a.trust.hcl --\ntrustctl {\n  stack = \"a\"\n  ignore_tags {\n    keys = [\"TrustCtl:stack\"]\n    key_prefixes = [\"tru\"]\n  }\n}\n", []string{"a.trust.hcl:4:12: Invalid keys", "a.trust.hcl:5:20: Invalid key_prefixes"}, "trustctl's own"},
		"an unknown block":               {"acount \"a\" {}\n", []string{"main.trust.hcl:2:1: Unsupported block type"}, `"account"`},
		"an attribute at the top":        {"stack = 1\n", []string{"main.trust.hcl:2:1: Unsupported argument"}, ""},
		"a missing label":                {"account {\n}\n", []string{"main.trust.hcl:2:9: Missing name for account"}, ""},
		"a syntax error":                 {"locals {\n  a = \n}\n", []string{"main.trust.hcl:3:7: Invalid expression"}, ""},
		"syntax errors in two files":     {"-- a.trust.hcl --\nlocals {\n-- b.trust.json --\n{\n-- c.trust.hcl --\nx {}\n", []string{"a.trust.hcl:1:8: Unclosed configuration block", "b.trust.json:1:1: Root value must be object", "b.trust.json:2:1: Invalid object property name", "b.trust.json:2:1: Missing value"}, ""},
		"an unknown variable":            {"variable \"prod_id\" { default = 1 }\nlocals { a = var.prd_id }\n", []string{"main.trust.hcl:3:14: Reference to undeclared input variable"}, `Did you mean "prod_id"?`},
		"an unknown local":               {"locals { region = 1 }\nlocals { a = local.regon }\n", []string{"main.trust.hcl:3:14: Reference to undeclared local value"}, `Did you mean "region"?`},
		"an unknown account":             {"account \"prod\" { id = \"111111111111\" }\nlocals { a = account.prd.id }\n", []string{"main.trust.hcl:3:14: Reference to undeclared account"}, `Did you mean "prod"?`},
		"an unknown issuer":              {"locals { a = issuer.pulmi.url }\n", []string{"main.trust.hcl:2:14: Reference to undeclared issuer"}, `Did you mean "pulumi"?`},
		"an unknown attribute":           {"account \"prod\" { id = \"111111111111\" }\nlocals { a = account.prod.idd }\n", []string{"main.trust.hcl:3:26: Unsupported attribute"}, `Did you mean "id"?`},
		"an unknown root":                {"locals { a = vars.x }\n", []string{"main.trust.hcl:2:14: Invalid reference"}, `Did you mean "var"?`},
		"a word without quotes":          {"locals { a = production }\n", []string{"main.trust.hcl:2:14: Invalid reference"}, "text stands in quotes"},
		"each without for_each":          {"locals { a = each.key }\n", []string{"main.trust.hcl:2:14: Invalid reference"}, `"for_each"`},
		"var without a name":             {"locals { a = keys(var) }\n", []string{"main.trust.hcl:2:19: Invalid reference"}, "followed by a dot"},
		"an unknown function":            {"locals { a = jsonencod(1) }\n", []string{"main.trust.hcl:2:14: Call to unknown function"}, `Did you mean "jsonencode"?`},
		"functions that change":          {"locals {\n  a = timestamp()\n  b = uuid()\n  c = env(\"A\")\n  d = yamlencode(1)\n}\n", []string{"main.trust.hcl:3:7: Call to unknown function", "main.trust.hcl:4:7: Call to unknown function", "main.trust.hcl:5:7: Call to unknown function", "main.trust.hcl:6:7: Call to unknown function"}, ""},
		"a key given twice":              {"locals {\n  a = {\n    b = 1\n    \"b\" = 2\n  }\n}\n", []string{"main.trust.hcl:5:5: Key given twice"}, "main.trust.hcl:4:5"},
		"a computed key given twice":     {"locals {\n  b = \"b\"\n  a = { (local.b) = 1, b = 2 }\n}\n", []string{"main.trust.hcl:4:24: Key given twice"}, ""},
		"a key given twice in a call":    {"locals {\n  a = false ? keys({ b = 1, b = 2 }) : []\n}\n", []string{"main.trust.hcl:3:29: Key given twice"}, ""},
		"a JSON key given twice":         {"\n-- b.trust.json --\n{\"locals\": {\"a\": {\n\"b\": 1,\n\"b\": 2}}}\n", []string{"b.trust.json:3:1: Key given twice"}, "b.trust.json:2:1"},
		"a JSON attribute given twice":   {"\n-- b.trust.json --\n{\"account\": {\"a\": {\n\"id\": \"111111111111\",\n\"id\": \"222222222222\"}}}\n", []string{"b.trust.json:3:1: Duplicate argument"}, ""},
		"two locals of one name":         {"locals { a = 1 }\n-- b.trust.hcl --\nlocals { a = 2 }\n", []string{"main.trust.hcl:2:10: Duplicate local value"}, "b.trust.hcl:1:10"},
		"two variables of one name":      {"variable \"a\" { default = 1 }\nvariable \"a\" { default = 1 }\n", []string{"main.trust.hcl:3:1: Duplicate input variable"}, "main.trust.hcl:2:1"},
		"two accounts of one name":       {"account \"a\" { id = \"111111111111\" }\naccount \"a\" { id = \"222222222222\" }\n", []string{"main.trust.hcl:3:1: Duplicate account"}, "main.trust.hcl:2:1"},
		"two issuers of one name":        {"issuer \"a\" { url = \"https://a.example\" }\nissuer \"a\" { url = \"https://b.example\" }\n", []string{"main.trust.hcl:3:1: Duplicate issuer"}, "main.trust.hcl:2:1"},
		"a name that is none":            {"variable \"1a\" { default = 1 }\n", []string{"main.trust.hcl:2:10: Invalid name"}, ""},
		"a cycle of locals":              {"locals {\n  a = local.b\n  b = local.c\n  c = local.a\n  d = local.a\n}\n", []string{"main.trust.hcl:3:3: Cycle"}, "local.a → local.b → local.c → local.a"},
		"a local of itself":              {"locals { a = [local.a] }\n", []string{"main.trust.hcl:2:10: Cycle"}, "local.a → local.a"},
		"a cycle through an account":     {"locals { id = account.a.id }\naccount \"a\" { id = local.id }\n", []string{"main.trust.hcl:2:10: Cycle"}, "local.id → account.a → local.id"},
		"a cycle through a validation":   {"variable \"v\" {\n  default = 1\n  validation {\n    condition = var.v == local.a\n    error_message = \"No.\"\n  }\n}\nlocals { a = var.v }\n", []string{"main.trust.hcl:2:1: Cycle"}, "var.v → local.a → var.v"},
		"a mistake is reported once":     {"locals {\n  a = 1 + \"x\"\n  b = local.a\n  c = local.b + 1\n}\n", []string{"main.trust.hcl:3:11: Invalid operand"}, ""},
		"an account without an id":       {"account \"a\" {}\n", []string{"main.trust.hcl:2:13: Missing required argument"}, `"id"`},
		"an id of eleven digits":         {"account \"a\" { id = \"12345678901\" }\n", []string{"main.trust.hcl:2:20: Invalid id"}, "twelve digits"},
		"a sensitive id":                 {"account \"a\" { id = sensitive(\"111111111111\") }\n", []string{"main.trust.hcl:2:20: Sensitive value"}, ""},
		"two accounts with one id":       {"account \"a\" { id = \"111111111111\" }\naccount \"b\" { id = \"111111111111\" }\n", []string{"main.trust.hcl:3:20: Duplicate account id"}, `"a"`},
		"a partition that is none":       {"account \"a\" {\n  id = \"111111111111\"\n  partition = \"azure\"\n}\n", []string{"main.trust.hcl:4:15: Invalid partition"}, ""},
		"a region that is none":          {"account \"a\" {\n  id = \"111111111111\"\n  region = \"Frankfurt\"\n}\n", []string{"main.trust.hcl:4:12: Invalid region"}, ""},
		"a region of another partition":  {"account \"a\" {\n  id = \"111111111111\"\n  region = \"cn-north-1\"\n}\n", []string{"main.trust.hcl:4:12: Invalid region"}, "aws-cn"},
		"an assume_role without a role":  {"account \"a\" {\n  id = \"111111111111\"\n  assume_role {}\n}\n", []string{"main.trust.hcl:4:15: Missing required argument"}, `"role_arn"`},
		"two assume_role blocks":         {"account \"a\" {\n  id = \"111111111111\"\n  assume_role { role_arn = \"arn:aws:iam::111111111111:role/r\" }\n  assume_role { role_arn = \"arn:aws:iam::111111111111:role/r\" }\n}\n", []string{"main.trust.hcl:5:3: Duplicate assume_role block"}, "main.trust.hcl:4:3"},
		"what is no role's ARN":          {"account \"a\" {\n  id = \"111111111111\"\n  assume_role { role_arn = \"arn:aws:iam::1:user/u\" }\n}\n", []string{"main.trust.hcl:4:28: Invalid role_arn"}, "ARN is"},
		"a role of another account":      {"account \"a\" {\n  id = \"111111111111\"\n  assume_role { role_arn = \"arn:aws:iam::222222222222:role/r\" }\n}\n", []string{"main.trust.hcl:4:28: Invalid role_arn"}, "111111111111"},
		"a role of another partition":    {"account \"a\" {\n  id = \"111111111111\"\n  assume_role { role_arn = \"arn:aws-cn:iam::111111111111:role/r\" }\n}\n", []string{"main.trust.hcl:4:28: Invalid role_arn"}, "partition"},
		"a bad external id":              {"account \"a\" {\n  id = \"111111111111\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/r\"\n    external_id = \"a b\"\n    session_name = \"x\"\n    duration = \"13h\"\n  }\n}\n", []string{"main.trust.hcl:6:19: Invalid external_id", "main.trust.hcl:7:20: Invalid session_name", "main.trust.hcl:8:16: Invalid duration"}, ""},
		"a duration that is none":        {"account \"a\" {\n  id = \"111111111111\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/r\"\n    duration = \"1 hour\"\n  }\n}\n", []string{"main.trust.hcl:6:16: Invalid duration"}, `"1h30m"`},
		"tags that IAM refuses":          {"account \"a\" {\n  id = \"111111111111\"\n  tags = {\n    \"\" = 1\n    \"aws:x\" = 1\n    \"TRUSTCTL:stack\" = \"x\"\n    team = \"a\"\n    Team = \"b\"\n    t = \"<>\"\n    u = \"" + strings.Repeat("u", 257) + "\"\n  }\n}\n", []string{"main.trust.hcl:4:10: Invalid tag", "main.trust.hcl:4:10: Invalid tag", "main.trust.hcl:4:10: Invalid tag", "main.trust.hcl:4:10: Invalid tag", "main.trust.hcl:4:10: Invalid tag", "main.trust.hcl:4:10: Invalid tag"}, ""},
		"a for_each over a list":         {"account \"a\" {\n  for_each = [\"x\"]\n  id = each.value\n}\n", []string{"main.trust.hcl:3:14: Invalid for_each"}, "toset"},
		"a for_each over null":           {"account \"a\" {\n  for_each = null\n  id = each.value\n}\n", []string{"main.trust.hcl:3:14: Invalid for_each"}, "null"},
		"a sensitive for_each":           {"account \"a\" {\n  for_each = sensitive({})\n  id = each.value\n}\n", []string{"main.trust.hcl:3:14: Sensitive for_each"}, ""},
		"two instances of one name":      {"account \"a\" {\n  for_each = { x = \"111111111111\", y = \"222222222222\" }\n  id = each.value\n  name = \"n\"\n}\n", []string{"main.trust.hcl:5:10: Duplicate account"}, ""},
		"an instance named as another":   {"account \"a\" {\n  for_each = { b = \"111111111111\" }\n  id = each.value\n}\naccount \"b\" { id = \"222222222222\" }\n", []string{"main.trust.hcl:6:1: Duplicate account"}, ""},
		"an issuer without a url":        {"issuer \"a\" {}\n", []string{"main.trust.hcl:2:12: Missing required argument"}, `"url"`},
		"http":                           {"issuer \"a\" { url = \"http://a.example\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, "https://"},
		"a query":                        {"issuer \"a\" { url = \"https://a.example/?a=b\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, "query"},
		"a fragment":                     {"issuer \"a\" { url = \"https://a.example/#a\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, "fragment"},
		"a port":                         {"issuer \"a\" { url = \"https://a.example:8443\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, "port"},
		"a user":                         {"issuer \"a\" { url = \"https://u:p@a.example\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, "user"},
		"no host":                        {"issuer \"a\" { url = \"https://\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, ""},
		"a wildcard":                     {"issuer \"a\" { url = \"https://*.example\" }\n", []string{"main.trust.hcl:2:20: Invalid url"}, ""},
		"a slash at the end":             {"issuer \"a\" { url = \"https://a.example/\" }\n", []string{"main.trust.hcl:2:20: warning: Unusual issuer URL"}, "slash"},
		"capitals in the host":           {"issuer \"a\" { url = \"https://A.example/B\" }\n", []string{"main.trust.hcl:2:20: warning: Unusual issuer URL"}, "capital"},
		"two issuers with one URL":       {"issuer \"a\" { url = \"https://a.example\" }\nissuer \"b\" { url = \"https://a.example\" }\n", []string{"main.trust.hcl:3:20: Duplicate issuer"}, `"a"`},
		"the built-in issuer's URL":      {"issuer \"a\" { url = \"https://api.pulumi.com/oidc\" }\n", []string{"main.trust.hcl:2:20: Duplicate issuer"}, `"pulumi"`},
		"no thumbprints":                 {"issuer \"pulumi\" { thumbprints = [] }\n", []string{"main.trust.hcl:2:33: Invalid thumbprints"}, "leave the attribute out"},
		"six thumbprints":                {"issuer \"pulumi\" { thumbprints = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"] }\n", []string{"main.trust.hcl:2:33: Invalid thumbprints"}, "one to five"},
		"what is no thumbprint":          {"issuer \"pulumi\" { thumbprints = [\"abc\"] }\n", []string{"main.trust.hcl:2:33: Invalid thumbprints"}, "40"},
		"one thumbprint twice":           {"issuer \"pulumi\" { thumbprints = [\"" + strings.Repeat("ab", 20) + "\", \"" + strings.Repeat("AB", 20) + "\"] }\n", []string{"main.trust.hcl:2:33: Invalid thumbprints"}, "twice"},
		"a type that is none":            {"variable \"a\" {\n  type = strng\n  default = 1\n}\n", []string{"main.trust.hcl:3:10: Invalid type specification"}, ""},
		"a default that does not fit":    {"variable \"a\" {\n  type = list(number)\n  default = [\"x\"]\n}\n", []string{"main.trust.hcl:4:13: Invalid default value for variable"}, "[0]: a number is required"},
		"a reference in a default":       {"variable \"a\" {\n  default = var.b\n}\n", []string{"main.trust.hcl:3:13: Variables not allowed"}, ""},
		"a call in a default":            {"variable \"a\" {\n  default = file(\"x\")\n}\n", []string{"main.trust.hcl:3:13: Function calls not allowed"}, ""},
		"a null that may not be":         {"variable \"a\" {\n  default = null\n  nullable = false\n}\n", []string{"main.trust.hcl:3:13: Invalid default value for variable"}, "null"},
		"no value":                       {"variable \"a\" {}\n", []string{"main.trust.hcl:2:1: No value for required variable"}, "TRUSTCTL_VAR_a"},
		"a validation that fails":        {"variable \"a\" {\n  default = 1\n  validation {\n    condition = var.a > 1\n    error_message = \"Too few: ${var.a}.\"\n  }\n}\nlocals { b = var.a.c }\n", []string{"main.trust.hcl:2:1: Invalid value for variable"}, "Too few: 1.\n\nThis was checked by the validation rule at main.trust.hcl:5:17."},
		"a secret in an error message":   {"variable \"a\" {\n  default = 1\n  sensitive = true\n  validation {\n    condition = var.a > 1\n    error_message = \"Too few: ${var.a}.\"\n  }\n}\n", []string{"main.trust.hcl:2:1: Invalid value for variable"}, "The error message holds a sensitive value"},
		"a validation of something else": {"variable \"a\" {\n  default = 1\n  validation {\n    condition = true\n    error_message = \"No.\"\n  }\n}\n", []string{"main.trust.hcl:5:17: Invalid validation condition"}, "var.a"},
		"a validation without a message": {"variable \"a\" {\n  default = 1\n  validation {\n    condition = var.a == 1\n  }\n}\n", []string{"main.trust.hcl:4:14: Missing required argument"}, ""},
		"a condition that is no boolean": {"variable \"a\" {\n  default = 1\n  validation {\n    condition = [var.a]\n    error_message = \"No.\"\n  }\n}\n", []string{"main.trust.hcl:5:17: Incorrect value type"}, "bool"},
		"env_sub without an org":         {"locals { a = env_sub(\"a/b\") }\n", []string{"main.trust.hcl:2:14: Error in function call"}, "organization must be given"},
		"env_sub of nothing":             {"locals { a = env_sub(\"acme\", {}) }\n", []string{"main.trust.hcl:2:14: Error in function call"}, `"environment" is missing`},
		"env_sub with an unknown part":   {"locals { a = env_sub(\"acme\", { environment = \"a/b\", usr = \"x\" }) }\n", []string{"main.trust.hcl:2:30: Invalid function argument"}, `Did you mean "user"?`},
		"deploy_sub with a string":       {"locals { a = deploy_sub(\"acme\", \"web\") }\n", []string{"main.trust.hcl:2:34: Invalid function argument"}, "object is required"},
		"deploy_sub of no operation":     {"locals { a = deploy_sub(\"acme\", { operation = \"up\" }) }\n", []string{"main.trust.hcl:2:14: Error in function call"}, "preview, update"},
		"esc_ref of what is no path":     {"locals { a = esc_ref(\"a}$${b\") }\n", []string{"main.trust.hcl:2:14: Error in function call"}, "aws.login.accessKeyId"},
		"role_arn outside":               {"locals { a = role_arn(\"acme/a/b\") }\n", []string{"main.trust.hcl:2:14: Error in function call"}, "inside an environment"},
		"a file that is not there":       {"locals { a = file(\"nope.json\") }\n", []string{"main.trust.hcl:2:14: Error in function call"}, `cannot read "nope.json"`},
		"a template without its names":   {"locals { a = templatefile(\"t\", {}) }\n-- t --\n\n${x}\n", []string{"main.trust.hcl:2:32: Invalid function argument"}, `"x" at t:2:3`},
		"a template with a mistake":      {"locals { a = templatefile(\"t\", {}) }\n-- t --\n${1 + }\n", []string{"main.trust.hcl:2:28: Invalid function argument"}, "t:1:7"},
		"values that are undeclared":     {"variable \"aa\" { default = 1 }\n-- trustctl.trustvars.hcl --\nab = 1\n", []string{"trustctl.trustvars.hcl:1:1: warning: Value for undeclared variable"}, `Did you mean "aa"?`},
		"a block among values":           {"-- a.trust.hcl --\ntrustctl { stack = \"a\" }\n-- trustctl.trustvars.hcl --\na {}\n", []string{"trustctl.trustvars.hcl:1:1: Unexpected \"a\" block"}, ""},
		"values that do not fit":         {"variable \"a\" { type = list(string) }\n-- trustctl.trustvars.hcl --\na = [[]]\n", []string{"trustctl.trustvars.hcl:1:5: Invalid value for variable"}, "[0]: string required"},
		"all mistakes at once": {`account "a" { id = "1" }
account "b" { id = local.nope }
issuer "i" { url = "http://x" }
locals {
  x = nofunction()
  y = var.nope
}
variable "v" {}
-- b.trust.json --
{"account": {"c": {"id": "2", "nme": "x"}}}
`, []string{
			"b.trust.json:1:26: Invalid id", "b.trust.json:1:31: Extraneous JSON object property",
			"main.trust.hcl:2:20: Invalid id", "main.trust.hcl:3:20: Reference to undeclared local value",
			"main.trust.hcl:4:20: Invalid url", "main.trust.hcl:6:7: Call to unknown function",
			"main.trust.hcl:7:7: Reference to undeclared input variable", "main.trust.hcl:9:1: No value for required variable",
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, c.config)
			_, l := front(t, Options{Path: dir, Version: "1.2.0-dev"})
			if diff := cmp.Diff(c.want, lines(l.diags)); diff != "" {
				t.Errorf("-want +got:\n%s\n%v", diff, l.diags)
			} else if !strings.Contains(l.diags[0].Detail, c.detail) {
				t.Errorf("detail %q lacks %q", l.diags[0].Detail, c.detail)
			}
		})
	}
}
