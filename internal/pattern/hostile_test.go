package pattern_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/pattern"
)

func likes(texts ...string) (out []pattern.Pattern) {
	for _, text := range texts {
		out = append(out, pattern.Like(text))
	}
	return out
}

func times(n int, f func(i int) string) (out []pattern.Pattern) {
	for i := range n {
		out = append(out, pattern.Like(f(i)))
	}
	return out
}

// stars is a random pattern of n letters, each after a *.
func stars(r *rand.Rand, n int, letters string) string {
	var out strings.Builder
	for range n {
		out.WriteString("*" + string(letters[r.IntN(len(letters))]))
	}
	return out.String() + "*"
}

// dnf is a random formula of so many clauses of three variables as patterns:
// that a gap holds nothing is a variable, and a clause is a pattern. Whether
// the first pattern is within the others is whether the formula always holds.
func dnf(r *rand.Rand, variables, clauses int) pattern.Cell {
	row := func(gap func(v int) string) pattern.Pattern {
		var text strings.Builder
		for v := range variables {
			text.WriteString(string(rune('A'+v)) + gap(v))
		}
		return pattern.Like(text.String() + "$")
	}
	cell := pattern.Cell{All: []pattern.Pattern{row(func(int) string { return "*" })}}
	for range clauses {
		clause := map[int]string{}
		for _, v := range r.Perm(variables)[:3] {
			clause[v] = []string{"", "?*"}[r.IntN(2)]
		}
		cell.None = append(cell.None, row(func(v int) string {
			if gap, ok := clause[v]; ok {
				return gap
			}
			return "*"
		}))
	}
	return cell
}

// hostile is what a policy could hold in order to stop whoever reads it. want
// is -1 where the budget may run out.
func hostile() []struct {
	name string
	cell pattern.Cell
	want pattern.Outcome
} {
	const open = pattern.Outcome(-1)
	r := rand.New(rand.NewPCG(1, 2))
	star := func(n int, letters string) string { return stars(r, n, letters) }
	var few, guarded []pattern.Pattern
	for i := range 200 {
		few = append(few, pattern.Like(fmt.Sprintf("*%dx", i)))
		guarded = append(guarded, pattern.Like(fmt.Sprintf("?*%dx", i)))
	}
	lengths := times(200, func(i int) string { return strings.Repeat("?", i) })
	forty := times(10, func(int) string { return star(40, "abc") })
	return []struct {
		name string
		cell pattern.Cell
		want pattern.Outcome
	}{
		{"forty stars against twenty pairs", pattern.Cell{All: likes(strings.Repeat("*a", 40) + "*"), None: likes(strings.Repeat("*b*a", 20) + "*")}, pattern.Inhabited},
		{"forty stars against themselves and one more", pattern.Cell{All: likes(strings.Repeat("*a", 40) + "*"), None: likes(strings.Repeat("*a", 41) + "*")}, pattern.Inhabited},
		{"ten random rows of forty stars against ten", pattern.Cell{All: forty[:1], None: forty[1:]}, pattern.Inhabited},
		{"forty stars against stars and question marks", pattern.Cell{All: likes(strings.Repeat("*a", 40)), None: likes(strings.Repeat("*a???", 10))}, pattern.Inhabited},
		{"four rows of forty stars at once", pattern.Cell{All: forty[:4]}, pattern.Inhabited},
		{"four rows of forty stars without six more", pattern.Cell{All: forty[:4], None: forty[4:]}, open},
		{"any text against 200 endings", pattern.Cell{None: few}, pattern.Inhabited},
		{"an ending against 200 endings after a unit", pattern.Cell{All: likes("*7x"), None: guarded}, pattern.Inhabited},
		{"200 question marks against 199 and a star", pattern.Cell{All: likes(strings.Repeat("?", 200)), None: likes(strings.Repeat("?", 199) + "*")}, pattern.Empty},
		{"any text against every length up to 200", pattern.Cell{None: append(lengths, pattern.Like(strings.Repeat("?", 200)+"*"))}, pattern.Empty},
		{"any text against every length but one", pattern.Cell{None: append(append(likes(), lengths[:150]...), append(lengths[151:], pattern.Like(strings.Repeat("?", 200)+"*"))...)}, pattern.Inhabited},
		{"letters and question marks between 200 stars", pattern.Cell{All: likes(strings.Repeat("*a?", 200)), None: likes(strings.Repeat("*?", 200))}, pattern.Empty},
		{"a letter so many units before the end", pattern.Cell{All: likes("*a" + strings.Repeat("?", 30)), None: likes("*b"+strings.Repeat("?", 30), "*a"+strings.Repeat("?", 31))}, pattern.Inhabited},
		{"a formula of 8 variables", dnf(r, 8, 80), open},
		{"a formula of 12 variables", dnf(r, 12, 120), open},
		{"a formula of 16 variables", dnf(r, 16, 160), open},
		{"a formula of 30 variables", dnf(r, 30, 300), open},
		{"a formula of 30 variables that does not always hold", dnf(r, 30, 60), pattern.Inhabited},
		{"2,000 names against 2,000 others", pattern.Cell{All: likes("team-7*"), None: times(2000, func(i int) string { return fmt.Sprintf("team-%d*", i+8000) })}, pattern.Inhabited},
		{"a name against 2,000 endings with a question mark", pattern.Cell{All: likes("*-prod"), None: times(2000, func(i int) string { return fmt.Sprintf("*?%d-prod", i) })}, pattern.Inhabited},
	}
}

func TestHostileCellsEndWithinTheBudget(t *testing.T) {
	for _, test := range hostile() {
		t.Run(test.name, func(t *testing.T) {
			b := pattern.NewBudget(pattern.DefaultBudget)
			start := time.Now()
			outcome, w := test.cell.Search(b)
			took := time.Since(start)
			t.Logf("%v, %d units (%v), %v, %d units of work", outcome, len(units(w.Text)), w.Shortest, took, pattern.DefaultBudget-b.Left())
			if outcome == pattern.Inhabited {
				checkWitness(t, test.name, test.cell, w)
			}
			if test.want >= 0 && outcome != test.want {
				t.Errorf("got %v, want %v", outcome, test.want)
			}
			if took > 30*time.Second { // a hang, on any machine
				t.Errorf("took %v", took)
			}
		})
	}
}
