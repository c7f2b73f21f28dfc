package pattern

import "slices"

// Outcome is what is known of a set of strings.
type Outcome int

// A set is empty, or it is not, or the budget ran out before that was known.
const (
	Empty Outcome = iota
	Inhabited
	Undecided
)

func (o Outcome) String() string {
	return [...]string{"empty", "inhabited", "undecided"}[o]
}

// Witness is a string of a set.
type Witness struct {
	Text     string
	Shortest bool // in units: proved that none is shorter
}

// Cell is the set of the strings that match each of All and none of None.
// Without an All it is the complement of None.
type Cell struct{ All, None []Pattern }

// Search tells whether the cell has a string, and a short one if so. First any
// will do; the shortest is looked for with what is left of the budget.
func (c Cell) Search(b *Budget) (Outcome, Witness) { return c.read(b, true) }

// Decide tells only whether the cell has a string.
func (c Cell) Decide(b *Budget) Outcome {
	outcome, _ := c.read(b, false)
	return outcome
}

// Within tells whether p has a string that is in no pattern of a union: Empty
// if all of p is within it.
func Within(p Pattern, union []Pattern, b *Budget) (Outcome, Witness) {
	return Cell{All: []Pattern{p}, None: union}.Search(b)
}

// read settles what hangs on İ. Where a letter i may be in any case, strings
// without İ come first, which nobody disagrees on; if there are none, both
// readings have to agree.
func (c Cell) read(b *Budget, shortest bool) (Outcome, Witness) {
	if !slices.ContainsFunc(c.All, Pattern.anyCaseI) && !slices.ContainsFunc(c.None, Pattern.anyCaseI) {
		return c.search(b, shortest)
	}
	plain := Cell{All: c.All, None: append(slices.Clip(c.None), Like("*"+string(dotted)+"*"))}
	if outcome, w := plain.search(b, shortest); outcome != Empty {
		return outcome, w
	}
	other := Cell{All: slices.Clone(c.All), None: slices.Clone(c.None)}
	for _, list := range [][]Pattern{other.All, other.None} {
		for i, p := range list {
			list[i] = p.withDotted()
		}
	}
	outcome, w := c.search(b, shortest)
	with, _ := other.search(b, false)
	if outcome == with && (outcome == Empty || other.has(w.Text)) {
		return outcome, w
	}
	return Undecided, Witness{}
}

// anyCaseI tells whether p has a letter i in any case.
func (p Pattern) anyCaseI() bool {
	return p.kinds&hasFold != 0 && slices.Contains(p.tokens, fold|'i')
}

// withDotted is p in the reading in which İ is one of the letters i.
func (p Pattern) withDotted() Pattern {
	if p.anyCaseI() {
		p.tokens = slices.Clone(p.tokens)
		for i, t := range p.tokens {
			if t == fold|'i' {
				p.tokens[i] = fold | dotted
			}
		}
	}
	return p
}

// has tells whether a string is in the cell.
func (c Cell) has(s string) bool {
	matches := func(p Pattern) bool { return p.Match(s) }
	return !slices.ContainsFunc(c.None, matches) &&
		!slices.ContainsFunc(c.All, func(p Pattern) bool { return !matches(p) })
}
