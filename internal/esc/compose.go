package esc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/trust"
)

// The keys of an environment that ESC gives a meaning.
const (
	keyVariables = "environmentVariables"
	keyFiles     = "files"
	keyLogin     = "fn::open::aws-login"
)

// output is one output of aws-login and the variable that AWS's tools read it from.
// https://www.pulumi.com/docs/esc/integrations/dynamic-login-credentials/aws-login/
type output struct{ name, variable string }

func outputs() []output {
	return []output{
		{"accessKeyId", "AWS_ACCESS_KEY_ID"},
		{"secretAccessKey", "AWS_SECRET_ACCESS_KEY"},
		{"sessionToken", "AWS_SESSION_TOKEN"},
	}
}

// compose is everything under values, in one tree: the user's values with the
// login and the variables put in. The mistakes are places that two of them
// claim.
func compose(d *trust.EnvironmentDocument) (map[string]trust.Value, []error) {
	values := copyObject(d.Values)
	mistakes := &mistakes{}
	set(values, d.LoginPath, map[string]trust.Value{keyLogin: login(d.Login)}, "login", mistakes)
	for _, o := range outputs() {
		ref := trust.Text{{Reference: formatReference(append(keys(d.LoginPath), o.name))}}
		set(values, []string{keyVariables, o.variable}, ref, "values", mistakes)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Variables)) {
		set(values, []string{keyVariables, name}, d.Variables[name], "environment_variables", mistakes)
	}
	return values, mistakes.list
}

// set puts a value at a path where there is none yet.
func set(object map[string]trust.Value, path []string, value trust.Value, attribute string, m *mistakes) {
	for i, key := range path {
		here, taken := object[key]
		if i == len(path)-1 {
			if taken {
				m.add(attribute, "%s is set in two places: by the login or a variable, and in values or environment_variables; keep one", formatReference(keys(path)))
				return
			}
			object[key] = value
			return
		}
		if !taken {
			here = map[string]trust.Value{}
			object[key] = here
		}
		next, ok := here.(map[string]trust.Value)
		if !ok || function(next) != "" {
			m.add(attribute, "%s cannot be set: values has something else than an object at %s", formatReference(keys(path)), formatReference(keys(path[:i+1])))
			return
		}
		object = next
	}
}

// login is the input of aws-login.
func login(l trust.Login) map[string]trust.Value {
	oidc := map[string]trust.Value{
		"duration":    trust.Literal(formatDuration(l.Duration)),
		"roleArn":     trust.Literal(string(l.RoleARN)),
		"sessionName": trust.Literal(l.SessionName),
	}
	if len(l.PolicyARNs) > 0 {
		oidc["policyArns"] = literals(l.PolicyARNs)
	}
	if len(l.SubjectAttributes) > 0 {
		oidc["subjectAttributes"] = literals(l.SubjectAttributes)
	}
	return map[string]trust.Value{"oidc": oidc}
}

func literals[S ~string](list []S) []trust.Value {
	values := make([]trust.Value, len(list))
	for i, s := range list {
		values[i] = trust.Literal(string(s))
	}
	return values
}

// formatDuration spells a duration as ESC reads it: ([0-9]+h)?([0-9]+m)?([0-9]+s)?.
func formatDuration(d time.Duration) string {
	s := int64(d / time.Second)
	var b strings.Builder
	for _, unit := range []struct {
		name string
		n    int64
	}{{"h", s / 3600}, {"m", s / 60 % 60}, {"s", s % 60}} {
		if unit.n > 0 {
			fmt.Fprintf(&b, "%d%s", unit.n, unit.name)
		}
	}
	return b.String()
}

// copyObject copies objects down to what is not an object.
func copyObject(o map[string]trust.Value) map[string]trust.Value {
	c := make(map[string]trust.Value, len(o))
	for k, v := range o {
		if object, ok := v.(map[string]trust.Value); ok {
			v = copyObject(object)
		}
		c[k] = v
	}
	return c
}

// function is the name of the built-in function that an object calls, the first
// of several, or "". ESC folds letter case in refusing the prefix elsewhere.
func function(object map[string]trust.Value) string {
	const prefix = "fn::"
	first := ""
	for key := range object {
		if len(key) >= len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) && (first == "" || key < first) {
			first = key
		}
	}
	return first
}
