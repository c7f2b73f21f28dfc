package pattern_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/pattern"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		name, pattern, text string
		want                bool
	}{
		{"a text matches itself", "acme", "acme", true},
		{"letter case counts", "acme", "Acme", false},
		{"the empty pattern matches the empty text", "", "", true},
		{"the empty pattern matches nothing else", "", "a", false},
		{"a star matches nothing at all", "a*", "a", true},
		{"a star reaches over colons and slashes", "a*z", "a:b/c:z", true},
		{"a star reaches over line ends", "a*z", "a\nz", true},
		{"a star gives back", "a*ab", "aabab", true},
		{"a question mark is exactly one unit", "a?", "a", false},
		{"an emoji is two units", "a?", "a😀", false},
		{"two question marks match an emoji", "a??", "a😀", true},
		{"an emoji matches itself beside a star", "*😀", "x😀", true},
		{"a letter of Latin-1 is one unit", "?", "é", true},
		{"a backslash is a letter", `a\*`, `a\bc`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := pattern.Like(test.pattern).Match(test.text); got != test.want {
				t.Errorf("Like(%q).Match(%q) is %v", test.pattern, test.text, got)
			}
		})
	}
}

func TestExactTakesWildcardsForLetters(t *testing.T) {
	p := pattern.Join(pattern.Exact("a*"), pattern.Like("b*"))
	for text, want := range map[string]bool{"a*b": true, "a*bc": true, "axb": false} {
		if got := p.Match(text); got != want {
			t.Errorf("Match(%q) is %v", text, got)
		}
	}
	if text, ok := pattern.Exact("a*").Literal(); text != "a*" || !ok {
		t.Errorf("Literal is %q, %v", text, ok)
	}
	if _, ok := p.Literal(); ok {
		t.Error("a pattern with a wildcard is a literal")
	}
	if text, ok := pattern.Join(pattern.Exact("a"), pattern.Exact("*")).Literal(); text != "a*" || !ok {
		t.Errorf("Literal of a joined text is %q, %v", text, ok)
	}
}

func TestMatchIsFastOnHostilePatterns(t *testing.T) {
	p := pattern.Like(strings.Repeat("*a", 500) + "b")
	start := time.Now()
	if p.Match(strings.Repeat("a", 5000)) {
		t.Error("matched")
	}
	if took := time.Since(start); took > 20*time.Second { // this looks for a hang, also on a busy machine
		t.Errorf("took %v", took)
	}
}

// matches is the definition of matching, on units, and nothing else.
func matches(p, s []uint16) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '*':
		return matches(p[1:], s) || len(s) > 0 && matches(p, s[1:])
	}
	return len(s) > 0 && (p[0] == '?' || p[0] == s[0]) && matches(p[1:], s[1:])
}

func units(s string) []uint16 { return utf16.Encode([]rune(s)) }

func TestMatchAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringOfN(rapid.SampledFrom([]rune("ab?*😀")), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab😀")), 0, 8, -1).Draw(t, "text")
		if got, want := pattern.Like(p).Match(s), matches(units(p), units(s)); got != want {
			t.Fatalf("Like(%q).Match(%q) is %v", p, s, got)
		}
	})
}

// words are all words of at most n letters; c stands for every letter that
// no pattern names.
func words(n int) []string {
	out := []string{""}
	for from := 0; n > 0; n-- {
		to := len(out)
		for _, w := range out[from:to] {
			for _, letter := range []string{"a", "b", "c", "😀"} {
				out = append(out, w+letter)
			}
		}
		from = to
	}
	return out
}

// TestCoversAgreesWithBruteForce compares every two patterns of at most four
// tokens. A word that q has and p lacks refutes; and where p lacks any, it
// lacks a word that is no longer than both together, for which six letters
// are enough on this alphabet.
func TestCoversAgreesWithBruteForce(t *testing.T) {
	var texts []string
	grow := []string{""}
	for range 4 {
		var next []string
		for _, text := range grow {
			for _, token := range []string{"a", "b", "?", "*"} {
				next = append(next, text+token)
			}
		}
		texts = append(texts, next...)
		grow = next
	}
	all := words(6)
	languages := make([][]uint64, len(texts))
	patterns := make([]pattern.Pattern, len(texts))
	for i, text := range texts {
		patterns[i] = pattern.Like(text)
		languages[i] = make([]uint64, (len(all)+63)/64)
		for j, w := range all {
			if patterns[i].Match(w) {
				languages[i][j/64] |= 1 << (j % 64)
			}
		}
	}
	for i, p := range patterns {
		for j, q := range patterns {
			want := true
			for k := range languages[i] {
				want = want && languages[j][k]&^languages[i][k] == 0
			}
			if got := p.Covers(q); got != want {
				t.Fatalf("Like(%q).Covers(Like(%q)) is %v", texts[i], texts[j], got)
			}
		}
	}
}

// TestCoversIsSound draws longer patterns and a word of q: where p covers q, it
// must match.
func TestCoversIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("ab?**😀"))
		q := rapid.StringOfN(letters, 0, 12, -1).Draw(t, "q")
		p := q
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len([]rune(p))).Draw(t, "at")
			r := []rune(p)
			p = string(r[:at]) + string(letters.Draw(t, "letter")) + string(r[min(at+rapid.IntRange(0, 2).Draw(t, "drop"), len(r)):])
		}
		if !pattern.Like(p).Covers(pattern.Like(q)) {
			return
		}
		var word strings.Builder
		for _, r := range q {
			switch r {
			case '*':
				word.WriteString(rapid.StringOfN(rapid.SampledFrom([]rune("abc😀")), 0, 3, -1).Draw(t, "run"))
			case '?':
				word.WriteRune(rapid.SampledFrom([]rune("abc")).Draw(t, "one"))
			default:
				word.WriteRune(r)
			}
		}
		if !pattern.Like(p).Match(word.String()) {
			t.Fatalf("Like(%q) covers Like(%q) but doesn't match %q", p, q, word.String())
		}
	})
}
