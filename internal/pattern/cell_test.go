package pattern_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/pattern"
)

func budget() *pattern.Budget { return pattern.NewBudget(pattern.DefaultBudget) }

func TestSearchFindsReadableShortestWitnesses(t *testing.T) {
	for _, test := range []struct {
		name string
		cell pattern.Cell
		want string
	}{
		{"the least string where nothing is in the way", pattern.Cell{All: likes("acme*")}, "acme"},
		{"one letter of a name more", pattern.Cell{All: likes("acme*"), None: likes("acme")}, "acmex"},
		{"a letter that nobody names", pattern.Cell{All: likes("acme*"), None: likes("acme", "*x*", "*y*")}, "acmez"},
		{"no string is shorter than none", pattern.Cell{None: likes("a*")}, ""},
		{"what every string without is", pattern.Cell{None: likes("", "?")}, "xx"},
		{"an astral letter stays whole", pattern.Cell{All: likes("*😀", "??*"), None: likes("😀")}, "x😀"},
		{"a star before an astral letter takes no half of one", pattern.Cell{All: likes("*😀*", "??????"), None: likes("??😀*", "😀*")}, "xxxx😀"},
		{"overlapping rather than in a row", pattern.Cell{All: likes("*ab*", "*bc*")}, "abc"},
		{"a name in its alphabet", pattern.Cell{All: []pattern.Pattern{
			pattern.Join(pattern.Exact("org:"), pattern.Name(pattern.Lower, 3, 40)), pattern.Like("org:a*")}}, "org:axx"},
		{"not the names of a class that are taken", pattern.Cell{All: []pattern.Pattern{pattern.Name(pattern.Hyphen|pattern.Dot, 1, 0)}, None: likes("-*")}, "."},
		{"a text in any case but one", pattern.Cell{All: []pattern.Pattern{pattern.Fold("Ab")}, None: likes("ab")}, "Ab"},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, w := test.cell.Search(budget())
			if outcome != pattern.Inhabited {
				t.Fatal(outcome)
			}
			checkWitness(t, test.name, test.cell, w)
			if diff := cmp.Diff(pattern.Witness{Text: test.want, Shortest: true}, w); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSearchGoesOnToOtherLettersWhenAllReadableOnesAreNamed(t *testing.T) {
	cell := pattern.Cell{All: likes("?*"), None: likes("*á*", "*à*", "*ã*")}
	for r := ' '; r <= '~'; r++ {
		cell.None = append(cell.None, pattern.Join(pattern.Like("*"), pattern.Exact(string(r)), pattern.Like("*")))
	}
	outcome, w := cell.Search(budget())
	if diff := cmp.Diff(pattern.Witness{Text: "â", Shortest: true}, w); outcome != pattern.Inhabited || diff != "" {
		t.Error(outcome, diff)
	}
}

func TestSearchProvesEmptiness(t *testing.T) {
	for name, cell := range map[string]pattern.Cell{
		"two strings":                              {All: likes("a", "b")},
		"a pattern without itself":                 {All: likes("a*"), None: likes("a*")},
		"a union that holds it only together":      {All: likes("a*b"), None: likes("ab", "a?*b")},
		"every string by its length":               {None: likes("", "?", "??*")},
		"names of lower case that are upper case":  {All: []pattern.Pattern{pattern.Name(pattern.Lower, 1, 0), pattern.Name(pattern.Upper, 1, 0)}},
		"a name of at most two units and of three": {All: []pattern.Pattern{pattern.Name(pattern.Lower, 1, 2), pattern.Like("???")}},
		"every letter of a class taken":            {All: []pattern.Pattern{pattern.Name(pattern.Hyphen|pattern.Dot, 1, 1)}, None: likes("-", ".")},
		"a text in any case within another":        {All: []pattern.Pattern{pattern.Fold("Main")}, None: []pattern.Pattern{pattern.Fold("mAIN")}},
		"a text in any case by its cases":          {All: []pattern.Pattern{pattern.Fold("ab")}, None: likes("ab", "aB", "Ab", "AB")},
		"the kelvin sign is a letter k":            {All: []pattern.Pattern{pattern.Fold("k")}, None: likes("k", "K", "\u212A")},
		"an astral letter in any case":             {All: []pattern.Pattern{pattern.Fold("\U00010400")}, None: likes("\U00010400", "\U00010428")},
	} {
		t.Run(name, func(t *testing.T) {
			if outcome, w := cell.Search(budget()); outcome != pattern.Empty {
				t.Errorf("%v: %q", outcome, w.Text)
			}
		})
	}
}

// TestWhatHangsOnTheDottedCapitalIIsUndecided: libraries disagree on its lower
// case.
func TestWhatHangsOnTheDottedCapitalIIsUndecided(t *testing.T) {
	i := []pattern.Pattern{pattern.Fold("i")}
	for name, test := range map[string]struct {
		cell pattern.Cell
		want pattern.Outcome
	}{
		"it alone, without the letters i":        {pattern.Cell{All: likes("İ"), None: i}, pattern.Undecided},
		"the letters i without their two others": {pattern.Cell{All: i, None: likes("i", "I")}, pattern.Undecided},
		"the letters i without all three":        {pattern.Cell{All: i, None: likes("i", "I", "İ")}, pattern.Empty},
		"it beside other letters":                {pattern.Cell{All: likes("İ"), None: []pattern.Pattern{pattern.Fold("l")}}, pattern.Inhabited},
		"it, longer than the letter i":           {pattern.Cell{All: likes("İ?"), None: i}, pattern.Inhabited},
		"the letters i, which have others":       {pattern.Cell{All: i, None: likes("i")}, pattern.Inhabited},
		"all but the letters i":                  {pattern.Cell{All: likes("?"), None: i}, pattern.Inhabited},
	} {
		t.Run(name, func(t *testing.T) {
			outcome, w := test.cell.Search(budget())
			if outcome != test.want {
				t.Errorf("%v: %q", outcome, w.Text)
			}
			if decided := test.cell.Decide(budget()); decided != test.want {
				t.Errorf("then %v", decided)
			}
		})
	}
	if got := pattern.Like("İ*").Meets(pattern.Join(i[0], pattern.Like("*")), budget()); got != pattern.Undecided {
		t.Errorf("they meet: %v", got)
	}
	if pattern.Fold("i").Match("İ") || !pattern.Fold("İ").Match("İ") {
		t.Error("Match takes it for an i, or not for itself")
	}
}

func TestStringIsTheTextOfAnIAMValue(t *testing.T) {
	for _, test := range []struct {
		pattern pattern.Pattern
		want    string
	}{
		{pattern.Like("a*b?"), "a*b?"},
		{pattern.Like("a*?"), "a?*"},
		{pattern.Exact("a*b?"), "a${*}b${?}"},
		{pattern.Join(pattern.Exact("*"), pattern.Like("*")), "${*}*"},
		{pattern.Exact("a$b"), "a$b"},
		{pattern.Exact("${aws:x}"), "${$}{aws:x}"},
		{pattern.Exact("$*"), "${$}${*}"},
		{pattern.Exact("é😀"), "é😀"},
		{pattern.Fold("Acme-\U00010400"), "acme-\U00010428"},
		{pattern.Join(pattern.Exact("org:"), pattern.Name(pattern.Lower, 2, 0), pattern.Name(pattern.Digit, 0, 3)), "org:??*"},
		{pattern.Pattern{}, ""},
	} {
		if got := test.pattern.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestBudgetIsSharedAndStaysSpent(t *testing.T) {
	b := pattern.NewBudget(100)
	part := b.Part(30)
	if !part.Spend(20) || part.Left() != 10 || b.Left() != 80 {
		t.Errorf("%d and %d left", part.Left(), b.Left())
	}
	if part.Spend(11) || part.Spend(1) || part.Left() != 0 {
		t.Error("a spent part has more")
	}
	if b.Left() != 80 || !b.Spend(60) {
		t.Error("a spent part takes the rest with it")
	}
	rest := b.Part(1000)
	if rest.Left() != 20 || rest.Spend(21) || rest.Left() != 0 || b.Left() != 20 {
		t.Errorf("a part has more than there is: %d", rest.Left())
	}
	if b.Spend(21) || b.Spend(0) || b.Left() != 0 {
		t.Error("a spent budget has more")
	}
}

// TestEveryBudgetIsKept asks with budgets that run out anywhere: the answer is
// the right one or none, and the same twice.
func TestEveryBudgetIsKept(t *testing.T) {
	for _, test := range hostile() {
		want := pattern.Undecided
		for units := 1; units < 1<<20; units = units*3 + 1 {
			b := pattern.NewBudget(units)
			outcome, w := test.cell.Search(b)
			if again, same := test.cell.Search(pattern.NewBudget(units)); again != outcome || same != w {
				t.Fatalf("%s: %v, then %v", test.name, outcome, again)
			}
			if outcome == pattern.Inhabited {
				checkWitness(t, test.name, test.cell, w)
			}
			if want == pattern.Undecided {
				want = outcome
			} else if outcome != want && outcome != pattern.Undecided {
				t.Fatalf("%s: %v with %d units, %v with fewer", test.name, outcome, units, want)
			}
		}
	}
}

func TestWithinAsksForUnions(t *testing.T) {
	outcome, w := pattern.Within(pattern.Like("payments/*"), likes("payments/prod", "payments/dev*"), budget())
	if outcome != pattern.Inhabited || w.Text != "payments/" || !w.Shortest {
		t.Errorf("%v %+v", outcome, w)
	}
	if outcome, _ = pattern.Within(pattern.Like("payments/prod"), likes("payments/*"), budget()); outcome != pattern.Empty {
		t.Error(outcome)
	}
}

func TestMatchIgnoresCaseWhereItIsToldTo(t *testing.T) {
	for text, want := range map[string]bool{
		"Straße": true, "STRA\u1E9EE": true, "strase": false, "\u017Ftraße": false, strings.ToUpper("strasse"): false,
	} {
		if got := pattern.Fold("sTRAßE").Match(text); got != want {
			t.Errorf("Match(%q) is %v", text, got)
		}
	}
}
