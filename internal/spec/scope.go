package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// scope evaluates expressions with the configuration's variables, locals,
// accounts, issuers and functions.
type scope struct {
	// partial: values may be unknown, since a variable has no value yet or
	// what an expression refers to is itself a mistake that has been reported.
	partial   bool
	vars      map[string]cty.Value // var, local, account, issuer
	functions map[string]function.Function
	org       string // the organisation around, or ""
	roleARN   func(environment string) (string, error)
}

// in is the same scope inside an org block, whose organisation env_sub and
// deploy_sub take where none is given.
func (s *scope) in(org string) *scope {
	inside := *s
	inside.org = org
	return &inside
}

// withRoleARNs is the same scope with an answer for role_arn("org/project/environment").
func (s *scope) withRoleARNs(f func(environment string) (string, error)) *scope {
	with := *s
	with.roleARN = f
	return &with
}

// eval evaluates an expression and converts the value to want;
// cty.DynamicPseudoType takes it as it is. extra are further names: "each".
// Sensitive marks stay on the value. Unknown values come only when s.partial.
func (s *scope) eval(expr hcl.Expression, want cty.Type, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: s.functions}
	for name, v := range s.vars {
		ctx.Variables[name] = v
	}
	for name, v := range extra {
		ctx.Variables[name] = v
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.UnknownVal(want), diags
	}
	v, err := convert.Convert(v, want)
	if err != nil {
		return cty.UnknownVal(want), append(diags, mistake(expr.Range(), "Incorrect value type", fmt.Sprintf("Inappropriate value: %s.", err)))
	}
	return v, diags
}

// pos is where a range begins; file names are relative to the configuration's folder.
func (s *scope) pos(r hcl.Range) trust.Pos {
	return trust.Pos{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// sensitive marks a value that must not be written anywhere.
type sensitive struct{}

// isSensitive reports whether the value, or any value inside it, is sensitive.
func isSensitive(v cty.Value) bool { return v.ContainsMarked() }

// unmark is the value without its sensitive marks.
func unmark(v cty.Value) cty.Value {
	v, _ = v.UnmarkDeep()
	return v
}

// mistake is an error at a place.
func mistake(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at}
}
