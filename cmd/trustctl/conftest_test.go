package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestConftestReadsAPlanAsItIs(t *testing.T) {
	conftest, err := exec.LookPath("conftest")
	if err != nil {
		if os.Getenv("TRUSTCTL_TEST_CONFTEST") == "required" {
			t.Fatal("conftest is not installed, and TRUSTCTL_TEST_CONFTEST says that it must be")
		}
		t.Skip("conftest is not installed: go install github.com/open-policy-agent/conftest@v0.71.1")
	}
	const example = "../../examples/pull-request/"
	out, err := exec.Command(conftest, "test", "--no-color", "-p", example+"policy", example+"output/plan.json").CombinedOutput()
	if err == nil {
		t.Errorf("the policy lets the plan through:\n%s", out)
	}
	for _, want := range []string{`aws_iam_role.acme["web/legacy"] is destroyed`, `aws_iam_role.acme["payments/prod"] is opened to `, "2 failures"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("conftest does not say %q:\n%s", want, out)
		}
	}
}
