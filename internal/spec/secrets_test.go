package spec

import (
	"strings"
	"testing"
)

// A sensitive value must not be quoted by whatever refuses it.
func TestNoMessageQuotesASensitiveValue(t *testing.T) {
	const secret = "Sup3rS3cret:Value"
	for _, expr := range []string{
		`tonumber(var.sec)`, `tobool(var.sec)`, `parseint(var.sec, 10)`, `regex("^[0-9]+$", var.sec)`, `regex(var.sec, "x")`, `file(var.sec)`,
		`templatefile(var.sec, {})`, `env_sub("acme", var.sec)`, `env_sub(var.sec, "a/b")`, `deploy_sub("acme", { project = var.sec })`,
		`{ (var.sec) = 1, (var.sec) = 2 }`, `{ a = 1 }[var.sec]`, `local.list[var.sec]`, `jsondecode(var.sec)`, `try(tonumber(var.sec))`,
		`upper(var.sec) + 1`, `local.derived + 1`, `[for k, v in { (var.sec) = 1 } : tobool(k)]`, `indent(var.sec, "x")`, `esc_ref(var.sec)`,
	} {
		t.Run(expr, func(t *testing.T) {
			source := "variable \"sec\" {\n type = string\n sensitive = true\n}\nlocals {\n list = [1]\n derived = \"x${var.sec}\"\n bad = " + expr + "\n}\n" + environmentOf("")
			_, diags := compiled(t, source, nil, "sec="+secret)
			if !diags.HasErrors() {
				t.Fatal("no mistake was found")
			}
			text := listed(diags) + string(DiagnosticsJSON(diags, &Sources{}))
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Error(text)
			}
		})
	}
}

func TestNoMessageQuotesASensitiveVariable(t *testing.T) {
	const secret = "Sup3rS3cret:Value"
	for name, source := range map[string]string{
		"of the wrong type":         "variable \"sec\" {\n type = number\n sensitive = true\n}\n",
		"that is no expression":     "variable \"sec\" {\n type = list(string)\n sensitive = true\n}\n",
		"as an assumed duration":    "variable \"sec\" {\n sensitive = true\n}\naccount \"b\" {\n id = \"444455556666\"\n assume_role {\n role_arn = \"arn:aws:iam::444455556666:role/r\"\n duration = var.sec\n }\n}\n",
		"as an assumed role":        "variable \"sec\" {\n sensitive = true\n}\naccount \"b\" {\n id = \"444455556666\"\n assume_role {\n role_arn = var.sec\n }\n}\n",
		"as an assumed external id": "variable \"sec\" {\n sensitive = true\n}\naccount \"b\" {\n id = \"444455556666\"\n assume_role {\n role_arn = \"arn:aws:iam::444455556666:role/r\"\n external_id = \"${var.sec} !\"\n }\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := compiled(t, source, nil, "sec="+secret)
			if !diags.HasErrors() {
				t.Fatal("no mistake was found")
			}
			if text := listed(diags) + string(DiagnosticsJSON(diags, &Sources{})); strings.Contains(text, secret) {
				t.Error(text)
			}
		})
	}
}
