package spec

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// Names and texts as IAM's API takes them.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
var (
	roleNames    = grammar.Sized(1, 64, `^[A-Za-z0-9_+=,.@-]+$`)
	rolePaths    = grammar.Of(`^(/|/[!-~]+/)$`)
	descriptions = grammar.Of(`^[\t\n -~¡-ÿ]*$`)
)

const (
	maxPath        = 512
	maxDescription = 1000
	minSession     = time.Hour
	maxSession     = 12 * time.Hour
)

func (e *environment) roleSettings() layered {
	at := e.block.at
	if e.block.role.attrs != nil {
		at = e.block.role.at
	}
	return layered{own: e.block.role.attrs, base: e.org.role.attrs, at: at}
}

// identifyRole finds the role's name and path, which its ARN consists of.
func (e *environment) identifyRole() {
	s := e.roleSettings()
	e.rolePath = "/"
	path := e.get(s, "path", cty.String)
	if text, ok := e.text(path, "/"); ok {
		if wrong := wrongPath(text); wrong != "" {
			e.problem(mistakef(path.at(), "Invalid path", "%q is not a role's path: %s.", text, wrong))
		} else {
			e.rolePath = text
		}
	}
	v := e.get(s, "name", cty.String)
	name, ok := e.text(v, "")
	switch {
	case !ok || v.state == absent && !e.known:
	case v.state == absent:
		var why string
		if name, why = derivedName(e.id.Org, e.id.Project, e.id.Name); why != "" {
			e.problem(mistakef(e.nameAt(), "No role name can be derived",
				"The role of environment %s would be called %s, but %s. Give it a name of its own: role { name = … }.", e, name, why))
			return
		}
		e.roleName = name
	case !roleNames.MatchString(name):
		e.problem(mistakef(v.at(), "Invalid role name", "%q is not a role's name: IAM takes 1 to 64 of letters, digits and _+=,.@-.", name))
	case strings.Contains(name, ","):
		e.problem(mistakef(v.at(), "Invalid role name",
			"IAM would take %q, but trustctl marks its roles with a tag that repeats the name, and a tag's value holds no comma.", name))
	default:
		e.roleName = name
	}
}

// roleNameAt is where the role's name stands, or what it is derived from.
func (e *environment) roleNameAt() hcl.Range {
	if a := e.block.role.attrs["name"]; a != nil {
		return a.Expr.Range()
	}
	return e.nameAt()
}

func wrongPath(path string) string {
	switch {
	case !rolePaths.MatchString(path):
		return "it is / alone, or begins and ends with / and holds visible ASCII characters between"
	case len(path) > maxPath:
		return fmt.Sprintf("it is longer than %d characters", maxPath)
	case strings.HasPrefix(path, "/aws-service-role/"), strings.HasPrefix(path, "/aws-reserved/"):
		return "AWS keeps it for its own roles"
	}
	return ""
}

// derivedName is the name of a role whose environment gives none. The parts
// can be told apart again, so that two environments never derive one name.
func derivedName(org, project, name string) (derived, why string) {
	derived = "esc-" + org + "--" + project + "--" + name
	for _, part := range []string{org, project, name} {
		switch {
		case strings.Contains(part, "--"):
			return derived, fmt.Sprintf("%q holds two dashes, which separate the parts", part)
		case strings.HasPrefix(part, "-"), strings.HasSuffix(part, "-"):
			return derived, fmt.Sprintf("%q begins or ends with a dash, and two dashes separate the parts", part)
		}
	}
	if len(derived) > 64 {
		return derived, fmt.Sprintf("that is %d characters, and IAM takes 64", len(derived))
	}
	return derived, ""
}

// build is the second pass over an environment: its role and its file. What
// is unclear is left out; errors keep the whole configuration from being used.
func (e *environment) build() {
	s := e.roleSettings()
	source := sources{scope: e.scope, at: map[string]trust.Pos{"": e.scope.pos(e.block.at)}}
	role := trust.Role{Path: e.rolePath, Name: e.roleName, Source: source.at}
	if e.known {
		role.Environment = e.id.String()
		role.Token = trust.Token{Audience: e.id.Audience(), Subjects: e.id.Subjects(e.attrs, subject.Claims{})}
	}
	if e.account != nil {
		role.Account = e.accountID()
	}
	role.Lifecycle = e.lifecycle(source)
	role.Description, _ = e.description(source.of("role.description", e.get(s, "description", cty.String)))
	var maxOK bool
	duration := source.of("role.max_session_duration", e.get(s, "max_session_duration", cty.String))
	role.MaxSession, maxOK = e.duration(duration, time.Hour, minSession, maxSession)
	role.Boundary, role.KeepBoundary = e.boundary(source.of("role.permissions_boundary", e.get(s, "permissions_boundary", cty.String)))
	role.Managed = e.policyARNs(source.of("role.managed_policies", e.get(s, "managed_policies", textList)))
	role.Inline = e.inlinePolicies(source.of("role.inline_policies", e.get(s, "inline_policies", textTable)))
	role.Tags = e.roleTags(s, role.Lifecycle.PreventDestroy)
	for _, name := range []string{"name", "path", "tags"} {
		source.of("role."+name, value{attr: cmp.Or(s.own[name], s.base[name])})
	}
	trusted := e.trustPolicy(s, source)
	role.Trust = trusted.document
	file := e.file(role.MaxSession, maxOK)
	e.accepts()
	if !e.known || e.account == nil || e.issuer == nil || e.roleName == "" {
		return
	}
	if e.emit && trusted.clear && e.attrsOK {
		e.checkOwnToken(trusted)
	}
	e.registerAudiences(trusted)
	c := e.c.config
	resource := fmt.Sprintf("%s[%q]", e.org.name, e.id.Project+"/"+e.id.Name)
	c.State.Roles = append(c.State.Roles, role)
	c.Resource[role.Address()] = "aws_iam_role." + resource
	if e.emit {
		c.State.Files = append(c.State.Files, file)
		c.Resource[file.Address()] = fmt.Sprintf("local_file.esc[%q]", e.id)
	}
}

// sources gathers where the attributes of an object stand.
type sources struct {
	scope *scope
	at    map[string]trust.Pos
}

// of notes where a value stands, and returns it.
func (s sources) of(path string, v value) value {
	if v.attr != nil {
		s.at[path] = s.scope.pos(v.attr.Expr.Range())
	}
	return v
}

func (e *environment) description(v value) (string, bool) {
	text, ok := e.text(v, "")
	if !ok || v.state == absent {
		return text, ok
	}
	// A file with Windows line ends means line breaks, and XML has no others.
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !descriptions.MatchString(text) {
		e.problem(mistakef(v.at(), "Invalid description", "A role's description holds tabs, line breaks (no carriage returns) and the visible characters of Latin-1 only."))
		return "", false
	}
	if n := utf8.RuneCountInString(text); n > maxDescription {
		e.problem(mistakef(v.at(), "Invalid description", "A role's description has at most %d characters, and this one %d.", maxDescription, n))
		return "", false
	}
	return text, true
}

// durations are written as Pulumi ESC writes them.
var durations = grammar.Of(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)

// duration reads a duration of least to most; ok is false where it is unclear.
func (e *environment) duration(v value, fallback, least, most time.Duration) (time.Duration, bool) {
	text, ok := e.text(v, "")
	if !ok || v.state == absent {
		return fallback, ok
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || !durations.MatchString(text):
		e.problem(mistakef(v.at(), "Invalid duration", "%q is not a duration: write hours, minutes and seconds, such as \"1h\", \"90m\" or \"1h30m\".", text))
	case d < least || d > most:
		e.problem(mistakef(v.at(), "Duration out of range", "%s is %s: it must be between %s and %s.", v.attr.Name, text, short(least), short(most)))
	default:
		return d, true
	}
	return fallback, false
}

// short is a duration without its zero parts: 1h, not 1h0m0s.
func short(d time.Duration) string {
	text := d.String()
	text = strings.TrimSuffix(text, "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
