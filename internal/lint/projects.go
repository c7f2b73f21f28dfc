package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/visible"
)

// projects finds tokens of other projects than the environment's.
func (v *view) projects(org string) {
	if !v.known || org != v.env.Org {
		return
	}
	f := Finding{
		Code:   otherProject,
		Remedy: "Name the project in every subject, or give the other project a role of its own; where it is meant, accept this finding.",
	}
	const example = "a token of another project"
	detail := func(sub string) string {
		return fmt.Sprintf("The subject %s is admitted, which is not of the project %s: whoever may write there may use this role.", sub, visible.Quote(v.env.Project))
	}
	for _, g := range v.grants {
		// Of the legacy project's subjects most name no project, which makes
		// the exact question long: an example settles it at once.
		if t, ok := v.admits(g, namesOf(org)...); ok && v.env.Project == "default" && signs(t) {
			f.Detail, f.Proof, f.Pos = detail(visible.Quote(t.subject)), v.proof(t, example), v.place(t.subject)
			v.report(f)
			return
		}
	}
	others := v.without(yamlOf(org)) // of which the project is not told
	ask := func(d policy.Document) access.Answer {
		return v.set(d).OtherProjects(org, []string{v.env.Project}, v.options())
	}
	a := ask(others)
	if v.env.Project == "default" && a.Witness != nil && !strings.Contains(a.Witness.Sub, "/") {
		a = ask(v.slashes(others))
	}
	if a.Outcome == access.None {
		own := "pulumi:deploy:org:" + org + ":project:" + v.env.Project + ":*"
		a = v.set(v.without(own)).Family(subject.Deploy, org, v.options())
	}
	if a.Witness != nil && v.inCaseOnly(org) {
		f.Severity = Info
		plain := detail
		detail = func(sub string) string {
			return plain(sub) + " The two differ in letter case alone: StringEquals would keep them apart."
		}
	}
	v.found(a, f, example, detail)
}

// namesOf are subjects of an environment that nobody named.
func namesOf(org string) []string {
	e := subject.Environment{Org: org, Project: "any-project", Name: "any-environment"}
	current := e.Subjects([]subject.Attribute{subject.CurrentEnvironment}, subject.Claims{})
	return append(append(e.Subjects(nil, subject.Claims{}), current...), current[0]+":"+string(subject.RootEnvironment)+":any-environment")
}

// slashes is a policy without the subjects that name no project, which are of
// the legacy one.
func (v *view) slashes(d policy.Document) policy.Document {
	deny := d.Statements[len(d.Statements)-1]
	deny.Conditions = []policy.Condition{{Operator: "StringNotLike", Key: v.key("sub"), Values: []string{"*/*"}}}
	d.Statements = append(slices.Clip(d.Statements), deny)
	return d
}

// inCaseOnly tells whether other projects get in by StringEqualsIgnoreCase
// alone, so that their names differ from the environment's in letter case.
func (v *view) inCaseOnly(org string) bool {
	exact := v.role.Trust
	exact.Statements = slices.Clone(exact.Statements)
	folds := false
	for i := range exact.Statements {
		s := &exact.Statements[i]
		s.Conditions = slices.Clone(s.Conditions)
		for j, c := range s.Conditions {
			if s.Effect == policy.Allow && v.isKey(c.Key, "sub") && strings.HasSuffix(c.Operator, "StringEqualsIgnoreCase") {
				s.Conditions[j].Operator, folds = strings.TrimSuffix(c.Operator, "IgnoreCase"), true
			}
		}
	}
	return folds && v.set(exact).OtherProjects(org, []string{v.env.Project}, v.options()).Outcome == access.None
}
