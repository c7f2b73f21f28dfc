package pattern

import "slices"

// Walk is Search without anything that is read off the patterns first: the
// walk from word to word alone decides.
func (c Cell) Walk(b *Budget, greedy bool) (Outcome, Witness) {
	all := slices.Clone(c.All)
	if len(all) == 0 {
		all = append(all, Like("*"))
	}
	outcome, text := newSearch(all, c.None, b, greedy).run(0)
	return outcome, Witness{text, !greedy}
}

// Patterns is the list.
func (l *List) Patterns() []Pattern { return l.patterns }
