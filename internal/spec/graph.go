package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// node is something that is declared and evaluated: a local, an account, an
// issuer, or the validations of a variable.
type node struct {
	name     name
	at       hcl.Range
	exprs    []hcl.Expression // what it refers to
	each     bool             // exprs may say "each"
	evaluate func() hcl.Diagnostics
}

// graph evaluates nodes after what they refer to.
type graph struct {
	scope *scope
	nodes map[name]*node
	order []*node // as declared
	state map[name]state
	path  []name // the nodes that are being visited
}

type state int

const (
	unseen state = iota
	visiting
	cyclic // visiting, and part of a cycle
	done
)

func newGraph(s *scope) *graph {
	return &graph{scope: s, nodes: map[name]*node{}, state: map[name]state{}}
}

func (g *graph) add(n *node) {
	g.nodes[n.name] = n
	g.order = append(g.order, n)
}

// run evaluates every node. One that has a mistake is unknown to the nodes
// that refer to it, so that a mistake is reported once, where it is.
func (g *graph) run() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, n := range g.order {
		diags = append(diags, g.visit(n)...)
	}
	g.scope.finish()
	return diags
}

func (g *graph) visit(n *node) hcl.Diagnostics {
	switch g.state[n.name] {
	case done:
		return nil
	case visiting, cyclic:
		return g.cycle(n)
	}
	g.state[n.name] = visiting
	g.path = append(g.path, n.name)
	var diags hcl.Diagnostics
	for _, expr := range n.exprs {
		for _, reference := range g.references(expr, n.each) {
			if next := g.nodes[reference]; next != nil && !(next == n && n.name.kind == kindVariable) {
				diags = append(diags, g.visit(next)...)
			}
		}
	}
	if g.state[n.name] == cyclic {
		g.scope.values[n.name] = cty.DynamicVal
		g.scope.partial = true
	} else if d := n.evaluate(); len(d) > 0 {
		diags = append(diags, d...)
		g.scope.partial = g.scope.partial || d.HasErrors()
	}
	g.state[n.name] = done
	g.path = g.path[:len(g.path)-1]
	return diags
}

// references is what an expression refers to; what it refers to by mistake is
// reported when it is evaluated.
func (g *graph) references(expr hcl.Expression, each bool) []name {
	var extra map[string]cty.Value
	if each {
		extra = map[string]cty.Value{"each": cty.DynamicVal}
	}
	tree, diags := g.scope.native(expr)
	if diags.HasErrors() {
		return nil
	}
	all, _ := g.scope.names.references(tree, extra)
	return all
}

// cycle reports the cycle that the path closes at n.
func (g *graph) cycle(n *node) hcl.Diagnostics {
	round := g.path[slices.Index(g.path, n.name):]
	known := true
	words := make([]string, 0, len(round)+1)
	for _, what := range round {
		known = known && g.state[what] == cyclic
		g.state[what] = cyclic
		words = append(words, what.String())
	}
	if known {
		return nil // another way round the same nodes
	}
	if len(words) > 20 {
		words = append(words[:20], "…")
	}
	words = append(words, n.name.String())
	return hcl.Diagnostics{mistake(n.at, "Cycle", fmt.Sprintf("These refer to each other in a circle: %s.", strings.Join(words, " → ")))}
}
