package visible

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// commands says whether a runner takes a line for a command, as GitHub's does:
// one that begins, but for space, with :: or has ##[ anywhere.
func commands(line string) bool {
	if strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::") {
		return true
	}
	for _, lead := range []string{"##[", "##vso[", "##teamcity["} {
		if strings.Contains(line, lead) {
			return true
		}
	}
	return false
}

// hostile draws texts of what commands are made of.
func hostile() *rapid.Generator[string] {
	pieces := []string{":", "::", "#", "##", "[", "]", "##[", "##vso[", "vso[", "teamcity[", " ", "\t", "\n", "\r\n", "\u2028", "\u00a0", "\x00", `\`, `"`, "a", "error", "::add-mask::", "##[set-env name=A]b", "arn:aws:iam::1"}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), "")
	})
}

func TestCommandsOfARunnerAreWrittenOut(t *testing.T) {
	for in, want := range map[string]string{
		"::error::x":                `\x3a:error::x`,
		" \t::add-mask::x":          ` \t::add-mask::x`,
		"say ::stop-commands::x":    `say \x3a:stop-commands::x`,
		":::debug::":                `\x3a::debug::`,
		"and :":                     `and \x3a`,
		"a ##[error]x":              `a \x23#[error]x`,
		"###[group]":                `#\x23#[group]`,
		"##vso[task.setvariable]x":  `\x23#vso[task.setvariable]x`,
		"##teamcity[buildStatus]":   `\x23#teamcity[buildStatus]`,
		"arn:aws:iam::1:role/x":     "arn:aws:iam::1:role/x",
		"# a # comment ## [1]":      "# a # comment ## [1]",
		"a ? b : c":                 "a ? b : c",
		"pulumi:environments::x::y": "pulumi:environments::x::y",
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %s, want %s", in, got, want)
		}
	}
	if got, want := Lines("a\n\t::error::b"), "a\n\t"+`\x3a:error::b`; got != want {
		t.Errorf("Lines = %q, want %q", got, want)
	}
	if got, want := Quote("::/0"), `"::/0"`; got != want {
		t.Errorf("Quote = %s, want %s: a quote begins the word", got, want)
	}
}

func TestNoTextCommandsARunnerHoweverItIsWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostile().Draw(t, "text")
		for name, f := range map[string]func(string) string{"Line": Line, "Lines": Lines, "Code": Code, "Short": Short, "Quote": Quote} {
			got := f(in)
			for _, lines := range [][]string{strings.Split(got, "\n"), strings.Fields(got)} {
				for i, line := range lines {
					if ends := i == len(lines)-1 && strings.HasSuffix(got, line); commands(line) || ends && commands(line+":") {
						t.Fatalf("%s(%q) = %q: a runner reads %q", name, in, got, line)
					}
				}
			}
			// A quote is quoted again, and what was just short enough has grown.
			if name != "Quote" && name != "Short" && f(got) != got {
				t.Fatalf("%s(%q) = %q, and once more %q", name, in, got, f(got))
			}
		}
	})
}

func TestJSONCommandsNoRunnerAndSaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.MapOf(hostile(), hostile()).Draw(t, "object")
		text, err := json.MarshalIndent(in, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		safe := JSON(text)
		for _, line := range strings.Split(string(safe), "\n") {
			if commands(line) {
				t.Fatalf("a runner reads %q", line)
			}
		}
		var out map[string]string
		if err := json.Unmarshal(safe, &out); err != nil {
			t.Fatalf("%s: %v", safe, err)
		}
		for k, v := range in {
			if out[strings.ToValidUTF8(k, "\ufffd")] != v {
				t.Fatalf("%q reads as %q", v, out[k])
			}
		}
	})
}
