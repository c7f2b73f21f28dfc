package esc

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/trust"
)

func TestNoSymbolicLinkIsFollowed(t *testing.T) {
	file := of(t, "acme/payments/prod", stack)
	tests := []struct{ name, target, at string }{
		{"the file, to a place outside", "../../../../outside/prod.yaml", "root/esc/acme/payments/prod.yaml"},
		{"the file, to a place inside", "../../real/prod.yaml", "root/esc/acme/payments/prod.yaml"},
		{"the project, to a place outside", "../../../outside", "root/esc/acme/payments"},
		{"the project, to a place inside", "../real", "root/esc/acme/payments"},
		{"the organization", "../../outside", "root/esc/acme"},
		{"a link to nothing", "nowhere", "root/esc/acme/payments/prod.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, target := range []string{"outside/prod.yaml", "outside/payments/prod.yaml", "root/esc/real/prod.yaml"} {
				put(t, filepath.Join(dir, target), file.Content)
			}
			link(t, tt.target, filepath.Join(dir, tt.at))
			before := tree(t, dir)
			root, err := os.OpenRoot(filepath.Join(dir, "root"))
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			f, err := Open(root, "esc")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.Read(stack, nil); err != nil || len(got) != 0 {
				t.Errorf("undeclared, it is read: %+v, %v", got, err)
			}
			if got, err := f.Read(stack, []trust.EnvironmentFile{file}); err != nil || len(got) != 1 || !got[0].Foreign || got[0].Content != nil || got[0].Irregular != strings.TrimPrefix(tt.at, "root/")+" is a symbolic link" {
				t.Errorf("declared, it is read as %+v, %v", got, err)
			}
			changed := file
			changed.Content = append(slices.Clone(file.Content), "# more\n"...)
			for _, force := range []bool{false, true} {
				if err := f.Write(changed, force); !errors.Is(err, errIrregular) {
					t.Errorf("Write(force %v): %v", force, err)
				}
				if err := f.Remove(changed, force); !errors.Is(err, errIrregular) {
					t.Errorf("Remove(force %v): %v", force, err)
				}
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("something was touched (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheESCFolderItselfIsNoSymbolicLink(t *testing.T) {
	f, dir := newFolder(t)
	link(t, t.TempDir(), filepath.Join(dir, "esc"))
	file := of(t, "acme/payments/prod", stack)
	_, readErr := f.Read(stack, []trust.EnvironmentFile{file})
	for what, err := range map[string]error{"Read": readErr, "Write": f.Write(file, true), "Remove": f.Remove(file, true)} {
		if !errors.Is(err, errIrregular) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAFolderInTheFilesPlaceIsLeftAlone(t *testing.T) {
	f, dir := newFolder(t)
	file := of(t, "acme/payments/prod", stack)
	put(t, filepath.Join(dir, "esc", file.Path, "x"), nil)
	if err := f.Write(file, true); !errors.Is(err, errIrregular) {
		t.Errorf("Write: %v", err)
	}
	if err := f.Remove(file, true); !errors.Is(err, errIrregular) {
		t.Errorf("Remove: %v", err)
	}
	put(t, filepath.Join(dir, "esc", "acme", "web"), nil) // a file where a folder must be
	if err := f.Write(of(t, "acme/web/prod", stack), true); !errors.Is(err, errIrregular) {
		t.Errorf("Write below a file: %v", err)
	}
}

func TestNoNameLeavesTheFolder(t *testing.T) {
	f, dir := newFolder(t)
	before := tree(t, dir)
	for _, environment := range []string{
		"", "..", "acme", "acme/../x", "acme/x/..", "../acme/x", "acme/.git/hooks", "acme/x/.hidden", "/acme/x/y", "acme//x", "acme/x/y/z", "acme/x/y\x00", `acme/..\x/y`, "acme/x/" + strings.Repeat("y", 101), "Acme/x/y",
	} {
		if p, err := Path(environment); err == nil {
			t.Errorf("Path(%q) = %q", environment, p)
		}
		file := trust.EnvironmentFile{Environment: environment, Stack: stack, Content: []byte(Header{stack, "111122223333", environment}.String())}
		if f.Write(file, true) == nil || f.Remove(file, true) == nil {
			t.Errorf("%q is written or removed", environment)
		}
		if _, err := f.Read(stack, []trust.EnvironmentFile{file}); err == nil {
			t.Errorf("%q is read", environment)
		}
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, path := range []string{"..", "../..", "/tmp", "a/../../b", ""} {
		if _, err := Open(root, path); err == nil {
			t.Errorf("Open(%q) opens", path)
		}
	}
	for _, path := range []string{".", "a/b", "./a", ".trustctl/sandbox/esc"} {
		if _, err := Open(root, path); err != nil {
			t.Errorf("Open(%q): %v", path, err)
		}
	}
}

func TestOnlyEnvironmentsPlacesAreLookedAt(t *testing.T) {
	f, dir := newFolder(t)
	ours := of(t, "acme/payments/prod", stack)
	for _, path := range []string{
		"prod.yaml", "acme/prod.yaml", "acme/payments/deep/prod.yaml", "acme/payments/prod.yml", "acme/payments/.prod.yaml", "acme/payments/open.yaml", "acme/.git/prod.yaml", "Acme/payments/prod.yaml", "acme/payments/copy.yaml",
	} {
		put(t, filepath.Join(dir, "esc", path), ours.Content)
	}
	if got, err := f.Read(stack, nil); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, environment := range []string{"acme/payments/prod", "acme/a/z", "zeta/a/a"} {
		if err := f.Write(of(t, environment, stack), false); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Read(stack, []trust.EnvironmentFile{ours, ours})
	var names []string
	for _, file := range got {
		names = append(names, file.Environment)
	}
	if diff := cmp.Diff([]string{"acme/a/z", "acme/payments/prod", "zeta/a/a"}, names); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestHugeFoldersAreNotWalked(t *testing.T) {
	f, dir := newFolder(t)
	for _, name := range []string{"a", "b", "c"} {
		put(t, filepath.Join(dir, "esc", "acme", name), nil)
	}
	left := 2
	if _, err := f.names([]string{"acme"}, &left); err == nil {
		t.Error("three entries fit in two")
	}
	left = 3
	if got, err := f.names([]string{"acme"}, &left); err != nil || len(got) != 3 || left != 0 {
		t.Errorf("%v, %v, %d left", got, err, left)
	}
}
