package plan

import (
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
)

// fileLines are the lines of a file that come and those that go, each in its
// file's order; a line that stands there twice goes twice. Those that come are
// of the configuration. Of those that go there is no telling who wrote them.
func fileLines(declared, live []byte) (added, removed []string) {
	added = surplus(declared, live)
	for _, line := range surplus(live, declared) {
		removed = append(removed, withoutValue(line))
	}
	return added, removed
}

// surplus are the lines of a text that another one has not, or not as often.
func surplus(text, other []byte) (out []string) {
	has := map[string]int{}
	for line := range strings.Lines(string(other)) {
		has[strings.TrimRight(line, "\r\n")]++
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\r\n"); has[line] > 0 {
			has[line]--
		} else {
			out = append(out, line)
		}
	}
	return out
}

var (
	// ownLine is a line of a login, which no secret can be: a duration, a role or
	// a policy by its ARN, a session's name, the attributes that a subject is made
	// of, a reference; or the first line, which says whose the file is.
	ownLine = grammar.Of(`^(# Written by trustctl\. .*|\s*"?duration"?: "?[0-9hms]+"?|\s*"?roleArn"?: "?arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+"?|\s*"?sessionName"?: "?[\w+=,.@-]+"?|\s*"?[A-Za-z_]\w*"?: "?\$\{[\w.]+\}"?|\s*- "?arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/[\w+=,.@/-]+"?|\s*- "?(pulumi\.(organization|user|team)\.[A-Za-z]+|(current|root)Environment\.[A-Za-z]+|tokenType)"?)$`)
	// keyedLine is one that names what it is the value of.
	keyedLine = grammar.Of(`^(\s*(?:- )?"?[A-Za-z_][\w.:/-]*"?:)(\s.*)?$`)
)

// withoutValue is a line with what it says left out, where that could be a
// secret that somebody wrote there by hand.
func withoutValue(line string) string {
	if ownLine.MatchString(line) {
		return line
	}
	if m := keyedLine.Regexp().FindStringSubmatch(line); m != nil {
		if strings.TrimSpace(m[2]) == "" {
			return line
		}
		return m[1] + " (not shown)"
	}
	rest := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(rest)]
	switch {
	case rest == "":
		return line
	case strings.HasPrefix(rest, "- "):
		return indent + "- (not shown)"
	}
	return indent + "(not shown)"
}
