package spec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	environPrefix = "TRUSTCTL_VAR_"
	valuesFile    = "trustctl.trustvars"
)

// values are the values given for variables, by name: of several the last, in
// the order
//
//	TRUSTCTL_VAR_name in the environment
//	trustctl.trustvars.hcl, then .json, beside the configuration
//	*.auto.trustvars.hcl and .json there, in lexical order
//	-var and -var-file, in the order given
type values struct {
	scope   *scope
	sources *Sources
	given   map[string]*given
	diags   hcl.Diagnostics
}

func (v *values) read(o Options, f *folder) {
	environ := slices.Clone(o.Environ)
	slices.Sort(environ)
	for _, pair := range environ {
		key, text, _ := strings.Cut(pair, "=")
		// A name that is not declared is silent: the environment is not ours.
		if name, ok := strings.CutPrefix(key, environPrefix); ok && v.isDeclared(name) {
			v.given[name] = &given{text: text, source: "the environment"}
		}
	}
	for _, name := range []string{valuesFile + ".hcl", valuesFile + ".json"} {
		if names, err := f.list(func(n string) bool { return n == name }); err == nil && len(names) == 1 {
			v.besides(name, f)
		}
	}
	auto, err := f.list(func(n string) bool {
		return strings.HasSuffix(n, ".auto.trustvars.hcl") || strings.HasSuffix(n, ".auto.trustvars.json")
	})
	if err != nil {
		v.diags = append(v.diags, failure("Cannot read variable values", err))
	}
	for _, name := range auto {
		v.besides(name, f)
	}
	for _, arg := range o.Vars {
		if arg.File {
			v.operators(arg.Text)
		} else {
			v.argument(arg.Text)
		}
	}
}

func (v *values) isDeclared(variable string) bool {
	_, ok := v.scope.names.at[name{kindVariable, variable}]
	return ok
}

// besides reads a file of values beside the configuration.
func (v *values) besides(name string, f *folder) {
	src, err := f.read(name, maxConfigFile)
	if err != nil {
		v.diags = append(v.diags, failure("Cannot read variable values", err))
		return
	}
	v.file(src, name)
}

// operators reads a -var-file. It is the operator's own: its path is relative
// to the working directory, as in Terraform, and may lead anywhere, through
// links and to a pipe such as /dev/fd/63; only its length is limited, and what
// is in it, as in the other files.
func (v *values) operators(path string) {
	file, err := os.Open(path)
	if err != nil {
		v.diags = append(v.diags, failure("Cannot read variable values", cannotRead(path, err)))
		return
	}
	defer file.Close()
	src, err := readAll(file, path, maxConfigFile)
	if err != nil {
		v.diags = append(v.diags, failure("Cannot read variable values", err))
		return
	}
	name := filepath.ToSlash(path)
	if before, ok := v.sources.files[name]; ok && !bytes.Equal(before.Bytes, src) {
		name = "./" + name // the configuration's folder has a file of that name
	}
	v.file(src, name)
}

func (v *values) file(src []byte, filename string) {
	file, diags := parse(src, filename, v.sources)
	v.diags = append(v.diags, diags...)
	if file == nil {
		return
	}
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		v.scope.meter.instrumentBody(body)
	}
	attrs, diags := file.Body.JustAttributes()
	v.diags = append(v.diags, diags...)
	for _, attr := range sorted(attrs) {
		if !v.isDeclared(attr.Name) {
			d := mistake(attr.NameRange, "Value for undeclared variable", v.noVariable(attr.Name))
			d.Severity = hcl.DiagWarning
			v.diags = append(v.diags, d)
			continue
		}
		v.given[attr.Name] = &given{expr: attr.Expr, source: filename}
	}
}

func (v *values) argument(arg string) {
	name, text, ok := strings.Cut(arg, "=")
	name = strings.TrimSpace(name)
	switch {
	case !ok || name == "":
		v.diags = append(v.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid -var option", Detail: `A -var option is a name and a value, with an equals sign between: -var="name=value".`})
	case !v.isDeclared(name):
		v.diags = append(v.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Value for undeclared variable", Detail: "A value was given on the command line. " + v.noVariable(name)})
	default:
		v.given[name] = &given{text: text, source: "the command line"}
	}
}

func (v *values) noVariable(name string) string {
	return fmt.Sprintf("The configuration has no variable %q.%s", name, didYouMean(name, v.scope.names.of(kindVariable)))
}

// failure is a failure of the world as a mistake without a place.
func failure(summary string, err error) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: sentence(err.Error()) + "."}
}
