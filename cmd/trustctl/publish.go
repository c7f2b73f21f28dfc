package main

import (
	"path/filepath"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
)

// reportOn is a plan with all that is said of it. digest is that of the file that
// it is saved in.
func (a *app) reportOn(w *world, p *plan.Plan, digest string) render.Report {
	return render.Report{
		Plan: p, Findings: lint.Plan(p, w.config.lintInput()), Timestamp: a.now(), Version: version(),
		PlanDigest: digest, Reads: w.reads(), Folder: a.belowProject(w.config.Dir),
	}
}

// belowProject is a folder below the project's: that of the workflow, else the
// working directory. Outside both it is absolute.
func (a *app) belowProject(folder string) string {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	for _, root := range []string{a.getenv("GITHUB_WORKSPACE"), a.getenv("CI_PROJECT_DIR"), "."} {
		root, err := filepath.Abs(root)
		if err != nil {
			continue
		}
		if below, err := filepath.Rel(root, folder); err == nil && filepath.IsLocal(below) {
			return filepath.ToSlash(below)
		}
	}
	return filepath.ToSlash(folder)
}

// writeSARIF writes findings into the file that is asked for, if one is.
func (a *app) writeSARIF(findings []lint.Finding, folder, file string) error {
	if file == "" {
		return nil
	}
	text, err := render.SARIF(findings, folder, version())
	if err != nil {
		return err
	}
	return writeFile(file, text, 0o644)
}

// publish writes a plan into the files that are asked for besides its text and
// JSON.
func (a *app) publish(r render.Report, f *runFlags) error {
	if f.markdownInto != "" {
		if err := writeFile(f.markdownInto, []byte(render.Markdown(r, render.CommentLimit)), 0o644); err != nil {
			return err
		}
	}
	if err := a.writeSARIF(r.Findings, r.Folder, f.sarifInto); err != nil {
		return err
	}
	return a.tellGitHub(r)
}
