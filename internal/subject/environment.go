package subject

import (
	"fmt"
	"slices"
	"strings"
)

// Environment is an ESC environment.
type Environment struct{ Org, Project, Name string }

// ParseEnvironment reads org/project/environment and holds each part to its rules.
func ParseEnvironment(s string) (Environment, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return Environment{}, fmt.Errorf("%q is not an environment: write organization/project/environment", s)
	}
	e := Environment{Org: parts[0], Project: parts[1], Name: parts[2]}
	if err := e.check(); err != nil {
		return Environment{}, err
	}
	return e, nil
}

func (e Environment) check() error {
	if err := CheckOrg(e.Org); err != nil {
		return err
	}
	if err := CheckProject(e.Project); err != nil {
		return err
	}
	return CheckEnvironmentName(e.Name)
}

// String is org/project/environment.
func (e Environment) String() string { return e.Org + "/" + e.Project + "/" + e.Name }

// Audience is the audience of the environment's tokens: aws:ORG, or the bare
// ORG in the legacy project "default".
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/aws/
func (e Environment) Audience() string { return audience(e.Org, e.Project == legacyProject) }

func audience(org string, legacy bool) string {
	if legacy {
		return org
	}
	return awsAudience(org)
}

// Attribute is one of ESC's subject attributes.
type Attribute string

// The attributes that aws-login accepts. pulumi.token.name is not among them:
// users choose it, and so could forge a subject.
const (
	CurrentEnvironment Attribute = "currentEnvironment.name" // where the login is written
	RootEnvironment    Attribute = "rootEnvironment.name"    // what was opened
	UserLogin          Attribute = "pulumi.user.login"       // the organization's name for team and organization tokens
	OrganizationLogin  Attribute = "pulumi.organization.login"
	TokenType          Attribute = "pulumi.token.type"
	TokenTeam          Attribute = "pulumi.token.team"
)

// Attributes are all subject attributes, in the order of Pulumi's own page.
// https://www.pulumi.com/docs/esc/guides/configuring-oidc/
func Attributes() []Attribute {
	return []Attribute{CurrentEnvironment, RootEnvironment, UserLogin, OrganizationLogin, TokenType, TokenTeam}
}

// CheckAttributes refuses attributes that ESC does not know, and one listed twice.
func CheckAttributes(attrs []Attribute) error {
	for i, a := range attrs {
		if !slices.Contains(Attributes(), a) {
			return fmt.Errorf("%q is not a subject attribute: there are %s", string(a), list(Attributes()))
		}
		if slices.Contains(attrs[:i], a) {
			return fmt.Errorf("the subject attribute %s is listed twice", a)
		}
	}
	return nil
}

func list(attrs []Attribute) string {
	words := make([]string, len(attrs))
	for i, a := range attrs {
		words[i] = string(a)
	}
	return strings.Join(words, ", ")
}

// Claims are what a token says of who opened the environment. An empty one
// stands for any, and makes the subject a pattern where its attribute is listed.
type Claims struct{ User, Team, TokenType string }

// Subjects are the subjects of the environment's own tokens, for the subject
// attributes in the order listed. Without attributes it is the default
// subject. In the legacy project there are two wherever currentEnvironment.name
// is listed: it resolves as the environment was spelled when it was opened, dev
// or default/dev, while rootEnvironment.name is always the bare name.
//
// The default subject's other spelling, <yaml>, which is the same for every
// environment of an organization, is never among them.
func (e Environment) Subjects(attrs []Attribute, c Claims) []string {
	return spell(e.Project, e.Name).subjects(e.Org, attrs, c)
}

// spelling is how subjects spell an environment, or a pattern of environments.
type spelling struct {
	plain   string   // in the default subject
	current []string // as currentEnvironment.name
	root    string   // as rootEnvironment.name
}

func spell(project, name string) spelling {
	full := project + "/" + name
	if project == legacyProject {
		return spelling{plain: name, current: []string{name, full}, root: name}
	}
	return spelling{plain: full, current: []string{full}, root: full}
}

func (s spelling) subjects(org string, attrs []Attribute, c Claims) []string {
	if len(attrs) == 0 {
		return []string{prefixEnvironment + org + ":env:" + s.plain}
	}
	subjects := []string{prefixAttributes + org}
	for _, a := range attrs {
		var values []string
		switch a {
		case CurrentEnvironment:
			values = s.current
		case RootEnvironment:
			values = []string{s.root}
		case OrganizationLogin:
			values = []string{org}
		case UserLogin:
			values = []string{or(c.User)}
		case TokenType:
			values = []string{or(c.TokenType)}
		case TokenTeam:
			values = []string{or(c.Team)}
		default:
			panic("subject: unknown attribute " + string(a))
		}
		var longer []string
		for _, v := range values {
			for _, begun := range subjects {
				longer = append(longer, begun+":"+string(a)+":"+v)
			}
		}
		subjects = longer
	}
	return subjects
}
