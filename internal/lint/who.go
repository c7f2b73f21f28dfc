package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// who are the rules about who gets in.
func (v *view) who() {
	for _, g := range v.grants {
		v.untested(g)
		v.openAudiences(g)
		v.missingKeys(g)
		v.insideNames(g)
	}
	if len(v.grants) == 0 {
		return
	}
	if projects, ok := v.narrow(); ok && v.pulumi() && !v.l.thorough {
		if v.known && !slices.Equal(projects, []string{v.env.Project}) {
			v.projects(v.env.Org)
		}
		return
	}
	v.yaml()
	v.escapes()
	if !v.pulumi() {
		return
	}
	for _, org := range v.orgs {
		v.families(org)
		v.projects(org)
		v.everyEnvironment(org)
	}
}

// pulumi tells whether the issuer is one whose subjects name organizations,
// projects and environments: Pulumi Cloud's first, self-hosted or not.
func (v *view) pulumi() bool { return strings.HasSuffix(v.host, "/oidc") }

func (v *view) isV2() bool { return strings.HasSuffix(v.host, "/oidc/v2") }

// set is the set of tokens that a document admits.
func (v *view) set(d policy.Document) access.Set {
	return access.Of(d, v.accessIssuer())
}

func (v *view) accessIssuer() access.Issuer {
	return access.Issuer{Host: v.host, Provider: string(v.provider)}
}

func (v *view) options() access.Options {
	return access.Options{Issuer: v.accessIssuer(), Budget: v.budget}
}

// without is the role's policy with a Deny for some subjects, so that one can
// ask for others.
func (v *view) without(subjects ...string) policy.Document {
	d := v.role.Trust
	if len(subjects) == 0 {
		return d
	}
	d.Statements = append(slices.Clip(d.Statements), policy.Statement{
		Effect: policy.Deny, Principals: []policy.Principal{{Type: "Federated", Value: string(v.provider)}}, Actions: []string{access.Action},
		Conditions: []policy.Condition{{Operator: "StringLike", Key: v.key("sub"), Values: subjects}},
	})
	return d
}

// found turns an answer into a finding: one with the witness as its proof, one
// that says that nothing was decided, or none. detail is given the subject that
// the answer shows, quoted.
func (v *view) found(a access.Answer, f Finding, example string, detail func(subject string) string) {
	switch a.Outcome {
	case access.Undecided:
		v.unanswered(a.Open, f.Code)
	case access.Some:
		text := "a subject that is too long to write out"
		if a.Witness != nil {
			text = shown(a.Witness.Sub)
			f.Proof = v.witnessed(a, example)
			f.Pos = v.place(a.Witness.Sub)
		} else {
			f.Proof = words(example)
		}
		f.Detail = detail(text)
		if a.If != nil {
			f.Detail += " That is so if " + few(a.If, 3) + "."
		}
		v.report(f)
	}
}

// unanswered says that whether a rule finds anything was not decided.
func (v *view) unanswered(open []access.Doubt, code string) {
	var why, decides []string
	for _, d := range open {
		why, decides = append(why, d.Why), append(decides, d.Decides)
	}
	rule, _ := ruleOf(code)
	v.undecided(fmt.Sprintf("Whether %s (%s) holds here was not decided: %s.", code, strings.ToLower(rule.Summary), few(unique(why), 3)),
		few(unique(decides), 3), code)
}

// witnessed puts a witness to the policy's evaluation. Where an unknown
// condition decides, that answers nothing.
func (v *view) witnessed(a access.Answer, example string) *Proof {
	w := *a.Witness
	request := v.accessIssuer().Request(w)
	p := &Proof{Audience: w.Aud, Subject: w.Sub, Text: example, request: request}
	for _, c := range w.Others {
		if p.Keys == nil {
			p.Keys = map[string][]string{}
		}
		p.Keys[c.Key] = c.Values
	}
	if a.If == nil {
		admitted := policy.Evaluate(v.role.Trust, request).Allowed
		p.Admitted = &admitted
	}
	return p
}

// place is where the value stands that a subject matches.
func (v *view) place(s string) trust.Pos {
	if len(v.role.Source) == 0 {
		return trust.Pos{}
	}
	for _, g := range v.grants {
		if values := v.passing(g, s); len(values) > 0 {
			return v.at(values, "trust[0].subs")
		}
	}
	return v.role.Source["trust[0].subs"]
}

// subjectsOf are patterns of every subject of an organization's tokens.
func subjectsOf(org string) []string {
	return []string{
		"pulumi:environments:org:" + org + ":*", "pulumi:environments:pulumi.organization.login:" + org + ":*",
		"pulumi:deploy:org:" + org + ":*", subject.CustomerKeySubject(org),
	}
}

// escapes finds tokens of organizations that are not the role's own. Where the
// policy names none, two that get in are one too many.
func (v *view) escapes() {
	remedy := "Name the organization in every subject, up to the colon behind it, and test the audience by StringEquals."
	if v.isV2() {
		v.escapesV2()
		return
	}
	if !v.pulumi() {
		return
	}
	orgs := v.orgs
	if len(orgs) == 0 {
		a := v.set(v.role.Trust).Within("").Inhabited(v.options())
		if a.Witness == nil {
			return
		}
		_, org, ok := subject.Classify(a.Witness.Sub)
		if !ok {
			return
		}
		orgs = []string{org}
	}
	var others []string
	for _, org := range orgs[1:] {
		others = append(others, subjectsOf(org)...)
	}
	v.found(v.set(v.without(others...)).EscapesOrg(orgs[0], v.options()), Finding{Code: otherOrg, Remedy: remedy},
		"a token of another organization", func(sub string) string {
			return fmt.Sprintf("The subject %s is admitted, and its organization is none of the role's own (%s).", sub, list(orgs))
		})
}

// escapesV2 looks for a second organization's id: the audience of the second
// issuer is chosen by whoever asks for the token, so the subject alone tells
// organizations apart.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/custom-audience/
func (v *view) escapesV2() {
	first := v.set(v.role.Trust).Within("").Inhabited(v.options())
	if first.Witness == nil {
		return
	}
	rest, ok := strings.CutPrefix(first.Witness.Sub, "pulumi:org:")
	id, _, more := strings.Cut(rest, ":")
	if !ok || !more {
		return
	}
	v.found(v.set(v.without("pulumi:org:"+id+":*")).Within("").Inhabited(v.options()),
		Finding{Code: otherOrg, Remedy: "Name one organization's id in every subject: pulumi:org:ID:env:ID."},
		"a token of another organization", func(sub string) string {
			return fmt.Sprintf("Besides the organization with the id %s, the subject %s is admitted; whoever asks for a token of this issuer chooses its audience.", shown(id), sub)
		})
}

// families finds kinds of tokens that nobody named: those of Deployments and
// of customer-managed keys have the audiences that environments have, so the
// subject alone tells them apart.
// https://www.pulumi.com/docs/administration/guides/customer-managed-keys/
func (v *view) families(org string) {
	named := map[subject.Family]bool{subject.Environments: v.known}
	for _, g := range v.grants {
		for _, value := range v.values(g.Statement, "sub") {
			if family, _, ok := subject.Classify(value.text); ok {
				named[family] = true
			}
		}
	}
	if !named[subject.Environments] && !named[subject.Deploy] && !named[subject.CustomerKey] {
		named[subject.Environments] = true
	}
	set := v.set(v.role.Trust)
	for _, family := range []subject.Family{subject.Environments, subject.Deploy, subject.CustomerKey} {
		if named[family] {
			continue
		}
		v.found(set.Family(family, org, v.options()), Finding{
			Code:   otherFamily,
			Remedy: "Begin every subject with what it is for: pulumi:environments:org:" + org + ":env:… for environments, pulumi:deploy:org:" + org + ":… for Deployments.",
		}, "a token of "+familyName(family), func(sub string) string {
			return fmt.Sprintf("The tokens of %s are admitted too, such as %s, though no subject names them.", familyName(family), sub)
		})
	}
}

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
		return fmt.Sprintf("The subject %s is admitted, which is not of the project %s: whoever may write there may use this role.", sub, shown(v.env.Project))
	}
	for _, g := range v.grants {
		// Of the legacy project's subjects most name no project, which makes
		// the exact question long: an example settles it at once.
		if t, ok := v.admits(g, namesOf(org)...); ok && v.env.Project == "default" && signs(t) {
			f.Detail, f.Proof, f.Pos = detail(shown(t.subject)), v.proof(t, example), v.place(t.subject)
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
			Detail: fmt.Sprintf("All that %s matches is admitted: every %s of organization %s, also those that will be made later.", shown(all.pattern), all.what, org),
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
