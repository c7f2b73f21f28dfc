package esc

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// Mistake is something in a document that ESC or AWS would refuse, or read
// otherwise than it was meant.
type Mistake struct {
	// Attribute is where it is, as the language spells the attributes of an
	// esc block: "duration", "values"; "" is the environment itself.
	Attribute string
	Detail    string
}

func (m *Mistake) Error() string {
	if m.Attribute == "" {
		return m.Detail
	}
	return m.Attribute + ": " + m.Detail
}

type mistakes struct{ list []error }

func (m *mistakes) add(attribute, format string, args ...any) {
	m.list = append(m.list, &Mistake{attribute, fmt.Sprintf(format, args...)})
}

// addError records an error's text, where there is one.
func (m *mistakes) addError(attribute string, err error) {
	if err != nil {
		m.add(attribute, "%v", err)
	}
}

// Check holds a file to the rules of Encode: those of ESC's schema, and those
// that ESC itself tells only when somebody opens the environment, or never. Each
// error is a *Mistake; the order is always the same.
func Check(f trust.EnvironmentFile) []error {
	_, mistakes := check(f)
	return mistakes
}

// check composes the document on the way: without a mistake, its values are
// what is written.
func check(f trust.EnvironmentFile) (values map[string]trust.Value, wrong []error) {
	m := &mistakes{}
	_, err := Path(f.Environment)
	m.addError("", err)
	if _, ok := ParseHeader([]byte(headerOf(f).String())); !ok {
		m.add("", "the file's first line cannot name stack %q, account %q and environment %q", f.Stack, f.Account, f.Environment)
	}
	d := f.Document
	if d == nil {
		m.add("", "there is no document")
		return nil, m.list
	}
	checkLogin(d.Login, f.Account, m)
	checkLoginPath(d.LoginPath, m)
	checkImports(f.Environment, d.Imports, m)
	if !utf8.ValidString(d.Description) {
		m.add("description", "it is not valid UTF-8")
	}
	values, conflicts := compose(d)
	m.list = append(m.list, conflicts...)
	checkVariables(d, values, m)
	checkValues(d, values, m)
	return values, m.list
}

// The patterns of aws-login's schema are not anchored, and it takes any text of
// the right length for an ARN; these are the whole of it.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
var (
	sessionName = grammar.Sized(2, 64, `^[A-Za-z0-9_+=,.@-]+$`)
	roleARN     = grammar.Of(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/[\x21-\x7e]+$`)
	policyARN   = grammar.Of(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[\x21-\x7e]+$`)
)

func checkLogin(l trust.Login, account trust.AccountID, m *mistakes) {
	arn := string(l.RoleARN)
	if match := roleARN.Regexp().FindStringSubmatch(arn); match == nil || len(arn) < 20 || len(arn) > 2048 {
		m.add("", "%q is not the ARN of a role", arn)
	} else if match[1] != string(account) {
		m.add("", "the role %s is not in account %s", arn, account)
	}
	if !sessionName.MatchString(l.SessionName) {
		m.add("session_name", "%q is not a session name: 2 to 64 of a-z, A-Z, 0-9 and _ + = , . @ -", l.SessionName)
	}
	if l.Duration < 15*time.Minute || l.Duration > 12*time.Hour || l.Duration%time.Second != 0 {
		m.add("duration", "a session lasts from 15m to 12h, in whole seconds, not %s", l.Duration)
	}
	attrs := make([]subject.Attribute, len(l.SubjectAttributes))
	for i, a := range l.SubjectAttributes {
		attrs[i] = subject.Attribute(a)
	}
	m.addError("subject_attributes", subject.CheckAttributes(attrs))
	for _, p := range l.PolicyARNs {
		if !policyARN.MatchString(string(p)) || len(p) < 20 || len(p) > 2048 {
			m.add("policy_arns", "%q is not the ARN of a managed policy", string(p))
		}
	}
	if len(l.PolicyARNs) > trust.MaxSessionPolicies {
		m.add("policy_arns", "a session takes %d policies, not %d", trust.MaxSessionPolicies, len(l.PolicyARNs))
	}
}

func checkLoginPath(path []string, m *mistakes) {
	if len(path) == 0 {
		m.add("login", "it is empty: write where under values the login goes, such as aws.login")
		return
	}
	if slices.Contains([]string{keyVariables, keyFiles, "pulumiConfig", "policyConfig"}, path[0]) {
		m.add("login", "%s has a meaning of its own in ESC: put the login somewhere else, such as aws.login", path[0])
	}
	for _, key := range path {
		if !expressible(key) {
			m.add("login", "no reference can name the key %q: it is empty or ends with a backslash", key)
		}
	}
}

// importName is [project/]environment, and a revision or tag where one is pinned.
var importName = grammar.Of(`^(?:([^/@]+)/)?([^/@]+)(@[A-Za-z0-9._-]+)?$`)

func checkImports(environment string, imports []string, m *mistakes) {
	_, own, _ := strings.Cut(environment, "/")
	for i, name := range imports {
		match := importName.Regexp().FindStringSubmatch(name)
		if match == nil {
			m.add("imports", "%q is not an environment: write project/environment", name)
			continue
		}
		project := match[1]
		if project == "" {
			project = "default"
		}
		m.addError("imports", subject.CheckProject(project))
		m.addError("imports", subject.CheckEnvironmentName(match[2]))
		if project+"/"+match[2] == own && match[3] == "" {
			m.add("imports", "%q is the environment itself", name)
		}
		if slices.Contains(imports[:i], name) {
			m.add("imports", "%q is listed twice", name)
		}
	}
}

// variableName is what a shell can read; POSIX has no other names.
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
var variableName = grammar.Of(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkVariables checks the two keys that become variables of a process. ESC
// drops without a word what it cannot pass on.
func checkVariables(d *trust.EnvironmentDocument, values map[string]trust.Value, m *mistakes) {
	for _, key := range []string{keyVariables, keyFiles} {
		object, ok := values[key].(map[string]trust.Value)
		if !ok {
			if _, there := values[key]; there {
				m.add("values", "%s is not an object", key)
			}
			continue
		}
		if function(object) != "" {
			continue // the result is ESC's to know
		}
		for _, name := range sortedKeys(object) {
			attribute := "values"
			if _, ok := d.Variables[name]; ok && key == keyVariables {
				attribute = "environment_variables"
			}
			if !variableName.MatchString(name) {
				m.add(attribute, "%q is not the name of a variable: letters, digits and _, and no digit first", name)
			}
			switch v := object[name].(type) {
			case []trust.Value:
				m.add(attribute, "the variable %s is a list: ESC would leave it out; join it to a string", name)
			case map[string]trust.Value:
				if function(v) == "" {
					m.add(attribute, "the variable %s is an object: ESC would leave it out; make it a string", name)
				}
			case trust.Text:
				if key == keyVariables && slices.ContainsFunc(v, func(p trust.TextPart) bool { return strings.Contains(p.Literal, "\x00") }) {
					m.add(attribute, "the variable %s holds a NUL character, and no process can be given that", name)
				}
				if composite(d, values, v) {
					m.add(attribute, "the variable %s is a reference to an object or a list: ESC would leave it out; name one of its elements", name)
				}
			}
		}
	}
}
