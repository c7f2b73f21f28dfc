package lint

import (
	"fmt"
	"slices"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/visible"
)

// everyEnvironment finds roles that any environment, or any deployment, of the
// organization may use, by comparing with a policy that says just that.
func (v *view) everyEnvironment(org string) {
	remedy := "Name the environments or projects that need the role; every other one, also a future one, gets in otherwise."
	for _, all := range v.everything(org) {
		if !v.ask(v.role.Trust, v.context(token{all.audience, all.probe, v.unknown()})).Allowed {
			continue
		}
		d := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{
			Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: string(v.provider)}}, Actions: []string{access.Action},
			Conditions: []policy.Condition{
				{Operator: "StringEquals", Key: v.key("aud"), Values: []string{all.audience}},
				{Operator: "StringLike", Key: v.key("sub"), Values: []string{all.pattern}},
			},
		}}}
		o := v.options()
		o.Org = org
		side := access.Compare(v.role.Trust, d, o).Gained
		switch side.Outcome {
		case access.Some:
			continue
		case access.Undecided:
			v.unanswered(side.Open, everyEnvironment)
			return
		}
		t := token{all.audience, all.probe, nil}
		v.report(Finding{
			Code: everyEnvironment, Pos: v.place(all.probe),
			Detail: fmt.Sprintf("All that %s matches is admitted: every %s of organization %s, also those that will be made later.", visible.Quote(all.pattern), all.what, org),
			Proof:  v.proof(t, "a token of one that nobody named"), Remedy: remedy,
		})
		return
	}
	v.nameless(org)
}

// nameless finds subjects that name no environment at all, so that every one
// of the organization carries them.
func (v *view) nameless(org string) {
	d := v.without("pulumi:environments:org:*", "*:currentEnvironment.name:*", "*:rootEnvironment.name:*")
	v.found(v.set(d).Family(subject.Environments, org, v.options()), Finding{
		Code:   everyEnvironment,
		Remedy: "List currentEnvironment.name among the subject_attributes, and name the environment.",
	}, "a token that any environment may ask for", func(sub string) string {
		return fmt.Sprintf("The subject %s is admitted, which names no environment: every one of organization %s can ask for such a token.", sub, org)
	})
}

// whole is everything of one kind that an organization has.
type whole struct{ what, audience, pattern, probe string }

func (v *view) everything(org string) []whole {
	const name = "any-project/any-environment"
	named := "aws:" + org
	out := []whole{
		{"environment", named, "pulumi:environments:org:" + org + ":env:*/*", "pulumi:environments:org:" + org + ":env:" + name},
		{"environment", org, "pulumi:environments:org:" + org + ":env:*", "pulumi:environments:org:" + org + ":env:any-environment"},
		{"deployment", org, "pulumi:deploy:org:" + org + ":*", subject.Deployment{Org: org, Project: "any-project", Stack: "any-stack", Operation: "update"}.Subject()},
	}
	lists := [][]subject.Attribute{{subject.CurrentEnvironment}}
	if own, ok := v.ownAttributes(); ok && len(own) > 0 {
		lists = append(lists, own)
	}
	for _, attrs := range lists {
		if !slices.Contains(attrs, subject.CurrentEnvironment) && !slices.Contains(attrs, subject.RootEnvironment) {
			continue
		}
		pattern := subject.Reference{Org: org, Environment: "*/*"}.Expand(attrs)[0]
		probe := subject.Environment{Org: org, Project: "any-project", Name: "any-environment"}.Subjects(attrs, subject.Claims{User: "anybody", Team: "any", TokenType: "any"})[0]
		out = append(out, whole{"environment", named, pattern, probe})
	}
	return out
}
