package audit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func line(text string) []byte { return []byte(text + "\n") }

func open(t *testing.T, path string) *Log {
	t.Helper()
	l, warning, err := Open(path)
	if err != nil || warning != "" {
		t.Fatalf("opening: error %v, warning %q", err, warning)
	}
	return l
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAHalfLineOfAnEarlierRunIsClosedBeforeTheFirstLine(t *testing.T) {
	for before, want := range map[string]string{
		"":               "new\n",
		"old\n":          "old\nnew\n",
		"old\n{\"time\"": "old\n{\"time\"\nnew\n",
		"\n":             "\nnew\n",
	} {
		path := filepath.Join(t.TempDir(), "log")
		if before != "" {
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := open(t, path)
		if diff := cmp.Diff(before, contents(t, path)); diff != "" {
			t.Errorf("opening it wrote to it:\n%s", diff)
		}
		if n, err := l.Write(line("new")); n != 4 || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, contents(t, path)); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", before, diff)
		}
	}
}

func TestTheLogIsMadeForItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestWhatOthersMayDoToALogIsRefusedOrSaid(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	for mode, test := range map[os.FileMode]struct{ refused, warning string }{
		0o600: {},
		0o700: {},
		0o640: {warning: "others may read "},
		0o604: {warning: "(mode 0604)"},
		0o620: {refused: "others may write to "},
		0o666: {refused: "(mode 0666)"},
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // which no umask lessens
			t.Fatal(err)
		}
		l, warning, err := Open(path)
		if (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("%v: error %v, want %q", mode, err, test.refused)
		}
		if (warning != "") != (test.warning != "") || !strings.Contains(warning, test.warning) {
			t.Errorf("%v: warning %q, want %q", mode, warning, test.warning)
		}
		if l != nil {
			l.Close()
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%v became %v, error %v", mode, info.Mode(), err)
		}
	}
}

func TestALinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "log")
	for name, to := range map[string]string{"to a file": target, "to nothing": filepath.Join(dir, "nothing")} {
		if err := os.WriteFile(target, []byte("not yours\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
		if _, _, err := Open(link); err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
			t.Errorf("%s: error %v", name, err)
		}
		if noFollow != 0 { // one that is put there after the look
			if f, err := os.OpenFile(link, os.O_RDWR|os.O_CREATE|os.O_APPEND|noFollow, 0o600); err == nil {
				f.Close()
				t.Errorf("%s: it was followed", name)
			}
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || contents(t, target) != "not yours\n" {
		t.Errorf("something was written: %v, error %v", entries, err)
	}
}

func TestAFolderIsNoLog(t *testing.T) {
	if _, _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
}

func TestLinesOfSeveralRunsDoNotMix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	const runs, each = 8, 50
	var all sync.WaitGroup
	for run := range runs {
		l := open(t, path)
		all.Go(func() {
			defer l.Close()
			for i := range each {
				text, err := json.Marshal(map[string]any{"run": run, "line": i, "much": strings.Repeat(fmt.Sprint(run), 5000)})
				if err == nil {
					_, err = l.Write(line(string(text)))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	lines := strings.Split(strings.TrimSuffix(contents(t, path), "\n"), "\n")
	if len(lines) != runs*each {
		t.Errorf("%d lines, want %d", len(lines), runs*each)
	}
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Fatalf("two lines are mixed: %.80q", l)
		}
	}
}
