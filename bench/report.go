//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Results are the measures of all runs, by tool and scenario.
type Results map[[2]string][]Measure

// best is the measure of the run that took the least time; false of none.
func (rs Results) best(tool, scenario string) (Measure, bool) {
	all := rs[[2]string{tool, scenario}]
	if len(all) == 0 {
		return Measure{}, false
	}
	return slices.MinFunc(all, func(a, b Measure) int { return int(a.Wall - b.Wall) }), true
}

// write writes the results as Markdown: a table of the best runs, and their
// calls by action below it.
func (rs Results) write(w io.Writer, title string, tools []Tool) {
	fmt.Fprintf(w, "### %s\n\n| | | calls | refused | wall | of all runs | CPU | peak |\n|---|---|--:|--:|--:|---|--:|--:|\n", title)
	var actions strings.Builder
	for _, s := range scenarios {
		var shown []Measure
		for _, t := range tools {
			m, ok := rs.best(t.Name, s)
			if !ok {
				continue
			}
			shown = append(shown, m)
			fmt.Fprintf(w, "| %s | %s | %s | %d | %.2f s | %s | %.2f s | %d MiB |\n", s, t.Name,
				thousands(m.Total()), m.Refused, m.Wall.Seconds(), spread(rs[[2]string{t.Name, s}]), m.CPU.Seconds(), m.Peak>>20)
			fmt.Fprintf(&actions, "- %s, %s: %s\n", s, t.Name, byAction(m.ByAction))
		}
		if len(shown) == 2 {
			a, b := shown[0], shown[1]
			fmt.Fprintf(w, "| | ratio | %s | | %s | | %s | %s |\n", ratio(a.Total(), b.Total()), ratio(a.Wall, b.Wall), ratio(a.CPU, b.CPU), ratio(a.Peak, b.Peak))
		}
	}
	fmt.Fprintf(w, "\n%s\n", actions.String())
}

func byAction(counts map[string]int) string {
	var parts []string
	for _, action := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, thousands(counts[action])+" "+action)
	}
	return strings.Join(parts, ", ")
}

// spread is the least and the most of all runs' time.
func spread(all []Measure) string {
	var wall []time.Duration
	for _, m := range all {
		wall = append(wall, m.Wall)
	}
	return fmt.Sprintf("%d: %.2f to %.2f s", len(all), slices.Min(wall).Seconds(), slices.Max(wall).Seconds())
}

func ratio[N int | int64 | time.Duration](ours, theirs N) string {
	return fmt.Sprintf("%.3g ×", float64(theirs)/float64(max(ours, 1)))
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
