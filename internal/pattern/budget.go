package pattern

// DefaultBudget is how many units of work one question may take: about 20 ms
// of one core, and 10 MB, where it is used up.
const DefaultBudget = 1_000_000

// Budget bounds work by counting it, so that a question has the same answer on
// every machine. A unit is about one position of one pattern touched. It is
// for one goroutine.
type Budget struct {
	left   int
	spent  bool
	parent *Budget
}

// NewBudget is a budget of so many units.
func NewBudget(units int) *Budget { return &Budget{left: units} }

// Spend takes n units. It is false when there are not as many, and from then
// on: what is given up stays given up.
func (b *Budget) Spend(n int) bool {
	for at := b; at != nil; at = at.parent {
		if at.spent || at.left < n {
			b.spent = true
			return false
		}
	}
	for at := b; at != nil; at = at.parent {
		at.left -= n
	}
	return true
}

// Left is how many units there are still to spend.
func (b *Budget) Left() int {
	left := b.left
	for at := b; at != nil; at = at.parent {
		if at.spent {
			return 0
		}
		left = min(left, at.left)
	}
	return max(left, 0)
}

// Part is a share of at most n units. What it spends, b spends; that it runs
// out leaves b with the rest.
func (b *Budget) Part(n int) *Budget { return &Budget{left: n, parent: b} }
