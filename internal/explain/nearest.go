package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// nearestValue is the value of the policy that begins most like the claim that
// fails, in the statement that fails least.
func (q Inquiry) nearestValue(decision policy.Decision) *Miss {
	var best *policy.ConditionDecision
	statement, fails := 0, 0
	for i, s := range decision.Statements {
		if s.Effect != policy.Allow || s.Principal == policy.No || s.Action == policy.No {
			continue
		}
		n := 0
		var first *policy.ConditionDecision
		for j, c := range s.Conditions {
			if c.Holds == policy.No {
				if n++; first == nil {
					first = &s.Conditions[j]
				}
			}
		}
		if first != nil && (best == nil || n < fails) {
			best, statement, fails = first, i, n
		}
	}
	if best == nil {
		return nil
	}
	name := StatementName(statement, decision.Statements[statement])
	m := &Miss{Kind: "condition", Text: fmt.Sprintf("%s fails at %s on %s: %s.", name, visible.Short(best.Operator), visible.Short(best.Key), visible.Short(best.Reason))}
	prefix := strings.ToLower(q.host()) + ":"
	claim, ok := strings.CutPrefix(strings.ToLower(best.Key), prefix)
	fact := q.facts()[claim]
	if !ok || len(fact.Values) != 1 || strings.Contains(best.Operator, "Not") || len(best.Values) == 0 {
		return m
	}
	have := fact.Values[0]
	near, shared := best.Values[0], -1
	for _, v := range best.Values {
		if n := commonPrefix(have, v); n > shared {
			near, shared = v, n
		}
	}
	m.Text = fmt.Sprintf("%s asks %s for %s, and the token has %s.", name, visible.Short(best.Key), visible.Quote(near), visible.Quote(have))
	if shared > 0 && shared < len(have) && shared < len(near) {
		m.Text += fmt.Sprintf(" They differ from character %d on: %s there, %s here.",
			utf8.RuneCountInString(have[:shared])+1, visible.Quote(rest(near, shared)), visible.Quote(rest(have, shared)))
	}
	return m
}

// rest is a short piece of a text from a byte on.
func rest(s string, from int) string {
	r := []rune(s[from:min(len(s), from+80)])
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return string(r)
}

// commonPrefix is how many bytes two texts share, in whole characters.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// StatementName is what a statement is called for people.
func StatementName(i int, s policy.StatementDecision) string {
	if s.Sid != "" {
		return fmt.Sprintf("Statement %d (%s)", i+1, visible.Short(s.Sid))
	}
	return fmt.Sprintf("Statement %d", i+1)
}
