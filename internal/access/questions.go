package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/subject"
)

// among asks for a request of the set that a formula holds for.
func (s Set) among(f *formula, o Options) Answer {
	if s.opaque {
		return Answer{Outcome: Undecided, Open: []Doubt{unread}}
	}
	q := question{s.issuer, part(o.Budget), s.goals()}
	q.goals = append(q.goals, goal{f: f})
	if s.scope != nil {
		return q.signed(*s.scope)
	}
	return q.anywhere()
}

// goals say that a request is in the set.
func (s Set) goals() []goal {
	out := []goal{{f: either(s.allow...)}}
	for _, f := range s.deny {
		out = append(out, goal{f: not(f)})
	}
	return out
}

// Inhabited tells whether any request is in the set.
func (s Set) Inhabited(o Options) Answer { return s.among(always(), o) }

// Overlap tells whether a request is in both sets, of one issuer.
func Overlap(a, b Set, o Options) Answer {
	if b.opaque {
		a.opaque = true
	}
	goals := make([]*formula, 0, 1+len(b.deny))
	for _, g := range b.goals() {
		goals = append(goals, g.f)
	}
	return a.among(all(goals...), o)
}

// subjectIn is the formula for subjects that match a value.
func (s Set) subjectIn(values ...value) *formula {
	return in(strings.ToLower(s.issuer.Host)+":sub", values)
}

// EscapesOrg tells whether the set admits a token of another organization. The
// witness is one.
func (s Set) EscapesOrg(org string, o Options) Answer {
	var own []value
	forms := s.issuer.forms()
	if !slices.ContainsFunc(forms, func(f subject.Form) bool { return !f.Free }) {
		return Answer{Outcome: Undecided, Open: []Doubt{noGrammar}}
	}
	for _, form := range forms {
		f := shape{form: form, org: org}
		own = append(own, value{id: string(formID) + form.Parts[0].Text + "\x00" + partsID(form.Parts), pattern: f.pattern(form.Parts, pattern.Exact(org), form.Begun)})
	}
	return s.Within("").among(not(s.subjectIn(own...)), o)
}

// partsID tells forms apart.
func partsID(parts []subject.Part) string {
	var out strings.Builder
	for _, p := range parts {
		out.WriteByte(byte('0' + p.Kind))
		writeField(&out, p.Text)
	}
	return out.String()
}

// Family tells whether the set admits a token of a family, of one organization
// if that is given.
func (s Set) Family(family subject.Family, org string, o Options) Answer {
	s = s.Within(org)
	if s.scope == nil {
		return Answer{Outcome: Undecided, Open: []Doubt{noGrammar}}
	}
	s.scope.forms = slices.DeleteFunc(slices.Clone(s.scope.forms), func(f subject.Form) bool { return f.Family != family })
	return s.among(always(), o)
}

// OtherProjects tells whether the set admits a token of one of the
// organization's environments that is in none of these projects. Tokens whose
// subject names no environment are left out. Where it names two, the one that
// was opened and the one that logs in, either may be in a project.
func (s Set) OtherProjects(org string, projects []string, o Options) Answer {
	s = s.Within(org)
	if s.scope == nil {
		return Answer{Outcome: Undecided, Open: []Doubt{noGrammar}}
	}
	any, name := pattern.Like("*"), pattern.Name(nameClass, 1, 0)
	var named, own []value
	add := func(to *[]value, parts ...pattern.Pattern) {
		p := pattern.Join(parts...)
		*to = append(*to, value{id: string(formID) + strconv.Itoa(len(named)) + "," + strconv.Itoa(len(own)), pattern: p})
	}
	add(&own, pattern.Exact("pulumi:environments:org:"+org+":env:<yaml>"))
	for _, begin := range []pattern.Pattern{
		pattern.Exact("pulumi:environments:org:" + org + ":env:"),
		pattern.Join(pattern.Exact("pulumi:environments:pulumi.organization.login:"+org), any, pattern.Exact(":"+string(subject.CurrentEnvironment)+":")),
		pattern.Join(pattern.Exact("pulumi:environments:pulumi.organization.login:"+org), any, pattern.Exact(":"+string(subject.RootEnvironment)+":")),
	} {
		add(&named, begin, any)
		for _, project := range projects {
			add(&own, begin, pattern.Exact(project+"/"), any)
			if project == "default" {
				add(&own, begin, name)
				add(&own, begin, name, pattern.Exact(":"), any)
			}
		}
	}
	s.scope.forms = slices.DeleteFunc(slices.Clone(s.scope.forms), func(f subject.Form) bool { return f.Family != subject.Environments })
	return s.among(all(s.subjectIn(named...), not(s.subjectIn(own...))), o)
}

var noGrammar = Doubt{Why: "which subjects the issuer signs for which organization is not known", Decides: "the first issuer of Pulumi Cloud"}

// Shadow is a value of a list that others make superfluous.
type Shadow struct {
	Value int   `json:"value"` // its place in the list
	By    []int `json:"by"`    // the place of the one that covers it, or of all others where it takes several
}

// Shadowed are the values of a list of patterns, as IAM writes them, that match
// nothing which others don't match. Of equal ones the first stays.
func Shadowed(patterns []string, o Options) []Shadow {
	values := written(patterns)
	all := make([]pattern.Pattern, len(values))
	for i, v := range values {
		all[i] = v.pattern
	}
	b, list := part(o.Budget), pattern.NewList(all)
	gone := make([]bool, len(values))
	var out []Shadow
	for i, v := range values {
		for _, j := range list.Near(v.pattern) {
			w := values[j]
			if i != j && !gone[j] && w.covers(v) && (j < i || !v.covers(w)) {
				gone[i] = true
				out = append(out, Shadow{i, []int{j}})
				break
			}
		}
	}
	for i, v := range values {
		var others []pattern.Pattern
		var places []int
		for _, j := range list.Near(v.pattern) {
			if i != j && !gone[i] && !gone[j] && !values[j].apart(v) {
				others, places = append(others, all[j]), append(places, j)
			}
		}
		if len(others) > 1 && (pattern.Cell{All: all[i : i+1], None: others}).Decide(b.Part(b.Left()/2+1)) == pattern.Empty {
			gone[i] = true
			out = append(out, Shadow{i, places})
		}
	}
	slices.SortFunc(out, func(a, b Shadow) int { return a.Value - b.Value })
	return out
}

func (f *formula) mentions(key string) bool {
	return f.op >= isLeaf && f.leaf.key == key || slices.ContainsFunc(f.of, func(g *formula) bool { return g.mentions(key) })
}
