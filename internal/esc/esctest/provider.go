package esctest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/esc"
	"github.com/pulumi/esc/schema"
)

// providers are the functions behind fn::open.
type providers struct{}

func (providers) LoadProvider(_ context.Context, name string) (esc.Provider, error) {
	switch name {
	case "aws-login":
		return login{}, nil
	case "aws-secrets", "aws-parameter-store":
		return lookup{}, nil
	}
	return nil, fmt.Errorf("the judge has no provider %q", name)
}

func (providers) LoadRotator(_ context.Context, name string) (esc.Rotator, error) {
	return nil, fmt.Errorf("the judge has no rotator %q", name)
}

// login is aws-login with the schema that Pulumi Cloud publishes for it.
// https://www.pulumi.com/docs/esc/integrations/dynamic-login-credentials/aws-login/
type login struct{}

var subjectAttributes = []string{
	"currentEnvironment.name", "rootEnvironment.name", "pulumi.user.login",
	"pulumi.organization.login", "pulumi.token.type", "pulumi.token.team",
}

func arns() *schema.StringBuilder { return schema.String().MinLength(20).MaxLength(2048) }

func (login) Schema() (inputs, outputs *schema.Schema) {
	oidc := schema.Object().Properties(schema.BuilderMap{
		"duration":          schema.String().Pattern(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`),
		"policyArns":        schema.Array().Items(arns()),
		"roleArn":           arns(),
		"sessionName":       schema.String().MinLength(2).MaxLength(64).Pattern(`[\w+=,.@-]*`),
		"subjectAttributes": schema.Array().Items(schema.String().Enum(subjectAttributes...)),
	}).Required("roleArn", "sessionName")
	static := schema.Object().Properties(schema.BuilderMap{
		"accessKeyId": schema.String(), "secretAccessKey": schema.String(), "sessionToken": schema.String(),
	}).Required("accessKeyId", "secretAccessKey")
	inputs = schema.Object().Properties(schema.BuilderMap{"oidc": oidc, "static": static}).Schema()
	outputs = schema.Object().Properties(schema.BuilderMap{
		"accessKeyId": schema.String(), "secretAccessKey": schema.String(), "sessionToken": schema.String(),
	}).Required("accessKeyId", "secretAccessKey").Schema()
	return inputs, outputs
}

var (
	wholeRole    = regexp.MustCompile(`^arn:aws(-[a-z-]+)?:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	wholePolicy  = regexp.MustCompile(`^arn:aws(-[a-z-]+)?:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+$`)
	wholeSession = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// Open refuses what the schema lets pass and AWS or Pulumi Cloud would not.
func (login) Open(_ context.Context, inputs map[string]esc.Value, _ esc.EnvExecContext) (esc.Value, error) {
	text, err := json.Marshal(esc.NewValue(inputs).ToJSON(false))
	if err != nil {
		return esc.Value{}, err
	}
	var in struct {
		OIDC struct {
			Duration          string   `json:"duration"`
			PolicyARNs        []string `json:"policyArns"`
			RoleARN           string   `json:"roleArn"`
			SessionName       string   `json:"sessionName"`
			SubjectAttributes []string `json:"subjectAttributes"`
		} `json:"oidc"`
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields() // and so neither a key misspelled nor static
	if err := d.Decode(&in); err != nil {
		return esc.Value{}, fmt.Errorf("aws-login: %w", err)
	}
	l := in.OIDC
	duration, err := time.ParseDuration(l.Duration)
	switch {
	case err != nil:
		return esc.Value{}, fmt.Errorf("aws-login: %w", err)
	case duration < 15*time.Minute || duration > 12*time.Hour:
		return esc.Value{}, fmt.Errorf("aws-login: STS refuses a session of %s", duration)
	case !wholeRole.MatchString(l.RoleARN):
		return esc.Value{}, fmt.Errorf("aws-login: %q is not a role", l.RoleARN)
	case !wholeSession.MatchString(l.SessionName):
		return esc.Value{}, fmt.Errorf("aws-login: STS refuses the session name %q", l.SessionName)
	case slices.ContainsFunc(l.PolicyARNs, func(p string) bool { return !wholePolicy.MatchString(p) }) || len(l.PolicyARNs) > 10:
		return esc.Value{}, fmt.Errorf("aws-login: STS refuses the policies %q", l.PolicyARNs)
	}
	for i, a := range l.SubjectAttributes {
		if slices.Contains(l.SubjectAttributes[:i], a) {
			return esc.Value{}, fmt.Errorf("aws-login: %s is listed twice", a)
		}
	}
	return esc.NewSecret(map[string]esc.Value{
		"accessKeyId":     esc.NewValue(AccessKeyID),
		"secretAccessKey": esc.NewValue(SecretAccessKey),
		"sessionToken":    esc.NewValue(SessionToken),
	}), nil
}

// lookup is aws-secrets and aws-parameter-store: under each name in get it
// answers a string that says so.
// https://www.pulumi.com/docs/esc/integrations/dynamic-secrets/aws-secrets/
type lookup struct{}

func (lookup) Schema() (inputs, outputs *schema.Schema) {
	inputs = schema.Object().Properties(schema.BuilderMap{
		"region": schema.String(),
		"login": schema.Object().Properties(schema.BuilderMap{
			"accessKeyId": schema.String(), "secretAccessKey": schema.String(), "sessionToken": schema.String(),
		}).Required("accessKeyId", "secretAccessKey"),
		"get": schema.Object().AdditionalProperties(schema.Always()),
	}).Required("region", "login", "get").Schema()
	return inputs, schema.Object().AdditionalProperties(schema.String()).Schema()
}

func (lookup) Open(_ context.Context, inputs map[string]esc.Value, _ esc.EnvExecContext) (esc.Value, error) {
	get, _ := inputs["get"].Value.(map[string]esc.Value)
	out := map[string]esc.Value{}
	for name := range get {
		out[name] = esc.NewValue("the secret " + name)
	}
	return esc.NewSecret(out), nil
}
