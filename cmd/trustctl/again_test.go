package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWordsAreQuotedAsAShellReadsThem(t *testing.T) {
	for word, want := range map[string]string{
		"-config=a/b.c":   "-config=a/b.c",
		"":                "''",
		"it's":            `'it'\''s'`,
		"a b":             "'a b'",
		"$(id)":           "'$(id)'",
		"~":               "'~'",
		"a\x1b[31m":       `'a\x1b[31m'`,
		`fleet={"a":"b"}`: `'fleet={"a":"b"}'`,
	} {
		if diff := cmp.Diff(want, shellQuoted(word)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", word, diff)
		}
	}
}
