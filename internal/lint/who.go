package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
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
			text = visible.Quote(a.Witness.Sub)
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
			return fmt.Sprintf("Besides the organization with the id %s, the subject %s is admitted; whoever asks for a token of this issuer chooses its audience.", visible.Quote(id), sub)
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
