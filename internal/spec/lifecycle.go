package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// ignorable are the attributes of a role whose live value lifecycle can leave
// alone. Not its name and path: they are which role it is.
var ignorable = []string{"description", "inline_policies", "managed_policies", "max_session_duration", "permissions_boundary", "tags", "trust"}

// lifecycle is what the environment says of how its role may change.
func (e *environment) lifecycle(source sources) trust.Lifecycle {
	get := func(name string) bool {
		set, _ := e.flag(source.of("lifecycle."+name, e.eval(e.block.lifecycle.attrs[name], cty.Bool)), false)
		return set
	}
	l := trust.Lifecycle{PreventDestroy: get("prevent_destroy"), Adopt: get("adopt"), Overlap: get("overlap")}
	if a := e.block.lifecycle.attrs["ignore_changes"]; a != nil {
		source.of("lifecycle.ignore_changes", value{attr: a})
		l.IgnoreChanges = e.ignoreChanges(a)
	}
	return l
}

// ignoreChanges reads names of attributes, as texts or, as in Terraform, bare.
func (e *environment) ignoreChanges(a *hcl.Attribute) []string {
	var names []string
	add := func(name string, at hcl.Range) {
		switch {
		case strings.Contains(strings.ToLower(name), trust.TagPrefix):
			e.problem(mistakef(at, "Invalid ignore_changes", "Keys that begin with %s are trustctl's own marks, by which it knows its roles. They cannot be ignored.", trust.TagPrefix))
		case !slices.Contains(ignorable, name):
			e.problem(mistakef(at, "Invalid ignore_changes", "%q is not an attribute that can be ignored: there are %s.%s", name, strings.Join(ignorable, ", "), didYouMean(name, ignorable)))
		default:
			names = append(names, name)
		}
	}
	items, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		v := e.eval(a, textList)
		list, _ := e.texts(v)
		for _, i := range list {
			add(i.text, v.itemAt(i.index))
		}
	}
	for _, expr := range items {
		if name := hcl.ExprAsKeyword(expr); name != "" {
			add(name, expr.Range())
			continue
		}
		if name, ok := e.text(e.eval(&hcl.Attribute{Name: a.Name, Expr: expr}, cty.String), ""); ok && name != "" {
			add(name, expr.Range())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var findingCodes = grammar.Of(`^TRUST[0-9]{3}$`)

// accepts reads the environment's accept blocks.
func (e *environment) accepts() {
	seen := map[string]bool{}
	for _, b := range e.block.accepts {
		code := b.label
		switch {
		case !findingCodes.MatchString(code):
			e.problem(mistakef(b.labelAt, "Invalid finding code", "%q is not the code of a finding: they are TRUST and three digits.", code))
		case seen[code]:
			e.problem(mistakef(b.labelAt, "Finding accepted twice", "Finding %s is accepted already in this environment. Give the reasons in one block.", code))
		}
		seen[code] = true
		v := e.eval(b.attrs["reason"], cty.String)
		reason, ok := e.text(v, "")
		if ok && strings.TrimSpace(reason) == "" && b.attrs["reason"] != nil {
			e.problem(mistakef(b.attrs["reason"].Expr.Range(), "Missing reason", "The reason is empty. Say why this finding is meant; it is shown wherever the finding is."))
		}
		e.c.config.Accepts = append(e.c.config.Accepts, Accept{Code: code, Environment: e.String(), Reason: reason, Pos: e.scope.pos(b.at)})
	}
}
