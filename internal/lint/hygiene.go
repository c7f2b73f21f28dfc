package lint

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/visible"
)

// legacy finds environments of the legacy project: their audience is the bare
// organization, which Pulumi Deployments use as well, and their subjects have
// two spellings.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/aws/
func (v *view) legacy() {
	if !v.known || v.env.Project != "default" {
		return
	}
	v.report(Finding{
		Code:   legacyProject,
		Detail: fmt.Sprintf("Environment %s is in the legacy project: its tokens carry the audience %q, as those of Pulumi Deployments do, and their subject is spelled in two ways.", v.env, v.env.Audience()),
		Proof:  words(strings.Join(v.env.Subjects([]subject.Attribute{subject.CurrentEnvironment}, subject.Claims{}), ", ")),
		Remedy: "Move the environment into a project of its own; its audience is aws:" + v.env.Org + " then.",
	})
}

// administratorName ends the ARN of AWS's own policy, in every partition.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
const administratorName = ":iam::aws:policy/AdministratorAccess"

// permissions finds roles that may do everything, with nothing that narrows it:
// no boundary, no Deny, and no policy for the session in their ESC file.
func (v *view) permissions() {
	by, at := "", ""
	for _, arn := range v.role.Managed {
		if strings.HasSuffix(string(arn), administratorName) {
			by, at = string(arn), "role.managed_policies"
		}
	}
	for _, name := range sortedKeys(v.role.Inline) {
		for _, s := range v.role.Inline[name].Statements {
			if s.Effect == policy.Deny {
				return
			}
			if by == "" && everything(s) {
				by, at = "inline policy "+visible.Quote(name), "role.inline_policies"
			}
		}
	}
	if by == "" || v.role.Boundary != "" || v.sessionPolicies() {
		return
	}
	detail := fmt.Sprintf("%s allows the role everything, and neither a permissions boundary nor a policy of the session narrows it.", by)
	if v.role.KeepBoundary {
		if live := v.l.there[v.role.Address()]; live != nil && live.Boundary != "" {
			return
		}
		detail += " The boundary is left out, so that one that is there would stay."
	}
	v.report(Finding{
		Code: administrator, Detail: detail, Pos: v.role.Source[at], Proof: words(by),
		Remedy: "Attach what the environment needs, or set permissions_boundary, or policy_arns in its esc block.",
	})
}

// everything tells whether a statement allows every action on every resource.
func everything(s policy.Statement) bool {
	all := func(list []string) bool {
		for _, text := range list {
			if text != "" && strings.Trim(text, "*") == "" || text == "*:*" {
				return true
			}
		}
		return false
	}
	return s.Effect == policy.Allow && all(s.Actions) && all(s.Resources) && len(s.Conditions) == 0
}

// sessionPolicies tells whether the environment's own file narrows its session.
func (v *view) sessionPolicies() bool {
	f := v.l.declared[v.environmentName()]
	return f != nil && f.Document != nil && len(f.Document.Login.PolicyARNs) > 0
}
