// Package subject knows the subjects and audiences of Pulumi Cloud's OpenID
// Connect tokens: which strings a token of an ESC environment, of a deployment
// or of a customer-managed key carries, and how such a string, or an IAM
// pattern over them, is read back.
//
//	family        sub                                                                                  aud
//	environments  pulumi:environments:org:ORG:env:PROJECT/ENV                                          aws:ORG
//	              pulumi:environments:org:ORG:env:ENV                   (the legacy project "default")  ORG
//	              pulumi:environments:pulumi.organization.login:ORG(:ATTRIBUTE:VALUE)+                 as above
//	deploy        pulumi:deploy:org:ORG:project:P:stack:S:operation:O:scope:write                      ORG
//	cmk           pulumi:cmk:pulumi.organization.login:ORG                                             aws:ORG
//
// It writes no policies, decides nothing about trust and asks no service.
//
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/
// https://www.pulumi.com/docs/deployments/guides/oidc/
// https://www.pulumi.com/docs/administration/guides/customer-managed-keys/
package subject

// Family is a kind of token.
type Family string

// The families of tokens that Pulumi Cloud signs for AWS.
const (
	Environments Family = "environments" // an ESC environment that logs in
	Deploy       Family = "deploy"       // a run of Pulumi Deployments
	CustomerKey  Family = "cmk"          // a customer-managed key in AWS KMS
)

// The beginnings of subjects, up to the organization.
const (
	prefixEnvironment = "pulumi:environments:org:"
	prefixAttributes  = "pulumi:environments:pulumi.organization.login:"
	prefixDeploy      = "pulumi:deploy:org:"
	prefixCustomerKey = "pulumi:cmk:pulumi.organization.login:"
)

// legacyProject is where environments without a project are. Its subjects are
// spelled without the project, and its audience has no prefix.
const legacyProject = "default"

// CustomerKeySubject is the subject by which Pulumi Cloud uses an
// organization's own KMS key.
func CustomerKeySubject(org string) string { return prefixCustomerKey + org }

// DeployAudience is the audience of Pulumi Deployments' tokens.
func DeployAudience(org string) string { return org }

// awsAudience is the audience of everything else that is not of the legacy project.
func awsAudience(org string) string { return "aws:" + org }

// or is the value, or the pattern for any.
func or(value string) string {
	if value == "" {
		return "*"
	}
	return value
}
