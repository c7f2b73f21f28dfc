package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// webIdentity is the one action of a statement for an OpenID Connect issuer.
const webIdentity = "sts:AssumeRoleWithWebIdentity"

// trustPolicy is an environment's trust policy and what it was composed of.
type trustPolicy struct {
	document policy.Document
	clear    bool // nothing in it is a mistake or unknown
	grants   []grant
	others   bool   // it has statements for other principals
	host     string // what the issuer's condition keys begin with
}

// grant is one statement for the issuer: subjects under one audience.
type grant struct {
	audience string
	subs     []sub
	except   []sub
	at       hcl.Range
}

// trustPolicy composes the trust policy: a statement for each audience of each
// trust block, then the statements for other principals.
func (e *environment) trustPolicy(role layered, source sources) trustPolicy {
	p := trustPolicy{clear: true}
	for i, b := range e.trustBlocks() {
		grants, ok := e.grants(b, source, i)
		p.grants = append(p.grants, grants...)
		p.clear = p.clear && ok
	}
	other, places, ok := e.additionalTrust(source.of("role.additional_trust", e.get(role, "additional_trust", cty.DynamicPseudoType)))
	p.clear = p.clear && ok
	p.others = len(other) > 0
	if e.account == nil || e.issuer == nil {
		p.clear = false
		return p
	}
	p.host = trust.IssuerHost(e.issuer.URL)
	p.document.Version = policy.Version2012
	for _, g := range p.grants {
		p.document.Statements = append(p.document.Statements, g.statement(e.providerARN(), p.host))
	}
	p.document.Statements = append(p.document.Statements, other...)
	if p.clear {
		e.checkTrust(p, places)
	}
	p.document = p.document.Canonical()
	if p.clear {
		e.checkSize(p)
	}
	return p
}

// trustBlocks are the environment's trust blocks; subs and except_subs written
// straight in the environment, or nothing at all, are one.
func (e *environment) trustBlocks() []block {
	short := block{at: e.block.at, attrs: hcl.Attributes{}}
	for _, name := range []string{"subs", "except_subs"} {
		a := e.block.attrs[name]
		if a == nil {
			continue
		}
		short.attrs[name] = a
		if len(e.block.trusts) > 0 {
			e.problem(mistakef(a.NameRange, "Subjects in two places",
				"%s straight in an environment is the short form of one trust block, and this environment has trust blocks as well. Move it into one of them.", name))
		}
	}
	if len(e.block.trusts) > 0 {
		return e.block.trusts
	}
	return []block{short}
}

// grants are the statements of one trust block, the index'th.
func (e *environment) grants(b block, source sources, index int) (list []grant, ok bool) {
	audience, audienceOK := e.checkAudience(e.eval(b.attrs["audience"], cty.String))
	subs, subsOK := e.admitted(source.of(fmt.Sprintf("trust[%d].subs", index), e.eval(b.attrs["subs"], textList)))
	except, exceptOK := e.subs(source.of(fmt.Sprintf("trust[%d].except_subs", index), e.eval(b.attrs["except_subs"], textList)), true)
	ok = audienceOK && subsOK && exceptOK
	for _, s := range subs {
		under := audience
		switch {
		case !audienceOK:
			continue
		case under != "" && !s.fits(under):
			e.problem(mistakef(s.at, "Audience does not fit",
				"A token with a subject like %q carries the audience %q, never %q. Leave the audience out, and it is derived, or give the subject a trust block of its own.", s.text, s.audience, under))
			ok = false
			continue
		case under == "":
			under = s.audience
		}
		if under == "" {
			e.problem(mistakef(s.at, "Missing audience",
				"The audience of tokens with a subject like %q cannot be told from it, and a trust policy must test the audience. Say it: trust { subs = …, audience = \"aws:ORG\" }.", s.text))
			ok = false
			continue
		}
		source.at["sub:"+s.text] = source.scope.pos(s.at)
		i := slices.IndexFunc(list, func(g grant) bool { return g.audience == under })
		if i < 0 {
			i, list = len(list), append(list, grant{audience: under, at: b.at})
		}
		list[i].subs = appendSub(list[i].subs, s)
	}
	for _, s := range except {
		fits := false
		for i := range list {
			if s.fits(list[i].audience) {
				list[i].except = appendSub(list[i].except, s)
				fits = true
			}
		}
		if !fits && ok {
			e.problem(cautionf(s.at, "Nothing to except",
				"Tokens with a subject like %q carry the audience %q, under which this trust block admits nothing, so the exception is without effect.", s.text, s.audience))
		}
	}
	return list, ok
}

func appendSub(list []sub, s sub) []sub {
	if slices.ContainsFunc(list, func(t sub) bool { return t.text == s.text }) {
		return list
	}
	return append(list, s)
}

// admitted are the subjects of a trust block's subs: left out, exactly those
// that the environment's own token carries.
func (e *environment) admitted(v value) (list []sub, ok bool) {
	if v.state != absent {
		list, ok = e.subs(v, false)
		if ok && len(list) == 0 {
			e.problem(mistakef(v.at(), "No subjects",
				"A statement that tests no subject would admit every token of the organization. Name at least one, or leave subs out for the environment's own."))
			return nil, false
		}
		return list, ok
	}
	if !e.known || !e.attrsOK {
		return nil, false
	}
	list = e.own()
	if slices.ContainsFunc(list, func(s sub) bool { return s.pattern }) {
		e.problem(cautionf(e.attributesAt(), "Subjects left open",
			"The subject attributes include the user, the team or the type of the token, so that the environment's own subject is a pattern: %s. To fill them in, write subs = [env_sub({ environment = %q, user = … })].", list[0].text, e.id.Project+"/"+e.id.Name))
	}
	return list, true
}

// statement is the policy statement of a grant. It always tests the audience,
// letter by letter, and the subject. Two operators on one key would both have
// to hold, so a list with any pattern in it is one StringLike list.
func (g grant) statement(provider trust.ARN, host string) policy.Statement {
	s := policy.Statement{
		Effect:     policy.Allow,
		Principals: []policy.Principal{{Type: "Federated", Value: string(provider)}},
		Actions:    []string{webIdentity},
		Conditions: []policy.Condition{{Operator: "StringEquals", Key: host + ":aud", Values: []string{g.audience}}},
	}
	test := func(subs []sub, literal, pattern string) {
		if len(subs) == 0 {
			return
		}
		c := policy.Condition{Operator: literal, Key: host + ":sub"}
		for _, sub := range subs {
			c.Values = append(c.Values, sub.text)
			if sub.pattern {
				c.Operator = pattern
			}
		}
		s.Conditions = append(s.Conditions, c)
	}
	test(g.subs, "StringEquals", "StringLike")
	test(g.except, "StringNotEquals", "StringNotLike")
	return s
}

// additionalTrust are statements for principals other than a declared
// issuer's provider, with the place of each.
func (e *environment) additionalTrust(v value) (statements []policy.Statement, places []hcl.Range, ok bool) {
	if v.state != stated {
		return nil, nil, v.state == absent
	}
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		e.problem(mistakef(v.at(), "Invalid additional_trust", "additional_trust takes a list of statements, and this is %s.", t.FriendlyName()))
		return nil, nil, false
	}
	ok = true
	for i, element := range v.AsValueSlice() {
		at := v.itemAt(i)
		if !element.IsWhollyKnown() {
			ok = false
			continue
		}
		wrong := func(format string, args ...any) {
			e.problem(mistakef(at, "Invalid additional_trust", format, args...))
			ok = false
		}
		text, err := ctyjson.Marshal(element, element.Type())
		if err != nil || !element.Type().IsObjectType() && !element.Type().IsMapType() {
			wrong("A statement is an object with IAM's own elements, such as { Effect = \"Allow\", Principal = { Service = \"…\" }, Action = \"sts:AssumeRole\" }.")
			continue
		}
		if !e.plain(string(text), func() hcl.Range { return at }) {
			ok = false
			continue
		}
		d, err := policy.Parse(`{"Version":"` + policy.Version2012 + `","Statement":[` + string(text) + `]}`)
		if err != nil {
			wrong("This is not a statement of a trust policy: %s.", err)
			continue
		}
		for _, s := range d.Statements {
			for _, principal := range append(s.Principals, s.NotPrincipals...) {
				if issuer := e.c.issuerWith(principal); issuer != "" {
					wrong("The statement is for the provider of issuer %q. Who of its tokens may assume the role is said by subs and by trust blocks, which test what has to be tested.", issuer)
				}
			}
			e.inPartition(s.Principals)
			statements = append(statements, s)
			places = append(places, at)
		}
	}
	return statements, places, ok
}

// inPartition writes account numbers as the ARNs that IAM gives back for them
// outside the partition aws.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
func (e *environment) inPartition(list []policy.Principal) {
	if e.account == nil || e.account.Partition == "aws" {
		return
	}
	for i, p := range list {
		if p.Type == "AWS" && policy.IsAccountID(p.Value) {
			list[i].Value = "arn:" + e.account.Partition + ":iam::" + p.Value + ":root"
		}
	}
}

// issuerWith is the name of the declared issuer whose provider a principal is.
func (c *compiler) issuerWith(p policy.Principal) string {
	_, host, ok := strings.Cut(p.Value, ":oidc-provider/")
	if !ok {
		return ""
	}
	for i := range c.issuers {
		if strings.EqualFold(trust.IssuerHost(c.issuers[i].URL), host) {
			return c.issuers[i].Name
		}
	}
	return ""
}

// checkTrust holds the policy, as composed, to IAM's own rules.
func (e *environment) checkTrust(p trustPolicy, places []hcl.Range) {
	for _, violation := range policy.CheckTrust(p.document) {
		at := e.block.at
		switch i := violation.Statement; {
		case i < 0:
		case i < len(p.grants):
			at = p.grants[i].at
		default:
			at = places[i-len(p.grants)]
		}
		e.problem(mistakef(at, "Invalid trust policy", "IAM would refuse the trust policy of environment %s: %s", e, violation.Message))
	}
}

// checkSize measures what is sent.
func (e *environment) checkSize(p trustPolicy) {
	switch n := policy.Size(p.document.String()); {
	case n > trust.MaxTrust:
		e.problem(mistakef(e.block.at, "Trust policy too long",
			"The trust policy of environment %s has %d characters, white space not counted, and IAM takes at most %d. Replace several subjects by one pattern, or share the work among environments.", e, n, trust.MaxTrust))
	case n > trust.UsualTrust:
		e.problem(cautionf(e.block.at, "Long trust policy",
			"The trust policy of environment %s has %d characters, white space not counted. An account takes %d unless its quota was raised; a plan asks the account.", e, n, trust.UsualTrust))
	}
}
