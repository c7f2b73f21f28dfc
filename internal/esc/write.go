package esc

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// Write puts a file in its place, whole or not at all: it is written beside
// and renamed. A file of another stack, or of nobody's, is a *ForeignError
// unless force is set. A file that is already the same is left alone. One that
// is to be no stack's, and was its Former's, only loses its header.
func (f *Folder) Write(file trust.EnvironmentFile, force bool) error {
	f.changing.Lock()
	defer f.changing.Unlock()
	if err := f.write(file, force); err != nil {
		return fmt.Errorf("write the ESC file of %s: %w", file.Environment, err)
	}
	return nil
}

func (f *Folder) write(file trust.EnvironmentFile, force bool) error {
	if file.Stack == "" && file.Former != "" {
		return f.release(file)
	}
	h, ok := ParseHeader(file.Content)
	if !ok || h.Environment != file.Environment || h.Stack != file.Stack || len(file.Content) > maxFile {
		return errors.New("its content is not what trustctl encodes for it")
	}
	p, err := f.locate(file.Environment, true)
	if err != nil {
		return err
	}
	defer p.close()
	f.sweep(p)
	present, found, err := p.mine(h.Stack, force)
	if foreign, is := errors.AsType[*ForeignError](err); is && file.Former != "" && foreign.Stack == file.Former {
		present, found, err = p.mine(file.Former, false)
	}
	if err != nil {
		return err
	}
	if found && bytes.Equal(present.Content, file.Content) {
		return nil
	}
	f.at(Writing, p.path)
	if err := p.replace(file.Content, func() { f.at(Written, p.path) }); err != nil {
		return err
	}
	f.at(Placed, p.path)
	return nil
}

// release takes the header off a stack's file, and leaves it to whoever it is
// for. One that is gone, or nobody's already, is left alone.
func (f *Folder) release(file trust.EnvironmentFile) error {
	p, err := f.existing(file.Environment)
	if p == nil {
		return err
	}
	defer p.close()
	present, found, err := p.mine(file.Former, false)
	if foreign, is := errors.AsType[*ForeignError](err); is && foreign.Stack == "" {
		return nil
	}
	if err != nil || !found {
		return err
	}
	_, rest, _ := bytes.Cut(present.Content, []byte("\n"))
	if !bytes.Equal(rest, file.Content) {
		return errors.New("it changed since it was read")
	}
	f.at(Writing, p.path)
	if err := p.replace(rest, func() { f.at(Written, p.path) }); err != nil {
		return err
	}
	f.at(Placed, p.path)
	return nil
}

// existing opens the folder of a file that may be gone, without what a killed run
// left there; nil is none.
func (f *Folder) existing(environment string) (*place, error) {
	p, err := f.locate(environment, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		f.sweep(p)
	}
	return p, err
}

// mine reads what stands at a place and refuses what must not be touched.
func (p *place) mine(stack string, force bool) (present trust.EnvironmentFile, found bool, err error) {
	info, err := p.project.Lstat(p.name)
	if errors.Is(err, fs.ErrNotExist) {
		return trust.EnvironmentFile{}, false, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = irregular(p.shown, info.Mode(), "file")
	}
	if err != nil {
		return trust.EnvironmentFile{}, false, err
	}
	present, found, err = p.read(stack)
	if err != nil || !found {
		return trust.EnvironmentFile{}, false, err
	}
	if present.Foreign && !force {
		e := &ForeignError{Path: p.shown}
		if present.Stack != stack {
			e.Stack = present.Stack
		}
		return trust.EnvironmentFile{}, false, e
	}
	return present, true, nil
}

// What is written beside has a name between these two: Pulumi and Read take
// no notice of it.
const (
	temporaryPrefix = ".trustctl-"
	temporarySuffix = ".tmp"
)

// replace writes beside and renames; whatever fails, nothing is left over.
// Another run that works in the same folder may sweep away what this one has
// written beside: then it is written again.
func (p *place) replace(content []byte, written func()) error {
	for attempt := 1; ; attempt++ {
		err := p.replaceOnce(content, written)
		if !errors.Is(err, fs.ErrNotExist) || attempt == 3 {
			return err
		}
	}
}

// sweep removes what runs that were killed have left beside the files of a
// folder, once. It is nobody's: a failure is left to the next run.
func (f *Folder) sweep(p *place) {
	folder := path.Dir(p.path)
	if f.swept[folder] {
		return
	}
	if f.swept == nil {
		f.swept = map[string]bool{}
	}
	f.swept[folder] = true
	dir, err := p.project.Open(".")
	if err != nil {
		return
	}
	defer dir.Close()
	names, err := dir.Readdirnames(maxEntries)
	if err != nil {
		return
	}
	for _, name := range names {
		if strings.HasPrefix(name, temporaryPrefix) && strings.HasSuffix(name, temporarySuffix) {
			_ = p.project.Remove(name)
		}
	}
}

func (p *place) replaceOnce(content []byte, written func()) (err error) {
	temporary := temporaryPrefix + strings.ToLower(rand.Text()) + temporarySuffix
	file, err := p.project.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = p.project.Remove(temporary)
		}
	}()
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	written()
	return p.project.Rename(temporary, p.name)
}

// Remove deletes a file, and the folders that it leaves empty, up to the ESC
// folder. A file of another stack, or of nobody's, is a *ForeignError unless
// force is set; a file that is not there is no error.
func (f *Folder) Remove(file trust.EnvironmentFile, force bool) error {
	f.changing.Lock()
	defer f.changing.Unlock()
	if err := f.remove(file, force); err != nil {
		return fmt.Errorf("remove the ESC file of %s: %w", file.Environment, err)
	}
	return nil
}

func (f *Folder) remove(file trust.EnvironmentFile, force bool) error {
	p, err := f.existing(file.Environment)
	if p == nil {
		return err
	}
	defer p.close()
	_, found, err := p.mine(file.Stack, force)
	if err != nil || !found {
		return err
	}
	f.at(Removing, p.path)
	if err := p.project.Remove(p.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.at(Removed, p.path)
	folders := strings.Split(p.path, "/")[:2]
	for i := range slices.Backward(folders) {
		parent, err := f.enter(folders[:i], false)
		if err != nil {
			return nil // gone meanwhile
		}
		err = parent.Remove(folders[i])
		_ = parent.Close()
		if err != nil {
			return nil // not empty
		}
	}
	return nil
}
