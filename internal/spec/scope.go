package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// scope evaluates expressions with the configuration's variables, locals,
// accounts, issuers and functions.
type scope struct {
	// partial: values may be unknown, since a variable has no value yet or
	// what an expression refers to is itself a mistake that has been reported.
	partial   bool
	names     *names
	values    map[name]cty.Value   // as far as the graph has come
	fleet     map[string]cty.Value // accounts that a for_each makes, by their names
	fleets    bool                 // all of them are known
	complete  map[string]cty.Value // var, local, account, issuer, once the graph is done
	functions map[string]function.Function
	meter     *meter
	org       string // the organisation around, or ""
	roleARN   func(environment string) (string, error)
}

func newScope(n *names, f *folder, partial bool) *scope {
	return meteredScope(n, f, newMeter(), partial)
}

func meteredScope(n *names, f *folder, m *meter, partial bool) *scope {
	s := &scope{partial: partial, names: n, values: map[name]cty.Value{}, fleet: map[string]cty.Value{}, fleets: true, meter: m}
	s.functions = functions(s.meter, f)
	s.bind()
	return s
}

// bind puts the functions that depend on the place into the table.
func (s *scope) bind() {
	s.functions = maps.Clone(s.functions)
	maps.Copy(s.functions, s.placeFunctions())
}

// in is the same scope inside an org block, whose organisation env_sub and
// deploy_sub take where none is given.
func (s *scope) in(org string) *scope {
	inside := *s
	inside.org = org
	inside.bind()
	return &inside
}

// withRoleARNs is the same scope with an answer for role_arn("org/project/environment").
func (s *scope) withRoleARNs(f func(environment string) (string, error)) *scope {
	with := *s
	with.roleARN = f
	with.bind()
	return &with
}

// eval evaluates an expression and converts the value to want;
// cty.DynamicPseudoType takes it as it is. extra are further names: "each".
// Sensitive marks stay on the value. Unknown values come only when s.partial.
func (s *scope) eval(expr hcl.Expression, want cty.Type, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	expr, diags := s.native(expr)
	references, d := s.names.references(expr, extra)
	if diags = append(diags, d...); diags.HasErrors() {
		return cty.UnknownVal(want), diags
	}
	ctx := &hcl.EvalContext{Variables: s.variables(references), Functions: s.functions}
	maps.Copy(ctx.Variables, extra)
	v, d := s.meter.run(expr.Range(), func() (cty.Value, hcl.Diagnostics) {
		v, diags := expr.Value(ctx)
		if diags.HasErrors() {
			return v, diags
		}
		s.meter.walked(v)
		v, err := s.meter.convert(v, want)
		if err != nil {
			diags = append(diags, mistake(expr.Range(), "Incorrect value type", fmt.Sprintf("This value does not fit: %s.", pathError(err))))
		}
		return v, diags
	})
	if d.HasErrors() {
		v = cty.UnknownVal(want)
		if s.seesSensitive(references, extra) {
			d = withoutDetails(d)
		}
	}
	return v, append(diags, d...)
}

// seesSensitive says whether any value that an expression refers to is sensitive.
func (s *scope) seesSensitive(references []name, extra map[string]cty.Value) bool {
	for _, v := range extra {
		if isSensitive(v) {
			return true
		}
	}
	return slices.ContainsFunc(references, func(r name) bool {
		v, known := s.values[r]
		return known && isSensitive(v)
	})
}

// withoutDetails are mistakes without what they quote: HCL, go-cty and the
// functions put the values that they refuse into their messages.
func withoutDetails(diags hcl.Diagnostics) hcl.Diagnostics {
	silent := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		silent[i] = &hcl.Diagnostic{Severity: d.Severity, Summary: d.Summary, Subject: d.Subject, Context: d.Context,
			Detail: "This refers to a sensitive value, so what exactly is wrong with it is not shown."}
	}
	return silent
}

// constant evaluates an expression in which nothing can be referred to or called.
func (s *scope) constant(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	return s.meter.run(expr.Range(), func() (cty.Value, hcl.Diagnostics) { return expr.Value(nil) })
}

// variables is what an expression may see. While the graph is walked that is
// what it refers to and no more: thousands of locals would else be put
// together thousands of times.
func (s *scope) variables(references []name) map[string]cty.Value {
	visible := s.visible(references)
	if !s.fleets && slices.Contains(references, anyAccount) {
		visible[string(kindAccount)] = cty.DynamicVal
	}
	return visible
}

func (s *scope) visible(references []name) map[string]cty.Value {
	if s.complete != nil {
		return maps.Clone(s.complete)
	}
	objects := map[kind]map[string]cty.Value{}
	for _, r := range references {
		if objects[r.kind] == nil {
			objects[r.kind] = map[string]cty.Value{}
		}
		if r == anyAccount {
			maps.Copy(objects[kindAccount], s.fleet)
		} else {
			objects[r.kind][r.name] = s.values[r]
		}
	}
	return roots(objects)
}

// finish makes every name visible, once the graph is done.
func (s *scope) finish() {
	objects := map[kind]map[string]cty.Value{kindVariable: {}, kindLocal: {}, kindAccount: maps.Clone(s.fleet), kindIssuer: {}}
	for what, v := range s.values {
		objects[what.kind][what.name] = v
	}
	s.complete = roots(objects)
}

func roots(objects map[kind]map[string]cty.Value) map[string]cty.Value {
	all := map[string]cty.Value{}
	for k, object := range objects {
		all[string(k)] = cty.ObjectVal(object)
	}
	return all
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

// pathError is an error of go-cty with the place inside the value.
func pathError(err error) string {
	path, ok := err.(cty.PathError)
	if !ok || len(path.Path) == 0 {
		return err.Error()
	}
	var b strings.Builder
	for _, step := range path.Path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			b.WriteString("." + step.Name)
		case cty.IndexStep:
			if key := step.Key; key.Type() == cty.String && key.IsKnown() && !key.IsMarked() {
				fmt.Fprintf(&b, "[%q]", key.AsString())
			} else if key.Type() == cty.Number && key.IsKnown() && !key.IsMarked() {
				fmt.Fprintf(&b, "[%s]", key.AsBigFloat().Text('f', -1))
			} else {
				b.WriteString("[…]")
			}
		}
	}
	return strings.TrimPrefix(b.String(), ".") + ": " + err.Error()
}

// mistake is an error at a place.
func mistake(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at}
}
