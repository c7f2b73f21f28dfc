// Package esctest judges ESC environments in tests with Pulumi's own evaluator.
// It stands in for Pulumi Cloud: no network, no token, and an aws-login that
// takes what AWS would take. It is for tests alone; nothing else imports it.
package esctest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/esc"
	"github.com/pulumi/esc/eval"
)

// What the stub's login answers.
const (
	AccessKeyID     = "ASIAJUDGE"
	SecretAccessKey = "judge/secret"
	SessionToken    = "judge=token"
)

// Judge checks and evaluates an environment; any diagnostic, a warning too,
// fails the test. name is org/project/environment. It returns the environment
// variables that a process would be given, and everything under values as plain
// JSON values (numbers are json.Number), secrets in the clear.
//
// Every import is answered with an environment that holds one value,
// {"imported": {"<name>": true}}.
func Judge(t testing.TB, name string, content []byte) (env map[string]string, values any) {
	t.Helper()
	env, values, err := Evaluate(name, content)
	if err != nil {
		t.Fatalf("ESC refuses %s: %v\n%s", name, err, content)
	}
	return env, values
}

// Evaluate is Judge without a test: all diagnostics are in the error.
func Evaluate(name string, content []byte) (env map[string]string, values any, err error) {
	_, name, _ = strings.Cut(name, "/")
	decl, diags, err := eval.LoadYAMLBytes(name, content)
	if err != nil {
		return nil, nil, fmt.Errorf("load: %w", err)
	}
	if len(diags) > 0 {
		return nil, nil, fmt.Errorf("load: %w", diags)
	}
	execution, err := esc.NewExecContext(map[string]esc.Value{})
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	if _, diags = eval.CheckEnvironment(ctx, name, decl, nil, providers{}, environments{}, execution, true); len(diags) > 0 {
		return nil, nil, fmt.Errorf("check: %w", diags)
	}
	opened, diags := eval.EvalEnvironment(ctx, name, decl, nil, providers{}, environments{}, execution)
	if len(diags) > 0 {
		return nil, nil, fmt.Errorf("open: %w", diags)
	}
	if opened == nil {
		return nil, nil, errors.New("open: the environment is empty")
	}
	env = map[string]string{}
	for name, value := range opened.GetEnvironmentVariables() {
		env[name] = value.ToString(false)
	}
	root := esc.NewValue(opened.Properties)
	if unknown(root) {
		return nil, nil, errors.New("open: a value is unknown")
	}
	return env, root.ToJSON(false), nil
}

func unknown(v esc.Value) bool {
	switch inner := v.Value.(type) {
	case []esc.Value:
		for _, e := range inner {
			if unknown(e) {
				return true
			}
		}
	case map[string]esc.Value:
		for _, e := range inner {
			if unknown(e) {
				return true
			}
		}
	}
	return v.Unknown
}

// environments answers imports.
type environments struct{}

func (environments) LoadEnvironment(_ context.Context, name string) ([]byte, eval.Decrypter, error) {
	return fmt.Appendf(nil, "values: {imported: {%q: true}}", name), nil, nil
}
