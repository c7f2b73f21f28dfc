package pattern_test

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/pattern"
)

// oracle decides a cell of StringLike texts in the way of a textbook: every
// pattern as a set of places, all sets together as one state, every unit that
// any pattern names and one that none does, breadth first. It shares no line
// with the package. The length of a shortest string is -1 if there is none; ok
// is false when the states are too many.
func oracle(all, none []string) (shortest int, ok bool) {
	texts := append(slices.Clone(all), none...)
	letters := []uint16{0xFFFD}
	patterns := make([][]uint16, len(texts))
	for i, text := range texts {
		patterns[i] = units(text)
		for _, u := range patterns[i] {
			if u != '*' && u != '?' && !slices.Contains(letters, u) {
				letters = append(letters, u)
			}
		}
		if len(patterns[i]) > 62 {
			return 0, false
		}
	}
	closed := func(p []uint16, set uint64) uint64 {
		for i, u := range p {
			if u == '*' && set&(1<<i) != 0 {
				set |= 2 << i
			}
		}
		return set
	}
	key := func(state []uint64) string {
		var out strings.Builder
		for _, set := range state {
			for ; set != 0; set &= set - 1 {
				out.WriteByte(byte(bits.TrailingZeros64(set)))
			}
			out.WriteByte(255)
		}
		return out.String()
	}
	start := make([]uint64, len(patterns))
	for i, p := range patterns {
		start[i] = closed(p, 1)
	}
	layer, seen := [][]uint64{start}, map[string]bool{key(start): true}
	for length := 0; len(layer) > 0; length++ {
		var next [][]uint64
		for _, state := range layer {
			inside := true
			for i, p := range patterns {
				inside = inside && (state[i]&(1<<len(p)) != 0) == (i < len(all))
			}
			if inside {
				return length, true
			}
			for _, u := range letters {
				to, alive := make([]uint64, len(patterns)), true
				for i, p := range patterns {
					var set uint64
					for j, v := range p {
						switch {
						case state[i]&(1<<j) == 0:
						case v == '*':
							set |= 1 << j
						case v == '?' || v == u:
							set |= 2 << j
						}
					}
					to[i] = closed(p, set)
					alive = alive && (i >= len(all) || set != 0)
				}
				if k := key(to); alive && !seen[k] {
					seen[k] = true
					next = append(next, to)
				}
			}
		}
		if layer = next; len(seen) > 3000 {
			return 0, false
		}
	}
	return -1, true
}

// compare holds a search against the oracle, where both have an answer.
func compare(t testing.TB, all, none []string) (outcome pattern.Outcome, known bool) {
	t.Helper()
	cell := pattern.Cell{All: likes(all...), None: likes(none...)}
	b := pattern.NewBudget(pattern.DefaultBudget)
	outcome, w := cell.Search(b)
	if outcome == pattern.Inhabited {
		checkWitness(t, "a drawn cell", cell, w)
	}
	shortest, ok := oracle(all, none)
	got := len(units(w.Text))
	switch {
	case !ok || outcome == pattern.Undecided:
		return outcome, false
	case (outcome == pattern.Empty) != (shortest < 0):
		t.Fatalf("%q minus %q is %v, with a shortest string of %d", all, none, outcome, shortest)
	case shortest >= 0 && (w.Shortest && got != shortest || got < shortest):
		t.Fatalf("%q minus %q: %q (%v) of %d, not %d", all, none, w.Text, w.Shortest, got, shortest)
	}
	return outcome, true
}

// TestSearchAgreesWithADeterminisedEngine draws longer patterns than brute
// force can: a pattern against many near copies of itself, which hold it only
// together if they do.
func TestSearchAgreesWithADeterminisedEngine(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	outcomes, unknown := map[pattern.Outcome]int{}, 0
	for range 4000 {
		letters := []string{"ax", "ab", "a😀"}[r.IntN(3)]
		wildcards := []string{"**", "*?", "*??", "***"}[r.IntN(4)]
		p := randomText(r, letters, wildcards, 11)
		all := []string{p}
		if r.IntN(3) == 0 {
			all = append(all, edit(r, p, letters+wildcards))
		}
		var none []string
		for range r.IntN(9) {
			none = append(none, edit(r, p, letters+wildcards))
		}
		if r.IntN(2) == 0 { // what the first * of p holds, by cases
			for _, part := range []string{"", "a*", "x*", "b*", "?", "??*", "?*", "?a*", "?x*"}[:2+r.IntN(8)] {
				none = append(none, strings.Replace(p, "*", part, 1))
			}
		}
		if outcome, known := compare(t, all, none); known {
			outcomes[outcome]++
		} else {
			unknown++
		}
	}
	t.Log(outcomes, unknown, "unknown")
	if outcomes[pattern.Empty] < 500 || outcomes[pattern.Inhabited] < 500 {
		t.Error("too few of one kind to tell anything")
	}
}

// TestCoversIsCompleteAsFarAsTheOracleSees holds Covers against inclusion of
// longer patterns than all pairs of short ones.
func TestCoversIsCompleteAsFarAsTheOracleSees(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	included := 0
	for range 6000 {
		q := randomText(r, "ab", "*?", 9)
		p := edit(r, edit(r, q, "ab**??"), "ab**??")
		shortest, ok := oracle([]string{q}, []string{p})
		if !ok {
			continue
		}
		if got := pattern.Like(p).Covers(pattern.Like(q)); got != (shortest < 0) {
			t.Fatalf("Like(%q).Covers(Like(%q)) is %v, with a string of %d outside", p, q, got, shortest)
		} else if got {
			included++
		}
		both, ok := oracle([]string{q, p}, nil)
		if got := pattern.Like(p).Meets(pattern.Like(q), pattern.NewBudget(pattern.DefaultBudget)); ok && (got == pattern.Inhabited) != (both >= 0) {
			t.Fatalf("Like(%q) meets Like(%q): %v, with a string of %d in both", p, q, got, both)
		}
	}
	if included < 500 {
		t.Errorf("only %d pairs included", included)
	}
}

// FuzzSearch reads the patterns of a cell from two texts, one a line.
func FuzzSearch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b", "a?*b\nab"}, {"*", "?*"}, {"*a*\n*b*", "ab\nba*"}, {"acme*", "acme\nacme-*"}, {"😀*", "😀?*\n😀"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, all, none string) {
		if len(all)+len(none) > 200 {
			return
		}
		lines := func(s string) []string { return strings.Split(strings.ToValidUTF8(s, "z"), "\n") }
		compare(t, lines(all), lines(none))
	})
}
