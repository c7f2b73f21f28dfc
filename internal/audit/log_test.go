package audit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
