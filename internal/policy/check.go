package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Violation is a rule of IAM that a document breaks.
type Violation struct {
	Statement int    // index, -1 for the whole document
	Code      string // IAM's code of the answer
	Message   string // IAM's message, where one has been observed
}

// Error is code and message.
func (v Violation) Error() string { return v.Code + ": " + v.Message }

// malformed is IAM's code for a policy that it refuses.
const malformed = "MalformedPolicyDocument"

// checker collects violations.
type checker struct{ violations []Violation }

func (c *checker) add(statement int, format string, args ...any) {
	c.violations = append(c.violations, Violation{statement, malformed, fmt.Sprintf(format, args...)})
}

// document checks what IAM asks of every kind of policy, and calls each for
// every statement. It is false for a document that can't be looked into.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
func (c *checker) document(d Document, each func(int, Statement)) {
	if d.opaque != "" || len(d.Statements) == 0 {
		c.add(-1, "Syntax errors in policy.")
		return
	}
	sids := make(map[string]bool)
	for i, s := range d.Statements {
		if strings.ContainsFunc(s.Sid, func(r rune) bool {
			return (r < '0' || '9' < r) && (r < 'A' || 'Z' < r) && (r < 'a' || 'z' < r)
		}) {
			c.add(i, "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
		if s.Sid != "" && sids[s.Sid] {
			c.add(i, "Statement IDs (SID) in a single policy must be unique.")
		}
		sids[s.Sid] = true
		for _, condition := range s.Conditions {
			if _, ok := parseOperator(condition.Operator); !ok {
				c.add(i, "Invalid Condition type : %s.", clean(condition.Operator))
			}
		}
		c.characters(i, s)
		each(i, s)
	}
}

// characters checks the character set of IAM's calls.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func (c *checker) characters(i int, s Statement) {
	texts := slices.Concat(s.Actions, s.NotActions, s.Resources, s.NotResources)
	for _, p := range slices.Concat(s.Principals, s.NotPrincipals) {
		texts = append(texts, p.Value)
	}
	for _, condition := range s.Conditions {
		texts = append(append(texts, condition.Key), condition.Values...)
	}
	for _, text := range texts {
		if at := strings.IndexFunc(text, func(r rune) bool { return r > 0xff || r < ' ' && r != '\t' && r != '\n' && r != '\r' }); at >= 0 {
			c.add(i, "%s holds a character that IAM doesn't take in a policy: only U+0020 to U+00FF, tab and line ends.", shown(text))
			return
		}
	}
}

// clean makes a text from a document fit for a message without quotes.
func clean(s string) string {
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
