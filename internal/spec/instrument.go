package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// metered is an expression that charges a step when it is evaluated, and more
// for its result, as kind says.
type metered struct {
	hclsyntax.Expression
	meter  *meter
	result result
}

// result is what becomes of an expression's result.
type result int

const (
	passed   result = iota // it is there already
	walked                 // it is gone through
	gathered               // what is there already is put into one value
	made                   // all of it is new
	counted                // it is calculated with: a text may stand for a number
)

// Value evaluates the expression.
func (e metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	e.meter.charge(1)
	v, diags := e.Expression.Value(ctx)
	switch e.result {
	case walked:
		e.meter.walked(v)
	case gathered:
		e.meter.walked(v)
		e.meter.charge(lengthOf(v))
	case made:
		e.meter.made(v)
	case counted:
		if n, err := convert.Convert(v, cty.Number); err == nil {
			e.meter.made(n)
		}
	}
	return v, diags
}

// UnwrapExpression lets hcl's static analysis see the node inside.
func (e metered) UnwrapExpression() hcl.Expression { return e.Expression }

func (m *meter) around(e hclsyntax.Expression, r result) hclsyntax.Expression {
	if e == nil {
		return nil
	}
	return metered{seen(e), m, r}
}

// seen is an expression that can be put into a node of ours: hclsyntax finds
// references by the type of their own node, so that has to stay one.
func seen(e hclsyntax.Expression) hclsyntax.Expression {
	if reference, ok := e.(*hclsyntax.ScopeTraversalExpr); ok {
		return &hclsyntax.ParenthesesExpr{Expression: reference, SrcRange: reference.SrcRange}
	}
	return e
}

// instrument puts meters into an expression, in place, and returns what stands
// for it.
func (m *meter) instrument(expr hclsyntax.Expression) hclsyntax.Expression {
	switch e := expr.(type) {
	case *hclsyntax.FunctionCallExpr:
		m.instrumentAll(e.Args)
		return m.around(e, passed)
	case *hclsyntax.ConditionalExpr:
		e.Condition = m.instrument(e.Condition)
		e.TrueResult, e.FalseResult = branch{seen(m.instrument(e.TrueResult)), m}, branch{seen(m.instrument(e.FalseResult)), m}
		return m.around(e, walked)
	case *hclsyntax.TupleConsExpr:
		m.instrumentAll(e.Exprs)
		return m.around(e, gathered)
	case *hclsyntax.ObjectConsExpr:
		for i, item := range e.Items {
			if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
				key.Wrapped = m.instrument(key.Wrapped)
			} else {
				e.Items[i].KeyExpr = m.instrument(item.KeyExpr)
			}
			e.Items[i].ValueExpr = m.instrument(item.ValueExpr)
		}
		return m.around(&object{e}, gathered)
	case *hclsyntax.ForExpr:
		e.CollExpr = m.instrument(e.CollExpr)
		// The parts that run once an element charge a step each, even where
		// they are a mere name.
		e.KeyExpr, e.ValExpr, e.CondExpr = m.around(m.instrument(e.KeyExpr), passed), m.around(m.instrument(e.ValExpr), passed), m.around(m.instrument(e.CondExpr), passed)
		return m.around(e, gathered)
	case *hclsyntax.SplatExpr:
		e.Source, e.Each = m.instrument(e.Source), m.around(m.instrument(e.Each), passed)
		return m.around(e, gathered)
	case *hclsyntax.TemplateExpr:
		m.instrumentAll(e.Parts)
		return m.around(e, made)
	case *hclsyntax.TemplateJoinExpr:
		e.Tuple = m.instrument(e.Tuple)
		return m.around(e, made)
	case *hclsyntax.TemplateWrapExpr:
		e.Wrapped = m.instrument(e.Wrapped)
	case *hclsyntax.ParenthesesExpr:
		e.Expression = m.instrument(e.Expression)
	case *hclsyntax.BinaryOpExpr:
		e.LHS, e.RHS = m.instrument(e.LHS), m.instrument(e.RHS)
		switch e.Op {
		case hclsyntax.OpEqual, hclsyntax.OpNotEqual: // walk their operands
			e.LHS, e.RHS = m.around(e.LHS, walked), m.around(e.RHS, walked)
		case hclsyntax.OpAdd, hclsyntax.OpSubtract, hclsyntax.OpModulo: // the rest of "1e600000000" takes half a gigabyte
			e.LHS, e.RHS = m.around(e.LHS, counted), m.around(e.RHS, counted)
		}
		return m.around(e, made)
	case *hclsyntax.UnaryOpExpr:
		e.Val = m.instrument(e.Val)
		return m.around(e, made) // -"1e600000000" is a number
	case *hclsyntax.IndexExpr:
		e.Collection, e.Key = m.instrument(e.Collection), m.instrument(e.Key)
	case *hclsyntax.RelativeTraversalExpr:
		if e.Source = m.instrument(e.Source); farIndex(e.Traversal) {
			return farNumber(e)
		}
	case *hclsyntax.ScopeTraversalExpr:
		if farIndex(e.Traversal) {
			return farNumber(e)
		}
	case *hclsyntax.LiteralValueExpr:
		switch v := e.Val; {
		case holdsReserved(v):
			return refused{e, "Invalid character", reservedDetail}
		case isFar(v):
			return farNumber(e)
		}
	}
	return expr
}

func (m *meter) instrumentAll(exprs []hclsyntax.Expression) {
	for i, e := range exprs {
		exprs[i] = m.instrument(e)
	}
}

// refused is a literal that cannot be used: it spells one of the reserved
// characters as an escape, or a number that would be half a gigabyte of text
// where hcl takes it for a key or an argument.
type refused struct {
	*hclsyntax.LiteralValueExpr
	summary, detail string
}

// farNumber stands for an expression with a number that isFar.
func farNumber(e hclsyntax.Expression) refused {
	return refused{&hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: e.Range()}, "Invalid number", "The number is too large, or too close to zero."}
}

// isFar says whether a value is a number that nothing may be calculated with.
func isFar(v cty.Value) bool {
	return v.Type() == cty.Number && v.IsKnown() && !v.IsNull() && (v.AsBigFloat().IsInf() || tooLarge(v.AsBigFloat()))
}

// farIndex says whether a traversal goes by such a number: hcl writes it as
// text to look for a key.
func farIndex(t hcl.Traversal) bool {
	return slices.ContainsFunc(t, func(step hcl.Traverser) bool {
		index, is := step.(hcl.TraverseIndex)
		return is && isFar(index.Key)
	})
}

// Value is the mistake.
func (e refused) Value(*hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return cty.DynamicVal, hcl.Diagnostics{mistake(e.Range(), e.summary, e.detail)}
}

// holdsReserved reports whether a value has a reserved character in it.
func holdsReserved(v cty.Value) bool {
	v, _ = v.Unmark()
	switch {
	case v.IsNull() || !v.IsKnown():
		return false
	case v.Type() == cty.String:
		return strings.ContainsFunc(v.AsString(), isReserved)
	case !v.CanIterateElements():
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		if key, element := it.Element(); holdsReserved(key) || holdsReserved(element) {
			return true
		}
	}
	return false
}

// instrumentBody puts meters into every expression of a native body.
func (m *meter) instrumentBody(body *hclsyntax.Body) {
	for _, attr := range body.Attributes {
		attr.Expr = m.instrument(attr.Expr)
	}
	for _, block := range body.Blocks {
		m.instrumentBody(block.Body)
	}
}
