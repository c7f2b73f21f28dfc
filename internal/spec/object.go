package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// object is an object constructor in which a key given twice is a mistake; HCL
// itself keeps the last one silently. Keys that are written out are compared
// when the file is read (duplicateKeys), so that a mistake shows even where
// nothing is evaluated; this finds the computed ones.
type object struct{ *hclsyntax.ObjectConsExpr }

// Value evaluates the constructor.
func (e *object) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.ObjectConsExpr.Value(ctx)
	plain, _ := v.Unmark()
	if diags.HasErrors() || !plain.IsKnown() || !plain.Type().IsObjectType() || len(plain.Type().AttributeTypes()) == len(e.Items) {
		return v, diags
	}
	seen := map[string]hcl.Range{}
	for _, item := range e.Items {
		key, _ := item.KeyExpr.Value(ctx)
		key, _ = key.Unmark()
		key, err := convert.Convert(key, cty.String)
		if err != nil || key.IsNull() || !key.IsKnown() {
			continue // reported above
		}
		diags = append(diags, duplicateKey(seen, key.AsString(), item.KeyExpr.Range())...)
	}
	return v, diags
}

// duplicateKeys finds keys that object constructors of a native file write out
// twice.
func duplicateKeys(body *hclsyntax.Body) hcl.Diagnostics {
	var diags hcl.Diagnostics
	hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		constructor, ok := node.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil
		}
		seen := map[string]hcl.Range{}
		for _, item := range constructor.Items {
			if key, ok := literalKey(item.KeyExpr); ok {
				diags = append(diags, duplicateKey(seen, key, item.KeyExpr.Range())...)
			}
		}
		return nil
	})
	return diags
}

func duplicateKey(seen map[string]hcl.Range, key string, at hcl.Range) hcl.Diagnostics {
	if before, ok := seen[key]; ok {
		return hcl.Diagnostics{mistake(at, "Key given twice", fmt.Sprintf("The key %q was already given at %s.", key, place(before)))}
	}
	seen[key] = at
	return nil
}

// literalKey is the key of an object's item where it is written out.
func literalKey(expr hclsyntax.Expression) (string, bool) {
	key, ok := expr.(*hclsyntax.ObjectConsKeyExpr)
	if !ok || len(key.Variables()) > 0 {
		return "", false
	}
	switch key.Wrapped.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.TemplateExpr, *hclsyntax.LiteralValueExpr:
	default:
		return "", false
	}
	v, diags := key.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() {
		return "", false
	}
	if v, err := convert.Convert(v, cty.String); err == nil {
		return v.AsString(), true
	}
	return "", false
}
