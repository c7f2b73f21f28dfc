package spec

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxTemplates is how many templatefile calls may be open, one in the other.
const maxTemplates = 10

// fileFunction is file(path): the text of a file below the configuration's folder.
func fileFunction(f *folder) function.Function {
	return textFunction(cty.String, func(args []string) (cty.Value, error) {
		content, err := f.text(args[0])
		return cty.StringVal(content), err
	}, "path")
}

// text reads a file that must be text.
func (f *folder) text(name string) (string, error) {
	content, err := f.read(name, maxFile)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(content) {
		return "", fmt.Errorf("%q is not UTF-8 text", name)
	}
	if strings.ContainsFunc(string(content), isReserved) {
		return "", fmt.Errorf("%q: %s", name, reservedDetail)
	}
	return string(content), nil
}

// templateFile is templatefile(path, vars): a file as a template, which sees
// vars and the functions, but not what depends on the place of the call.
func templateFile(m *meter, f *folder, functions func() map[string]function.Function) function.Function {
	templates := map[string]hclsyntax.Expression{}
	var table map[string]function.Function
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		// Rendering is what tells the type, and is done once.
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name, vars := args[0].AsString(), args[1]
			m.walked(vars)
			if !vars.Type().IsObjectType() && !vars.Type().IsMapType() {
				return cty.NilVal, function.NewArgErrorf(1, "an object of the template's variables is required")
			}
			content, err := f.text(name)
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			m.charge(1 + len(content)/bytesPerUnit)
			tree, ok := templates[name]
			if !ok {
				if tree, err = parseTemplate(m, content, name); err != nil {
					return cty.NilVal, function.NewArgError(0, err)
				}
				templates[name] = tree
			}
			ctx := &hcl.EvalContext{Variables: vars.AsValueMap()}
			for _, t := range tree.Variables() {
				if _, ok := ctx.Variables[t.RootName()]; !ok {
					return cty.NilVal, function.NewArgErrorf(1, "the template refers to %q at %s, which is not given", t.RootName(), place(t.SourceRange()))
				}
			}
			if m.depth++; m.depth > maxTemplates {
				return cty.NilVal, function.NewArgErrorf(0, "templates may call each other %d deep", maxTemplates)
			}
			defer func() { m.depth-- }()
			if table == nil {
				table = functions()
			}
			ctx.Functions = table
			v, diags := tree.Value(ctx)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgError(0, diagnosticError(diags))
			}
			m.made(v)
			return v, nil
		},
	})
}

func parseTemplate(m *meter, content, name string) (hclsyntax.Expression, error) {
	if _, d := checkTemplateDepth([]byte(content), name, hcl.InitialPos); d != nil {
		return nil, diagnosticError(hcl.Diagnostics{d})
	}
	tree, diags := hclsyntax.ParseTemplate([]byte(content), name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diagnosticError(diags)
	}
	return m.instrument(tree), nil
}

// diagnosticError is the first mistake as an error with its place.
func diagnosticError(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			return fmt.Errorf("%s: %s: %s", place(*d.Subject), d.Summary, d.Detail)
		}
	}
	return errors.New(diags.Error())
}
