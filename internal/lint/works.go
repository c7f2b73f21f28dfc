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

// works are the rules about what cannot work.
func (v *view) works() {
	for _, s := range v.role.Trust.Statements {
		if v.speaks(s) {
			v.literalWildcards(s)
			v.unfilledKeys(s)
		}
	}
	for _, g := range v.grants {
		v.dead(g)
	}
	v.own()
}

// ownAttributes are the subject attributes of the environment's own file; ok
// is false where there is none to tell.
func (v *view) ownAttributes() ([]subject.Attribute, bool) {
	file := v.l.declared[v.environmentName()]
	if file == nil {
		return nil, false
	}
	if file.Document != nil {
		return attributes(file.Document.Login), true
	}
	if file.Login == nil {
		return nil, false
	}
	return attributes(*file.Login), true
}

// own finds an environment whose own token its role refuses: a spelling that
// is refused, or, where the file leaves the subject open or is not known,
// every one.
func (v *view) own() {
	if !v.known || !v.pulumi() {
		return
	}
	f := Finding{
		Code:   ownRefused,
		Remedy: "Add env_sub(\"" + v.env.Project + "/" + v.env.Name + "\") to subs; compare the order of the subject_attributes, letter case and the audience.",
	}
	attrs, told := v.ownAttributes()
	if told {
		if t, refused := v.refuses(v.env, attrs); refused {
			f.Detail = fmt.Sprintf("Environment %s logs in with the subject %s and the audience %s, and its role %s refuses that.", v.env, visible.Quote(t.subject), visible.Quote(t.audience), v.role.Name)
			f.Proof = v.proof(t, "the environment's own token")
			v.report(f)
			return
		}
	}
	subjects := v.env.Subjects(attrs, subject.Claims{})
	if !told {
		if v.admitsUsual() {
			return
		}
		subjects = subject.Reference{Org: v.env.Org, Environment: v.env.Project + "/" + v.env.Name}.Every()
	} else if !slices.ContainsFunc(subjects, subject.IsPattern) {
		return
	}
	e := access.Environment{Name: v.env.String(), Audience: v.env.Audience(), Subjects: subjects}
	switch a := v.set(v.role.Trust).Meets(e, v.options()); a.Outcome {
	case access.None:
		t := token{e.Audience, strings.ReplaceAll(subjects[0], "*", "anybody"), nil}
		f.Detail = fmt.Sprintf("No token that environment %s can have, such as one with the subject %s, is admitted by its role %s.", v.env, visible.Quote(t.subject), v.role.Name)
		f.Proof = v.proof(t, "a token of the environment")
		v.report(f)
	case access.Undecided:
		v.unanswered(a.Open, f.Code)
	}
}

// admitsUsual tells whether the environment's token under the usual subject
// attributes, or none, is admitted, or may be.
func (v *view) admitsUsual() bool {
	for _, attrs := range [][]subject.Attribute{{subject.CurrentEnvironment}, nil} {
		for _, s := range v.env.Subjects(attrs, subject.Claims{}) {
			if d := v.ask(v.role.Trust, v.context(token{v.env.Audience(), s, v.unknown()})); d.Allowed || d.Unknown {
				return true
			}
		}
	}
	return false
}

// least is what must be left of a role's budget to ask about one value more.
const least = 20_000

// dead finds values that no token matches, under the audiences of their
// statement; other conditions are taken to hold.
func (v *view) dead(g grant) {
	aud := v.on(g.Statement, "aud")
	taken := map[string]bool{}
	takes := func(a string) bool {
		ok, known := taken[a]
		if !known {
			ok = v.holds(aud, policy.Context{v.key("aud"): policy.Is(a)})
			taken[a] = ok
		}
		return ok
	}
	for _, c := range v.on(g.Statement, "sub") {
		negated := strings.Contains(c.Operator, "Not")
		if c.Operator == "Null" {
			continue
		}
		for _, text := range c.Values {
			value := tested{text, c.Operator}
			if !likes(c.Operator) && v.hasWildcard(text) || v.alive(value, takes) {
				continue
			}
			one := policy.Condition{Operator: strings.Replace(c.Operator, "Not", "", 1), Key: c.Key, Values: []string{text}}
			s := policy.Statement{Effect: policy.Allow, Principals: g.Principals, Actions: []string{access.Action}, Conditions: append(slices.Clip(aud), one)}
			f := Finding{
				Code: deadPattern, Pos: v.at([]tested{value}, "trust[0].subs"),
				Proof:  words("no subject that the issuer signs, under " + v.under(g) + ", matches " + visible.Quote(text)),
				Remedy: "Spell it as tokens do (env_sub and deploy_sub do that), or take it out. Deployments and the legacy project have the bare organization as their audience, all else has aws:ORG.",
			}
			f.Detail = fmt.Sprintf("No token matches %s under %s, so it admits nobody.", visible.Quote(text), v.under(g))
			if negated {
				f.Detail = fmt.Sprintf("No token matches %s under %s, so it excludes nobody.", visible.Quote(text), v.under(g))
			}
			if v.budget.Left() < least {
				v.unanswered([]access.Doubt{{Why: "the role's policy takes longer than the budget allows", Decides: "fewer patterns"}}, f.Code)
				return
			}
			a := v.set(policy.Document{Version: v.role.Trust.Version, Statements: []policy.Statement{s}}).Within("").Inhabited(v.options())
			switch a.Outcome {
			case access.None:
				v.report(f)
			case access.Undecided:
				v.unanswered(a.Open, f.Code)
			}
		}
	}
}

// alive tells at a glance that a token matches a value.
func (v *view) alive(value tested, takes func(audience string) bool) bool {
	if !v.pulumi() {
		return false
	}
	for _, run := range [...]string{"x", "x/x"} {
		s, ok := v.fill(value, run)
		if !ok {
			return false
		}
		if slices.ContainsFunc(subject.Audiences(s), takes) {
			return true
		}
	}
	return false
}
