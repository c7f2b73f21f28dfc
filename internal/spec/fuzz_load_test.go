package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzLoad holds Load to its promise: whatever the bytes are, it ends soon,
// with a configuration or with mistakes, the same each time, and printing them
// does no harm to a terminal.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"trustctl { stack = \"a\" }\n",
		"variable \"a\" {\n  type = object({ a = optional(list(string), [\"x\"]) })\n  default = {}\n  validation {\n    condition = can(var.a.a[0])\n    error_message = \"x\"\n  }\n}\n",
		"locals {\n  a = { for k, v in { x = 1 } : k => [v...] if v > 0 }\n  b = \"%{ for i in [1, 2] ~} ${i} %{ endfor }\"\n  c = <<-EOT\n    ${local.a}\n  EOT\n  d = local.a[*].b.c\n}\n",
		"account \"a\" {\n  for_each = { x = \"111111111111\" }\n  id = each.value\n  assume_role { role_arn = \"arn:aws:iam::111111111111:role/r\" }\n}\nissuer \"i\" { url = \"https://x.example\" }\n",
		"org \"acme\" {\n  account = account.a\n  environment \"a/b\" {\n    for_each = toset([\"a\"])\n    subs = [env_sub(\"a/*\"), deploy_sub({})]\n    role { inline_policies = { a = jsonencode({}) } }\n    esc { values = { a = esc_ref(\"a.b\"), b = role_arn(\"acme/a/b\") } }\n    lifecycle { prevent_destroy = true }\n  }\n}\n",
		`{"trustctl": {"stack": "a"}, "locals": {"a": ["${1 + 1}", {"${local.b}": null}], "b": "x"}}`,
		`{"org": {"acme": {"account": "account.prod", "environment": {"a/b": [{}, {"trust": null}]}}}}`,
		"locals { a = try(sensitive(1) + \"x\", nonsensitive([for a in range(9) : a])) }\n",
		"removed \"acme/a/b\" { destroy = true }\ntest \"t\" {\n role = \"acme/a/b\"\n allow = [env_sub(\"acme\", \"a/b\")]\n}\n",
		"\xef\xbb\xbf#\r\n\x00\xff",
		strings.Repeat("[", 300), "a = " + strings.Repeat("!", 2000), "locals { a = 1e999999999 * \"${1e99999}\" }",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, src []byte, asJSON bool) {
		dir := t.TempDir()
		name := "a.trust.hcl"
		if asJSON {
			name = "a.trust.json"
		}
		if err := os.WriteFile(filepath.Join(dir, name), src, 0o666); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var texts [2][]byte
		for i := range texts {
			config, sources, diags := Load(Options{Path: dir, Partial: true})
			if (config == nil) != diags.HasErrors() {
				t.Fatalf("configuration %v with %v", config, diags)
			}
			for _, d := range diags {
				if d.Summary == "The configuration cannot be evaluated" {
					t.Fatal(d.Detail)
				}
			}
			var b bytes.Buffer
			if err := sources.Write(&b, diags, 80, false); err != nil {
				t.Fatal(err)
			}
			b.Write(DiagnosticsJSON(diags, sources))
			for _, r := range b.String() {
				if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
					t.Fatalf("%U is printed", r)
				}
			}
			texts[i] = b.Bytes()
		}
		if !bytes.Equal(texts[0], texts[1]) {
			t.Fatalf("twice the same, but:\n%s\n%s", texts[0], texts[1])
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("took %s", took)
		}
		formatted, diags := Format(src, name)
		if again, _ := Format(formatted, name); !diags.HasErrors() && !bytes.Equal(again, formatted) {
			t.Fatalf("laid out twice it changes: %q, %q", formatted, again)
		}
	})
}
