package endtoend_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/esc/esctest"
	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestEveryExampleAppliedTwiceWritesOnce(t *testing.T) {
	found, err := filepath.Glob("../../examples/*/*.trust.hcl")
	check(t, err)
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	examples := slices.Compact(found)
	for _, example := range examples {
		t.Run(filepath.Base(example), func(t *testing.T) {
			w := newWorld(t, sandbox.Options{})
			w.path = example
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
	if len(examples) < 2 {
		t.Errorf("the examples are %s", examples)
	}
}
