package spec

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// kind is what a reference begins with.
type kind string

const (
	kindVariable kind = "var"
	kindLocal    kind = "local"
	kindAccount  kind = "account"
	kindIssuer   kind = "issuer"
)

// declared is how messages call what is declared.
func (k kind) declared() string {
	switch k {
	case kindVariable:
		return "input variable"
	case kindLocal:
		return "local value"
	}
	return string(k)
}

// name is something that can be referred to: kind.name.
type name struct {
	kind kind
	name string
}

// anyAccount stands for an account that only evaluating can tell.
var anyAccount = name{kindAccount, "*"}

func (n name) String() string { return string(n.kind) + "." + n.name }

// names are the places of everything that is declared.
type names struct {
	at     map[name]hcl.Range
	sorted map[kind][]string // of each kind, once asked for
	// fleets are the accounts with for_each, which make accounts whose names
	// are known only once they are evaluated.
	fleets []string
}

func newNames() *names { return &names{at: map[name]hcl.Range{}, sorted: map[kind][]string{}} }

// declare notes a name, or says where it is declared already.
func (n *names) declare(what name, at hcl.Range) *hcl.Diagnostic {
	if before, ok := n.at[what]; ok {
		return mistake(at, "Duplicate "+what.kind.declared(), fmt.Sprintf("%s %q was already declared at %s.", sentence(what.kind.declared()), what.name, place(before)))
	}
	n.at[what] = at
	delete(n.sorted, what.kind)
	return nil
}

// of is the names of one kind, sorted.
func (n *names) of(k kind) []string {
	if all, ok := n.sorted[k]; ok {
		return all
	}
	var all []string
	for what := range n.at {
		if what.kind == k {
			all = append(all, what.name)
		}
	}
	slices.Sort(all)
	n.sorted[k] = all
	return all
}

// references is what an expression refers to, each once in source order.
// extra are further roots that are allowed: "each".
func (n *names) references(expr hcl.Expression, extra map[string]cty.Value) ([]name, hcl.Diagnostics) {
	var all []name
	var diags hcl.Diagnostics
	seen := map[name]bool{}
	add := func(what name) {
		if !seen[what] {
			seen[what] = true
			all = append(all, what)
		}
	}
	traversals := expr.Variables()
	sort.SliceStable(traversals, func(i, j int) bool {
		return traversals[i].SourceRange().Start.Byte < traversals[j].SourceRange().Start.Byte
	})
	for _, t := range traversals {
		if t.IsRelative() {
			continue
		}
		root := t.RootName()
		if _, ok := extra[root]; ok {
			continue
		}
		k := kind(root)
		switch k {
		case kindVariable, kindLocal, kindAccount, kindIssuer:
		default:
			diags = append(diags, unknownRoot(t, extra))
			continue
		}
		step, ok := stepName(t)
		if !ok { // account[each.key], or account itself
			if k == kindVariable || k == kindLocal {
				diags = append(diags, mistake(t.SourceRange(), "Invalid reference", fmt.Sprintf("%q must be followed by a dot and the name of one %s.", root, k.declared())))
				continue
			}
			for _, one := range n.of(k) {
				add(name{k, one})
			}
			if k == kindAccount {
				add(anyAccount)
			}
			continue
		}
		what := name{k, step}
		if _, ok := n.at[what]; ok {
			add(what)
			if d := checkAttribute(what, t, slices.Contains(n.fleets, step)); d != nil {
				diags = append(diags, d)
			}
			continue
		}
		if k == kindAccount && len(n.fleets) > 0 { // may be an account that one of them makes
			for _, one := range n.fleets {
				add(name{k, one})
			}
			add(anyAccount)
			continue
		}
		diags = append(diags, undeclared(what, t.SourceRange(), n.of(k)))
	}
	return all, diags
}

// stepName is the name after the root: account.prod or account["prod"].
func stepName(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

// checkAttribute finds account.prod.idd before anything is evaluated, for a suggestion.
func checkAttribute(what name, t hcl.Traversal, fleet bool) *hcl.Diagnostic {
	var known []string
	switch {
	case what.kind == kindIssuer:
		known = []string{"name", "url"}
	case what.kind == kindAccount && !fleet:
		known = []string{"name", "id", "partition", "region"}
	default:
		return nil
	}
	if len(t) < 3 {
		return nil
	}
	attr, ok := t[2].(hcl.TraverseAttr)
	if !ok || slices.Contains(known, attr.Name) {
		return nil
	}
	return mistake(attr.SrcRange, "Unsupported attribute",
		fmt.Sprintf("%s has no attribute %q, only %s.%s", what, attr.Name, strings.Join(known, ", "), didYouMean(attr.Name, known)))
}

func undeclared(what name, at hcl.Range, known []string) *hcl.Diagnostic {
	detail := fmt.Sprintf("There is no %s %q.%s", what.kind.declared(), what.name, didYouMean(what.name, known))
	if what.kind == kindVariable && len(known) == 0 {
		detail += fmt.Sprintf(" It is declared by a variable %q block.", what.name)
	}
	return mistake(at, "Reference to undeclared "+what.kind.declared(), detail)
}

func unknownRoot(t hcl.Traversal, extra map[string]cty.Value) *hcl.Diagnostic {
	root := t.RootName()
	if root == "each" {
		return mistake(t.SourceRange(), "Invalid reference", `"each" has a value only in a block that sets "for_each".`)
	}
	roots := []string{"var", "local", "account", "issuer"}
	if _, ok := extra["each"]; ok {
		roots = append(roots, "each")
	}
	hint := didYouMean(root, roots)
	if hint == "" {
		hint = fmt.Sprintf(" A reference begins with one of %s; text stands in quotes.", strings.Join(roots, ", "))
	}
	return mistake(t.SourceRange(), "Invalid reference", fmt.Sprintf("There is nothing named %q.%s", root, hint))
}

// didYouMean is " Did you mean …?" for the known word nearest to the given
// one, or "" where none is near.
func didYouMean(given string, known []string) string {
	best, distance := "", 3
	if len(known) > 1000 || len(given) > 100 { // comparing takes time, and a hostile file can ask for it often
		return ""
	}
	for _, k := range known {
		if k == given { // the word is right, and its place is wrong
			return ""
		}
		if d := levenshtein.Distance(given, k, nil); d < distance && 2*d <= max(len(given), len(k)) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

// sentence begins a text with a capital letter.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
