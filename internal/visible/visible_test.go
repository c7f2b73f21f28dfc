package visible

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestLineWritesOutWhatIsNotSafeToPrint(t *testing.T) {
	for in, want := range map[string]string{
		"payments/prod":       "payments/prod",
		"Größe 10 µm, 東京 🎉":   "Größe 10 µm, 東京 🎉",
		`C:\temp`:             `C:\temp`,
		"\x1b[2J\x1b]0;x\a":   `\x1b[2J\x1b]0;x\x07`,
		"a\nb\rc\td":          `a\nb\rc\td`,
		"\u009b31m":           `\u009b31m`, // the one-character form of ESC [
		"admin\u202etxt":      `admin\u202etxt`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"soft\u00adhyphen":    `soft\u00adhyphen`,
		"no-break\u00a0space": `no-break\u00a0space`,
		"filler\u3164":        `filler\u3164`,
		"variant\ufe0f":       `variant\ufe0f`,
		"tag\U000e0041":       `tag\U000e0041`,
		"half\xff\xfe":        `half\xff\xfe`,
		"replacement \ufffd":  "replacement \ufffd",
		"line\u2028separator": `line\u2028separator`,
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := Lines("a\n\tb\x1b"), "a\n\tb"+`\x1b`; got != want {
		t.Errorf("Lines = %q, want %q", got, want)
	}
}

func TestLineLeavesOnlyPrintableCharactersAndIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "runes")
		got := Line(in)
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("Line(%q) = %q holds %U", in, got, r)
			}
		}
		if again := Line(got); again != got {
			t.Fatalf("Line(%q) = %q", got, again)
		}
	})
}

func TestLongTextsAndListsAreCut(t *testing.T) {
	long := strings.Repeat("é", longest+1)
	if got, want := Quote(long), `"`+long[:2*longest]+`… (301 characters)"`; got != want {
		t.Errorf("%q", got)
	}
	if got, want := Quote(`a"b\c`+"\n"), `"a\"b\\c\n"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := Quotes(strings.Split(strings.Repeat("a", 12), "")); got != strings.Repeat(`"a", `, 10)+"and 2 more" {
		t.Error(got)
	}
}
