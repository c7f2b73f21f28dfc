package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachAccountWhoseCredentialsLeadElsewhereIsShownBesideItsLine(t *testing.T) {
	s, dir := newSlowIAM(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "more.trust.hcl"), []byte("account \"b\" {\n  id = \"222222222222\"\n}\naccount \"c\" {\n  id = \"333333333333\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, out := s.run(t, dir, "plan")
	if code := ends(t, cmd); code != exitError {
		t.Errorf("the exit code is %d, want %d", code, exitError)
	}
	for _, want := range []string{
		"Error: Credentials of another account\n\n  on more.trust.hcl line 1, in account \"b\":\n",
		"Error: Credentials of another account\n\n  on more.trust.hcl line 4, in account \"c\":\n",
		"The account \"b\" is declared as 222222222222, but its credentials belong to\naccount 111122223333 (",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}
