package spec

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

var rootSchema = &hcl.BodySchema{
	Blocks: []hcl.BlockHeaderSchema{
		{Type: "trustctl"}, {Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"},
		{Type: "issuer", LabelNames: []string{"name"}}, {Type: "account", LabelNames: []string{"name"}},
		{Type: "org", LabelNames: []string{"name"}}, {Type: "removed", LabelNames: []string{"environment"}},
		{Type: "test", LabelNames: []string{"name"}},
	},
}

// Load reads a configuration and compiles it. The Config is nil where there
// are errors; warnings come with either. Diagnostics are in the order of the
// files and their lines, each once.
func Load(o Options) (config *Config, sources *Sources, diags hcl.Diagnostics) {
	sources = &Sources{files: map[string]*hcl.File{}}
	l := &loader{options: o, sources: sources, meter: newMeter()}
	defer func() {
		// HCL and go-cty panic on some values that nobody thought of. What
		// would overflow the stack is refused before it is parsed.
		if r := recover(); r != nil {
			config, diags = nil, append(l.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "The configuration cannot be evaluated",
				Detail: fmt.Sprintf("This is a mistake in trustctl: please report it, with the configuration if you can. (%v)", r)})
		}
		diags = few(tidy(diags))
		if diags.HasErrors() {
			config = nil
		}
	}()
	f, file, err := openFolder(o.Path)
	if err != nil {
		return nil, sources, hcl.Diagnostics{failure("Cannot read the configuration", err)}
	}
	defer f.close()
	l.folder = f
	m := l.module(file)
	if m == nil {
		return nil, sources, l.diags
	}
	// Compile whatever is wrong so far: its mistakes are wanted too.
	l.scope.partial = l.scope.partial || l.diags.HasErrors()
	config, d := compile(m)
	l.add(d...)
	if config != nil {
		config.Digest, config.Sensitive = l.digest(), l.sensitive()
	}
	return config, sources, l.diags
}

// loader is one Load.
type loader struct {
	options Options
	folder  *folder
	sources *Sources
	meter   *meter
	scope   *scope
	values  map[string]cty.Value // of the variables
	diags   hcl.Diagnostics
}

func (l *loader) add(diags ...*hcl.Diagnostic) { l.diags = append(l.diags, diags...) }

// module reads the configuration and evaluates everything that can be referred
// to; nil where there is nothing to go on with.
func (l *loader) module(file string) *module {
	bodies := l.files(file)
	if l.diags.HasErrors() { // half a file would make mistakes of what it declares
		return nil
	}
	l.scope = meteredScope(newNames(), l.folder, l.meter, l.options.Partial)
	var blocks hcl.Blocks
	for _, body := range bodies {
		if native, ok := body.(*hclsyntax.Body); ok {
			l.scope.meter.instrumentBody(native)
		}
		content, diags := body.Content(rootSchema)
		l.add(diags...)
		blocks = append(blocks, content.Blocks...)
	}
	settingsBlock, diags := onlyBlock(blocks, "trustctl")
	l.add(diags...)
	if settingsBlock == nil {
		l.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "No trustctl block",
			Detail: "The configuration needs one block trustctl { stack = \"…\" }: the stack's name is the ownership mark on every object it creates."})
	} else if diags := checkVersion(l.scope, settingsBlock, l.options.Version); diags.HasErrors() {
		l.diags = diags
		return nil
	}
	m := &module{scope: l.scope, dir: l.folder.dir}
	l.front(m, blocks)
	if settingsBlock != nil {
		m.settings, diags = settings(l.scope, settingsBlock)
		l.add(diags...)
	}
	return m
}

// files reads and parses the configuration's files.
func (l *loader) files(file string) []hcl.Body {
	names := []string{file}
	if file == "" {
		var err error
		names, err = l.folder.list(func(n string) bool { return strings.HasSuffix(n, ".trust.hcl") || strings.HasSuffix(n, ".trust.json") })
		if err != nil {
			l.add(failure("Cannot read the configuration", err))
		} else if len(names) == 0 {
			l.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "No configuration files",
				Detail: fmt.Sprintf("The folder %q has no file whose name ends with .trust.hcl or .trust.json.", l.folder.dir)})
		}
	}
	var bodies []hcl.Body
	total := 0
	for _, name := range names {
		src, err := l.folder.read(name, maxConfigFile)
		if err != nil {
			l.add(failure("Cannot read the configuration", err))
			continue
		}
		if total += len(src); total > maxConfiguration {
			l.add(failure("Cannot read the configuration", fmt.Errorf("its files are longer than %d MiB together", maxConfiguration>>20)))
			break
		}
		parsed, diags := parse(src, name, l.sources)
		l.add(diags...)
		if parsed != nil {
			bodies = append(bodies, parsed.Body)
		}
	}
	return bodies
}

// front evaluates everything that can be referred to, and hands the other
// blocks to the module.
func (l *loader) front(m *module, blocks hcl.Blocks) {
	graph := newGraph(l.scope)
	accounts := &accounts{scope: l.scope, ids: map[trust.AccountID]string{}, named: map[string]hcl.Range{}}
	issuers := &issuers{scope: l.scope, urls: map[string]string{}}
	var variables []*variable
	for _, block := range blocks {
		switch block.Type {
		case "variable":
			if l.declare(kindVariable, block) {
				v, diags := decodeVariable(l.scope, block)
				l.add(diags...)
				variables = append(variables, v)
				graph.add(v.node(l.scope))
			}
		case "locals":
			l.locals(graph, block)
		case "account":
			if l.declare(kindAccount, block) {
				n, diags := accounts.node(block)
				l.add(diags...)
				graph.add(n)
				if n.each {
					l.scope.names.fleets = append(l.scope.names.fleets, n.name.name)
				}
			}
		case "issuer":
			if l.declare(kindIssuer, block) {
				n, diags := issuers.node(block)
				l.add(diags...)
				graph.add(n)
			}
		case "org":
			m.orgs = append(m.orgs, block)
		case "removed":
			m.removed = append(m.removed, block)
		case "test":
			m.tests = append(m.tests, block)
		}
	}
	builtin := name{kindIssuer, builtinIssuer}
	if _, ok := l.scope.names.at[builtin]; !ok {
		l.scope.names.declare(builtin, hcl.Range{})
		issuers.builtin()
	}
	l.variables(variables)
	l.add(graph.run()...)
	m.accounts, m.issuers = accounts.all, issuers.all
	slices.SortStableFunc(m.accounts, func(a, b Account) int { // as written; the instances of one stay in the order of their keys
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	slices.SortStableFunc(m.issuers, func(a, b Issuer) int { return cmp.Compare(a.Name, b.Name) })
}

// declare notes the name of a labelled block, and reports whether it is to be used.
func (l *loader) declare(k kind, block *hcl.Block) bool {
	if d := checkLabel(block); d != nil {
		l.add(d)
		return false
	}
	if d := l.scope.names.declare(name{k, block.Labels[0]}, block.DefRange); d != nil {
		l.add(d)
		return false
	}
	return true
}

func (l *loader) locals(g *graph, block *hcl.Block) {
	attrs, diags := block.Body.JustAttributes()
	l.add(diags...)
	for _, attr := range sorted(attrs) {
		n := &node{name: name{kindLocal, attr.Name}, at: attr.Range, exprs: []hcl.Expression{attr.Expr}}
		if !hclsyntax.ValidIdentifier(attr.Name) {
			l.add(mistake(attr.NameRange, "Invalid name", fmt.Sprintf("%q is not a name: a letter comes first, then letters, digits, _ and -.", attr.Name)))
			continue
		}
		if d := l.scope.names.declare(n.name, attr.NameRange); d != nil {
			l.add(d)
			continue
		}
		n.evaluate = func() hcl.Diagnostics {
			v, diags := l.scope.eval(attr.Expr, cty.DynamicPseudoType, nil)
			l.scope.values[n.name] = v
			return diags
		}
		g.add(n)
	}
}

// variables gives every variable its value, in the order of their names, in
// which the missing ones are asked for.
func (l *loader) variables(declared []*variable) {
	v := &values{scope: l.scope, sources: l.sources, given: map[string]*given{}}
	v.read(l.options, l.folder)
	l.add(v.diags...)
	l.values = map[string]cty.Value{}
	slices.SortFunc(declared, func(a, b *variable) int { return cmp.Compare(a.name, b.name) })
	for _, variable := range declared {
		options := l.options
		if l.diags.HasErrors() { // nobody is asked for what cannot be used
			options.Ask = nil
			options.Partial = options.Partial || l.options.Ask != nil
		}
		value, diags := variable.resolve(l.scope, v.given[variable.name], options)
		l.add(diags...)
		l.scope.partial = l.scope.partial || diags.HasErrors()
		l.scope.values[name{kindVariable, variable.name}] = value
		l.values[variable.name] = value
	}
}

// digest is over the names and bytes of the files that were read below the
// folder, and the values of all variables, wherever those came from.
func (l *loader) digest() string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.folder.sums)) {
		fmt.Fprintf(hash, "file %q %x\n", name, l.folder.sums[name])
	}
	for _, name := range slices.Sorted(maps.Keys(l.values)) {
		if isSensitive(l.values[name]) {
			continue // a hash in a file that others see would let them try guesses
		}
		value, err := ctyjson.Marshal(unmark(l.values[name]), cty.DynamicPseudoType)
		if err != nil { // unknown
			value, _ = json.Marshal(nil)
		}
		fmt.Fprintf(hash, "variable %q %s\n", name, value)
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// sensitive are the names of the variables whose values are nowhere to be shown.
func (l *loader) sensitive() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(l.values)), func(name string) bool { return !isSensitive(l.values[name]) })
}

// sorted is attributes in the order of the source.
func sorted(attrs hcl.Attributes) []*hcl.Attribute {
	return slices.SortedFunc(maps.Values(attrs), func(a, b *hcl.Attribute) int {
		return cmp.Or(cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte), cmp.Compare(a.Name, b.Name))
	})
}
