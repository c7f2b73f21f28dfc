package endtoend_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/esc/esctest"
	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestEveryExampleAppliedTwiceWritesOnce(t *testing.T) {
	examples := "../../examples"
	entries, err := os.ReadDir(examples)
	check(t, err)
	ran := 0
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		ran++
		t.Run(entry.Name(), func(t *testing.T) {
			w := newWorld(t, sandbox.Options{})
			w.path = filepath.Join(examples, entry.Name())
			first := w.compute()
			if seen := first.apply(); len(seen.writes()) == 0 {
				t.Error("the first apply wrote nothing: the test tests nothing")
			}
			tree := w.tree()
			if len(tree) != len(first.config.State.Files) {
				t.Errorf("there are %d ESC files, want %d", len(tree), len(first.config.State.Files))
			}
			for _, f := range first.config.State.Files {
				esctest.Judge(t, f.Environment, []byte(tree[filepath.ToSlash(filepath.Join(first.config.ESCDir, f.Path))]))
			}

			w.settled(first)
			second := w.compute()
			if seen := second.apply(); len(seen) > 0 {
				t.Errorf("the second apply called %v", seen)
			}
			if n := second.folder.written.Load() + second.folder.removed.Load(); n > 0 {
				t.Errorf("the second apply touched %d files", n)
			}
			if diff := cmp.Diff(tree, w.tree()); diff != "" {
				t.Errorf("the ESC files changed (-first +second):\n%s", diff)
			}
		})
	}
	if ran < 2 {
		t.Errorf("there are %d examples in %s", ran, examples)
	}
}
