package pattern_test

import (
	"fmt"
	"testing"

	"github.com/trustctl/trustctl/internal/pattern"
)

// roles is the subjects of so many roles, 20 each, as text: environments of
// projects and teams, every fifth a pattern. version changes the last of each
// role, and with all every one of them.
func roles(n int, version string, all bool) [][]string {
	out := make([][]string, n)
	for i := range out {
		for j := range 20 {
			name := fmt.Sprintf("svc-%d/env-%d", i%97, j)
			if all || j == 19 {
				name += version
			}
			switch {
			case j%5 == 0:
				name += "-*"
			case j%7 == 0:
				name += ":pulumi.user.login:*-bot"
			}
			out[i] = append(out[i], fmt.Sprintf("pulumi:environments:pulumi.organization.login:acme-%d:currentEnvironment.name:%s", i%13, name))
		}
	}
	return out
}

func compile(texts []string) *pattern.List {
	out := make([]pattern.Pattern, len(texts))
	for i, text := range texts {
		out[i] = pattern.Like(text)
	}
	return pattern.NewList(out)
}

// gained is how many patterns of one list are not within another.
func gained(b *testing.B, from, to *pattern.List) (n int) {
	for _, p := range to.Patterns() {
		switch outcome, _ := from.Within(p, pattern.NewBudget(pattern.DefaultBudget)); outcome {
		case pattern.Inhabited:
			n++
		case pattern.Undecided:
			b.Fatalf("%v is undecided", p)
		}
	}
	return n
}

func BenchmarkRoles(b *testing.B) {
	for _, bench := range []struct {
		name string
		all  bool
		want int
	}{{"1,000 of 20 patterns, 1 changed", false, 1000}, {"1,000 of 20 patterns, all changed", true, 20_000}} {
		before, after := roles(1000, "", bench.all), roles(1000, "x", bench.all)
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				gain, loss := 0, 0
				for i := range before {
					old, now := compile(before[i]), compile(after[i])
					gain += gained(b, old, now)
					loss += gained(b, now, old)
				}
				if gain != bench.want || loss != bench.want {
					b.Fatalf("%d gained, %d lost", gain, loss)
				}
			}
		})
	}
}

func BenchmarkList(b *testing.B) {
	name := func(format string, from int) (out []string) {
		for i := range 2000 {
			out = append(out, fmt.Sprintf("pulumi:environments:org:acme:env:"+format, from+i))
		}
		return out
	}
	for _, bench := range []struct {
		name          string
		before, after []string
	}{
		{"2,000 patterns, 1 changed", name("team-%d*", 0), append(name("team-%d*", 0)[:1999], "other*")},
		{"2,000 patterns, all changed", name("team-%d/a*", 0), name("team-%d/b*", 0)},
		{"2,000 patterns, every star with a question mark", name("team-%d*", 0), name("team-%d?*", 0)},
		{"2,000 names before their stars", name("*-%d", 0), name("*-%d", 1)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				old, now := compile(bench.before), compile(bench.after)
				gained(b, old, now)
				gained(b, now, old)
			}
		})
	}
}

// BenchmarkOverlap finds every two roles with a subject in common, each
// distinct pattern once.
func BenchmarkOverlap(b *testing.B) {
	b.ReportAllocs()
	texts := roles(1000, "", false)
	for b.Loop() {
		var all []pattern.Pattern
		seen := map[string]bool{}
		for _, role := range texts {
			for _, text := range role {
				if !seen[text] {
					seen[text] = true
					all = append(all, pattern.Like(text))
				}
			}
		}
		list, pairs := pattern.NewList(all), 0
		for _, p := range all {
			near, ok := list.Meets(p, pattern.NewBudget(pattern.DefaultBudget))
			if pairs += len(near); !ok {
				b.Fatal("undecided")
			}
		}
	}
}

// BenchmarkNames asks for a subject of the grammar in a pattern, and outside
// one's own organization.
func BenchmarkNames(b *testing.B) {
	const name = pattern.Lower | pattern.Upper | pattern.Digit | pattern.Hyphen | pattern.Underscore | pattern.Dot
	subject := func(org pattern.Pattern) pattern.Pattern {
		return pattern.Join(pattern.Exact("pulumi:environments:pulumi.organization.login:"), org,
			pattern.Exact(":currentEnvironment.name:"), pattern.Name(name, 1, 0), pattern.Exact("/"), pattern.Name(name, 1, 0))
	}
	anyone := subject(pattern.Name(pattern.Lower|pattern.Digit|pattern.Hyphen|pattern.Underscore, 3, 40))
	for _, text := range []string{
		"pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/prod*",
		"pulumi:environments:pulumi.organization.login:acme*:payments/*", "pulumi:*:acme:*", "pulumi:deploy:*",
	} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			cell := pattern.Cell{All: []pattern.Pattern{pattern.Like(text), anyone}, None: []pattern.Pattern{subject(pattern.Exact("acme"))}}
			for b.Loop() {
				if cell.Decide(pattern.NewBudget(pattern.DefaultBudget)) == pattern.Undecided {
					b.Fatal("undecided")
				}
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	for _, test := range hostile() {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				test.cell.Search(pattern.NewBudget(pattern.DefaultBudget))
			}
		})
	}
}
