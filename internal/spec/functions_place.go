package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/subject"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// placeFunctions are the functions that depend on where they are called: on
// the organisation around, and on the environments that are declared.
func (s *scope) placeFunctions() map[string]function.Function {
	org, roleARN := s.org, s.roleARN
	return map[string]function.Function{
		"env_sub": subjectFunction(org, "environment", []string{"environment", "user", "team", "token_type"}, envSub),
		"deploy_sub": subjectFunction(org, "", []string{"project", "stack", "operation"}, func(org string, part map[string]string) (string, error) {
			d := subject.Deployment{Org: org, Project: part["project"], Stack: part["stack"], Operation: part["operation"]}
			return d.Subject(), d.Check()
		}),
		"role_arn": s.meter.limited("role_arn", textFunction(cty.String, func(args []string) (cty.Value, error) {
			if roleARN == nil {
				return cty.NilVal, errors.New("role_arn has an answer only inside an environment")
			}
			arn, err := roleARN(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(arn), nil
		}, "environment")),
	}
}

func envSub(org string, part map[string]string) (string, error) {
	r := subject.Reference{Org: org, Environment: part["environment"], User: part["user"], Team: part["team"], TokenType: part["token_type"]}
	if r.Environment == "" {
		return "", errors.New(`"environment" is missing: it is project/environment, or a pattern of such`)
	}
	return r.Encode(), r.Check()
}

// subjectFunction is env_sub or deploy_sub: ([org,] what), where what is an
// object of the attributes, or the text of the main one.
func subjectFunction(org, main string, attributes []string, f func(org string, part map[string]string) (string, error)) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "arguments", Type: cty.DynamicPseudoType},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			org, what := org, len(args)-1
			switch {
			case len(args) == 2 && args[0].Type() == cty.String:
				org = args[0].AsString()
			case len(args) == 2:
				return cty.NilVal, function.NewArgErrorf(0, "the organization is a string")
			case len(args) != 1:
				return cty.NilVal, errors.New("one argument is needed, or two: the organization and that")
			case org == "":
				return cty.NilVal, errors.New("outside an org block the organization must be given, as the first of two arguments")
			}
			if !args[what].IsWhollyKnown() {
				return cty.UnknownVal(cty.String), nil
			}
			part, err := subjectParts(args[what], main, attributes)
			if err != nil {
				return cty.NilVal, function.NewArgError(what, err)
			}
			for _, name := range attributes {
				if wrong := wrongVariable(part[name]); wrong != "" {
					return cty.NilVal, function.NewArgErrorf(what, "attribute %q: %s", name, wrong)
				}
			}
			text, err := f(org, part)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(text), nil
		},
	})
}

func subjectParts(v cty.Value, main string, attributes []string) (map[string]string, error) {
	ty := v.Type()
	if ty == cty.String && main != "" {
		return map[string]string{main: v.AsString()}, nil
	}
	if !ty.IsObjectType() && !ty.IsMapType() {
		what := "an object is required, with any of "
		if main != "" {
			what = "a string or an object is required, with any of "
		}
		return nil, errors.New(what + strings.Join(attributes, ", "))
	}
	parts := map[string]string{}
	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		name := key.AsString()
		if !slices.Contains(attributes, name) {
			hint := "" // in brackets, since HCL ends the sentence
			if guess := didYouMean(name, attributes); guess != "" {
				hint = " (" + strings.TrimSpace(guess) + ")"
			}
			return nil, fmt.Errorf("there is no attribute %q%s, only %s", name, hint, strings.Join(attributes, ", "))
		}
		text, err := convert.Convert(element, cty.String)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		if text.IsNull() {
			continue
		}
		if text.AsString() == "" {
			return nil, fmt.Errorf("attribute %q is empty: leave it out, or write null, to mean any", name)
		}
		parts[name] = text.AsString()
	}
	return parts, nil
}
