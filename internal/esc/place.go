package esc

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// place is where an environment's file is, or is to be: a name in an open folder.
type place struct {
	environment, path, name string
	shown                   string // the path with the ESC folder's own, for messages
	project                 *os.Root
}

func (p *place) close() { _ = p.project.Close() }

// locate opens the folder that an environment's file is in.
func (f *Folder) locate(environment string, create bool) (*place, error) {
	at, err := Path(environment)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(at, "/")
	project, err := f.enter(parts[:2], create)
	if err != nil {
		return nil, err
	}
	return &place{environment: environment, path: at, shown: f.shown(at), name: parts[2], project: project}, nil
}

// shown is a path below the ESC folder as messages spell it: below the
// configuration's.
func (f *Folder) shown(below string) string {
	return path.Join(append(slices.Clone(f.dir), below)...)
}

// enter opens a folder below the ESC folder, one component at a time, so that
// none is a symbolic link.
func (f *Folder) enter(below []string, create bool) (*os.Root, error) {
	here, err := f.root.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	names := slices.Concat(f.dir, below)
	for i, name := range names {
		next, err := step(here, name, strings.Join(names[:i+1], "/"), create)
		_ = here.Close()
		if err != nil {
			return nil, err
		}
		here = next
	}
	return here, nil
}

// step opens the folder of a name in another; path is for messages.
func step(here *os.Root, name, path string, create bool) (*os.Root, error) {
	info, err := here.Lstat(name)
	if create && errors.Is(err, fs.ErrNotExist) {
		if err := here.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		info, err = here.Lstat(name)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, irregular(path, info.Mode(), "folder")
	}
	next, err := here.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	// A link that was put there in the meantime would be followed within the root.
	if opened, err := next.Stat("."); err != nil || !os.SameFile(info, opened) {
		_ = next.Close()
		return nil, &irregularError{path + " changed while it was opened"}
	}
	return next, nil
}

// read reads the file at a place and tells whose it is.
func (p *place) read(stack string) (file trust.EnvironmentFile, found bool, err error) {
	file, err = foreign(p.environment)
	if err != nil {
		return trust.EnvironmentFile{}, false, err
	}
	info, err := p.project.Lstat(p.name)
	if errors.Is(err, fs.ErrNotExist) {
		return trust.EnvironmentFile{}, false, nil
	}
	if err != nil {
		return trust.EnvironmentFile{}, false, err
	}
	if !info.Mode().IsRegular() {
		file.Irregular = irregular(p.shown, info.Mode(), "file").what
	}
	if file.Irregular != "" || info.Size() > maxFile {
		return file, true, nil
	}
	content, err := p.content(info)
	if err != nil {
		return trust.EnvironmentFile{}, false, err
	}
	if len(content) > maxFile {
		return file, true, nil
	}
	file.Content = content
	if h, ok := ParseHeader(content); ok {
		file.Stack, file.Account = h.Stack, h.Account
		file.Foreign = h.Stack != stack || h.Environment != p.environment
	}
	return file, true, nil
}

// content reads the regular file that info describes, and no more than one
// byte beyond what can be ours.
func (p *place) content(info fs.FileInfo) ([]byte, error) {
	file, err := p.project.Open(p.name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, &irregularError{p.shown + " changed while it was opened"}
	}
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

func foreign(environment string) (trust.EnvironmentFile, error) {
	at, err := Path(environment)
	return trust.EnvironmentFile{Environment: environment, Path: at, Foreign: true}, err
}

// errIrregular is for what is not a file or a folder where one must be. Force
// does not help.
var errIrregular = errors.New("nothing is written through it")

// irregularError says what is in the way.
type irregularError struct{ what string }

func (e *irregularError) Error() string { return e.what + ": " + errIrregular.Error() }

func (e *irregularError) Unwrap() error { return errIrregular }

// irregular is the error for what stands at a path where want must be: "file"
// or "folder".
func irregular(path string, mode fs.FileMode, want string) *irregularError {
	what := "not a regular " + want
	switch {
	case mode&fs.ModeSymlink != 0:
		what = "a symbolic link"
	case mode.IsDir():
		what = "a folder"
	}
	return &irregularError{path + " is " + what}
}
