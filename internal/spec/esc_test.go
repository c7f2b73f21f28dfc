package spec

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestAnESCFileSaysWhatTheBlockSays(t *testing.T) {
	c := sound(t, environmentOf(`
role { max_session_duration = "12h" }
esc {
  duration              = "1h30m"
  session_name          = "acme@prod"
  policy_arns           = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  subject_attributes    = ["rootEnvironment.name", "currentEnvironment.name"]
  login                 = "cloud.aws-prod.login"
  description           = "Production: $HOME is literal."
  imports               = ["shared/base", "default/old@stable", "shared/base@3"]
  environment_variables = {
    PORT    = 8080
    VERBOSE = true
    KEY     = "id ${esc_ref("cloud.aws-prod.login.accessKeyId")}, $5"
  }
  values = {
    text   = "a $b"
    whole  = 12345678901234567890123
    part   = 0.1
    yes    = true
    none   = null
    list   = ["a", 1, [esc_ref("x")]]
    object = { "a.b" = { c = "d" } }
    cloud  = { "aws-prod" = { region = "eu-west-1" } }
    environmentVariables = { OTHER = "x" }
  }
}`))
	got := *fileOf(t, c, "acme/payments/prod").Document
	want := trust.EnvironmentDocument{
		Description: "Production: $HOME is literal.",
		Imports:     []string{"shared/base", "default/old@stable", "shared/base@3"},
		LoginPath:   []string{"cloud", "aws-prod", "login"},
		Login: trust.Login{
			RoleARN: "arn:aws:iam::123456789012:role/esc-acme--payments--prod", SessionName: "acme@prod", Duration: 90 * time.Minute,
			SubjectAttributes: []string{"rootEnvironment.name", "currentEnvironment.name"},
			PolicyARNs:        []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
		},
		Variables: map[string]trust.Text{
			"PORT": trust.Literal("8080"), "VERBOSE": trust.Literal("true"),
			"KEY": {{Literal: "id "}, {Reference: "cloud.aws-prod.login.accessKeyId"}, {Literal: ", $5"}},
		},
		Values: map[string]trust.Value{
			"text": trust.Literal("a $b"), "whole": json.Number("12345678901234567890123"), "part": json.Number("0.1"), "yes": true, "none": nil,
			"list":                 []trust.Value{trust.Literal("a"), json.Number("1"), []trust.Value{trust.Text{{Reference: "x"}}}},
			"object":               map[string]trust.Value{"a.b": map[string]trust.Value{"c": trust.Literal("d")}},
			"cloud":                map[string]trust.Value{"aws-prod": map[string]trust.Value{"region": trust.Literal("eu-west-1")}},
			"environmentVariables": map[string]trust.Value{"OTHER": trust.Literal("x")},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReferencesAreTakenOutOfTexts(t *testing.T) {
	ref := func(s string) string { return escRefOpen + s + escRefClose }
	for _, tt := range []struct {
		text string
		want trust.Text
		ok   bool
	}{
		{"", trust.Literal(""), true},
		{"plain ${x}", trust.Literal("plain ${x}"), true},
		{ref("a.b"), trust.Text{{Reference: "a.b"}}, true},
		{"x" + ref("a") + ref("b") + "y", trust.Text{{Literal: "x"}, {Reference: "a"}, {Reference: "b"}, {Literal: "y"}}, true},
		{escRefOpen + "a", nil, false},
		{"a" + escRefClose, nil, false},
		{ref(""), nil, false},
		{escRefOpen + ref("a"), nil, false},
	} {
		got, err := splitReferences(tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != tt.ok {
			t.Errorf("%q: %v %s", tt.text, err, diff)
		}
	}
}
