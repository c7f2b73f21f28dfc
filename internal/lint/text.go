package lint

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/visible"
)

// list is a row of words: a, b and c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// few is the beginning of a row of words, and how many are left out.
func few(words []string, most int) string {
	if len(words) <= most {
		return list(words)
	}
	return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
}

// statement names one of the policy's statements.
func (v *view) statement(g grant) string {
	if g.Sid != "" {
		return "Statement " + visible.Quote(g.Sid)
	}
	if len(v.role.Trust.Statements) == 1 {
		return "The statement"
	}
	return fmt.Sprintf("Statement %d", g.index+1)
}

// under names a grant's audiences.
func (v *view) under(g grant) string {
	values := v.values(g.Statement, "aud")
	if len(values) == 0 {
		return "any audience"
	}
	words := make([]string, len(values))
	for i, t := range values {
		words[i] = visible.Quote(t.text)
	}
	return "the audience " + few(words, 3)
}

// familyName says what a family of tokens is.
func familyName(f subject.Family) string {
	switch f {
	case subject.Environments:
		return "ESC environments"
	case subject.Deploy:
		return "Pulumi Deployments"
	case subject.CustomerKey:
		return "customer-managed keys"
	}
	return string(f)
}
