package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/subject"
)

// sub is one subject, or pattern, that a trust block names.
type sub struct {
	text     string
	pattern  bool   // it has wildcards
	audience string // of the tokens that carry it; "" where it cannot be told
	org      string // "" where it cannot be told
	// either is set where the pattern may mean environments of the legacy
	// project as well as of others, whose audiences differ.
	either bool
	family subject.Family
	at     hcl.Range
}

func newSub(text string, at hcl.Range) sub {
	return sub{text: text, pattern: strings.ContainsAny(text, "*?") && subject.IsPattern(text), at: at}
}

// fits reports whether a token may carry the subject under an audience. What
// cannot be told fits.
func (s sub) fits(audience string) bool {
	if s.org == "" || audience == s.audience {
		return true
	}
	return s.either && (audience == s.org || audience == "aws:"+s.org)
}

// subs are the subjects that a list names: references expanded, the rest as
// written; ok is false where not all are clear. A reference to a declared
// environment is expanded with that environment's subject attributes, any other
// with the caller's; in except_subs with those of every environment of the
// organization, so that nothing slips through between two ways to spell it.
func (e *environment) subs(v value, except bool) (list []sub, ok bool) {
	items, ok := e.texts(v)
	for _, i := range items {
		at := v.itemAt(i.index)
		if ref, is := subject.DecodeReference(i.text); is {
			attrs, clear := e.attrs, e.attrsOK
			if target := e.c.declared[ref.Org+"/"+ref.Environment]; target != nil {
				attrs, clear = target.attrs, target.attrsOK && (!except || clear)
			}
			ok = e.checkClaims(ref, attrs, at, except) && ok && clear
			texts := ref.Expand(attrs)
			if except {
				for _, others := range append(e.c.attributeLists(ref.Org), e.attrs) {
					texts = append(texts, ref.Expand(others)...)
				}
				slices.Sort(texts)
				texts = slices.Compact(texts)
			}
			for _, text := range texts {
				s := newSub(text, at)
				s.audience, s.org, s.either, s.family = ref.Audience(), ref.Org, ref.IsPattern(), subject.Environments
				list = append(list, s)
			}
			continue
		}
		if !e.checkSubject(i.text, at) {
			ok = false
			continue
		}
		s := newSub(i.text, at)
		s.family, s.org, _ = subject.Classify(i.text)
		var told bool
		s.audience, told = subject.AudienceOf(i.text)
		s.either = s.family == subject.Environments && (!told || s.pattern)
		list = append(list, s)
	}
	return list, ok
}

// checkClaims refuses a reference that asks for a user, a team or a token type
// which the subject it stands for does not show: anyone's would be admitted.
// As an exception it excludes more than it says, which is safe.
func (e *environment) checkClaims(ref subject.Reference, attrs []subject.Attribute, at hcl.Range, except bool) bool {
	var unseen []string
	for _, claim := range []struct {
		value string
		attr  subject.Attribute
	}{{ref.User, subject.UserLogin}, {ref.Team, subject.TokenTeam}, {ref.TokenType, subject.TokenType}} {
		if claim.value != "" && claim.value != "*" && !slices.Contains(attrs, claim.attr) {
			unseen = append(unseen, string(claim.attr))
		}
	}
	if len(unseen) == 0 {
		return true
	}
	const summary = "The subject does not show this"
	list := strings.Join(unseen, " and ")
	if except {
		e.problem(cautionf(at, summary, "Tokens of environment %s do not carry %s in their subject, so the exception holds for all of them, whoever they are.", ref.Environment, list))
		return true
	}
	e.problem(mistakef(at, summary, "Tokens of environment %s do not carry %s in their subject, so anyone who can open it would be admitted. Add it to the environment's esc.subject_attributes, or take it out here.", ref.Environment, list))
	return false
}

// attributeLists are the lists of subject attributes that the declared
// environments of an organization have, each once.
func (c *compiler) attributeLists(org string) [][]subject.Attribute {
	if c.lists == nil {
		c.lists = map[string][][]subject.Attribute{}
		for _, e := range c.all {
			known := c.lists[e.org.name]
			if e.attrsOK && !slices.ContainsFunc(known, func(list []subject.Attribute) bool { return slices.Equal(list, e.attrs) }) {
				c.lists[e.org.name] = append(known, e.attrs)
			}
		}
	}
	return slices.Clone(c.lists[org])
}

// own are the subjects that the environment's own token carries.
func (e *environment) own() []sub {
	var list []sub
	for _, text := range e.id.Subjects(e.attrs, subject.Claims{}) {
		s := newSub(text, e.block.at)
		s.audience, s.org, s.family = e.id.Audience(), e.id.Org, subject.Environments
		list = append(list, s)
	}
	return list
}

// variables are everything that begins like a policy variable, and every other $.
var variables = grammar.Of(`\$(\{[^}]*\}?)?`)

// wrongVariable says what is wrong with a $ in a subject, or "".
func wrongVariable(text string) string {
	for _, found := range variables.Regexp().FindAllString(text, -1) {
		switch found {
		case "${*}", "${?}", "${$}":
		case "$":
			return fmt.Sprintf("%q holds a $ by itself. Meant literally it is ${$} in a policy, which HCL writes \"$${$}\"", text)
		default:
			return fmt.Sprintf("%q holds the policy variable %s: whom it admits would depend on the request. Only the escapes ${*}, ${?} and ${$} may stand in a subject; HCL writes \"$${*}\"", text, found)
		}
	}
	return ""
}

// checkSubject refuses a subject, or pattern, as the user wrote it, that no
// token can carry.
func (r *evaluator) checkSubject(text string, at hcl.Range) bool {
	if wrong := wrongVariable(text); wrong != "" {
		r.problem(mistakef(at, "Invalid subject", "%s.", sentence(wrong)))
		return false
	}
	if _, org, ok := subject.Classify(text); ok && org != strings.ToLower(org) {
		r.problem(mistakef(at, "Upper case in an organization",
			"Tokens spell organizations in lower case and IAM compares letter by letter, so %q would admit none. Write %q.", text, strings.Replace(text, org, strings.ToLower(org), 1)))
		return false
	}
	if !subject.Reachable(text) {
		r.problem(mistakef(at, "Unreachable subject",
			"No token of Pulumi Cloud can carry a subject like %q. env_sub(…) and deploy_sub(…) spell subjects right.", text))
		return false
	}
	return true
}

// checkAudience refuses an audience as the user wrote it.
func (e *environment) checkAudience(v value) (audience string, ok bool) {
	audience, ok = e.text(v, "")
	if !ok || v.state == absent {
		return audience, ok
	}
	wrong := ""
	org := strings.TrimPrefix(audience, "aws:")
	switch {
	case audience == "":
		wrong = "it is empty"
	case strings.ContainsAny(audience, "*?$"):
		wrong = "it is compared letter by letter and never as a pattern, since a pattern could admit a stranger's organization"
	case org != strings.ToLower(org):
		wrong = "tokens spell organizations in lower case"
	default:
		wrong = wrongAudience(audience)
	}
	if wrong != "" {
		e.problem(mistakef(v.at(), "Invalid audience", "%q is not an audience: %s.", audience, wrong))
		return "", false
	}
	return audience, true
}
