package spec

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

// The reference is written by hand, and held to the schemas here.
const reference = "../../docs/language.md"

var (
	backticked = regexp.MustCompile("`([^`]+)`")
	tableRow   = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")
)

// section is the text below the heading that names a block first.
func section(t *testing.T, text, block string) string {
	t.Helper()
	heading := regexp.MustCompile("(?m)^#{3,4} `" + block + "[ `\"]")
	at := heading.FindStringIndex(text)
	if at == nil {
		t.Fatalf("%s has no section for the block %q", reference, block)
	}
	rest := text[at[1]:]
	if next := regexp.MustCompile("(?m)^#{2,4} ").FindStringIndex(rest); next != nil {
		rest = rest[:next[0]]
	}
	return rest
}

func TestTheReferenceHasEveryBlockAndAttribute(t *testing.T) {
	content, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	blocks := []struct {
		heading string
		schema  *hcl.BodySchema
		nested  []*hcl.BodySchema // described in the same section
	}{
		{"trustctl", settingsSchema, []*hcl.BodySchema{ignoreTagsSchema}},
		{"variable", variableSchema, []*hcl.BodySchema{validationSchema}},
		{"locals", &hcl.BodySchema{}, nil},
		{"issuer", issuerSchema, nil},
		{"account", accountSchema, []*hcl.BodySchema{assumeRoleSchema}},
		{"org", orgSchema, nil},
		{"environment", environmentSchema, nil},
		{"trust", trustSchema, nil},
		{"role", roleSchema, nil},
		{"esc", escSchema, nil},
		{"lifecycle", lifeSchema, nil},
		{"accept", acceptSchema, nil},
		{"removed", removedSchema, nil},
		{"test", testSchema, nil},
	}
	documented := map[string]bool{}
	for _, b := range blocks {
		documented[b.heading] = true
		body := section(t, text, b.heading)
		var declared []string
		for _, schema := range append([]*hcl.BodySchema{b.schema}, b.nested...) {
			for _, a := range schema.Attributes {
				declared = append(declared, a.Name)
				if !strings.Contains(body, "`"+a.Name+"`") && !strings.Contains(body, "`"+a.Name+" =") {
					t.Errorf("%s: the section on %q does not name the attribute %q", reference, b.heading, a.Name)
				}
			}
		}
		for _, row := range tableRow.FindAllStringSubmatch(body, -1) {
			if !slices.Contains(declared, row[1]) {
				t.Errorf("%s: the section on %q has a row for %q, which is no attribute of it", reference, b.heading, row[1])
			}
		}
		for _, nested := range b.schema.Blocks {
			if !strings.Contains(text, "`"+nested.Type) {
				t.Errorf("%s does not name the block %q, which stands in %q", reference, nested.Type, b.heading)
			}
		}
	}
	for _, b := range rootSchema.Blocks {
		if !documented[b.Type] {
			t.Errorf("the block %q is not held to the reference", b.Type)
		}
	}
}

func TestTheReferenceListsTheFunctions(t *testing.T) {
	content, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(content), "## Functions")
	if !found {
		t.Fatal("no section on functions")
	}
	var listed []string
	for _, m := range backticked.FindAllStringSubmatch(text, -1) {
		name, _, _ := strings.Cut(m[1], "(")
		if name != "$" {
			listed = append(listed, name)
		}
	}
	slices.Sort(listed)
	var known []string
	for name := range newScope(newNames(), nil, false).functions {
		known = append(known, name)
	}
	slices.Sort(known)
	if diff := cmp.Diff(known, listed); diff != "" {
		t.Errorf("functions (-known +listed):\n%s", diff)
	}
}
