package spec

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// report collects what is wrong with a configuration. A mistake in a block
// with for_each, or in an organization's defaults, comes up once for every
// instance: the same text is kept once, and of texts that differ only in their
// detail the first few.
type report struct {
	diags hcl.Diagnostics
	seen  map[reportKey]*reported
}

type reportKey struct {
	severity hcl.DiagnosticSeverity
	summary  string
	subject  hcl.Range
}

type reported struct {
	details map[string]bool
	last    *hcl.Diagnostic
	left    int // not kept
}

// reportedAtOnePlace is how many diagnostics of one summary one place gets.
const reportedAtOnePlace = 3

func newReport() *report { return &report{seen: map[reportKey]*reported{}} }

// add keeps a diagnostic; note says which instance it is about.
func (r *report) add(d *hcl.Diagnostic, note string) {
	key := reportKey{severity: d.Severity, summary: d.Summary}
	if d.Subject != nil {
		key.subject = *d.Subject
	}
	at := r.seen[key]
	if at == nil {
		at = &reported{details: map[string]bool{}}
		r.seen[key] = at
	}
	if at.details[d.Detail] {
		return
	}
	at.details[d.Detail] = true
	if len(at.details) > reportedAtOnePlace {
		at.left++
		return
	}
	kept := *d
	kept.Detail += note
	at.last = &kept
	r.diags = append(r.diags, &kept)
}

// finish says how many diagnostics were left out.
func (r *report) finish() hcl.Diagnostics {
	for _, at := range r.seen {
		if at.left > 0 {
			at.last.Detail += fmt.Sprintf(" The same is so for %d more.", at.left)
		}
	}
	return r.diags
}

func mistakef(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at}
}

func cautionf(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	d := mistakef(at, summary, format, args...)
	d.Severity = hcl.DiagWarning
	return d
}

// tidy sorts diagnostics by file and place, those of no place first, and drops
// what is said twice.
func tidy(diags hcl.Diagnostics) hcl.Diagnostics {
	at := func(d *hcl.Diagnostic) hcl.Range {
		if d.Subject == nil {
			return hcl.Range{}
		}
		return *d.Subject
	}
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		x, y := at(a), at(b)
		return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Start.Byte, y.Start.Byte),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.CompactFunc(diags, func(a, b *hcl.Diagnostic) bool {
		return at(a) == at(b) && a.Severity == b.Severity && a.Summary == b.Summary && a.Detail == b.Detail
	})
}

// few keeps the first diagnostics, errors before warnings, and says how many
// there were besides.
func few(diags hcl.Diagnostics) hcl.Diagnostics {
	if len(diags) <= MaxShown {
		return diags
	}
	left := map[hcl.DiagnosticSeverity]int{}
	for _, d := range diags {
		if d.Severity == hcl.DiagError && left[hcl.DiagError] < MaxShown {
			left[hcl.DiagError]++
		}
	}
	left[hcl.DiagWarning] = MaxShown - left[hcl.DiagError]
	var kept hcl.Diagnostics
	for _, d := range diags {
		if left[d.Severity] > 0 {
			left[d.Severity]--
			kept = append(kept, d)
		}
	}
	return append(kept, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "More mistakes",
		Detail: fmt.Sprintf("There are %d more, which are not shown.", len(diags)-len(kept))})
}
