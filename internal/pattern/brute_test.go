package pattern_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/pattern"
)

// A world is every word over some letters up to a length in units, shortest
// first, and some patterns with the words that each of them matches.
type world struct {
	words    []string
	lengths  []int
	patterns []pattern.Pattern
	names    []string
	sets     [][]uint64
}

// newWorld takes its letters apart from those of the patterns: one of them
// should be in none, to stand for all others.
func newWorld(letters string, longest int) *world {
	w := &world{}
	byLength := [][]string{{""}}
	for n := 1; n <= longest; n++ {
		var next []string
		for _, r := range letters {
			if size := len(units(string(r))); size <= n {
				for _, begun := range byLength[n-size] {
					next = append(next, begun+string(r))
				}
			}
		}
		byLength = append(byLength, next)
	}
	for n, words := range byLength {
		w.words = append(w.words, words...)
		for range words {
			w.lengths = append(w.lengths, n)
		}
	}
	return w
}

// add adds a pattern with the definition of its language.
func (w *world) add(name string, p pattern.Pattern, matches func(word string) bool) {
	set := make([]uint64, (len(w.words)+63)/64)
	for i, word := range w.words {
		if matches(word) {
			set[i/64] |= 1 << (i % 64)
		}
	}
	w.names, w.patterns, w.sets = append(w.names, name), append(w.patterns, p), append(w.sets, set)
}

func (w *world) like(text string) {
	p := units(text)
	w.add(text, pattern.Like(text), func(word string) bool { return matches(p, units(word)) })
}

// check compares a cell with the words: the outcome, and how long a shortest
// string is.
func (w *world) check(t *testing.T, all, none []int) pattern.Outcome {
	t.Helper()
	shortest := -1
	for i := 0; shortest < 0 && i < (len(w.words)+63)/64; i++ {
		set := ^uint64(0)
		for _, p := range all {
			set &= w.sets[p][i]
		}
		for _, p := range none {
			set &^= w.sets[p][i]
		}
		if j := i*64 + bits.TrailingZeros64(set); j < min(i*64+64, len(w.words)) {
			shortest = w.lengths[j]
		}
	}
	cell := pattern.Cell{}
	var names []string
	for _, p := range all {
		cell.All, names = append(cell.All, w.patterns[p]), append(names, w.names[p])
	}
	names = append(names, "minus")
	for _, p := range none {
		cell.None, names = append(cell.None, w.patterns[p]), append(names, w.names[p])
	}
	outcome, witness := cell.Search(pattern.NewBudget(pattern.DefaultBudget))
	longest := w.lengths[len(w.lengths)-1]
	switch {
	case outcome == pattern.Undecided:
		t.Fatalf("%q: undecided", names)
	case outcome == pattern.Empty && shortest >= 0:
		t.Fatalf("%q: empty, but for a word of %d", names, shortest)
	case outcome == pattern.Empty:
		for _, greedy := range []bool{false, true} {
			if walked, word := cell.Walk(pattern.NewBudget(100*pattern.DefaultBudget), greedy); walked != outcome {
				t.Fatalf("%q: walking gives %v, %q", names, walked, word.Text)
			}
		}
		return outcome
	}
	checkWitness(t, fmt.Sprint(names), cell, witness)
	got := len(units(witness.Text))
	if got <= longest && shortest < 0 || shortest >= 0 && got < shortest || witness.Shortest && shortest >= 0 && got != shortest {
		t.Fatalf("%q: witness %q, %v, of %d units, not %d", names, witness.Text, witness.Shortest, got, shortest)
	}
	if !witness.Shortest {
		t.Fatalf("%q: %q is not proved shortest", names, witness.Text)
	}
	if walked, word := cell.Walk(pattern.NewBudget(100*pattern.DefaultBudget), false); walked != outcome || len(units(word.Text)) != got {
		t.Fatalf("%q: walking gives %v, %q instead of %q", names, walked, word.Text, witness.Text)
	}
	if decided := cell.Decide(pattern.NewBudget(pattern.DefaultBudget)); decided != outcome {
		t.Fatalf("%q: %v, then %v", names, outcome, decided)
	}
	return outcome
}

// checkWitness holds a witness to its cell, by Match alone.
func checkWitness(t testing.TB, name string, cell pattern.Cell, w pattern.Witness) {
	t.Helper()
	for _, p := range cell.All {
		if !p.Match(w.Text) {
			t.Fatalf("%s: %v doesn't match the witness %q", name, p, w.Text)
		}
	}
	for _, p := range cell.None {
		if p.Match(w.Text) {
			t.Fatalf("%s: %v matches the witness %q", name, p, w.Text)
		}
	}
	if strings.ContainsRune(w.Text, '\uFFFD') {
		t.Fatalf("%s: the witness %q holds half a letter", name, w.Text)
	}
}

// text is a random pattern over letters, in which wildcards are as frequent as
// letters.
func randomText(r *rand.Rand, letters, wildcards string, most int) string {
	from := []rune(letters + wildcards)
	out := make([]rune, r.IntN(most+1))
	for i := range out {
		out[i] = from[r.IntN(len(from))]
	}
	return string(out)
}

// edit is the text with a few places changed: patterns that nearly hold each
// other are where mistakes hide.
func edit(r *rand.Rand, text, letters string) string {
	runes, from := []rune(text), []rune(letters)
	for range 1 + r.IntN(2) {
		at := r.IntN(len(runes) + 1)
		runes = slices.Replace(runes, at, min(at+r.IntN(2), len(runes)), from[r.IntN(len(from))])
	}
	return string(runes)
}

// TestSearchAgreesWithBruteForce compares with every word of at most seven
// units over the letters of the patterns, among which is one that witnesses
// prefer (x) and an astral one, and one letter that is in no pattern (é).
func TestSearchAgreesWithBruteForce(t *testing.T) {
	for _, wildcards := range []string{"**", "*?", "*???"} {
		t.Run(wildcards, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, uint64(len(wildcards))))
			w := newWorld("ax😀é", 7)
			for range 12 {
				text := randomText(r, "ax😀", wildcards, 5)
				w.like(text)
				for range 11 {
					w.like(edit(r, text, "ax😀"+wildcards+wildcards))
				}
			}
			outcomes := map[pattern.Outcome]int{}
			for range 25_000 {
				family := 12 * r.IntN(12)
				pick := func(most int) (out []int) {
					for range r.IntN(most + 1) {
						if r.IntN(5) == 0 {
							out = append(out, r.IntN(len(w.patterns)))
						} else {
							out = append(out, family+r.IntN(12))
						}
					}
					return out
				}
				outcomes[w.check(t, pick(2), pick(6))]++
			}
			t.Log(outcomes)
		})
	}
}
