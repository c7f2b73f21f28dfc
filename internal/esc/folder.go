package esc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	// maxFile is the size of the largest file that can be ours.
	maxFile = 1 << 20
	// maxEntries bounds how much of a folder is looked at.
	maxEntries = 100_000
)

// Folder is the ESC folder: one file for each environment, at Path. It never
// leaves its root, follows no symbolic link, not even to a place inside, and
// nothing exists of it before the first Write. Its methods may be called side
// by side.
type Folder struct {
	// Pause, where it is set, is called at each Moment of a file's change, with
	// the file's path below the folder: for tests that stop a process there.
	Pause func(m Moment, path string)

	root *os.Root
	dir  []string // the components of the folder's own path
	// changing keeps a Remove from taking away a folder that a Write is about
	// to use.
	changing sync.Mutex
	swept    map[string]bool // folders, by path; guarded by changing
}

// Moment is a point in the change of a file at which a process may end.
type Moment string

// The moments. Whatever ends the process, at each of them the file is whole:
// as it was before Placed and Removed, and as it shall be from there on.
const (
	Writing  Moment = "writing"  // nothing has happened yet
	Written  Moment = "written"  // beside its place, and not in it yet
	Placed   Moment = "placed"   // renamed into its place
	Removing Moment = "removing" // nothing has happened yet
	Removed  Moment = "removed"  // it is gone; folders that this leaves empty are not
)

func (f *Folder) at(m Moment, path string) {
	if f.Pause != nil {
		f.Pause(m, path)
	}
}

// Open is the folder at dir, a path with slashes below root; "." is root itself.
func Open(root *os.Root, dir string) (*Folder, error) {
	if !filepath.IsLocal(filepath.FromSlash(dir)) {
		return nil, fmt.Errorf("the ESC folder %q is not inside the configuration's folder", dir)
	}
	f := &Folder{root: root}
	if dir = path.Clean(filepath.ToSlash(dir)); dir != "." {
		f.dir = strings.Split(dir, "/")
	}
	return f, nil
}

// ForeignError says that a file stands in an environment's place that is not
// this stack's.
type ForeignError struct {
	Path  string // below the configuration's folder
	Stack string // whose it is by its header; "" is nobody's
}

func (e *ForeignError) Error() string {
	if e.Stack == "" {
		return fmt.Sprintf("%s is not a file that trustctl wrote for this environment, and is left as it is: move it away, or use -force", e.Path)
	}
	return fmt.Sprintf("%s belongs to the stack %s, and is left as it is: remove the environment there, or use -force", e.Path, e.Stack)
}

// Read returns the stack's files, declared or not, and whatever else stands in a
// declared environment's place, as Foreign: a file without our header, with
// another stack's or environment's, too large to be ours, or no regular file.
// The result is sorted by environment.
func (f *Folder) Read(stack string, declared []trust.EnvironmentFile) ([]trust.EnvironmentFile, error) {
	wanted := make(map[string]*trust.EnvironmentFile, len(declared))
	environments, err := f.list()
	if err != nil {
		return nil, err
	}
	for i, d := range declared {
		wanted[d.Environment] = &declared[i]
		environments = append(environments, d.Environment)
	}
	slices.Sort(environments)
	var files []trust.EnvironmentFile
	for _, environment := range slices.Compact(environments) {
		file, found, err := f.read(environment, stack)
		if err != nil {
			return nil, fmt.Errorf("read the ESC file of %s: %w", environment, err)
		}
		d := wanted[environment]
		if !found || file.Foreign && d == nil {
			continue
		}
		if !file.Foreign {
			var at []string
			if d != nil && d.Document != nil {
				at = d.Document.LoginPath
			}
			file.Login = readLogin(file.Content, file.Account, at)
		}
		files = append(files, file)
	}
	return files, nil
}

// read reads one environment's file.
func (f *Folder) read(environment, stack string) (file trust.EnvironmentFile, found bool, err error) {
	p, err := f.locate(environment, false)
	if errors.Is(err, fs.ErrNotExist) {
		return trust.EnvironmentFile{}, false, nil
	}
	var wrong *irregularError
	if errors.As(err, &wrong) { // a link stands where a folder should
		file, err := foreign(environment)
		file.Irregular = wrong.what
		return file, true, err
	}
	if err != nil {
		return trust.EnvironmentFile{}, false, err
	}
	defer p.close()
	return p.read(stack)
}

// list names the environments of which there seems to be a file.
func (f *Folder) list() ([]string, error) {
	var found []string
	left := maxEntries
	orgs, err := f.names(nil, &left)
	if err != nil {
		return nil, err
	}
	for _, org := range orgs {
		if subject.CheckOrg(org) != nil {
			continue
		}
		projects, err := f.names([]string{org}, &left)
		if err != nil {
			return nil, err
		}
		for _, project := range projects {
			if subject.CheckProject(project) != nil {
				continue
			}
			files, err := f.names([]string{org, project}, &left)
			if err != nil {
				return nil, err
			}
			for _, file := range files {
				name, ok := strings.CutSuffix(file, extension)
				environment := org + "/" + project + "/" + name
				if _, err := Path(environment); ok && err == nil {
					found = append(found, environment)
				}
			}
		}
	}
	return found, nil
}

// names are the entries of a folder below the ESC folder; of what is no folder,
// none. left is how many more may be looked at.
func (f *Folder) names(below []string, left *int) ([]string, error) {
	folder, err := f.enter(below, false)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errIrregular) && len(below) > 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ESC folder: %w", err)
	}
	defer folder.Close()
	dir, err := folder.Open(".")
	if err != nil {
		return nil, fmt.Errorf("read the ESC folder: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(*left + 1)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read the ESC folder: %w", err)
	}
	if *left -= len(names); *left < 0 {
		return nil, fmt.Errorf("the ESC folder holds more than %d entries: give the environments a folder of their own with esc_dir", maxEntries)
	}
	return names, nil
}
