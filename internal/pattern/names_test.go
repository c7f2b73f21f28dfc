package pattern_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/pattern"
)

// TestSearchOfNamesAgreesWithBruteForce does so with letters in any case and
// names. Of each class there is a letter in the patterns and one (the most
// readable) that is in none; - is a class of its own.
func TestSearchOfNamesAgreesWithBruteForce(t *testing.T) {
	type piece struct {
		expression string
		pattern    pattern.Pattern
	}
	name := func(expression string, c pattern.Class, least, most int) piece {
		return piece{expression, pattern.Name(c, least, most)}
	}
	const small = pattern.Lower | pattern.Hyphen
	pieces := []piece{
		{"a", pattern.Exact("a")}, {"A", pattern.Exact("A")}, {"-", pattern.Exact("-")}, {"1", pattern.Exact("1")},
		{".*", pattern.Like("*")}, {".*", pattern.Like("*")}, {".", pattern.Like("?")},
		{"(?i:a)", pattern.Fold("a")}, {"(?i:aa)", pattern.Fold("AA")}, {"(?i:a-)", pattern.Fold("a-")},
		name("[a-z]", pattern.Lower, 1, 1), name("[a-z-]+", small, 1, 0), name("[a-z-]+", small, 1, 0), name("[a-z-]{1,3}", small, 1, 3),
		name("[A-Za-z]*", pattern.Lower|pattern.Upper, 0, 0), name("[^a-z-]*", pattern.Every&^small, 0, 0),
		name("[^-]+", pattern.Every&^pattern.Hyphen, 1, 0), name("-*", pattern.Hyphen, 0, 0), name("[0-9A-Z]{0,2}", pattern.Digit|pattern.Upper, 0, 2),
		name("[a-z]{0,2}", pattern.Lower, 0, 2),
	}
	r := rand.New(rand.NewPCG(3, 4))
	w := newWorld("axAX-12é", 5)
	add := func(chosen []piece) {
		var expression strings.Builder
		parts := make([]pattern.Pattern, len(chosen))
		for i, p := range chosen {
			expression.WriteString(p.expression)
			parts[i] = p.pattern
		}
		re := regexp.MustCompile("^(?:" + expression.String() + ")$")
		w.add(expression.String(), pattern.Join(parts...), re.MatchString)
	}
	for range 12 {
		chosen := make([]piece, 1+r.IntN(4))
		for i := range chosen {
			chosen[i] = pieces[r.IntN(len(pieces))]
		}
		add(chosen)
		for range 11 {
			near := slices.Clone(chosen)
			near[r.IntN(len(near))] = pieces[r.IntN(len(pieces))]
			add(near)
		}
	}
	for i, p := range w.patterns {
		for j, word := range w.words[:3000] {
			if got, want := p.Match(word), w.sets[i][j/64]&(1<<(j%64)) != 0; got != want {
				t.Fatalf("Match of %s and %q is %v", w.names[i], word, got)
			}
		}
	}
	outcomes := map[pattern.Outcome]int{}
	for range 25_000 {
		family := 12 * r.IntN(12)
		pick := func(most int) (out []int) {
			for range r.IntN(most + 1) {
				out = append(out, family+r.IntN(12))
			}
			return out
		}
		outcomes[w.check(t, pick(3), pick(5))]++
	}
	t.Log(outcomes)
}
