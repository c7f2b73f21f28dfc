package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/trust"
)

// lintFlags are the flags of lint.
type lintFlags struct {
	runFlags
	live    bool
	failOn  string
	asSARIF bool
	junit   string
	folder  string // of the configuration, below the project's root
}

func (a *app) lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [PLANFILE]",
		Short: "Find what is wrong with the trust policies, with proof and remedy",
		Long: "Look for what is wrong in the trust policies of the configuration, or of a saved\n" +
			"plan. With -live, every role in the accounts that trusts a declared issuer is looked\n" +
			"at as well, whoever made it. docs/findings has a page for each code.",
		Args: atMostOneArgument("a plan file"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runLint(cmd, &f, args) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.live, "live", false, "look at the accounts as well")
	fs.StringVar(&f.failOn, "fail-on", "", "end with exit code 3 on findings of `SEVERITY` or worse: error or warning")
	fs.BoolVar(&f.asJSON, "json", false, "print JSON")
	fs.BoolVar(&f.asSARIF, "sarif", false, "print the findings as SARIF")
	fs.StringVar(&f.sarifInto, "sarif-into", "", "write the findings to `FILE` as SARIF as well")
	fs.StringVar(&f.junit, "junit", "", "write the results to `FILE` as JUnit XML as well")
	f.registerReach(cmd, "read only `ACCOUNT`, with -live: a declared name or an id; may be repeated")
	f.snapshotFlags(fs)
	return cmd
}

func (a *app) runLint(cmd *cobra.Command, f *lintFlags, args []string) error {
	switch {
	case f.failOn != "" && f.failOn != string(lint.Error) && f.failOn != string(lint.Warning):
		return fmt.Errorf("-fail-on is %q, and lint knows -fail-on=error and -fail-on=warning", f.failOn)
	case f.live && len(args) > 0:
		return fmt.Errorf("-live and a plan file exclude each other: the plan says what was there")
	case f.asJSON && f.asSARIF:
		return fmt.Errorf("-json and -sarif exclude each other")
	case f.sandbox != "" && !f.live:
		return fmt.Errorf("-sandbox goes with -live")
	case f.snapshot != "" && !f.live:
		return fmt.Errorf("-snapshot goes with -live: it stands for the accounts")
	}
	if err := f.checkReach(cmd); err != nil {
		return err
	}
	ctx, stop := a.interruptibleWithin(cmd.Context(), f.timeout)
	defer stop()
	findings, err := a.findings(ctx, cmd, f, args)
	if findings == nil && err != nil {
		return cause(ctx, err)
	}
	if failed := a.showFindings(findings, f); failed != nil {
		if err != nil {
			a.reportError(cause(ctx, err))
		}
		err = failed
	}
	if worst, ok := lint.Worst(findings); ok && f.failOn != "" {
		a.verdict.gate = worst.AtLeast(lint.Severity(f.failOn))
	}
	return err
}

// showFindings prints findings and writes them into the files that are asked
// for.
func (a *app) showFindings(findings []lint.Finding, f *lintFlags) error {
	folder := f.folder
	if err := a.writeSARIF(findings, folder, f.sarifInto); err != nil {
		return err
	}
	if f.junit != "" {
		text, err := render.JUnit("trustctl lint", render.FindingCases(findings))
		if err != nil {
			return err
		}
		if err := writeFile(f.junit, text, 0o644); err != nil {
			return fmt.Errorf("-junit: %w", err)
		}
	}
	a.annotate(render.FindingAnnotations(findings, folder))
	report := lint.NewReport(findings)
	switch {
	case f.asJSON:
		text, err := report.JSON()
		if err != nil {
			return err
		}
		return a.print(text)
	case f.asSARIF:
		text, err := render.SARIF(findings, folder, version())
		if err != nil {
			return err
		}
		return a.print(text)
	}
	if err := report.Text(a.Out); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// findings are those of what lint is asked to look at. Of accounts of which
// some could not be read there are both findings and an error.
func (a *app) findings(ctx context.Context, cmd *cobra.Command, f *lintFlags, args []string) ([]lint.Finding, error) {
	f.folder = a.belowProject(folderOf(f.path))
	if len(args) > 0 {
		return a.planFindings(ctx, cmd, f, args[0])
	}
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return nil, err
	}
	in := l.lintInput()
	if !f.live {
		var unread error
		in.Files, unread = l.filesOnDisk(false)
		found, err := within(ctx, func() []lint.Finding { return lint.Config(in) })
		return found, orElse(err, unread)
	}
	current, err := a.readAccounts(ctx, l, &f.runFlags)
	if current.Accounts == nil {
		return nil, err
	}
	in.Current, in.Files = &current, current.Files
	all, late := within(ctx, func() []lint.Finding { return liveFindings(in, current) })
	return all, orElse(late, err)
}

// liveFindings are those of what is declared, and those of the accounts that
// do not say the same once more.
func liveFindings(in lint.Input, current trust.State) []lint.Finding {
	declared := lint.Config(in)
	in.State = current
	type what struct {
		code, detail string
		address      trust.Address
	}
	said := map[what]bool{}
	for _, d := range declared {
		said[what{d.Code, d.Detail, d.Address}] = true
	}
	all := slices.Clone(declared)
	for _, found := range lint.Live(in) {
		if !said[what{found.Code, found.Detail, found.Address}] {
			all = append(all, found)
		}
	}
	if all == nil {
		all = []lint.Finding{}
	}
	return all
}

// lintInput is a configuration as lint looks at it.
func (l *loaded) lintInput() lint.Input {
	in := lint.Input{Stack: l.Stack, State: l.State, Resource: l.Resource}
	for _, i := range l.Issuers {
		in.Issuers = append(in.Issuers, lint.Issuer{Name: i.Name, URL: i.URL})
	}
	for _, accept := range l.Accepts {
		in.Accepts = append(in.Accepts, lint.Accept(accept))
	}
	for _, r := range l.State.Roles {
		if org, _, _, ok := trust.SplitEnvironment(r.Environment); ok && !slices.Contains(in.Orgs, org) {
			in.Orgs = append(in.Orgs, org)
		}
	}
	return in
}

// filesOnDisk are the ESC files as they are now. No account is asked for them.
func (l *loaded) filesOnDisk(onSandbox bool) (_ []trust.EnvironmentFile, err error) {
	w := &world{config: l, stack: l.Stack, sandbox: onSandbox}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.openFolder(); err != nil {
		return nil, err
	}
	return w.readFolder()
}

// planFindings are those of a saved plan, by what it keeps of its configuration;
// if -config names one, by that.
func (a *app) planFindings(ctx context.Context, cmd *cobra.Command, f *lintFlags, path string) ([]lint.Finding, error) {
	p, _, err := readPlan(path)
	if err != nil {
		return nil, err
	}
	if !cmd.Flags().Changed("config") {
		if p.Declared != nil {
			f.folder = p.Declared.Folder
		}
		return savedFindings(p), nil
	}
	l, err := a.load(ctx, cmd, f.configFlags)
	if err != nil {
		return nil, err
	}
	in := l.lintInput()
	if in.Files, err = l.filesOnDisk(p.Sandbox); err != nil {
		return nil, err
	}
	return lint.Plan(p, in), nil
}

// issuersOf are the issuers of a plan's providers, Pulumi Cloud's if it has
// none.
func issuersOf(p *plan.Plan) []lint.Issuer {
	var all []lint.Issuer
	for _, c := range p.Changes {
		for _, o := range []*plan.Object{c.After, c.Before} {
			if o == nil || o.Provider == nil {
				continue
			}
			i := lint.Issuer{Name: o.Provider.Issuer, URL: o.Provider.URL}
			if !slices.ContainsFunc(all, func(have lint.Issuer) bool { return have.URL == i.URL }) {
				all = append(all, i)
			}
		}
	}
	if all == nil {
		all = []lint.Issuer{{Name: "pulumi", URL: defaultIssuer}}
	}
	return all
}
