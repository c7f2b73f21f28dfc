package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/trustctl/trustctl/"

// libraries are the modules behind the table's words.
var libraries = map[string][]string{
	"hcl":      {"github.com/hashicorp/hcl/v2"},
	"go-cty":   {"github.com/zclconf/go-cty"},
	"aws":      {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
	"yaml":     {"go.yaml.in/yaml/v3"},
	"lipgloss": {"github.com/charmbracelet/lipgloss", "github.com/charmbracelet/colorprofile", "github.com/muesli/termenv"},
}

// besides are small libraries that the table does not name.
var besides = map[string][]string{
	"internal/spec":  {"github.com/hashicorp/go-version", "github.com/agext/levenshtein", "github.com/mitchellh/go-wordwrap", "golang.org/x/text"},
	"internal/live":  {"golang.org/x/sync"},
	"internal/apply": {"golang.org/x/sync"},
	"internal/term":  {"golang.org/x/term", "github.com/vbauerster/mpb/v8"},
}

// room is a row of the table in docs/architecture.md.
type room struct {
	rooms, libraries []string
	everything       bool
}

// architecture reads the table.
func architecture(t *testing.T) map[string]room {
	t.Helper()
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]room{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|[^|]*\\|([^|]*)\\|$").FindAllStringSubmatch(string(text), -1) {
		var r room
		for _, word := range strings.Split(strings.TrimSpace(row[2]), ", ") {
			switch {
			case word == "everything":
				r.everything = true
			case libraries[word] != nil:
				r.libraries = append(r.libraries, libraries[word]...)
			case word != "–":
				r.rooms = append(r.rooms, "internal/"+word)
			}
		}
		r.libraries = append(r.libraries, besides[row[1]]...)
		rooms[row[1]] = r
	}
	if len(rooms) < 10 {
		t.Fatalf("docs/architecture.md has a table of %d rooms", len(rooms))
	}
	return rooms
}

// pure reads which rooms have no network, no files, no clock and no logger.
func pure(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)## Pure core\s+(.*?) have no `).FindStringSubmatch(string(text))
	if list == nil {
		t.Fatal("docs/architecture.md does not say which rooms are pure")
	}
	var rooms []string
	for _, name := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(list[1], -1) {
		rooms = append(rooms, "internal/"+name[1])
	}
	if len(rooms) < 10 {
		t.Fatalf("docs/architecture.md has %d pure rooms", len(rooms))
	}
	return rooms
}

// packages calls f for every package of the module, but for those that help
// tests and are named so.
func packages(t *testing.T, f func(room string, p *build.Package)) {
	t.Helper()
	for _, top := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join("../..", top), func(at string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if d.Name() == "testdata" || strings.HasSuffix(d.Name(), "test") {
				return fs.SkipDir
			}
			p, err := build.ImportDir(at, 0)
			var empty *build.NoGoError
			if errors.As(err, &empty) {
				return nil
			}
			if err != nil {
				return err
			}
			if len(p.GoFiles) == 0 || slices.Equal(p.GoFiles, []string{"doc.go"}) { // nothing but tests
				return nil
			}
			name := filepath.ToSlash(strings.TrimPrefix(at, "../../"))
			f(strings.Join(strings.SplitN(name, "/", 3)[:2], "/"), p)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryRoomImportsOnlyWhatItMay(t *testing.T) {
	rooms := architecture(t)
	within := func(imported string, prefixes []string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") })
	}
	packages(t, func(name string, p *build.Package) {
		r, ok := rooms[name]
		if !ok {
			t.Errorf("%s is not in the table of docs/architecture.md", name)
			return
		}
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			own, isOwn := strings.CutPrefix(imported, module)
			switch {
			case isOwn && strings.HasSuffix(path.Base(own), "test"):
				t.Errorf("%s imports %s, which is for tests", name, own)
			case isOwn && (r.everything || own == name || strings.HasPrefix(own, name+"/") || within(own, r.rooms)):
			case isOwn:
				t.Errorf("%s may not import %s", name, own)
			case !strings.Contains(first, ".") || r.everything || within(imported, r.libraries):
			default:
				t.Errorf("%s may not import %s", name, imported)
			}
		}
	})
}

func TestThePureRoomsAskNothingOfTheWorld(t *testing.T) {
	forbidden := regexp.MustCompile(`^(os|net$|net/[^n]|log|syscall|io/fs|io/ioutil|path/filepath|embed|plugin|testing|math/rand)(/|$)`)
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker", "AfterFunc", "Local", "LoadLocation"}
	rooms := pure(t)
	packages(t, func(name string, p *build.Package) {
		if !slices.Contains(rooms, name) {
			return
		}
		for _, imported := range p.Imports {
			if forbidden.MatchString(imported) {
				t.Errorf("%s is pure and imports %s", name, imported)
			}
		}
		selectors(t, p, func(on, what string, at token.Position) {
			if on == "time" && slices.Contains(clock, what) {
				t.Errorf("%s: %s is pure and asks the clock: time.%s", at, name, what)
			}
		})
	})
}

func TestTheSandboxHasItsOwnOpinionOfPolicies(t *testing.T) {
	packages(t, func(name string, p *build.Package) {
		if name != "internal/sandbox" {
			return
		}
		selectors(t, p, func(_, what string, at token.Position) {
			if what == "Canonical" {
				t.Errorf("%s: the sandbox uses the canonical form that it is to test", at)
			}
		})
	})
}

func TestNoPackageHasAnInitFunction(t *testing.T) {
	packages(t, func(_ string, p *build.Package) {
		each(t, p, func(file *ast.File, set *token.FileSet) {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: an init function", set.Position(f.Pos()))
				}
			}
		})
	})
}

// selectors calls f for every x.what of a package's files.
func selectors(t *testing.T, p *build.Package, f func(on, what string, at token.Position)) {
	each(t, p, func(file *ast.File, set *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				on, _ := s.X.(*ast.Ident)
				name := ""
				if on != nil {
					name = on.Name
				}
				f(name, s.Sel.Name, set.Position(s.Pos()))
			}
			return true
		})
	})
}

func each(t *testing.T, p *build.Package, f func(*ast.File, *token.FileSet)) {
	t.Helper()
	set := token.NewFileSet()
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		f(file, set)
	}
}
