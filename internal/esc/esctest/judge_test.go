package esctest

import (
	"strings"
	"testing"
)

const good = `values:
  aws:
    login:
      fn::open::aws-login:
        oidc:
          duration: 1h
          roleArn: arn:aws:iam::111122223333:role/x
          sessionName: session
  environmentVariables:
    ID: ${aws.login.accessKeyId}
`

func TestTheJudgeTakesWhatESCTakes(t *testing.T) {
	env, _ := Judge(t, "acme/payments/prod", []byte(good))
	if env["ID"] != AccessKeyID {
		t.Errorf("variables %v", env)
	}
}

func TestTheJudgeRefusesWhatESCOrAWSWould(t *testing.T) {
	for name, change := range map[string][2]string{
		"no YAML":                        {"values:", "values: ]"},
		"an unknown top-level key":       {"values:", "value: {}\nvalues:"},
		"no values":                      {good, "values: {}"},
		"a key twice":                    {"duration: 1h", "duration: 1h\n          duration: 2h"},
		"a duration of another spelling": {"1h", "60 minutes"},
		"a duration that is empty":       {"1h", `""`},
		"a duration that STS refuses":    {"1h", "13h"},
		"a key misspelled":               {"duration", "durration"},
		"no session name":                {"sessionName: session", ""},
		"a session name with a space":    {"sessionName: session", "sessionName: a b"},
		"a role that is no ARN":          {"arn:aws:iam::111122223333:role/x", "twenty characters or more"},
		"an ARN that is too short":       {"arn:aws:iam::111122223333:role/x", "arn:aws"},
		"an unknown subject attribute":   {"duration", "subjectAttributes: [pulumi.token.name]\n          duration"},
		"an attribute twice":             {"duration", "subjectAttributes: [pulumi.user.login, pulumi.user.login]\n          duration"},
		"a policy that is no ARN":        {"duration", "policyArns: [twenty characters or more]\n          duration"},
		"static beside oidc":             {"        oidc:", "        static: {accessKeyId: a, secretAccessKey: b}\n        oidc:"},
		"an output misspelled":           {"accessKeyId}", "accessKeyIdd}"},
		"an unknown provider":            {"aws-login", "nope-login"},
		"a rotator":                      {"fn::open::aws-login", "fn::rotate::aws-iam"},
	} {
		content := strings.Replace(good, change[0], change[1], 1)
		if content == good {
			t.Errorf("%s: nothing is changed", name)
		}
		if env, _, err := Evaluate("acme/payments/prod", []byte(content)); err == nil {
			t.Errorf("%s: taken, variables %v", name, env)
		}
	}
}
