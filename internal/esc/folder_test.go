package esc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/trust"
)

const stack = "acme-platform"

// newFolder is an ESC folder, esc, below a new root, and the root's path.
func newFolder(t *testing.T) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	f, err := Open(root, "esc")
	if err != nil {
		t.Fatal(err)
	}
	return f, dir
}

// of is the encoded file of an environment.
func of(t *testing.T, environment, stack string) trust.EnvironmentFile {
	t.Helper()
	f := example(func(f *trust.EnvironmentFile) { f.Environment, f.Stack = environment, stack })
	f.Path, _ = Path(environment)
	f.Content = encodeExample(t, f)
	return f
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// tree is every file below a folder, and every empty folder with a slash.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		switch {
		case d.Type().IsRegular():
			content, err := os.ReadFile(path)
			found[name] = string(content)
			return err
		case d.IsDir():
			if entries, err := os.ReadDir(path); err == nil && len(entries) == 0 {
				found[name+"/"] = ""
			}
		default:
			found[name] = d.Type().String()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAFileIsWrittenReadAndRemoved(t *testing.T) {
	f, dir := newFolder(t)
	if got, err := f.Read(stack, nil); err != nil || got != nil {
		t.Fatalf("an ESC folder that is not there reads as %v, %v", got, err)
	}
	want := of(t, "acme/payments/prod", stack)
	if err := f.Write(want, false); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "esc", "acme", "payments", "prod.yaml")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&^0o644 != 0 {
		t.Fatalf("%v, %v", info, err)
	}
	read, err := f.Read(stack, nil)
	if err != nil {
		t.Fatal(err)
	}
	want.Login, want.Document = &want.Document.Login, nil
	if diff := cmp.Diff([]trust.EnvironmentFile{want}, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if err := f.Write(want, false); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.Stat(path); !os.SameFile(info, again) || !again.ModTime().Equal(info.ModTime()) {
		t.Error("a file that is already the same was written again")
	}
	changed := want
	changed.Content = append(slices.Clone(want.Content), "# more\n"...)
	if err := f.Write(changed, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"esc/acme/payments/prod.yaml": string(changed.Content)}, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	for range 2 { // the second finds nothing
		if err := f.Remove(want, false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"esc/": ""}, tree(t, dir)); diff != "" {
			t.Errorf("tree after the removal (-want +got):\n%s", diff)
		}
	}
}

func TestRemovalKeepsFoldersInUse(t *testing.T) {
	f, dir := newFolder(t)
	a, b := of(t, "acme/payments/prod", stack), of(t, "acme/web/prod", stack)
	for _, file := range []trust.EnvironmentFile{a, b} {
		if err := f.Write(file, false); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "esc/acme/payments/README"), nil)
	for _, file := range []trust.EnvironmentFile{a, b} {
		if err := f.Remove(file, false); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]string{"esc/acme/payments/README": ""}, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotOursIsReadAsForeignAndLeftAlone(t *testing.T) {
	file := of(t, "acme/payments/prod", stack)
	tests := []struct {
		name  string
		put   []byte
		stack string // in the error
	}{
		{"a file without our header", []byte("values: {}\n"), ""},
		{"an empty file", nil, ""},
		{"a file of another stack", of(t, file.Environment, "other").Content, "other"},
		{"a copy of another environment's file", of(t, "acme/payments/dev", stack).Content, ""},
		{"a file with our header further down", append([]byte("\n"), file.Content...), ""},
		{"a file too large to be ours", append(slices.Clone(file.Content), bytes.Repeat([]byte("#"), maxFile)...), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, dir := newFolder(t)
			path := filepath.Join(dir, "esc", file.Path)
			put(t, path, tt.put)
			if got, err := f.Read(stack, nil); err != nil || len(got) != 0 {
				t.Errorf("undeclared, it is read: %v, %v", got, err)
			}
			got, err := f.Read(stack, []trust.EnvironmentFile{file})
			if err != nil || len(got) != 1 || !got[0].Foreign || got[0].Environment != file.Environment {
				t.Errorf("declared, it is read as %+v, %v", got, err)
			}
			for what, err := range map[string]error{"Write": f.Write(file, false), "Remove": f.Remove(file, false)} {
				var foreign *ForeignError
				if !errors.As(err, &foreign) || foreign.Stack != tt.stack || !strings.Contains(err.Error(), tt.stack) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if diff := cmp.Diff(map[string]string{"esc/" + file.Path: string(tt.put)}, tree(t, dir)); diff != "" {
				t.Errorf("it was touched (-want +got):\n%s", diff)
			}
			if err := f.Write(file, true); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"esc/" + file.Path: string(file.Content)}, tree(t, dir)); diff != "" {
				t.Errorf("force does not write it (-want +got):\n%s", diff)
			}
			put(t, path, tt.put)
			if err := f.Remove(file, true); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"esc/": ""}, tree(t, dir)); diff != "" {
				t.Errorf("force does not remove it (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALineEndOfAnotherSystemKeepsAFileOurs(t *testing.T) {
	f, dir := newFolder(t)
	file := of(t, "acme/payments/prod", stack)
	put(t, filepath.Join(dir, "esc", file.Path), bytes.ReplaceAll(file.Content, []byte("\n"), []byte("\r\n")))
	if got, err := f.Read(stack, nil); err != nil || len(got) != 1 || got[0].Foreign {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAForgottenFileLosesItsFirstLineAndNothingElse(t *testing.T) {
	f, dir := newFolder(t)
	file := of(t, "acme/payments/prod", stack)
	if err := f.Write(file, false); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(file.Content, []byte("\n"))
	released := file
	released.Stack, released.Former, released.Content = "", stack, append(slices.Clone(rest), '#')
	if err := f.Write(released, true); err == nil || !strings.Contains(err.Error(), "changed since") {
		t.Errorf("a file that changed meanwhile: got %v", err)
	}
	released.Content, released.Former = rest, "another"
	if foreign, is := errors.AsType[*ForeignError](f.Write(released, true)); !is || foreign.Stack != stack {
		t.Error("another stack's file was released")
	}
	released.Former = stack
	for range 2 { // the second finds nobody's
		if err := f.Write(released, false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"esc/acme/payments/prod.yaml": string(rest)}, tree(t, dir)); diff != "" {
			t.Errorf("tree (-want +got):\n%s", diff)
		}
	}
	if err := os.Remove(filepath.Join(dir, "esc/acme/payments/prod.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(released, false); err != nil || len(tree(t, dir)) != 1 {
		t.Errorf("a file that is gone: %v, %v", err, tree(t, dir))
	}
}

func TestAFailedWriteLeavesNothingBehind(t *testing.T) {
	f, dir := newFolder(t)
	file := of(t, "acme/payments/prod", stack)
	put(t, filepath.Join(dir, "esc", file.Path, "x"), nil) // renaming onto a folder fails
	p, err := f.locate(file.Environment, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := p.replace(file.Content, func() {}); err == nil {
		t.Fatal("a folder was replaced")
	}
	if diff := cmp.Diff(map[string]string{"esc/acme/payments/prod.yaml/x": ""}, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

func TestWhatAKilledRunLeftBesideAFileIsSweptAway(t *testing.T) {
	for name, change := range map[string]func(*Folder, trust.EnvironmentFile) error{
		"by a write": func(f *Folder, file trust.EnvironmentFile) error {
			file.Content = append(file.Content, "# another\n"...)
			return f.Write(file, false)
		},
		"by a removal": func(f *Folder, file trust.EnvironmentFile) error { return f.Remove(file, false) },
	} {
		f, dir := newFolder(t)
		file := of(t, "acme/payments/prod", stack)
		if err := f.Write(file, false); err != nil {
			t.Fatal(err)
		}
		place := filepath.Join(dir, "esc", "acme", "payments")
		put(t, filepath.Join(place, ".trustctl-abc.tmp"), []byte("half"))
		put(t, filepath.Join(place, ".trustctl.tmp"), []byte("of others"))
		f.swept = nil // it is another run
		if err := change(f, file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := slices.DeleteFunc(slices.Sorted(maps.Keys(tree(t, dir))), func(path string) bool { return path == "esc/"+file.Path })
		if diff := cmp.Diff([]string{"esc/acme/payments/.trustctl.tmp"}, got); diff != "" {
			t.Errorf("%s: left beside it (-want +got):\n%s", name, diff)
		}
	}
}

func TestAFileWhoseTemporaryOneAnotherRunSweptAwayIsWrittenAgain(t *testing.T) {
	f, dir := newFolder(t)
	file := of(t, "acme/payments/prod", stack)
	swept := 0
	f.Pause = func(m Moment, path string) {
		if m != Written || swept == 2 {
			return
		}
		swept++
		p, err := f.locate(file.Environment, false)
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		another := &Folder{root: f.root, dir: f.dir}
		another.sweep(p)
	}
	if err := f.Write(file, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"esc/" + file.Path: string(file.Content)}, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	if swept != 2 {
		t.Errorf("it was swept away %d times, want 2", swept)
	}
}

func TestOnlyEncodedFilesAreWritten(t *testing.T) {
	f, dir := newFolder(t)
	good := of(t, "acme/payments/prod", stack)
	for name, change := range map[string]func(*trust.EnvironmentFile){
		"no header":           func(f *trust.EnvironmentFile) { f.Content = []byte("values: {}\n") },
		"another environment": func(f *trust.EnvironmentFile) { f.Environment = "acme/payments/dev" },
		"another stack":       func(f *trust.EnvironmentFile) { f.Stack = "other" },
		"a way out":           func(f *trust.EnvironmentFile) { f.Environment = "acme/../prod" },
	} {
		file := good
		change(&file)
		if err := f.Write(file, true); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if diff := cmp.Diff(map[string]string{"./": ""}, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

func TestFilesAreWrittenAndRemovedSideBySide(t *testing.T) {
	f, dir := newFolder(t)
	var work sync.WaitGroup
	for i := range 20 {
		file := of(t, fmt.Sprintf("acme/payments/e%d", i), stack)
		work.Go(func() {
			if err := errors.Join(f.Write(file, false), f.Remove(file, false)); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if diff := cmp.Diff(map[string]string{"esc/": ""}, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}
