package endtoend_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shape is a configuration with everything that can change about an
// environment, its role and the provider.
type shape struct {
	environment, name, path string
	subs, except            []string
	deploys, foreign        bool   // a trust block for Deployments, one for an environment of beta
	service                 string // in additional_trust
	description             string
	session                 string
	boundary                *string // nil leaves it out
	managed                 []string
	inline, tags            map[string]string
	guard                   bool
	emit                    bool
	variables               map[string]string // of the ESC file

	thumbprints  []string
	providerTags map[string]string
	beta, second bool // another organization, another environment
}

// base is where every edit starts from.
func base() shape {
	return shape{
		environment: "payments/prod", name: "payments", path: "/",
		subs:        []string{"payments/prod"},
		description: "before", session: "1h",
		managed:      []string{"ReadOnlyAccess"},
		inline:       map[string]string{"stays": "s3:GetObject"},
		tags:         map[string]string{"stays": "same"},
		emit:         true,
		variables:    map[string]string{"AWS_REGION": "eu-west-1"},
		providerTags: map[string]string{"owner": "platform"},
	}
}

func (s shape) clone() shape {
	s.subs, s.except, s.managed = slices.Clone(s.subs), slices.Clone(s.except), slices.Clone(s.managed)
	s.inline, s.tags, s.variables, s.providerTags = maps.Clone(s.inline), maps.Clone(s.tags), maps.Clone(s.variables), maps.Clone(s.providerTags)
	return s
}

// String is the shape as a configuration.
func (s shape) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("trustctl {\n  stack = \"table\"\n}")
	line("account \"prod\" {\n  id = %q\n}", prod)
	line("issuer \"pulumi\" {\n  url = \"https://api.pulumi.com/oidc\"\n  tags = %s", object(s.providerTags))
	if s.thumbprints != nil {
		line("  thumbprints = %s", list(s.thumbprints))
	}
	line("}\norg \"acme\" {\n  account = account.prod")
	line("  environment %q {", s.environment)
	line("    emit = %t", s.emit)
	line("    trust {\n      subs = [%s]", references(append([]string{s.environment}, s.subs...)))
	if len(s.except) > 0 {
		line("      except_subs = [%s]", references(s.except))
	}
	line("    }")
	if s.deploys {
		line("    trust {\n      subs = [deploy_sub({ project = \"web\" })]\n    }")
	}
	if s.foreign {
		line("    trust {\n      subs = [env_sub(\"beta\", \"web/prod\")]\n    }")
	}
	line("    role {\n      name = %q\n      path = %q\n      description = %q\n      max_session_duration = %q", s.name, s.path, s.description, s.session)
	if s.boundary != nil {
		line("      permissions_boundary = %q", *s.boundary)
	}
	line("      managed_policies = %s", list(arns(s.managed)))
	line("      inline_policies = {")
	for _, name := range slices.Sorted(maps.Keys(s.inline)) {
		line("        %q = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = %q, Resource = \"*\" }] })", name, s.inline[name])
	}
	line("      }\n      tags = %s", object(s.tags))
	if s.service != "" {
		line("      additional_trust = [{ Effect = \"Allow\", Principal = { Service = %q }, Action = \"sts:AssumeRole\" }]", s.service)
	}
	line("    }\n    esc {\n      environment_variables = %s\n    }", object(s.variables))
	if s.guard {
		line("    lifecycle {\n      prevent_destroy = true\n    }")
	}
	line("  }")
	if s.second {
		line("  environment \"payments/second\" {}")
	}
	line("}")
	if s.beta {
		line("org \"beta-org\" {\n  account = account.prod\n  environment \"shared/base\" {}\n}")
	}
	return b.String()
}

func arns(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, "arn:aws:iam::aws:policy/"+name)
	}
	return all
}

func list(all []string) string {
	var b strings.Builder
	for i, s := range all {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s)
	}
	return "[" + b.String() + "]"
}

func object(all map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%q = %q, ", key, all[key])
	}
	return "{ " + strings.TrimSuffix(b.String(), ", ") + " }"
}

// references are env_sub calls, each once.
func references(environments []string) string {
	slices.Sort(environments)
	var all []string
	for _, e := range slices.Compact(environments) {
		all = append(all, fmt.Sprintf("env_sub(%q)", e))
	}
	return strings.Join(all, ", ")
}
