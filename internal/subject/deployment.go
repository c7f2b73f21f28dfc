package subject

import (
	"fmt"
	"slices"
	"strings"
)

// Deployment names runs of Pulumi Deployments; an empty part stands for any,
// and * and ? are wildcards in every part but the organization.
type Deployment struct{ Org, Project, Stack, Operation string }

// Operations are the operations that Pulumi Deployments runs. Which subject
// the last two carry is not documented: a role that they need should leave the
// operation open.
// https://www.pulumi.com/docs/deployments/guides/oidc/
func Operations() []string {
	return []string{"preview", "update", "refresh", "destroy", "detect-drift", "remediate-drift"}
}

// Subject is the subject of the deployment's tokens, a pattern where a part is open.
func (d Deployment) Subject() string {
	return prefixDeploy + d.Org + ":project:" + or(d.Project) + ":stack:" + or(d.Stack) +
		":operation:" + or(d.Operation) + ":scope:write"
}

// Check holds the parts to the rules of names.
func (d Deployment) Check() error {
	if err := CheckOrg(d.Org); err != nil {
		return err
	}
	if err := checkPart(or(d.Project), CheckProject); err != nil {
		return err
	}
	if err := checkPart(or(d.Stack), checkStack); err != nil {
		return err
	}
	return checkPart(or(d.Operation), checkOperation)
}

func checkStack(s string) error { return checkName("a stack's name", s) }

func checkOperation(s string) error {
	if !slices.Contains(Operations(), s) {
		return fmt.Errorf("%q is not an operation: there are %s", s, strings.Join(Operations(), ", "))
	}
	return nil
}
