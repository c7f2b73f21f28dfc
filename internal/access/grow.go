package access

import (
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/subject"
)

// grown looks among the subjects of a form, and of those that it may grow to:
// with half of the budget for the longer ones of each form first, which finds
// those of many attributes, then, if that was not enough, for the shorter ones
// of all forms. There are thousands of orders of all attributes.
func (q question) grown(form subject.Form, org string) Answer {
	half := q
	half.b = q.b.Part(q.b.Left()/2 + 1)
	if a := half.walk(form, org, true); half.b.Left() > 0 {
		return a
	}
	return q.walk(form, org, false)
}

func (q question) walk(form subject.Form, org string, deep bool) Answer {
	out := Answer{Outcome: None}
	for left := []subject.Form{form}; len(left) > 0; {
		at := left[0]
		left = left[1:]
		if len(at.Parts) > len(form.Parts) && q.hopeless(at, org) {
			continue
		}
		a, longer := q.form(at, org)
		if a.Outcome == Some {
			return a
		}
		if out = worseAnswer(out, a); q.b.Left() <= 0 {
			return Answer{Outcome: Undecided, Open: []Doubt{orders}}
		}
		if deep {
			left = append(longer, left...)
		} else {
			left = append(left, longer...)
		}
	}
	return out
}

var orders = Doubt{
	Why:     "which orders of subject attributes match took longer to find than the budget allows",
	Decides: "a pattern that spells out the names of the attributes, without a wildcard over one",
}

// form looks among the subjects of a form. Where that tells nothing of those
// that it may grow to, these are left to look among, the likely ones first: a
// subject that is found too soon may be signed all the same.
func (q question) form(form subject.Form, org string) (out Answer, longer []subject.Form) {
	out = Answer{Outcome: None}
	if !form.Begun {
		for _, bare := range audiencesOf(form) {
			at := shape{form: form, host: q.issuer.Host, bare: bare, org: org}
			a := q.shape(&at)
			if a.Outcome == Some && a.Witness != nil && !a.Witness.Signed {
				at.easy = true
				if easy := q.shape(&at); easy.Outcome == Some {
					a = easy
				}
			}
			if a.Outcome == Some && a.Witness != nil && !a.Witness.Signed && org == "" {
				// Where it is named twice, it must be the same organization.
				for _, text := range strings.Split(a.Witness.Sub, ":") {
					if at.org = text; anyOrganization().Match(text) {
						if same := q.shape(&at); same.Outcome == Some && same.Witness != nil && same.Witness.Signed {
							a = same
							break
						}
					}
				}
			}
			if a.Outcome == Some && a.Witness != nil && !a.Witness.Signed {
				// Lengths and reserved names are not in the forms.
				a = Answer{Outcome: Undecided, Open: []Doubt{{
					Why:     "the shortest subject found, " + a.Witness.Sub + ", has a name that Pulumi Cloud refuses",
					Decides: "a subject whose names Pulumi Cloud allows",
				}}}
			}
			if a.Outcome == Some && a.Witness == nil {
				a = Answer{Outcome: Undecided, Open: []Doubt{exhausted}}
			}
			if a.Outcome == Some {
				return a, nil
			}
			if a.Outcome == Undecided {
				out.Outcome, out.Open = Undecided, append(out.Open, a.Open...)
			}
		}
	}
	longer = form.Longer()
	if len(longer) == 0 || form.Begun && q.unreachable(org) {
		return out, nil
	}
	hint, found := q.longer(form, org)
	if found.Outcome != Undecided {
		return worseAnswer(out, found), nil
	}
	// The subject that was found shows which attribute to go on with first.
	attribute := next(form, hint)
	slices.SortStableFunc(longer, func(f, g subject.Form) int {
		a, b := f.Parts[len(form.Parts)].Text == attribute, g.Parts[len(form.Parts)].Text == attribute
		switch {
		case a && !b:
			return -1
		case b && !a:
			return 1
		}
		return 0
	})
	return out, longer
}

// longer looks among all subjects that a form may grow to, and some that it
// may not: None and Some are certain, else hint is what was found.
func (q question) longer(form subject.Form, org string) (hint string, a Answer) {
	out := Answer{Outcome: None}
	look := func(f shape) bool {
		a := q.shape(&f)
		switch {
		case a.Outcome == Some && a.Witness != nil && a.Witness.Signed:
			out = a
			return true
		case a.Outcome != None:
			if out.Outcome = Undecided; a.Witness != nil {
				hint = a.Witness.Sub
			}
		}
		return false
	}
	rules := q.rules()
	if len(rules) == 1 {
		rules = audiencesOf(form)[:1]
	}
	for _, bare := range rules {
		at := shape{form: form, host: q.issuer.Host, bare: bare, org: org, tail: true}
		if bare && form.Bare || !bare && form.Named {
			if look(at) {
				return "", out
			}
			continue
		}
		for _, f := range form.Settling(bare) {
			for _, tail := range [...]bool{false, true} {
				at.form, at.tail = f, tail
				if look(at) {
					return "", out
				}
			}
		}
	}
	return hint, out
}

// hopeless tells that no subject begins as those of a form do.
func (q question) hopeless(form subject.Form, org string) bool {
	form.Parts = append(slices.Clip(form.Parts), subject.Part{Kind: subject.Rest})
	for _, bare := range q.rules() {
		if o, _ := q.search(&shape{form: form, host: q.issuer.Host, bare: bare, org: org, loose: true}); o != pattern.Empty {
			return false
		}
	}
	return true
}

// next is the attribute with which a subject goes on behind those of a form.
func next(form subject.Form, sub string) string {
	at := strings.Count("pulumi:environments:pulumi.organization.login:ORG:", ":")
	for _, p := range form.Parts {
		if strings.HasPrefix(p.Text, ":") {
			at += 2
		}
	}
	if segments := strings.Split(sub, ":"); at < len(segments) {
		return ":" + segments[at] + ":"
	}
	return ""
}

// unreachable tells, by the whole grammar at once but without regard to any
// other condition, that no subject is one of those asked for.
func (q question) unreachable(org string) bool {
	host := strings.ToLower(q.issuer.Host)
	for _, g := range q.goals {
		if g.f.op == isLeaf && g.f.leaf.kind == isIn && g.f.leaf.key == host+":aud" && len(g.f.leaf.list.values) == 1 && org == "" {
			if text, ok := g.f.leaf.list.values[0].literal(); ok {
				org = strings.TrimPrefix(text, "aws:")
			}
		}
	}
	for _, g := range q.goals {
		if g.f.op != isLeaf || g.f.leaf.kind != isIn || g.f.leaf.key != host+":sub" {
			continue
		}
		if !slices.ContainsFunc(g.f.leaf.list.values, func(v value) bool {
			if v.id[0] != globID && v.id[0] != literalID || !q.b.Spend(200) {
				return true
			}
			if org != "" {
				return subject.ReachableBy(org, v.pattern.String())
			}
			return subject.Reachable(v.pattern.String())
		}) {
			return true
		}
	}
	return false
}
