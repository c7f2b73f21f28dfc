package lint

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// narrow tells at a glance what most policies are: every subject that they
// name has its organization and its project written out before any wildcard.
// Nothing of another organization, family or project is in them then, so that
// nothing more needs to be asked. projects are those of environments and
// deployments together.
func (v *view) narrow() (projects []string, ok bool) {
	for _, g := range v.grants {
		found := false
		for _, c := range v.on(g.Statement, "sub") {
			if strings.Contains(c.Operator, "Not") || c.Operator == "Null" {
				continue
			}
			if named, all := v.projectsOf(c); all {
				projects, found = append(projects, named...), true
				break // a further condition would narrow it
			}
		}
		if !found {
			return nil, false
		}
	}
	return unique(projects), true
}

// projectsOf are the projects that a condition's values name.
func (v *view) projectsOf(c policy.Condition) (projects []string, ok bool) {
	if !strings.Contains(c.Operator, "String") || strings.Contains(c.Operator, "IgnoreCase") || len(c.Values) == 0 {
		return nil, false
	}
	for _, text := range c.Values {
		if likes(c.Operator) {
			text = literalStart(text)
		}
		family, org, ok := subject.Classify(text)
		if !ok || !slices.Contains(v.orgs, org) || strings.Contains(text, "$") {
			return nil, false
		}
		starts := [...]string{
			"pulumi:environments:org:" + org + ":env:",
			"pulumi:environments:pulumi.organization.login:" + org + ":currentEnvironment.name:",
			"pulumi:environments:pulumi.organization.login:" + org + ":rootEnvironment.name:",
			"pulumi:deploy:org:" + org + ":project:",
		}
		end := "/"
		if family == subject.Deploy {
			end = ":"
		}
		i := slices.IndexFunc(starts[:], func(s string) bool { return strings.HasPrefix(text, s) })
		if i < 0 {
			return nil, false
		}
		project, _, closed := strings.Cut(text[len(starts[i]):], end)
		if !closed || strings.Contains(project, ":") {
			return nil, false
		}
		if len(projects) == 0 || projects[len(projects)-1] != project {
			projects = append(projects, project)
		}
	}
	return projects, true
}

// literalStart is a pattern up to its first wildcard or escape.
func literalStart(text string) string {
	if at := strings.IndexAny(text, "*?$"); at >= 0 {
		return text[:at]
	}
	return text
}
