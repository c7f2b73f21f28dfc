// Package grammar holds what a name or a text must look like, as a regular
// expression that is compiled when it is first asked. Most runs ask few of
// them, and to compile all would be most of the time that a start takes.
//
// What the grammars are is said where they are needed.
package grammar

import (
	"regexp"
	"sync"
)

// Grammar is a regular expression and, where max is not zero, a length.
type Grammar struct {
	expr     string
	min, max int
	once     sync.Once
	compiled *regexp.Regexp
}

// Of is the grammar of a regular expression, which must be one. A package may
// have it in a variable: it is laid out by the compiler and costs no start
// anything.
func Of(expr string) *Grammar { return &Grammar{expr: expr} }

// Sized is a grammar of texts from min to max bytes, as AWS's own pages give a
// length and a pattern. A length within an expression, as {2,64}, is compiled to
// an instruction for every letter, one nested in the other.
func Sized(min, max int, expr string) *Grammar { return &Grammar{expr: expr, min: min, max: max} }

// Regexp is the expression, compiled; it knows of no length.
func (g *Grammar) Regexp() *regexp.Regexp {
	g.once.Do(func() { g.compiled = regexp.MustCompile(g.expr) })
	return g.compiled
}

// MatchString says whether a text is of the grammar.
func (g *Grammar) MatchString(s string) bool {
	return (g.max == 0 || g.min <= len(s) && len(s) <= g.max) && g.Regexp().MatchString(s)
}
