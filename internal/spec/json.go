package spec

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// native is an expression of either form as a native syntax tree with meters.
// hcl's own JSON expressions parse their strings anew each time they are
// evaluated, where no meter could get in; as native trees both forms are
// evaluated, limited and searched for references by the same code.
func (s *scope) native(expr hcl.Expression) (hcl.Expression, hcl.Diagnostics) {
	if !hcljson.IsJSONExpression(expr) {
		return expr, nil // instrumented when its file was parsed
	}
	tree, diags := jsonTree(expr)
	return s.meter.instrument(tree), diags
}

func jsonTree(expr hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	if items, d := hcl.ExprMap(expr); !d.HasErrors() {
		object := &hclsyntax.ObjectConsExpr{SrcRange: expr.Range(), OpenRange: expr.StartRange()}
		for _, item := range items {
			key, keyDiags := jsonTree(item.Key)
			value, valueDiags := jsonTree(item.Value)
			diags = append(append(diags, keyDiags...), valueDiags...)
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{
				KeyExpr:   &hclsyntax.ObjectConsKeyExpr{Wrapped: key, ForceNonLiteral: true},
				ValueExpr: value,
			})
		}
		return object, diags
	}
	if elements, d := hcl.ExprList(expr); !d.HasErrors() {
		tuple := &hclsyntax.TupleConsExpr{SrcRange: expr.Range(), OpenRange: expr.StartRange()}
		for _, e := range elements {
			tree, d := jsonTree(e)
			diags = append(diags, d...)
			tuple.Exprs = append(tuple.Exprs, tree)
		}
		return tuple, diags
	}
	v, diags := expr.Value(nil) // a string as it is written
	literal := &hclsyntax.LiteralValueExpr{Val: v, SrcRange: expr.Range()}
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() || !isTemplate(v.AsString()) {
		return literal, diags
	}
	start := expr.StartRange().Start
	start.Column++ // past the quote; escapes before a mistake move its column
	start.Byte++
	tree, d := hclsyntax.ParseTemplate([]byte(v.AsString()), expr.Range().Filename, start)
	if d.HasErrors() {
		return literal, append(diags, d...)
	}
	return tree, append(diags, d...)
}

// isTemplate reports whether a string of the JSON form is more than itself.
func isTemplate(s string) bool { return strings.Contains(s, "${") || strings.Contains(s, "%{") }
