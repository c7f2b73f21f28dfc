package pattern_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/pattern"
)

// drawnLists are lists of patterns that begin alike, among them repeated ones,
// names, and letters in any case.
func drawnLists(n int) (lists [][]pattern.Pattern) {
	r := rand.New(rand.NewPCG(21, 22))
	for range n {
		var list []pattern.Pattern
		kinds := 2 + 2*r.IntN(2)
		for range 1 + r.IntN(12) {
			text := randomText(r, "aAé-", "", 2) + randomText(r, "aAé-", "*?", 3)
			switch r.IntN(kinds) {
			case 0, 1:
				list = append(list, pattern.Like(text))
			case 2:
				list = append(list, pattern.Fold(text))
			case 3:
				list = append(list, pattern.Join(pattern.Like(text), pattern.Name(pattern.Lower, r.IntN(2), 2*r.IntN(2))))
			}
		}
		lists = append(lists, list)
	}
	return lists
}

func TestListNearHoldsAllThatMeet(t *testing.T) {
	far := 0
	for _, patterns := range drawnLists(1500) {
		list, p := pattern.NewList(patterns[1:]), patterns[0]
		near := list.Near(p)
		if !slices.IsSorted(near) || len(slices.Compact(slices.Clone(near))) != len(near) {
			t.Fatalf("%v is no set in order", near)
		}
		var want []int
		for i, q := range patterns[1:] {
			if q.Meets(p, budget()) == pattern.Empty {
				continue
			}
			if want = append(want, i); !slices.Contains(near, i) {
				t.Fatalf("%v meets %v, but isn't near it", q, p)
			}
		}
		got, decided := list.Meets(p, budget())
		if diff := cmp.Diff(want, got); diff != "" || !decided {
			t.Fatalf("of %v those that meet %v:\n%s", patterns[1:], p, diff)
		}
		far += len(patterns) - 1 - len(near)
		a, w := list.Within(p, budget())
		b, v := pattern.Within(p, patterns[1:], budget())
		if a != b || len(units(w.Text)) != len(units(v.Text)) {
			t.Fatalf("%v within %v: %v %q by the list, %v %q without", p, patterns[1:], a, w.Text, b, v.Text)
		}
		if a == pattern.Inhabited && (list.Match(w.Text) || !pattern.NewList(patterns).Match(w.Text)) {
			t.Fatalf("%q of %v: the list %v matches otherwise", w.Text, p, patterns[1:])
		}
	}
	if far < 2000 {
		t.Errorf("only %d patterns left out", far)
	}
}

func TestNameIsAClassOfUnits(t *testing.T) {
	p := pattern.Join(pattern.Exact("x"), pattern.Name(pattern.Lower|pattern.Digit, 2, 4), pattern.Exact("z"))
	for text, want := range map[string]bool{
		"xaz": false, "xa1z": true, "xaaaaz": true, "xaaaaaz": false, "xaAz": false, "xa-z": false, "xzzz": true, "": false,
	} {
		if got := p.Match(text); got != want {
			t.Errorf("Match(%q) is %v", text, got)
		}
	}
	if !pattern.Name(pattern.Every, 0, 0).Match("😀:") || !pattern.Name(pattern.Other, 2, 2).Match("😀") {
		t.Error("a class is not of units")
	}
	if !pattern.Like("x*").Covers(p) || p.Covers(pattern.Like("x*")) || !p.Covers(p) || !p.Covers(pattern.Exact("xabz")) {
		t.Error("Covers is wrong about names")
	}
}

// FuzzString: a pattern without names or letters in any case, written as a
// value and read back, is the same pattern.
func FuzzString(f *testing.F) {
	for _, seed := range []string{"a*?b", "${*}", "$", "😀*", "**??"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, like, exact string) {
		p := pattern.Join(pattern.Like(like), pattern.Exact(exact), pattern.Like(like))
		parts := []pattern.Pattern{}
		text := p.String()
		for text != "" {
			if len(text) > 3 && text[:2] == "${" && text[3] == '}' {
				parts, text = append(parts, pattern.Exact(text[2:3])), text[4:]
				continue
			}
			n := 1
			for n < len(text) && text[n] != '$' {
				n++
			}
			parts, text = append(parts, pattern.Like(text[:n])), text[n:]
		}
		back := pattern.Join(parts...)
		if !back.Covers(p) || !p.Covers(back) || back.String() != p.String() {
			t.Fatalf("%q becomes %q", p, back)
		}
	})
}
