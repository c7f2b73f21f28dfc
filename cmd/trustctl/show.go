package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

func (a *app) showCommand() *cobra.Command {
	var f runFlags
	var only showOnly
	cmd := &cobra.Command{
		Use:   "show PLANFILE",
		Short: "Show a saved plan",
		Long: "Show a saved plan. It is never refused for being stale: nothing is read but the\n" +
			"file. With -arns, only the ARNs of the roles that the plan leaves. With -push, only\n" +
			"the environments whose file goes to Pulumi Cloud before, or after, the plan is\n" +
			"applied, one a line: the environment, a tab, the file. The findings are those that\n" +
			"plan had, with what was accepted and where it stands.",
		Args: oneArgument("a plan file"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.show(cmd, &f, args[0], only) },
	}
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&only.markdown, "markdown", false, "print Markdown, for a comment on a pull request")
	cmd.Flags().BoolVar(&only.sarif, "sarif", false, "print the findings as SARIF")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "show the exact calls, and what does not change")
	cmd.Flags().BoolVar(&f.concise, "concise", false, "show only which objects change")
	f.planDigestFlag(cmd.Flags())
	cmd.Flags().BoolVar(&only.arns, "arns", false, "print the ARNs of the roles, one a line")
	cmd.Flags().StringVar(&only.push, "push", "", "print the environments, and their files, that go to Pulumi Cloud `WHEN`: before or after the apply")
	return cmd
}

// showOnly is what show prints in the place of text or JSON.
type showOnly struct {
	arns, markdown, sarif bool
	push                  string
}

func (a *app) show(cmd *cobra.Command, f *runFlags, path string, only showOnly) error {
	formats := 0
	for _, asked := range []bool{f.asJSON, only.arns, only.markdown, only.sarif, only.push != ""} {
		if asked {
			formats++
		}
	}
	switch when := plan.Push(only.push); {
	case only.push != "" && when != plan.PushBefore && when != plan.PushAfter:
		return fmt.Errorf("-push is %q, and must be before or after", only.push)
	case formats > 1:
		return errors.New("-arns, -push, -json, -markdown and -sarif exclude each other")
	case f.verbose && f.concise:
		return errors.New("-verbose and -concise exclude each other")
	}
	p, meta, err := readPlan(path)
	if err != nil {
		return err
	}
	if err := f.approved(cmd, path, meta); err != nil {
		return err
	}
	if only.arns {
		return a.printARNs(roleARNs(p, nil))
	}
	r := render.Report{Plan: p, Findings: savedFindings(p), Timestamp: a.now(), Version: version(), PlanDigest: meta.Digest}
	if p.Declared != nil {
		r.Folder = p.Declared.Folder
	}
	switch {
	case only.push != "":
		return a.printPushes(p, plan.Push(only.push))
	case only.markdown:
		return a.print([]byte(render.Markdown(r, render.CommentLimit)))
	case only.sarif:
		text, err := render.SARIF(r.Findings, r.Folder, version())
		if err != nil {
			return err
		}
		return a.print(text)
	}
	return a.showPlan(r, f)
}

func (a *app) printARNs(arns []trust.ARN) error {
	for _, arn := range arns {
		if err := a.printLine("%s", arn); err != nil {
			return err
		}
	}
	return nil
}

// printPushes prints what goes to Pulumi Cloud at one of the two moments. What
// is taken away is no file.
func (a *app) printPushes(p *plan.Plan, when plan.Push) error {
	for _, f := range render.Pushes(p) {
		if f.When != when || f.Removed {
			continue
		}
		if err := a.printLine("%s\t%s", visible.Line(f.Environment), visible.Line(f.Path)); err != nil {
			return err
		}
	}
	return nil
}
