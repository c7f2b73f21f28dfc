package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/visible"
)

// maxSource is the most that fmt reads of one file: more than a configuration may have.
const maxSource = 1 << 20

// formatting is one run of fmt.
type formatting struct {
	*app
	check, diff, recursive, write bool
	failed                        bool
	files                         int // that were looked at
}

func (a *app) fmtCommand() *cobra.Command {
	f := &formatting{app: a}
	cmd := &cobra.Command{
		Use:   "fmt [PATH...|-]",
		Short: "Bring configuration files to their canonical layout",
		Long: "Bring *.trust.hcl and *.trustvars.hcl files to their canonical layout, and print\n" +
			"the names of those that changed. PATH is a file or a folder, by default the\n" +
			"current one; - reads standard input and writes standard output.",
		RunE: func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; end with exit code 3 if something would change")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "print what changes")
	cmd.Flags().BoolVar(&f.recursive, "recursive", false, "go into folders below")
	cmd.Flags().BoolVar(&f.write, "write", true, "write the files")
	return cmd
}

func (f *formatting) run(paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		var err error
		if path == "-" {
			err = f.stdin()
		} else {
			err = f.path(path)
		}
		if err != nil {
			return err
		}
	}
	if f.failed {
		return errReported
	}
	if f.files == 0 {
		f.say("There is nothing to format: no .trust.hcl or .trustvars.hcl file is in %s.", visible.Line(strings.Join(paths, ", ")))
	}
	return nil
}

func (f *formatting) stdin() error {
	f.files++
	source, err := io.ReadAll(io.LimitReader(f.In, maxSource+1))
	if err != nil {
		return fmt.Errorf("reading standard input: %w", err)
	}
	if len(source) > maxSource {
		return fmt.Errorf("standard input is larger than %d bytes", maxSource)
	}
	formatted, ok, err := f.format("<stdin>", source)
	if err != nil || !ok {
		return err
	}
	if f.check {
		f.verdict.gate = f.verdict.gate || !bytes.Equal(source, formatted)
	}
	switch {
	case f.diff:
		return f.printDiff("<stdin>", source, formatted)
	case f.check:
		return nil
	}
	return f.print(formatted)
}

// path formats a file, or the files of a folder in lexical order.
func (f *formatting) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("reading what to format: %w", err)
	}
	if !info.IsDir() {
		if !formattable(path) {
			return fmt.Errorf("%s is not a .trust.hcl or .trustvars.hcl file", path)
		}
		if info, err = os.Lstat(path); err != nil { // a link would be replaced by a file
			return fmt.Errorf("reading what to format: %w", err)
		}
		return f.file(path, info)
	}
	return filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case at == path:
			return nil
		case d.IsDir() && (!f.recursive || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir(), !formattable(at), strings.HasPrefix(d.Name(), "."), !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return f.file(at, info)
	})
}

func formattable(path string) bool {
	return strings.HasSuffix(path, ".trust.hcl") || strings.HasSuffix(path, ".trustvars.hcl")
}

func (f *formatting) file(path string, info fs.FileInfo) error {
	f.files++
	if !info.Mode().IsRegular() || info.Size() > maxSource {
		return fmt.Errorf("%s is not a regular file of at most %d bytes", path, maxSource)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading what to format: %w", err)
	}
	formatted, ok, err := f.format(path, source)
	if err != nil || !ok || bytes.Equal(source, formatted) {
		return err
	}
	if err := f.printLine("%s", visible.Line(path)); err != nil {
		return err
	}
	if f.diff {
		if err := f.printDiff(path, source, formatted); err != nil {
			return err
		}
	}
	if f.check {
		f.verdict.gate = true
		return nil
	}
	if !f.write {
		return nil
	}
	return writeFile(path, formatted, info.Mode().Perm())
}

// printDiff prints what changes, for people to read: it can't be applied as a
// patch where a source holds what a terminal would act on.
func (f *formatting) printDiff(name string, source, formatted []byte) error {
	return f.print([]byte(visible.Lines(string(diff.Diff("old/"+name, source, "new/"+name, formatted)))))
}

// format gives a source its layout; a mistake in it is printed, and the other
// files are formatted nevertheless.
func (f *formatting) format(name string, source []byte) ([]byte, bool, error) {
	formatted, diags := spec.Format(source, name)
	if !diags.HasErrors() {
		return formatted, true, nil
	}
	f.failed = true
	return nil, false, spec.FormatSources(source, name).Write(f.Err, diags, f.Width(), f.colorErr())
}
