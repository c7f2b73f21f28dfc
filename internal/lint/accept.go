package lint

import (
	"fmt"
	"slices"
)

// accept marks the findings that accept blocks speak of, and finds the blocks
// that speak of none. A block for a rule that was not decided, or that had
// nothing to compare with, is left alone.
func (l *linter) accept(unused bool) {
	used := make([]bool, len(l.in.Accepts))
	for i := range l.findings {
		f := &l.findings[i]
		for j, a := range l.in.Accepts {
			if !f.strange && a.Code == f.Code && (a.Environment == f.Environment || slices.Contains(f.also, a.Environment)) {
				used[j] = true
				if f.Accepted == nil {
					f.Accepted = &Accepted{Reason: a.Reason, Severity: f.Severity, Pos: a.Pos}
				}
			}
		}
		if f.Accepted != nil {
			f.Severity = Info
		}
	}
	if !unused {
		return
	}
	for j, a := range l.in.Accepts {
		rule, exists := ruleOf(a.Code)
		if used[j] || l.open[opened{a.Code, a.Environment}] || exists && rule.Live && l.in.Current == nil {
			continue
		}
		detail := fmt.Sprintf("Environment %s accepts %s, and nothing of that code is found there. A block that stays would hide a later finding that nobody meant.", a.Environment, a.Code)
		if !exists {
			detail = fmt.Sprintf("Environment %s accepts %s, and there is no finding of that code.", a.Environment, a.Code)
		}
		l.report(Finding{Code: unusedAccept, Detail: detail, Remedy: "Take the accept block out.", Environment: a.Environment, Pos: a.Pos})
	}
}
