package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
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
// with the caller's; in except_subs with both, so that nothing slips through
// between the two.
func (e *environment) subs(v value, except bool) (list []sub, ok bool) {
	items, ok := e.texts(v)
	for _, i := range items {
		at := v.itemAt(i.index)
		if ref, is := subject.DecodeReference(i.text); is {
			attrs, clear := e.attrs, e.attrsOK
			if target := e.c.declared[ref.Org+"/"+ref.Environment]; target != nil {
				attrs, clear = target.attrs, target.attrsOK && (!except || clear)
			}
			ok = ok && clear
			texts := ref.Expand(attrs)
			if except && !slices.Equal(attrs, e.attrs) {
				texts = append(texts, ref.Expand(e.attrs)...)
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
var variables = regexp.MustCompile(`\$(\{[^}]*\}?)?`)

// checkSubject refuses a subject, or pattern, as the user wrote it, that no
// token can carry.
func (r *evaluator) checkSubject(text string, at hcl.Range) bool {
	for _, found := range variables.FindAllString(text, -1) {
		switch found {
		case "${*}", "${?}", "${$}":
		case "$":
			r.problem(mistakef(at, "Invalid subject", "%q holds a $ by itself. Meant literally it is ${$} in a policy, which HCL writes \"$${$}\".", text))
			return false
		default:
			r.problem(mistakef(at, "Invalid subject",
				"%q holds the policy variable %s: whom it admits would depend on the request. Only the escapes ${*}, ${?} and ${$} may stand in a subject; HCL writes \"$${*}\".", text, found))
			return false
		}
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
