package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTheLinesOfAFileThatGoAreShownWithoutWhatSomebodyWroteThere(t *testing.T) {
	live := `values:
  aws:
    login:
      duration: "2h"
      roleArn: "arn:aws:iam::111122223333:role/p/old"
      subjectAttributes:
        - "currentEnvironment.name"
        - "hunter2"
  token: hunter2
  AWS_PROFILE: "${aws.login.profile}"
  block: |
    hunter2
`
	declared := `values:
  aws:
    login:
      duration: "1h"
      roleArn: "arn:aws:iam::111122223333:role/p/new"
      subjectAttributes:
        - "rootEnvironment.name"
`
	added, removed := fileLines([]byte(declared), []byte(live))
	want := []string{
		`      duration: "2h"`, `      roleArn: "arn:aws:iam::111122223333:role/p/old"`,
		`        - "currentEnvironment.name"`, `        - (not shown)`, `  token: (not shown)`,
		`  AWS_PROFILE: "${aws.login.profile}"`, `  block: (not shown)`, `    (not shown)`,
	}
	if diff := cmp.Diff(want, removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`      duration: "1h"`, `      roleArn: "arn:aws:iam::111122223333:role/p/new"`, `        - "rootEnvironment.name"`}, added); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
}

// Two files of the same lines differ in their order alone, and no others do not
// differ in any line.
func TestALineGoesOrComesAsOftenAsItIsMissing(t *testing.T) {
	lines := rapid.SliceOf(rapid.SampledFrom([]string{"a:", "b:", "c:"}))
	rapid.Check(t, func(t *rapid.T) {
		was, is := lines.Draw(t, "was"), lines.Draw(t, "is")
		text := func(all []string) []byte { return []byte(strings.Join(all, "\n")) }
		added, removed := fileLines(text(is), text(was))
		count := map[string]int{}
		for _, line := range append(append([]string{}, was...), added...) {
			count[line]++
		}
		for _, line := range append(append([]string{}, is...), removed...) {
			count[line]--
		}
		for line, n := range count {
			if n != 0 {
				t.Fatalf("%q is off by %d: %q to %q, added %q, removed %q", line, n, was, is, added, removed)
			}
		}
	})
}
