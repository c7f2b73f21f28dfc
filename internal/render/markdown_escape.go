package render

import (
	"fmt"
	"html"
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
)

// In a comment on GitHub a name from outside could be more than a name: markup,
// a tag, a link, a mention that writes to somebody. Three forms are safe, and
// no other is used: code, prose and fence.

// code is a text from outside as code: nothing in code is markup, mentions
// anybody or becomes a link. What a code span cannot hold, and a table's cell
// would break at, is written as HTML with every mark that could be markup a
// numeric reference, which is never markup:
// https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
func code(s string) string {
	s = safe(s)
	if plainCode.MatchString(s) {
		return "`" + s + "`"
	}
	return htmlCode(s)
}

// plainCode has neither what ends a code span nor what ends a cell, nor spaces
// at its ends, which a code span loses.
var plainCode = grammar.Of("^[^`| ]([^`|]*[^`| ])?$")

// htmlCode is code where Markdown isn't read, or may not be.
func htmlCode(s string) string {
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range safe(s) {
		if strings.ContainsRune("`|\\<>&*_~[]!:.@#$^{}\"'", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// prose is sentences in which names from outside may stand: plain words stay,
// every other is code.
func prose(s string) string {
	words := strings.Fields(s)
	for i, word := range words {
		if !plainWord.MatchString(word) {
			core := strings.TrimRight(word, ".,;:)")
			if core == "" {
				core = word
			}
			words[i] = code(core) + word[len(core):]
		}
	}
	return strings.Join(words, " ")
}

// plainWord is a word of letters, or a number, as sentences have them.
var plainWord = grammar.Of(`^\(?([A-Za-z]+(['-][A-Za-z]+)*|[0-9]{1,6})[.,;:)]*$`)

// fence is lines as a block of code that nothing in it ends.
func fence(language, text string) string {
	longest := 2
	for _, run := range ticks.Regexp().FindAllString(text, -1) {
		longest = max(longest, len(run))
	}
	marks := strings.Repeat("`", longest+1)
	return marks + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + marks + "\n"
}

var ticks = grammar.Of("`+")

// link is a link of ours: neither text nor address is from outside.
func link(text, address string) string {
	return "[" + text + "](" + html.EscapeString(address) + ")"
}

// Marker is the hidden line that a comment about a plan begins with. It is the
// same for every plan of a stack, or of those of its accounts that were chosen,
// so that one comment is found and updated.
func (r Report) Marker() string {
	words := []string{markerText(r.Plan.Stack)}
	for _, id := range r.Plan.Choices.InAccounts {
		words = append(words, markerText(string(id)))
	}
	return "<!-- trustctl:" + strings.Join(words, ":") + " -->"
}

// markerText is a text with everything written out that could end a comment,
// or part it: %2D stands for a hyphen beside another.
func markerText(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == '.',
			c == '-' && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
