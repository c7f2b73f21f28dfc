package plan

import (
	"regexp"
	"strings"
)

// scope is what -target and -exclude leave of a plan.
type scope struct {
	targets, excludes []*selector
}

// selector is one -target or -exclude: an environment, a pattern of
// environments in which * stands for any run of characters, or a resource
// address.
type selector struct {
	text    string
	pattern *regexp.Regexp
	used    bool
}

func newScope(o Options) *scope {
	return &scope{selectors(o.Targets), selectors(o.Excludes)}
}

func selectors(texts []string) []*selector {
	all := make([]*selector, 0, len(texts))
	for _, text := range texts {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, ".*")
		all = append(all, &selector{text: text, pattern: regexp.MustCompile("^(?s:" + pattern + ")$")})
	}
	return all
}

// limited says whether something was left out on purpose, so that what is
// shared between environments may gain but not lose.
func (s *scope) limited() bool { return len(s.targets)+len(s.excludes) > 0 }

// includes says whether an object with one of these names is asked for.
func (s *scope) includes(names ...string) bool {
	if anyMatch(s.excludes, names) {
		return false
	}
	return len(s.targets) == 0 || anyMatch(s.targets, names)
}

// anyMatch tries every selector, to know those that never match.
func anyMatch(all []*selector, names []string) bool {
	found := false
	for _, s := range all {
		for _, name := range names {
			if name != "" && s.pattern.MatchString(name) {
				s.used, found = true, true
			}
		}
	}
	return found
}

// unmatched reports the selectors that name nothing: a slip in one must not
// look like "nothing to do".
func (s *scope) unmatched(report func(Problem)) {
	for _, given := range []struct {
		flag string
		all  []*selector
	}{{"-target", s.targets}, {"-exclude", s.excludes}} {
		for _, sel := range given.all {
			if !sel.used {
				report(Problem{Severity: Error, Summary: "Nothing matches " + given.flag,
					Detail: given.flag + "=" + sel.text + " names no environment and no resource of this plan. Write org/project/environment, a pattern of it, or a resource address as the plan shows it."})
			}
		}
	}
}
