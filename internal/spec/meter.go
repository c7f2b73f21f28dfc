package spec

import (
	"fmt"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// What evaluating may cost. A unit is one element, one step of an expression
// or 32 bytes of text.
const (
	maxUnits      = 1_000_000     // in one evaluation
	maxTotalUnits = 8 * maxUnits  // in one configuration
	maxText       = 1 << 20       // bytes in one string
	maxExponent   = 4096          // bits of a number: 1e600000000 is short in HCL and half a gigabyte as text
	maxValueDepth = 2 * maxNested // levels of a value
	bytesPerUnit  = 32
)

// meter bounds what evaluating expressions costs, in time and in memory. The
// limits are counted, not timed, so that the same configuration gives the same
// answer everywhere.
//
// It has to see inside an evaluation, which hclsyntax does in one go: meter's
// instrument puts a node of its own around each node that can make something
// large or run often, and the function table is wrapped likewise. Over a limit
// they panic with exhausted, which run recovers: returning a mistake would
// leave every loop around to go on to its end.
type meter struct {
	limit int             // of one evaluation
	left  int             // units left in this evaluation
	total int             // units left in the configuration
	over  string          // why this evaluation was given up, or ""
	spent *hcl.Diagnostic // the mistake that used up the configuration's units
	depth int             // templatefile calls that are open
}

// exhausted is the panic of a meter that has run out.
type exhausted struct{}

func newMeter() *meter { return &meter{limit: maxUnits, left: maxUnits, total: maxTotalUnits} }

// run evaluates what stands at a place, with a fresh allowance.
func (m *meter) run(at hcl.Range, evaluate func() (cty.Value, hcl.Diagnostics)) (v cty.Value, diags hcl.Diagnostics) {
	if m.spent != nil { // the one mistake, and not another for every expression that follows
		return cty.DynamicVal, hcl.Diagnostics{m.spent}
	}
	m.left, m.over, m.depth = min(m.limit, m.total), "", 0
	start := m.left
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exhausted); !ok {
				panic(r)
			}
		}
		m.total -= start - m.left
		over := m.over
		m.left, m.over = m.limit, "" // hcl evaluates a key or a default outside of run too, where nothing large can be
		// A function's panic is recovered by go-cty, so what counts is the note.
		if over != "" {
			d := mistake(at, "Too much to evaluate", over)
			if m.total == 0 {
				m.spent = d
			}
			v, diags = cty.DynamicVal, hcl.Diagnostics{d}
		}
	}()
	v, diags = evaluate()
	m.walked(v) // a literal or a reference has no node of ours around it
	return v, diags
}

// charge takes units, or gives up.
func (m *meter) charge(units int) {
	if m.over != "" {
		panic(exhausted{}) // it was stopped inside a try(), which goes on to its next argument
	}
	if units < 0 || units > m.left {
		m.left = 0
		m.stop("This makes too many elements, steps or characters: an evaluation may make a million, all those of a configuration eight million.")
	}
	m.left -= units
}

func (m *meter) stop(reason string) {
	if m.over == "" {
		m.over = reason
	}
	panic(exhausted{})
}

// made charges the size of a value that has come to be.
func (m *meter) made(v cty.Value) { m.charge(m.tree(v)) }

// walked charges for a value that go-cty goes through: cheaper than making it.
func (m *meter) walked(v cty.Value) { m.charge(1 + m.tree(v)/8) }

// tree is the size of a value as a tree, in which what two names share counts
// twice: that is how it is converted, compared and printed.
func (m *meter) tree(v cty.Value) int {
	units := m.size(v, m.limit, 0)
	if units > m.limit {
		m.charge(units)
	}
	return units
}

// size counts units until there are more than limit.
func (m *meter) size(v cty.Value, limit, depth int) int {
	if depth > maxValueDepth {
		m.stop(fmt.Sprintf("A value is nested deeper than %d levels.", maxValueDepth))
	}
	if v == cty.NilVal {
		return 0
	}
	v, _ = v.Unmark()
	ty := v.Type()
	switch {
	case !v.IsKnown() || v.IsNull() || ty == cty.Bool || ty.IsCapsuleType():
		return 1
	case ty == cty.String:
		n := len(v.AsString())
		if n > maxText {
			m.stop(fmt.Sprintf("A string is longer than %d bytes.", maxText))
		}
		return 1 + n/bytesPerUnit
	case ty == cty.Number:
		m.number(v)
		return 1
	}
	units := 1
	if element := elementType(ty); element == cty.Bool {
		return units + v.LengthInt()
	}
	for it := v.ElementIterator(); it.Next() && units <= limit; {
		key, element := it.Element()
		if key.Type() == cty.String && !ty.IsSetType() {
			units += len(key.AsString()) / bytesPerUnit
		}
		units += m.size(element, limit-units, depth+1)
	}
	return units
}

func (m *meter) number(v cty.Value) {
	if f := v.AsBigFloat(); !f.IsInf() && tooLarge(f) {
		m.stop("A number is too large, or too close to zero, to be written.")
	}
}

func tooLarge(f *big.Float) bool {
	exponent := f.MantExp(nil)
	return exponent > maxExponent || exponent < -maxExponent
}

func elementType(ty cty.Type) cty.Type {
	if ty.IsCollectionType() {
		return ty.ElementType()
	}
	return cty.NilType
}
