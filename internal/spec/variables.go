package spec

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

var variableSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "sensitive"}, {Name: "nullable"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "validation"}},
}

var validationSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "condition", Required: true}, {Name: "error_message", Required: true}},
}

// variable is a variable block.
type variable struct {
	name        string
	at          hcl.Range
	ty          cty.Type // with optional attributes, for conversions
	defaults    *typeexpr.Defaults
	initial     cty.Value // its default; cty.NilVal where it has none
	description string
	sensitive   bool
	nullable    bool
	validations []*hcl.BodyContent
}

// decodeVariable reads a variable block. What is wrong with one leaves it with
// the type of any value.
func decodeVariable(s *scope, block *hcl.Block) (*variable, hcl.Diagnostics) {
	content, diags := block.Body.Content(variableSchema)
	v := &variable{name: block.Labels[0], at: block.DefRange, ty: cty.DynamicPseudoType, nullable: true}
	attrs := content.Attributes
	if attr := attrs["type"]; attr != nil {
		ty, defaults, d := typeConstraint(s, attr.Expr)
		if diags = append(diags, d...); !d.HasErrors() {
			v.ty, v.defaults = ty, defaults
		}
	}
	settings := &reader{scope: s}
	if description, ok := settings.constantText(attrs["description"]); ok {
		v.description = description
	}
	v.sensitive = settings.constantBool(attrs["sensitive"], false)
	v.nullable = settings.constantBool(attrs["nullable"], true)
	diags = append(diags, settings.diags...)
	if attr := attrs["default"]; attr != nil {
		value, d := v.fit(s, attr.Expr.Range(), "Invalid default value for variable", func() (cty.Value, hcl.Diagnostics) { return attr.Expr.Value(nil) })
		if !d.HasErrors() && value.IsNull() && !v.nullable {
			d = append(d, mistake(attr.Expr.Range(), "Invalid default value for variable", "The default is null, and nullable is false."))
		}
		if d.HasErrors() { // it has a default, if a wrong one
			value = cty.UnknownVal(v.plainType())
		}
		v.initial = value
		diags = append(diags, d...)
	}
	for _, b := range content.Blocks {
		validation, d := b.Body.Content(validationSchema)
		diags = append(diags, d...)
		if validation.Attributes["condition"] != nil && validation.Attributes["error_message"] != nil {
			v.validations = append(v.validations, validation)
		}
	}
	return v, diags
}

// typeConstraint reads a type. In the JSON form it is a string that hcl parses
// as an expression, so its depth is checked first.
func typeConstraint(s *scope, expr hcl.Expression) (ty cty.Type, defaults *typeexpr.Defaults, diags hcl.Diagnostics) {
	if hcljson.IsJSONExpression(expr) {
		if v, _ := expr.Value(nil); v.Type() == cty.String && !v.IsNull() {
			if _, d := checkDepth([]byte(v.AsString()), expr.Range().Filename, expr.Range().Start); d != nil {
				return cty.DynamicPseudoType, nil, hcl.Diagnostics{d}
			}
		}
	}
	_, diags = s.meter.run(expr.Range(), func() (cty.Value, hcl.Diagnostics) { // optional() evaluates its default
		var d hcl.Diagnostics
		ty, defaults, d = typeexpr.TypeConstraintWithDefaults(expr)
		return cty.DynamicVal, d
	})
	return ty, defaults, diags
}

func (v *variable) plainType() cty.Type { return v.ty.WithoutOptionalAttributesDeep() }

// fit evaluates what is given for the variable, or is its default, and
// converts it as Terraform does: defaults of optional attributes first.
func (v *variable) fit(s *scope, at hcl.Range, summary string, evaluate func() (cty.Value, hcl.Diagnostics)) (cty.Value, hcl.Diagnostics) {
	return s.meter.run(at, func() (cty.Value, hcl.Diagnostics) {
		value, diags := evaluate()
		if diags.HasErrors() {
			return value, diags
		}
		s.meter.walked(value)
		if v.defaults != nil && !value.IsNull() {
			s.meter.charge(squares(value.Type()))
			value = v.defaults.Apply(value)
		}
		value, err := s.meter.convert(value, v.ty)
		if err != nil {
			diags = append(diags, mistake(at, summary, fmt.Sprintf("The value for var.%s does not fit its type: %s.", v.name, pathError(err))))
		}
		return value, diags
	})
}

// resolve is the variable's value, of what was given for it, if anything.
func (v *variable) resolve(s *scope, g *given, o Options) (cty.Value, hcl.Diagnostics) {
	value, diags := v.unmarked(s, g, o)
	if diags.HasErrors() {
		value = cty.UnknownVal(v.plainType())
	}
	if v.sensitive {
		value = value.Mark(sensitive{})
	}
	return value, diags
}

func (v *variable) unmarked(s *scope, g *given, o Options) (cty.Value, hcl.Diagnostics) {
	if g == nil {
		switch {
		case v.initial != cty.NilVal:
			return v.initial, nil
		case o.Partial:
			s.partial = true
			return cty.UnknownVal(v.plainType()), nil
		case o.Ask == nil:
			return cty.NilVal, hcl.Diagnostics{mistake(v.at, "No value for required variable",
				fmt.Sprintf("The variable %q has no default, so a value must be given: with -var or -var-file, in a file of variable values, or as TRUSTCTL_VAR_%s in the environment.", v.name, v.name))}
		}
		answer, err := o.Ask(v.name, v.description, v.sensitive)
		if err != nil {
			return cty.NilVal, hcl.Diagnostics{mistake(v.at, "No value for required variable", fmt.Sprintf("The variable %q has no default, and asking for it failed: %s.", v.name, err))}
		}
		g = &given{text: answer, source: "what was entered"}
	}
	at := v.at
	if g.expr != nil && !v.sensitive { // else the source line would show it
		at = g.expr.Range()
	}
	const summary = "Invalid value for variable"
	value, diags := v.fit(s, at, summary, func() (cty.Value, hcl.Diagnostics) { return g.value(s, v) })
	if diags.HasErrors() {
		if v.sensitive {
			diags = hcl.Diagnostics{mistake(at, summary, fmt.Sprintf("The value for var.%s, from %s, does not fit its type. It is sensitive, so no more is shown.", v.name, g.source))}
		}
		return cty.NilVal, diags
	}
	switch {
	case value.IsNull() && !v.nullable && v.initial != cty.NilVal:
		return v.initial, diags
	case value.IsNull() && !v.nullable:
		diags = append(diags, mistake(at, summary, fmt.Sprintf("The value for var.%s, from %s, is null, and nullable is false.", v.name, g.source)))
	case holdsReserved(value):
		diags = append(diags, mistake(at, summary, fmt.Sprintf("The value for var.%s, from %s, cannot be used. %s", v.name, g.source, reservedDetail)))
	}
	return value, diags
}

// node is the variable as a node of the graph: what is evaluated are its
// validations, since its value rests on nothing else.
func (v *variable) node(s *scope) *node {
	n := &node{name: name{kindVariable, v.name}, at: v.at}
	for _, validation := range v.validations {
		for _, attr := range sorted(validation.Attributes) {
			n.exprs = append(n.exprs, attr.Expr)
		}
	}
	n.evaluate = func() hcl.Diagnostics {
		var diags hcl.Diagnostics
		for _, validation := range v.validations {
			diags = append(diags, v.validate(s, validation)...)
		}
		if diags.HasErrors() { // what refers to it would only repeat it
			s.values[n.name] = cty.UnknownVal(v.plainType())
		}
		return diags
	}
	return n
}

func (v *variable) validate(s *scope, validation *hcl.BodyContent) hcl.Diagnostics {
	condition, message := validation.Attributes["condition"].Expr, validation.Attributes["error_message"].Expr
	tree, _ := s.native(condition)
	if references, d := s.names.references(tree, nil); !d.HasErrors() && !slices.Contains(references, name{kindVariable, v.name}) {
		return hcl.Diagnostics{mistake(condition.Range(), "Invalid validation condition", fmt.Sprintf("The condition must say something of var.%s.", v.name))}
	}
	holds, diags := s.eval(condition, cty.Bool, nil)
	text, d := s.eval(message, cty.String, nil)
	if diags = append(diags, d...); diags.HasErrors() {
		return diags
	}
	secret := isSensitive(text)
	holds, text = unmark(holds), unmark(text)
	switch {
	case !holds.IsKnown():
		return diags
	case holds.IsNull():
		return append(diags, mistake(condition.Range(), "Invalid validation condition", "The condition is null: it must be true or false."))
	case holds.True():
		return diags
	}
	detail := "The error message holds a sensitive value, so it is not shown."
	if !secret && text.IsKnown() && !text.IsNull() {
		detail = text.AsString()
	}
	return append(diags, mistake(v.at, "Invalid value for variable", fmt.Sprintf("%s\n\nThis was checked by the validation rule at %s.", detail, place(condition.Range()))))
}

// given is a value given for a variable from outside: an expression of a file,
// or text.
type given struct {
	expr   hcl.Expression
	text   string
	source string // for messages
}

// value evaluates what was given. Text for a variable of a simple type, or of
// none, is the value itself; for another type it is an expression, as in
// Terraform.
func (g *given) value(s *scope, v *variable) (cty.Value, hcl.Diagnostics) {
	if g.expr != nil {
		return g.expr.Value(nil)
	}
	if !utf8.ValidString(g.text) {
		return cty.NilVal, hcl.Diagnostics{mistake(v.at, "Invalid value for variable", fmt.Sprintf("The value for var.%s, from %s, is not UTF-8 text.", v.name, g.source))}
	}
	if v.ty.IsPrimitiveType() || v.ty == cty.DynamicPseudoType {
		return cty.StringVal(g.text), nil
	}
	filename := fmt.Sprintf("<value for var.%s>", v.name)
	if _, d := checkDepth([]byte(g.text), filename, hcl.InitialPos); d != nil {
		return cty.NilVal, hcl.Diagnostics{d}
	}
	expr, diags := hclsyntax.ParseExpression([]byte(g.text), filename, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	value, d := s.meter.instrument(expr).Value(nil)
	return value, append(diags, d...)
}

// constantText and constantBool read attributes that can refer to nothing.
func (r *reader) constantText(attr *hcl.Attribute) (string, bool) {
	v, ok := r.constantValue(attr, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

func (r *reader) constantBool(attr *hcl.Attribute, or bool) bool {
	v, ok := r.constantValue(attr, cty.Bool)
	if !ok {
		return or
	}
	return v.True()
}

func (r *reader) constantValue(attr *hcl.Attribute, want cty.Type) (cty.Value, bool) {
	if attr == nil {
		return cty.NilVal, false
	}
	v, diags := r.scope.constant(attr.Expr)
	if r.diags = append(r.diags, diags...); diags.HasErrors() {
		return cty.NilVal, false
	}
	v, err := convert.Convert(v, want)
	if err != nil {
		r.mistake(attr.Expr.Range(), "Incorrect value type", "This value does not fit: %s.", err)
		return cty.NilVal, false
	}
	return v, !v.IsNull() && v.IsKnown()
}
