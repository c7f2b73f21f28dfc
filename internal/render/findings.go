package render

import (
	"fmt"
	"path"
	"strings"

	"github.com/trustctl/trustctl/internal/lint"
)

// findings are the notable ones, a line each; what else there is is for lint.
func (t *text) findings() {
	all, warnings, infos := t.report.notable()
	if len(all) == 0 {
		return
	}
	const most = 20
	t.line(0, t.Style.Bold("Findings:"))
	for _, f := range all[:min(most, len(all))] {
		paint := t.Style.Yellow
		if f.Severity == "error" {
			paint = t.Style.Red
		}
		t.item(2, paint(string(f.Severity))+": "+f.Code+": "+f.Summary+" ("+safe(f.Place())+")")
	}
	if more := len(all) - most; more > 0 {
		t.line(2, fmt.Sprintf("and %d more", more))
	}
	if rest := unshown(warnings, infos); rest != "" {
		t.item(2, "besides: "+rest)
	}
	lint := "trustctl lint"
	if t.report.PlanDigest != "" { // it is, or will be, in a file
		lint += " PLANFILE"
	}
	t.item(2, "`"+lint+"` says of each what proves it, and what to do.")
	t.blank()
}

// page is where a code's page is on the web.
func page(code string) string {
	return "https://github.com/trustctl/trustctl/blob/main/" + lint.Rule{Code: code}.Page()
}

// file is a place's file below the project's root, or "" where there is none
// that can be named so.
func (r Report) file(f lint.Finding) string { return below(r.Folder, f.Pos.File) }

func below(folder, file string) string {
	if file == "" || path.IsAbs(file) {
		return ""
	}
	file = path.Join(folder, file)
	if path.IsAbs(file) || file == ".." || strings.HasPrefix(file, "../") {
		return ""
	}
	return file
}

// place is where a finding is, the file below the project's root.
func (r Report) place(f lint.Finding) string {
	if file := r.file(f); file != "" {
		f.Pos.File = file
	}
	return f.Place()
}
