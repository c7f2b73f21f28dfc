// Package schematest holds what is printed as JSON against the schemas of
// docs/schema, for tests of rooms two folders below the project's.
package schematest

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// Folder is where the schemas are.
	Folder = "../../docs/schema"
	base   = "https://github.com/trustctl/trustctl/blob/main/docs/schema/"
)

// Of is Named, for a test.
func Of(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	s, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Named compiles the project's schema of a name, such as "plan".
func Named(name string) (*jsonschema.Schema, error) { return Compile(base + name + ".schema.json") }

// Compile compiles the schema of a file or an address. The project's own name
// each other by their places on the web, and are read from Folder.
func Compile(at string) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(jsonschema.SchemeURLLoader{"file": jsonschema.FileLoader{}, "https": ours{}})
	return c.Compile(at)
}

// ours loads a schema of the project.
type ours struct{}

// Load reads the file of an address.
func (ours) Load(url string) (any, error) {
	f, err := os.Open(path.Join(Folder, path.Base(url)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jsonschema.UnmarshalJSON(f)
}

// Document says which changes of a JSON document Changes makes.
type Document struct {
	// Optional tells the keys of an object at a place that it may do without;
	// the place is spelled as a path, /trustctl/access/0.
	Optional func(at, key string) bool
	// Foreign tells the objects whose keys are none of the schema's; nil: none.
	Foreign func(at, key string) bool
}

// Changes makes small changes of a document, one at a time: a key that there is
// not, one that is gone, a value of another type. After each changed is told
// what it was, and the document is as it was at the end.
func (d Document) Changes(v any, changed func(what string)) { d.changes(v, "", changed) }

func (d Document) changes(v any, at string, changed func(what string)) {
	switch v := v.(type) {
	case map[string]any:
		v["surplus"] = true
		changed(at + "/surplus is new")
		delete(v, "surplus")
		for _, key := range slices.Sorted(maps.Keys(v)) {
			was, here := v[key], at+"/"+key
			if d.Foreign != nil && d.Foreign(at, key) {
				v[key] = "text"
				changed(here + " is a text")
				v[key] = was
				continue
			}
			if !d.Optional(at, key) {
				delete(v, key)
				changed(here + " is gone")
			}
			v[key] = map[string]any{"of another": "type"}
			if _, object := was.(map[string]any); object {
				v[key] = []any{}
			}
			changed(here + " is of another type")
			v[key] = was
			d.changes(was, here, changed)
		}
	case []any:
		for i, e := range v[:min(len(v), 3)] { // the others are like them
			d.changes(e, fmt.Sprintf("%s/%d", at, i), changed)
		}
	}
}
