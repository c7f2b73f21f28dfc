package subject

import (
	"slices"
	"strings"
)

// PartKind is what a Part of a Form stands for.
type PartKind int

// The kinds of parts. Of lengths only the least counts.
const (
	Text    PartKind = iota // the part's own text
	OrgName                 // an organization: the same one wherever it stands in a form
	AnyName                 // a project, an environment or a stack
	Word                    // an operation: a to z and -
	Value                   // anything without a colon, also nothing
	Rest                    // anything
)

// Part is a piece of the subjects of a Form.
type Part struct {
	Kind PartKind
	Text string
}

// Form is one shape of subjects that tokens carry, and the audience that goes
// with it, as data: whoever computes with sets of subjects turns it into
// patterns.
type Form struct {
	Family Family
	Parts  []Part
	Not    [][]Part // subjects of this shape that belong to other forms
	Named  bool     // the audience may be aws:ORG
	Bare   bool     // the audience may be ORG
	Free   bool     // the audience is whatever the environment asks for
	Begun  bool     // no subject ends here: see Longer

	attributes    []Attribute // those that stand in it
	named, legacy bool        // which environments they name
}

// Forms are the shapes of the subjects of Pulumi Cloud's first issuer. The one
// that is Begun stands for subjects with attributes, of which there are about
// two thousand shapes: Longer grows it.
//
// An environment of the legacy project is spelled without its project in the
// default subject; whether it can be spelled with it is not documented, and
// taken to be possible. So is either audience for <yaml>.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/
func Forms() []Form {
	text := func(s string) Part { return Part{Text: s} }
	org, name := Part{Kind: OrgName}, Part{Kind: AnyName}
	environment := []Part{text(prefixEnvironment), org, text(":env:")}
	legacy := []Part{text(prefixEnvironment), org, text(":env:" + legacyProject + "/")}
	return []Form{
		{Family: Environments, Named: true, Parts: with(environment, name, text("/"), name), Not: [][]Part{with(legacy, Part{Kind: Rest})}},
		{Family: Environments, Bare: true, Parts: with(environment, name)},
		{Family: Deploy, Bare: true, Parts: []Part{text(prefixDeploy), org, text(":project:"), name,
			text(":stack:"), name, text(":operation:"), {Kind: Word}, text(":scope:write")}},
		{Family: CustomerKey, Named: true, Parts: []Part{text(prefixCustomerKey), org}},
		{Family: Environments, Named: true, Bare: true, Begun: true, Parts: []Part{text(prefixAttributes), org}},
		{Family: Environments, Bare: true, Parts: with(legacy, name)},
		{Family: Environments, Named: true, Bare: true, Parts: with(environment, text(yamlEnvironment))},
	}
}

// FormsV2 are the shapes of the second issuer, …/oidc/v2: ids that survive
// renames, and an audience that the environment chooses.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/custom-audience/
func FormsV2() []Form {
	id := Part{Kind: AnyName}
	return []Form{{Family: Environments, Free: true, Parts: []Part{{Text: "pulumi:org:"}, id, {Text: ":env:"}, id}}}
}

// yamlEnvironment is how the default subject may spell every environment that
// a Pulumi program opens.
const yamlEnvironment = "<yaml>"

// Longer are the forms with one attribute more. Each ends there, but may go on.
func (f Form) Longer() []Form {
	if !f.Begun && f.attributes == nil {
		return nil
	}
	var out []Form
	add := func(a Attribute, named, legacy bool, value ...Part) {
		g := f
		g.Begun = false
		g.attributes = append(slices.Clip(f.attributes), a)
		g.Parts = append(with(f.Parts, Part{Text: ":" + string(a) + ":"}), value...)
		g.named, g.legacy = f.named || named, f.legacy || legacy
		// Of which environment's project the audience speaks where two are
		// named is not documented.
		g.Named, g.Bare = g.named || !g.legacy, g.legacy || !g.named
		if named {
			g.Not = append(slices.Clip(f.Not), with(f.Parts, Part{Text: ":" + string(a) + ":" + legacyProject + "/"}, Part{Kind: Rest}))
		}
		out = append(out, g)
	}
	name, slash := Part{Kind: AnyName}, Part{Text: "/"}
	for _, a := range Attributes() {
		if slices.Contains(f.attributes, a) {
			continue
		}
		switch a {
		case CurrentEnvironment, RootEnvironment:
			add(a, true, false, name, slash, name)
			add(a, false, true, name)
			add(a, false, true, Part{Text: legacyProject + "/"}, name)
		case OrganizationLogin:
			add(a, false, false, Part{Kind: OrgName})
		default:
			add(a, false, false, Part{Kind: Value})
		}
	}
	return out
}

// Settling are the forms with one attribute more, somewhere after other ones,
// that lets tokens have an audience which those of the form don't have: the
// bare organization, or with its prefix. They may go on, or not.
func (f Form) Settling(bare bool) []Form {
	var out []Form
	for _, g := range f.Longer() {
		if added := g.attributes[len(g.attributes)-1]; added != CurrentEnvironment && added != RootEnvironment || bare && !g.Bare || !bare && !g.Named {
			continue
		}
		ends := g.Parts[len(f.Parts):]
		for _, before := range [][]Part{nil, {{Text: ":"}, {Kind: Rest}}} {
			h := g
			h.Not, h.Parts = nil, append(with(f.Parts, before...), ends...)
			out = append(out, h)
		}
	}
	return out
}

// Audiences are the audiences that a token with exactly this subject may have:
// none if no token carries it. It goes by the same shapes as Forms and by the
// rules of names in full.
func Audiences(subject string) []string {
	family, org, rest, ok := classify(subject)
	if !ok || CheckOrg(org) != nil {
		return nil
	}
	named, bare := awsAudience(org), org
	switch family {
	case CustomerKey:
		if rest == "" && subject == CustomerKeySubject(org) {
			return []string{named}
		}
		return nil
	case Deploy:
		parts := strings.Split(rest, ":")
		if len(parts) == 8 && parts[0] == "project" && parts[2] == "stack" && parts[4] == "operation" && parts[6] == "scope" && parts[7] == "write" &&
			CheckProject(parts[1]) == nil && checkStack(parts[3]) == nil && parts[5] != "" && onlyOf(parts[5], lower+"-") {
			return []string{bare}
		}
		return nil
	}
	var isNamed, isLegacy bool
	see := func(spelled string) bool {
		project, name, found := strings.Cut(spelled, "/")
		if !found {
			project, name = legacyProject, spelled
		}
		if project == legacyProject {
			isLegacy = true
		} else {
			isNamed = true
		}
		return CheckProject(project) == nil && CheckEnvironmentName(name) == nil
	}
	if strings.HasPrefix(subject, prefixEnvironment) {
		spelled, ok := strings.CutPrefix(rest, "env:")
		switch {
		case ok && spelled == yamlEnvironment:
			return []string{named, bare}
		case !ok || !see(spelled):
			return nil
		}
	} else if !seeAttributes(strings.Split(rest, ":"), org, see) {
		return nil
	}
	switch {
	case isNamed && !isLegacy:
		return []string{named}
	case isLegacy && !isNamed:
		return []string{bare}
	}
	return []string{named, bare}
}

// seeAttributes holds attributes and their values to the grammar.
func seeAttributes(parts []string, org string, environment func(string) bool) bool {
	var attributes []Attribute
	for ; len(parts) >= 2; parts = parts[2:] {
		a, value := Attribute(parts[0]), parts[1]
		attributes = append(attributes, a)
		switch a {
		case CurrentEnvironment, RootEnvironment:
			if !environment(value) {
				return false
			}
		case OrganizationLogin:
			if value != org {
				return false
			}
		}
	}
	return len(parts) == 0 && len(attributes) > 0 && CheckAttributes(attributes) == nil
}

// with is a list with more parts, which shares nothing with it.
func with(parts []Part, more ...Part) []Part { return append(slices.Clip(parts), more...) }
