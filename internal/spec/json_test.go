package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheJSONFormOfWhatIsReferredToSaysTheSame(t *testing.T) {
	native := `trustctl {
  stack       = "acme-platform"
  max_deletes = 7
  esc_dir     = "./esc/files/"
  ignore_tags {
    keys         = ["CostCenter"]
    key_prefixes = ["aws-"]
  }
}
variable "id" {
  type    = string
  default = "111111111111"
  validation {
    condition     = length(var.id) == 12
    error_message = "No: ${var.id}."
  }
}
variable "plain" { default = "${x}" }
locals {
  regions = toset(["eu", "us"])
  fleet   = { for i, r in local.regions : r => "22222222222${length(i)}" if r == "eu" }
  object  = { (var.id) = [true, null, 1.5, "a\nb", "$${x}"] }
}
issuer "other" {
  url         = "https://issuer.example/x"
  thumbprints = ["ABABABABABABABABABABABABABABABABABABABAB"]
  tags        = { a = "b" }
}
account "prod" {
  id = var.id
  assume_role {
    role_arn     = "arn:aws:iam::${var.id}:role/r"
    external_id  = "e-1"
    session_name = "me"
    duration     = "30m"
  }
  tags = { team = account.eu.region }
}
account "eu" {
  for_each = local.fleet
  name     = "${each.key}"
  id       = each.value
  region   = "eu-west-1"
}
`
	native = replaceOnce(native, `"${x}" }`, `"$${x}" }`)
	jsonForm := `{
  "//": "a comment",
  "trustctl": {"stack": "acme-platform", "max_deletes": 7, "esc_dir": "./esc/files/",
    "ignore_tags": {"keys": ["CostCenter"], "key_prefixes": ["aws-"]}},
  "variable": {
    "id": {"type": "string", "default": "111111111111",
      "validation": [{"condition": "${length(var.id) == 12}", "error_message": "No: ${var.id}."}]},
    "plain": {"default": "${x}"}
  },
  "locals": {
    "regions": "${toset([\"eu\", \"us\"])}",
    "fleet": "${{ for i, r in local.regions : r => \"22222222222${length(i)}\" if r == \"eu\" }}",
    "object": {"${var.id}": [true, null, 1.5, "a\nb", "$${x}"]}
  },
  "issuer": {"other": {"url": "https://issuer.example/x", "thumbprints": ["ABABABABABABABABABABABABABABABABABABABAB"], "tags": {"a": "b"}}},
  "account": [
    {"prod": {"id": "${var.id}",
      "assume_role": {"role_arn": "arn:aws:iam::${var.id}:role/r", "external_id": "e-1", "session_name": "me", "duration": "30m"},
      "tags": {"team": "${account.eu.region}"}}},
    {"eu": {"for_each": "${local.fleet}", "name": "${each.key}", "id": "${each.value}", "region": "eu-west-1"}}
  ]
}
`
	// account.eu is the fleet, whose instance "eu" is an account of that name:
	// a name cannot be both.
	native = replaceOnce(native, "account \"eu\"", "account \"fleet\"")
	jsonForm = replaceOnce(jsonForm, `{"eu": {"for_each"`, `{"fleet": {"for_each"`)

	first, l := front(t, Options{Path: folderOf(t, "-- a.trust.hcl --\n"+native)})
	if l.diags.HasErrors() {
		t.Fatal(l.diags)
	}
	second, k := front(t, Options{Path: folderOf(t, "-- a.trust.json --\n"+jsonForm)})
	if k.diags.HasErrors() {
		t.Fatal(k.diags)
	}
	for _, m := range []*module{first, second} {
		for i := range m.accounts {
			m.accounts[i].Pos = m.accounts[0].Pos
		}
		for i := range m.issuers {
			m.issuers[i].Pos = m.issuers[0].Pos
		}
	}
	for i := range first.accounts {
		first.accounts[i].Pos = second.accounts[i].Pos
	}
	for i := range first.issuers {
		first.issuers[i].Pos = second.issuers[i].Pos
	}
	for what, both := range map[string][2]any{
		"settings": {first.settings, second.settings}, "accounts": {first.accounts, second.accounts}, "issuers": {first.issuers, second.issuers},
		"locals": {asJSON(t, first.scope.complete["local"]), asJSON(t, second.scope.complete["local"])},
		"values": {asJSON(t, first.scope.complete["account"]), asJSON(t, second.scope.complete["account"])},
		"given":  {asJSON(t, first.scope.complete["var"]), asJSON(t, second.scope.complete["var"])},
	} {
		if diff := cmp.Diff(both[0], both[1]); diff != "" {
			t.Errorf("%s: -native +JSON:\n%s", what, diff)
		}
	}
	want := Settings{Stack: "acme-platform", ESCDir: "esc/files", MaxDeletes: 7, IgnoreTags: IgnoreTags{[]string{"CostCenter"}, []string{"aws-"}}}
	if diff := cmp.Diff(want, first.settings); diff != "" {
		t.Error(diff)
	}
}

func replaceOnce(s, old, with string) string {
	before, after, found := strings.Cut(s, old)
	if !found {
		panic("no " + old)
	}
	return before + with + after
}
