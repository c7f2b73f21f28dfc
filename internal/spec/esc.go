package spec

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// What the input of aws-login takes, and what STS takes behind it. Pulumi's
// own schema leaves its patterns unanchored; these are not.
// https://www.pulumi.com/docs/esc/integrations/dynamic-login-credentials/aws-login/
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
var (
	variableNames = grammar.Of(`^[A-Za-z_][A-Za-z0-9_]*$`)
	loginPaths    = grammar.Of(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$`)
	versions      = grammar.Of(`^[A-Za-z0-9_.-]+$`)
)

const (
	leastLogin     = 15 * time.Minute
	defaultSession = "pulumi-environments-session"
)

// environmentVariables is where under values ESC finds the variables.
const environmentVariables = "environmentVariables"

// loginVariables are the variables that every file sets from its login.
var loginVariables = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

func (e *environment) escSettings() layered {
	at := e.block.at
	if e.block.esc.attrs != nil {
		at = e.block.esc.at
	}
	return layered{own: e.block.esc.attrs, base: e.org.esc.attrs, at: at}
}

// subjectAttributes are what the login says its tokens' subjects consist of.
func (e *environment) subjectAttributes() (attrs []subject.Attribute, ok bool) {
	v := e.get(e.escSettings(), "subject_attributes", textList)
	if v.state == absent {
		return []subject.Attribute{subject.CurrentEnvironment}, true
	}
	list, ok := e.texts(v)
	var names []string
	for _, a := range subject.Attributes() {
		names = append(names, string(a))
	}
	for _, i := range list {
		a := subject.Attribute(i.text)
		switch {
		case !slices.Contains(names, i.text):
			e.problem(mistakef(v.itemAt(i.index), "Unknown subject attribute",
				"%q is not a subject attribute of aws-login: there are %s.%s", i.text, strings.Join(names, ", "), didYouMean(i.text, names)))
			ok = false
		case slices.Contains(attrs, a):
			e.problem(mistakef(v.itemAt(i.index), "Repeated subject attribute", "%s is listed already. Each may stand once, and the order is that of the subject.", i.text))
			ok = false
		default:
			attrs = append(attrs, a)
		}
	}
	if ok && len(attrs) > 0 && !slices.Contains(attrs, subject.CurrentEnvironment) && !slices.Contains(attrs, subject.RootEnvironment) {
		e.problem(cautionf(v.at(), "A subject without the environment",
			"The subject of this environment's tokens names no environment, so those of every environment of %s with the same attributes look alike, and a role that trusts them trusts all. Add %s.", e.org.name, subject.CurrentEnvironment))
	}
	return attrs, ok
}

// attributesAt is where the subject attributes stand.
func (e *environment) attributesAt() hcl.Range {
	for _, attrs := range []hcl.Attributes{e.block.esc.attrs, e.org.esc.attrs} {
		if a := attrs["subject_attributes"]; a != nil {
			return a.Expr.Range()
		}
	}
	return e.block.at
}

// file is the environment's ESC file.
func (e *environment) file(roleMax time.Duration, roleMaxOK bool) trust.EnvironmentFile {
	s := e.escSettings()
	source := sources{scope: e.scope, at: map[string]trust.Pos{"": e.scope.pos(s.at)}}
	get := func(name string, want cty.Type) value { return source.of("esc."+name, e.get(s, name, want)) }
	d := &trust.EnvironmentDocument{}
	d.Description, _ = e.text(get("description", cty.String), "")
	d.Imports = e.imports(get("imports", textList))
	d.LoginPath = e.loginPath(get("login", cty.String))
	d.Login.Duration = e.loginDuration(get("duration", cty.String), roleMax, roleMaxOK)
	d.Login.SessionName = e.sessionName(get("session_name", cty.String))
	d.Login.PolicyARNs = e.sessionPolicies(get("policy_arns", textList))
	for _, a := range e.attrs {
		d.Login.SubjectAttributes = append(d.Login.SubjectAttributes, string(a))
	}
	get("subject_attributes", textList)
	d.Variables = e.variables(get("environment_variables", textTable))
	d.Values = e.values(get("values", cty.DynamicPseudoType), d)
	f := trust.EnvironmentFile{
		Environment: e.String(),
		Stack:       e.c.settings.Stack,
		Path:        e.String() + ".yaml",
		Document:    d,
		Source:      source.at,
	}
	if e.account != nil {
		f.Account = e.accountID()
		d.Login.RoleARN = e.roleARN()
	}
	return f
}

func (e *environment) loginDuration(v value, roleMax time.Duration, roleMaxOK bool) time.Duration {
	d, ok := e.duration(v, time.Hour, leastLogin, maxSession)
	if ok && roleMaxOK && d > roleMax {
		at := e.block.at
		if v.attr != nil {
			at = v.at()
		}
		e.problem(mistakef(at, "Duration over the role's maximum",
			"The login asks for %s, and the role gives %s at most. Raise role.max_session_duration, or ask for less in esc.duration.", short(d), short(roleMax)))
	}
	return d
}

func (e *environment) sessionName(v value) string {
	text, ok := e.text(v, defaultSession)
	if ok && !sessionName.MatchString(text) {
		e.problem(mistakef(v.at(), "Invalid session name", "%q is not a session's name: STS takes 2 to 64 of letters, digits and _+=,.@-.", text))
	}
	return text
}

// sessionPolicies are the managed policies that narrow the session.
func (e *environment) sessionPolicies(v value) []trust.ARN {
	arns := e.policyARNs(v)
	if len(arns) > trust.MaxSessionPolicies {
		e.problem(mistakef(v.at(), "Too many session policies", "A session takes at most %d policies, and these are %d.", trust.MaxSessionPolicies, len(arns)))
	}
	return arns
}

// imports are the environments whose values come before this one's, in order.
func (e *environment) imports(v value) []string {
	list, _ := e.texts(v)
	var names []string
	for _, i := range list {
		name, version, versioned := strings.Cut(i.text, "@")
		project, environment, ok := strings.Cut(name, "/")
		var wrong string
		switch err := subject.CheckProject(project); {
		case !ok:
			wrong = "write project/environment; one without a project is default/" + name
		case err != nil:
			wrong = err.Error()
		case subject.CheckEnvironmentName(environment) != nil:
			wrong = subject.CheckEnvironmentName(environment).Error()
		case versioned && !versions.MatchString(version):
			wrong = "what follows @ is a revision's number or a tag"
		case e.known && name == e.id.Project+"/"+e.id.Name:
			wrong = "an environment cannot import itself"
		case slices.Contains(names, i.text):
			wrong = "it is listed already"
		}
		if wrong != "" {
			e.problem(mistakef(v.itemAt(i.index), "Invalid import", "%q cannot be imported: %s.", i.text, wrong))
			continue
		}
		names = append(names, i.text)
	}
	return names
}

// loginPath is where under values the login goes.
func (e *environment) loginPath(v value) []string {
	text, ok := e.text(v, "aws.login")
	if !ok {
		return nil
	}
	path := strings.Split(text, ".")
	switch {
	case !loginPaths.MatchString(text):
		e.problem(mistakef(v.at(), "Invalid login path", "%q is not a path below values: write names separated by dots, such as aws.login.", text))
		return nil
	case slices.Contains([]string{environmentVariables, "files", "pulumiConfig", "policyConfig"}, path[0]):
		e.problem(mistakef(v.at(), "Invalid login path", "%q is where Pulumi ESC looks for something else: %s is a reserved key below values. Choose another, such as aws.login.", text, path[0]))
		return nil
	}
	return path
}

// variables are the environment variables beside those of the login.
func (e *environment) variables(v value) map[string]trust.Text {
	entries, _ := e.table(v, true)
	texts := make(map[string]trust.Text, len(entries))
	for _, entry := range entries {
		switch {
		case !variableNames.MatchString(entry.key):
			e.problem(mistakef(v.keyAt(entry.key), "Invalid variable name", "%q is not the name of an environment variable: write letters, digits and _, beginning with no digit.", entry.key))
		case slices.Contains(loginVariables, entry.key):
			e.problem(mistakef(v.keyAt(entry.key), "Variable set twice", "%s is set from the login in every file. Leave it out.", entry.key))
		default:
			if text, ok := e.escText(entry.text, func() hcl.Range { return v.keyAt(entry.key) }); ok {
				texts[entry.key] = text
			}
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// escText takes a string apart at its ESC references.
func (e *environment) escText(s string, at func() hcl.Range) (trust.Text, bool) {
	text, err := splitReferences(s)
	if err != nil {
		e.problem(mistakef(at(), "Broken esc_ref", "%s. Use what esc_ref yields whole, alone or inside a template.", sentence(err.Error())))
		return nil, false
	}
	return text, true
}

// splitReferences takes a string apart at what esc_ref put into it.
func splitReferences(s string) (trust.Text, error) {
	if !strings.ContainsAny(s, escRefOpen+escRefClose) {
		return trust.Literal(s), nil
	}
	var text trust.Text
	for s != "" {
		literal, rest, found := strings.Cut(s, escRefOpen)
		if strings.Contains(literal, escRefClose) {
			return nil, fmt.Errorf("the beginning of an ESC reference was cut off")
		}
		if literal != "" {
			text = append(text, trust.TextPart{Literal: literal})
		}
		if !found {
			break
		}
		reference, after, closed := strings.Cut(rest, escRefClose)
		if !closed || reference == "" || strings.Contains(reference, escRefOpen) {
			return nil, fmt.Errorf("the end of an ESC reference was cut off")
		}
		text = append(text, trust.TextPart{Reference: reference})
		s = after
	}
	return text, nil
}
