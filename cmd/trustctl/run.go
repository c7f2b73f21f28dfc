package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/visible"
)

// app is one run of the command: everything from outside is in it.
type app struct {
	term.Streams
	env     []string // KEY=value
	now     func() time.Time
	log     *slog.Logger
	noColor bool
	verdict verdict
	outputs []output // of a step of a workflow; nil: none

	aws   live.Options             // how AWS is reached; the zero value is as the SDK finds it
	pause func(esc.Moment, string) // where a test stops a process: see esc.Folder

	opened func(*sandbox.Server) (closing func()) // what a test does with the embedded sandbox, before it serves and after
}

// errReported is the error of a run that has already said what is wrong.
var errReported = errors.New("reported")

// run is the whole command. It gives the exit code.
func run(ctx context.Context, args, env []string, streams term.Streams, now func() time.Time) int {
	a := &app{Streams: streams, env: env, now: now, log: slog.New(slog.DiscardHandler)}
	return a.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	return a.closeGitHub(a.guard(func() error { return a.execute(ctx, args) }))
}

// guard runs f and turns what it ends with into an exit code. A panic is code
// 1 with a message, never Go's own 2, which would say "changes are pending".
func (a *app) guard(f func() error) (code int) {
	defer func() {
		if p := recover(); p != nil {
			a.reportPanic(p, debug.Stack())
			code = exitError
		}
	}()
	err := f()
	if err != nil && !errors.Is(err, errReported) {
		a.reportError(err)
	}
	return exitCode(err, a.verdict)
}

// background starts f beside the run. A panic in it cannot reach guard, so it
// ends the process: exit is os.Exit.
func (a *app) background(exit func(int), f func()) {
	go func() {
		defer func() {
			if p := recover(); p != nil {
				a.reportPanic(p, debug.Stack())
				exit(exitError)
			}
		}()
		f()
	}()
}

// execute finds the command, lays out its arguments and runs it.
func (a *app) execute(ctx context.Context, args []string) error {
	root := a.rootCommand()
	arranged, err := arrange(root, args, a.getenv)
	if err != nil {
		return err
	}
	root.SetArgs(arranged)
	if isCompletion(arranged) {
		return a.complete(ctx, root, args[len(args)-1])
	}
	return root.ExecuteContext(ctx)
}

// rootCommand is the command tree.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "trustctl",
		Short:         "Declare which Pulumi environments may become which AWS roles",
		Long:          "trustctl says in one file which Pulumi environments may become which AWS roles,\nand makes IAM and Pulumi ESC say the same.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		// It runs before every command: what holds for all of them.
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) },
	}
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetIn(a.In)
	root.SetUsageFunc(usage)
	root.SetHelpFunc(help)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { // it knows two dashes only
		if invalid, is := errors.AsType[*pflag.InvalidValueError](err); is && invalid.GetFlag().Value.Type() == "duration" {
			return fmt.Errorf("-%s is %q, which is no duration: write a number with its unit, such as 30s, 5m or 1h30m", invalid.GetFlag().Name, invalid.GetValue())
		}
		return errors.New(strings.ReplaceAll(err.Error(), `"--`, `"-`))
	})
	global := root.PersistentFlags()
	global.String("chdir", "", "work in `DIR`, as if trustctl had been started there")
	global.BoolVar(&a.noColor, "no-color", false, "print no colour")
	global.String("log-level", "", "log to standard error from `LEVEL` on: debug, info, warn, error or off (also TRUSTCTL_LOG)")
	root.AddCommand(
		a.validateCommand(), a.fmtCommand(),
		a.planCommand(), a.applyCommand(), a.destroyCommand(), a.transferCommand(), a.showCommand(), a.emitCommand(), a.snapshotCommand(),
		a.lintCommand(), a.explainCommand(), a.compareCommand(), a.testCommand(),
		a.policyCommand(), a.thumbprintCommand(), a.sandboxCommand(), a.versionCommand(),
		exitCodesTopic(),
	)
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	describeCompletion(root)
	completeValues(root)
	return root
}

// prepare acts on the global flags.
func (a *app) prepare(cmd *cobra.Command) error {
	level, _ := cmd.Flags().GetString("log-level")
	if level == "" {
		level = a.getenv("TRUSTCTL_LOG")
	}
	if err := a.startLog(level); err != nil {
		return err
	}
	if dir, _ := cmd.Flags().GetString("chdir"); dir != "" {
		if err := os.Chdir(dir); err != nil {
			return fmt.Errorf("-chdir: %w", err)
		}
	}
	a.log.Debug("started", "command", cmd.CommandPath(), "version", version())
	return nil
}

// startLog turns the log on; its levels have slog's names, in any letter case.
func (a *app) startLog(level string) error {
	if level == "" || strings.EqualFold(level, "off") {
		return nil
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return fmt.Errorf("the log level %q is none of debug, info, warn, error, off", level)
	}
	a.log = slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: l}))
	return nil
}

// getenv looks a variable up; a later one wins, as in a shell.
func (a *app) getenv(name string) string {
	for i := len(a.env) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(a.env[i], "="); ok && k == name {
			return v
		}
	}
	return ""
}

// inAutomation suppresses hints at what to type next.
func (a *app) inAutomation() bool { return a.getenv("TRUSTCTL_IN_AUTOMATION") != "" }

// colorOut and colorErr say whether a stream gets colour.
func (a *app) colorOut() bool { return term.Color(a.noColor, a.getenv, a.OutTerminal) }
func (a *app) colorErr() bool { return term.Color(a.noColor, a.getenv, a.ErrTerminal) }

// reportError prints an error as Terraform does: the first line at "Error: ",
// so that tools find it.
func (a *app) reportError(err error) { a.report("Error", "31", err.Error()) }

// warn prints a warning.
func (a *app) warn(format string, args ...any) {
	a.report("Warning", "33", fmt.Sprintf(format, args...))
}

func (a *app) report(kind, color, text string) {
	if a.colorErr() {
		kind = "\x1b[1;" + color + "m" + kind + ": \x1b[0m"
	} else {
		kind += ": "
	}
	fmt.Fprintf(a.Err, "%s%s\n", kind, visible.Lines(text))
}

// reportPanic says that a bug ended the run.
func (a *app) reportPanic(p any, stack []byte) {
	a.reportError(fmt.Errorf("trustctl stopped at a bug of its own: %v\n\n"+
		"What was done is done: run the command again to see where it stands. Please report this with the lines below", p))
	fmt.Fprintf(a.Err, "\n%s", stack)
}

// say writes a line of talk.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.Err, format+"\n", args...) }

// print writes to the product.
func (a *app) print(text []byte) error {
	if _, err := a.Out.Write(text); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// printLine writes a line to the product.
func (a *app) printLine(format string, args ...any) error {
	_, err := fmt.Fprintf(a.Out, format+"\n", args...)
	if err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// orElse is the first error that is one.
func orElse(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
