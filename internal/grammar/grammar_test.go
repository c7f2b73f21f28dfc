package grammar_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/grammar"
)

func TestALengthIsHeldBesideTheExpression(t *testing.T) {
	g := grammar.Sized(2, 64, `^[a-z]+$`)
	for text, want := range map[string]bool{
		"": false, "a": false, "ab": true, "aB": false,
		strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
	} {
		if got := g.MatchString(text); got != want {
			t.Errorf("%d letters, %q: %t", len(text), text, got)
		}
	}
	if !grammar.Of(`^[a-z]*$`).MatchString("") {
		t.Error("a grammar without a length has one")
	}
}

// A grammar that is wrong would show only where it is first asked.
func TestEveryGrammarOfTheModuleCompiles(t *testing.T) {
	count := 0
	for _, top := range []string{"../../cmd", "../../internal"} {
		err := filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				f, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if room, ok := f.X.(*ast.Ident); !ok || room.Name != "grammar" {
					return true
				}
				literal, ok := call.Args[len(call.Args)-1].(*ast.BasicLit)
				if !ok {
					t.Errorf("%s: a grammar that is no literal", path)
					return true
				}
				expr, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				count++
				if _, err := regexp.Compile(expr); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if count < 40 {
		t.Errorf("only %d grammars were found", count)
	}
}
