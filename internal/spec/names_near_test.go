package spec

import "testing"

func TestOnlyANameThatIsNearIsSuggested(t *testing.T) {
	for _, test := range []struct{ given, known, want string }{
		{"env", "one", ""},
		{"a", "b", ""},
		{"a", "a", ""}, // the word is right, and its place is wrong
		{"prd", "prod", ` Did you mean "prod"?`},
		{"vars", "var", ` Did you mean "var"?`},
		{"jsonencod", "jsonencode", ` Did you mean "jsonencode"?`},
	} {
		if got := didYouMean(test.given, []string{test.known}); got != test.want {
			t.Errorf("for %q beside %q the hint is %q, want %q", test.given, test.known, got, test.want)
		}
	}
}
