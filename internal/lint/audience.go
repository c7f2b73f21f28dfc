package lint

import (
	"fmt"
	"slices"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// openAudiences finds a statement that takes an audience nobody wrote down: a
// pattern that another organization's name matches, or no test at all.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/aws/
func (v *view) openAudiences(g grant) {
	conditions := v.on(g.Statement, "aud")
	takes := func(a string) bool {
		return v.holds(conditions, policy.Context{v.key("aud"): policy.Is(a)})
	}
	remedy := "Test the audience letter by letter: StringEquals on " + v.key("aud") + ", one statement for each audience."
	stranger := "aws:any-organization"
	if takes(stranger) && takes("any-audience") {
		t, ok := v.admitsUnder(g, stranger)
		if !ok {
			return
		}
		v.report(Finding{
			Code: openAudience, Pos: v.role.Source["trust[0].subs"],
			Detail: fmt.Sprintf("%s does not test %s, by which tokens say what they are for: one made for any other purpose is as good here.", v.statement(g), v.key("aud")),
			Proof:  v.proof(t, "an audience that nobody named"), Remedy: remedy,
		})
		return
	}
	for _, value := range v.values(g.Statement, "aud") {
		if !v.wild(value) {
			continue
		}
		for _, run := range [...]string{"-evil", "evil", "x", ""} {
			other, ok := v.fill(value, run)
			if !ok || other == "" || slices.Contains(v.orgs, orgOf(other)) || !takes(other) {
				continue
			}
			t, ok := v.admitsUnder(g, other)
			if !ok {
				continue
			}
			v.report(Finding{
				Code: openAudience, Pos: v.role.Source["trust[0].subs"],
				Detail: fmt.Sprintf("%s tests %s by the pattern %s, which the audience %s matches as well: anybody may register an organization whose name does.", v.statement(g), v.key("aud"), visible.Quote(value.text), visible.Quote(other)),
				Proof:  v.proof(t, "an audience of somebody else's"), Remedy: remedy,
			})
			break
		}
	}
}

// admitsUnder finds a token for an audience that the whole policy admits: one
// of the audience's own organization if there is such.
func (v *view) admitsUnder(g grant, audience string) (token, bool) {
	for _, s := range append(v.anyOf(orgOf(audience)), v.subjects(g)...) {
		for _, keys := range v.rest(g, "") {
			t := token{audience, s, keys}
			if v.ask(v.role.Trust, v.context(t)).Allowed {
				return t, true
			}
		}
	}
	return token{}, false
}
