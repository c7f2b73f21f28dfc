package endtoend_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// written is a generated configuration.
type written struct {
	last         int  // number of an environment
	tagged       bool // the second account has tags of its own
	providerTags map[string]string
	pinned       bool
	ignored      string // a tag key of ignore_tags
	orgs         []*writtenOrg
	removed      map[string]bool // environment: destroy
	free         []adoptable     // roles that may be taken over
	taken        map[string]bool // account and name of those that were
}

type writtenOrg struct {
	name         string
	account      string
	quiet        bool // emit = false
	tags         map[string]string
	environments []*writtenEnvironment
}

// writtenEnvironment is an environment block; its number makes what it is
// called unique.
type writtenEnvironment struct {
	number                     int
	project, name              string
	each                       []string // for_each
	account                    string   // "" is the organization's
	roleName                   string   // "" is derived
	path, description, session string
	boundary                   string // "" leaves it out, "none" takes it off
	managed, inline            []string
	tags                       map[string]string
	subs, except               []string
	attributes                 []string
	deploys, quiet             bool
	adopts, overlaps           bool
	ignores                    []string
	variable                   string
}

var (
	somePolicies = []string{"ReadOnlyAccess", "PowerUserAccess", "SecurityAudit"}
	someInline   = []string{"deploy", "Read", "guard"}
	someTags     = []string{"team", "Cost-Center", "owner"}
)

func some[T any](t *rapid.T, what string, all []T) []T {
	var out []T
	for _, x := range all {
		if rapid.Bool().Draw(t, fmt.Sprint(what, " ", x)) {
			out = append(out, x)
		}
	}
	return out
}

func seldom(t *rapid.T, what string) bool { return rapid.IntRange(0, 4).Draw(t, what) == 0 }

func one[T any](t *rapid.T, what string, all ...T) T { return rapid.SampledFrom(all).Draw(t, what) }

func tags(t *rapid.T, what string) map[string]string {
	all := map[string]string{}
	for _, key := range some(t, what, someTags) {
		all[key] = one(t, what+" value", "a", "b", "")
	}
	return all
}

func generate(t *rapid.T, free []adoptable) *written {
	c := &written{free: free, taken: map[string]bool{}, tagged: rapid.Bool().Draw(t, "account tags"), removed: map[string]bool{}, providerTags: tags(t, "provider tags")}
	if seldom(t, "pinned") {
		c.pinned = true
	}
	if seldom(t, "ignore_tags") {
		c.ignored = "ignored"
	}
	for _, name := range []string{"acme", "beta-2"} {
		o := &writtenOrg{name: name, account: one(t, "account", prod, prod, dev), quiet: seldom(t, "emit"), tags: tags(t, "org tags")}
		for range rapid.IntRange(0, 3).Draw(t, "environments") {
			o.environments = append(o.environments, c.environment(t))
		}
		c.orgs = append(c.orgs, o)
	}
	return c
}

// environment is one more environment of a configuration.
func (c *written) environment(t *rapid.T) *writtenEnvironment {
	c.last++
	e := &writtenEnvironment{number: c.last, project: one(t, "project", "web", "web", "default")}
	if seldom(t, "for_each") {
		e.each = []string{"eu", "us"}
	}
	if rapid.Bool().Draw(t, "role name") {
		e.roleName = fmt.Sprintf("Role-%d", e.number)
	}
	if seldom(t, "another account") {
		e.account = one(t, "account", prod, dev)
	}
	if len(c.free) > 0 && rapid.Bool().Draw(t, "adopt") {
		role := c.free[0]
		c.free, c.taken[role.account+role.name] = c.free[1:], true
		e.each, e.adopts, e.account, e.roleName, e.path = nil, true, role.account, role.name, role.path
	}
	e.redraw(t)
	return e
}

// redraw draws everything that may change about an environment while it stays
// the same one.
func (e *writtenEnvironment) redraw(t *rapid.T) {
	e.name = fmt.Sprintf("env-%d%s", e.number, one(t, "suffix", "", "", "-renamed"))
	e.description = one(t, "description", "", "one", "zwei: ü\n", "${x} %{y} \"q\"")
	e.session = one(t, "session", "1h", "1h30m", "12h")
	e.boundary = one(t, "boundary", "", "none", "ReadOnlyAccess", "PowerUserAccess")
	e.managed = some(t, "managed", somePolicies)
	e.inline = nil
	for _, name := range some(t, "inline", someInline) {
		e.inline = append(e.inline, name+"="+one(t, "action", "s3:GetObject", "sqs:*"))
	}
	e.tags = tags(t, "tags")
	e.subs = some(t, "subs", []string{"web/other", "web/pre-*", "default/legacy"})
	e.except = nil
	if slices.Contains(e.subs, "web/pre-*") && rapid.Bool().Draw(t, "except") {
		e.except = []string{"web/pre-never"}
	}
	e.attributes = nil
	if seldom(t, "attributes") {
		e.attributes = []string{"currentEnvironment.name", "pulumi.user.login"}
	}
	e.deploys, e.quiet, e.overlaps = seldom(t, "deploys"), seldom(t, "emit"), seldom(t, "overlap")
	e.ignores = nil
	if seldom(t, "ignore") {
		e.ignores = some(t, "ignore", []string{"description", "tags", "trust", "managed_policies", "inline_policies", "permissions_boundary"})
	}
	e.variable = one(t, "variable", "", "on", "$x ${y}", "0123")
	// What was taken over is never replaced, nor what is declared in part only.
	whole := e.boundary != "" && len(e.ignores) == 0 && !e.overlaps
	if path := one(t, "path", "/", "/", "/", "/pulumi/"); e.path == "" || whole && !e.adopts {
		e.path = path
	}
}

// edited is another version of a configuration: environments kept, changed,
// renamed, removed and added.
func (c *written) edited(t *rapid.T) *written {
	next := *c
	next.taken = maps.Clone(c.taken)
	next.orgs, next.removed = nil, map[string]bool{}
	if rapid.Bool().Draw(t, "settings") {
		next.tagged, next.providerTags, next.pinned = rapid.Bool().Draw(t, "account tags"), tags(t, "provider tags"), seldom(t, "pinned")
	}
	empty := seldom(t, "nothing stays")
	for _, o := range c.orgs {
		edited := *o
		edited.environments = nil
		if seldom(t, "org") {
			edited.account, edited.quiet, edited.tags = one(t, "account", prod, dev), rapid.Bool().Draw(t, "emit"), tags(t, "org tags")
		}
		for _, e := range o.environments {
			same := *e
			if empty {
				continue
			}
			switch one(t, "edit", "keep", "keep", "change", "change", "move", "remove", "forget", "destroy") {
			case "change":
				same.redraw(t)
			case "move":
				if e.adopts {
					break // there, too, it would be taken over
				}
				same.account = one(t, "account", prod, dev)
			case "remove":
				continue
			case "forget", "destroy":
				destroy := rapid.Bool().Draw(t, "destroy")
				for _, name := range e.names() {
					next.removed[o.name+"/"+name] = destroy
				}
				continue
			}
			edited.environments = append(edited.environments, &same)
		}
		next.orgs = append(next.orgs, &edited)
		if empty {
			continue
		}
		for range rapid.IntRange(0, 1).Draw(t, "new environments") {
			edited.environments = append(edited.environments, next.environment(t))
		}
	}
	return &next
}

// names are the environments of a block.
func (e *writtenEnvironment) names() []string {
	if e.each == nil {
		return []string{e.project + "/" + e.name}
	}
	var all []string
	for _, key := range e.each {
		all = append(all, e.project+"/"+e.name+"-"+key)
	}
	return all
}

// String is the configuration's text.
func (c *written) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("trustctl {\n  stack = \"generated\"")
	if c.ignored != "" {
		line("  ignore_tags {\n    keys = [%q]\n  }", c.ignored)
	}
	line("}\naccount \"prod\" {\n  id = %q\n}\naccount \"dev\" {\n  id = %q", prod, dev)
	if c.tagged {
		line("  tags = { stage = \"dev\" }")
	}
	line("}\nissuer \"pulumi\" {\n  url = \"https://api.pulumi.com/oidc\"\n  tags = %s", object(c.providerTags))
	if c.pinned {
		line("  thumbprints = [%q]", strings.Repeat("ab", 20))
	}
	line("}")
	for _, o := range c.orgs {
		line("org %q {\n  account = account.%s\n  emit = %t\n  role {\n    tags = %s\n  }", o.name, accountName(o.account), !o.quiet, object(o.tags))
		for _, e := range o.environments {
			e.write(line)
		}
		line("}")
	}
	for _, name := range slices.Sorted(maps.Keys(c.removed)) {
		line("removed %q {\n  destroy = %t\n}", name, c.removed[name])
	}
	return b.String()
}

func accountName(id string) string {
	if id == dev {
		return "dev"
	}
	return "prod"
}

func (e *writtenEnvironment) write(line func(string, ...any)) {
	self, key := e.project+"/"+e.name, ""
	line("  environment %q {", fmt.Sprintf("%s/label-%d", e.project, e.number))
	if e.each != nil {
		line("    for_each = toset(%s)", list(e.each))
		self, key = self+"-${each.key}", "-${each.key}"
	}
	line("    name = \"%s\"", self)
	if e.account != "" {
		line("    account = account.%s", accountName(e.account))
	}
	if e.quiet {
		line("    emit = false")
	}
	// An environment of the legacy project has another audience than the rest.
	for _, legacy := range []bool{false, true} {
		subs := ofProject(e.subs, legacy)
		if (e.project == "default") == legacy {
			subs = append(subs, self)
		}
		if len(subs) == 0 {
			continue
		}
		line("    trust {\n      subs = [%s]", quotedReferences(subs))
		if !legacy && len(e.except) > 0 {
			line("      except_subs = [%s]", quotedReferences(e.except))
		}
		line("    }")
	}
	if e.deploys {
		line("    trust {\n      subs = [deploy_sub({ project = \"web\" })]\n      except_subs = [deploy_sub({ project = \"web\", stack = \"scratch\" })]\n    }")
	}
	line("    role {\n      path = %q\n      description = %s\n      max_session_duration = %q\n      managed_policies = %s", e.path, literal(e.description), e.session, list(arns(e.managed)))
	if e.roleName != "" {
		line("      name = \"%s%s\"", e.roleName, key)
	}
	switch e.boundary {
	case "":
	case "none":
		line("      permissions_boundary = \"\"")
	default:
		line("      permissions_boundary = %q", arns([]string{e.boundary})[0])
	}
	line("      inline_policies = {")
	for _, p := range e.inline {
		name, action, _ := strings.Cut(p, "=")
		effect := "Allow"
		if name == "guard" {
			effect = "Deny"
		}
		line("        %s = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = %q, Action = [%q, \"sns:Publish\"], Resource = \"*\" }] })", name, effect, action)
	}
	line("      }\n      tags = %s\n    }\n    esc {\n      duration = \"30m\"\n      environment_variables = { V = %s }", object(e.tags), literal(e.variable))
	if e.attributes != nil {
		line("      subject_attributes = %s", list(e.attributes))
	}
	line("    }\n    lifecycle {\n      adopt = %t\n      overlap = %t\n      ignore_changes = %s\n    }\n  }", e.adopts, e.overlaps, list(e.ignores))
}

// ofProject are the environments that are of the legacy project, or that are not.
func ofProject(all []string, legacy bool) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.HasPrefix(s, "default/") != legacy })
}

// quotedReferences are env_sub calls whose text may hold interpolations.
func quotedReferences(environments []string) string {
	var all []string
	for _, e := range environments {
		all = append(all, fmt.Sprintf("env_sub(\"%s\")", e))
	}
	return strings.Join(all, ", ")
}

// literal is a text as HCL spells it.
func literal(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(fmt.Sprintf("%q", s))
}
