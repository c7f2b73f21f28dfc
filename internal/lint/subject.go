package lint

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/visible"
)

// probes are subjects that nobody would name: a condition that all of them
// pass tests nothing.
func (v *view) probes() []string {
	switch {
	case strings.HasSuffix(v.host, "/oidc"):
		return v.anyOf(v.orgNames()...)
	case strings.HasSuffix(v.host, "/oidc/v2"):
		return []string{"pulumi:org:any-organization:env:any-environment"}
	}
	return []string{"any-subject", "any:other/subject"}
}

// untested finds statements that take every subject. IAM asks for a test of
// the audience alone from Pulumi's issuer, and of nothing from one that is not
// on its list.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
func (v *view) untested(g grant) {
	conditions := v.on(g.Statement, "sub")
	probes := v.probes()
	for _, s := range probes {
		if !v.holds(conditions, policy.Context{v.key("sub"): policy.Is(s)}) {
			return
		}
	}
	t, ok := v.admits(g, probes...)
	if !ok {
		return // a Deny narrows it
	}
	detail := fmt.Sprintf("%s does not test %s: every token of the issuer under %s is admitted, whatever environment, deployment or key it is for.", v.statement(g), v.key("sub"), v.under(g))
	if len(conditions) > 0 {
		detail = fmt.Sprintf("%s tests %s in a way that every subject passes, so every token of the issuer under %s is admitted, whatever environment, deployment or key it is for.", v.statement(g), v.key("sub"), v.under(g))
	}
	v.report(Finding{
		Code: noSubject, Detail: detail, Pos: v.at(v.values(g.Statement, "sub"), "trust[0].subs"),
		Proof:  v.proof(t, "a token for something that nobody named"),
		Remedy: "Name the subjects: subs = [env_sub(\"project/environment\")], or a test of " + v.key("sub") + " by StringEquals or StringLike in the same statement.",
	})
}

// yamlOf is the subject that stands for any environment that a program opens.
func yamlOf(org string) string { return "pulumi:environments:org:" + org + ":env:<yaml>" }

// yaml finds the subject that every environment of an organization may have
// when a Pulumi program opens it.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/aws/
func (v *view) yaml() {
	for _, g := range v.grants {
		for _, org := range v.orgs {
			s := yamlOf(org)
			t, ok := v.admits(g, s)
			if !ok {
				continue
			}
			v.report(Finding{
				Code: yamlSubject, Pos: v.at(v.passing(g, s), "trust[0].subs"),
				Detail: fmt.Sprintf("The subject %s is admitted. It is the same for every environment of %s that a Pulumi program opens without subject attributes, so it tells none apart.", visible.Quote(s), org),
				Proof:  v.proof(t, "the token of any environment that a stack opens"),
				Remedy: "Leave <yaml> out, or name projects in the pattern; let environments log in with subject_attributes = [\"currentEnvironment.name\"].",
			})
			return
		}
	}
}

// passing are the values of a grant that a subject matches.
func (v *view) passing(g grant, s string) []tested {
	var out []tested
	for _, t := range v.values(g.Statement, "sub") {
		if v.holds([]policy.Condition{{Operator: t.operator, Key: v.key("sub"), Values: []string{t.text}}}, policy.Context{v.key("sub"): policy.Is(s)}) {
			out = append(out, t)
		}
	}
	return out
}

// insideNames finds patterns whose * follows a letter or digit, so that it
// goes on with the name instead of beginning the next: payments/prod* admits
// payments/production.
func (v *view) insideNames(g grant) {
	for _, value := range v.values(g.Statement, "sub") {
		if !mayCut(value.text) || !v.wild(value) {
			continue
		}
		begun, ok := v.cut(value)
		if !ok {
			continue
		}
		for _, b := range begun {
			t, ok := v.admits(g, b.goOn()...)
			if !ok {
				continue
			}
			detail := fmt.Sprintf("The * of %s follows %q, so it goes on with that name as well as beginning what comes after: %s is admitted.", visible.Quote(value.text), b.name(), visible.Quote(t.subject))
			if !signs(t) {
				detail += " Only the test of the audience keeps such a token out."
			}
			v.report(Finding{
				Code: insideName, Detail: detail, Pos: v.at([]tested{value}, "trust[0].subs"),
				Proof:  v.proof(t, "a name that goes on where the pattern has its *"),
				Remedy: "End the name before the wildcard: " + b.separated() + ". If every name that begins so is meant, list them, or accept this finding.",
			})
			break
		}
	}
}

// signs tells whether Pulumi Cloud's first issuer would sign a token.
func signs(t token) bool {
	for _, a := range subject.Audiences(t.subject) {
		if a == t.audience {
			return true
		}
	}
	return false
}

// cutAt is a pattern at one of its *: what comes before, with wildcards
// filled, and after.
type cutAt struct{ before, after string }

// cut is a value at every * that follows a letter or digit.
func (v *view) cut(t tested) (out []cutAt, ok bool) {
	pieces, ok := v.role.Trust.Pieces(t.text)
	if !ok {
		return nil, false
	}
	var units []string // letters; a * is "*", a ? filled
	for _, p := range pieces {
		if p.Variable != "" {
			return nil, false
		}
		for _, r := range p.Raw {
			switch r {
			case '?':
				units = append(units, "x")
			case '*':
				units = append(units, "")
			default:
				units = append(units, string(r))
			}
		}
		for _, r := range p.Exact {
			units = append(units, string(r))
		}
	}
	for i, u := range units {
		if u == "" && i > 0 && isNameEnd(units[i-1]) {
			out = append(out, cutAt{strings.Join(units[:i], ""), strings.Join(units[i+1:], "")})
		}
	}
	return out, true
}

// mayCut tells at a glance that some * follows a letter or digit, or an escape.
func mayCut(text string) bool {
	for i := 1; i < len(text); i++ {
		if text[i] == '*' && (isNameEnd(text[i-1:i]) || text[i-1] == '?' || text[i-1] == '}') {
			return true
		}
	}
	return false
}

func isNameEnd(u string) bool {
	return len(u) == 1 && ('a' <= u[0] && u[0] <= 'z' || 'A' <= u[0] && u[0] <= 'Z' || '0' <= u[0] && u[0] <= '9')
}

// name is the name that the * goes on with, and label what it is of.
func (c cutAt) name() string {
	return c.before[strings.LastIndexAny(c.before, ":/")+1:]
}

func (c cutAt) label() string {
	parts := strings.Split(c.before, ":")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}

// goOn are subjects in which the name is longer, likely ones first.
func (c cutAt) goOn() []string {
	longer := c.before + "-other"
	if strings.HasSuffix(c.before, "prod") {
		longer = c.before + "uction"
	}
	const run = ":stack:dev:operation:update:scope:write"
	var ends []string
	switch c.label() {
	case "org", "pulumi.organization.login":
		longer = c.before + "-evil"
		ends = []string{":env:payments/prod", ":project:web" + run, ":currentEnvironment.name:payments/prod"}
	case "env", "currentEnvironment.name", "rootEnvironment.name":
		if strings.LastIndex(c.before, "/") < strings.LastIndex(c.before, ":") {
			ends = []string{"/prod"}
		}
	case "project":
		ends = []string{run}
	case "stack":
		ends = []string{strings.TrimPrefix(run, ":stack:dev")}
	case "operation":
		longer, ends = c.before+"x", []string{":scope:write"}
	}
	var out []string
	for _, end := range ends {
		out = append(out, longer+end, longer+end+c.after)
	}
	return append(out, longer+c.after)
}

// separated shows how the name could end before the wildcard.
func (c cutAt) separated() string {
	switch c.label() {
	case "env", "currentEnvironment.name", "rootEnvironment.name":
		if strings.LastIndex(c.before, "/") < strings.LastIndex(c.before, ":") {
			return visible.Quote(c.name()+"/*") + " is one project"
		}
		return visible.Quote(c.name()) + " is one environment, " + visible.Quote(c.name()+"-*") + " are those that begin so"
	}
	return visible.Quote(c.name() + ":*")
}
