package policies

import (
	"io/fs"
	"path"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/celexpr"
	"weir/policies/hclfile"
	"weir/policies/regomod"
)

// LoadOptions say what a policy is checked against. The zero value is good for
// a policy without custom fields.
type LoadOptions struct {
	// Dir is what the directory is called by whoever named it, for what is said of all
	// of it.
	Dir string
	// Custom are the Salesforce fields beyond the schema that conditions may
	// mention, as the recording describes them.
	Custom *celexpr.CustomFields
	// Version is weir's own, for weir { requires }; "" means this version.
	Version string
}

// Version is the version of the policy language this package implements.
const Version = "0.1"

// The bounds of what one Load reports, and of what it looks for.
const (
	maxDiagnostics = 200
	flood          = 1000
)

// Default is the built-in default policy: the embedded defaults and nothing else.
// Every call gives the same set.
func Default() *Set { return defaultSet() }

var defaultSet = sync.OnceValue(makeDefault)

func makeDefault() *Set {
	s := newSet()
	l := &loader{set: s}
	l.defaults()
	if l.diags.HasErrors() {
		panic("policies: the embedded defaults are broken: " + l.diags.Error())
	}
	s.index()
	return s
}

// Load reads, compiles and checks a policy directory: every *.hcl and *.rego file, those in
// sub-directories included, in the order of their paths. Names that begin with a
// dot are left alone; *_test.hcl and *_test.rego are tests. With errors the set
// still has its sources, for snippets, but must not be resolved.
func Load(fsys fs.FS, opts LoadOptions) (*Set, hcl.Diagnostics) {
	s := newSet()
	l := &loader{set: s, opts: opts}
	l.defaults()
	sources, diags := readFiles(fsys, opts.Dir)
	l.diags = append(l.diags, diags...)
	for _, src := range sources {
		if path.Ext(src.path) == ".rego" {
			l.addModule(src)
			continue
		}
		l.add(src)
	}
	l.decode()
	l.compileModules()
	s.sortDigests()
	s.index()
	return s, capped(sorted(l.diags))
}

func newSet() *Set {
	return &Set{
		files:    map[string]*hcl.File{},
		byUser:   map[string]*UserBlock{},
		defaults: newLayer(Origin{Layer: LayerDefaults, File: DefaultsFile}),
		org:      newLayer(Origin{Layer: LayerOrg}),
	}
}

// loader carries one Load from file to file.
type loader struct {
	set   *Set
	opts  LoadOptions
	diags hcl.Diagnostics

	budget celexpr.Budget

	blocks  []block          // top-level blocks of all files, in order
	modules []regomod.Source // Rego modules, in order
	views   map[string]*View // by name
}

// block is a top-level block and the file it stands in.
type block struct {
	*hcl.Block
	file *hclfile.File
}

func (l *loader) report(d ...*hcl.Diagnostic) { l.diags = append(l.diags, d...) }

// flooded reports that so much is wrong already that looking further is a waste.
func (l *loader) flooded() bool { return len(l.diags) >= flood }

// reportAll words the unknown names of a block.
func (l *loader) reportAll(unknown []hclfile.Unknown, word func(hclfile.Unknown) *hcl.Diagnostic) {
	for _, u := range unknown {
		if l.flooded() {
			return
		}
		l.report(word(u))
	}
}

// defaults reads the embedded lowest layer.
func (l *loader) defaults() {
	file, diags := hclfile.Parse(defaultsSource, DefaultsFile)
	l.diags = append(l.diags, diags...)
	l.set.files[DefaultsFile] = file.HCL
	l.set.digests = append(l.set.digests, digest("embedded:"+DefaultsFile, defaultsSource))
	for _, b := range l.topLevel(file) {
		l.set.defaults.origin.Line = b.DefRange.Start.Line
		l.decodeLayer(&l.set.defaults, b, nil)
	}
}

// add parses one file of the policy and collects its blocks.
func (l *loader) add(src source) {
	l.set.digests = append(l.set.digests, digest(src.path, src.bytes))
	file, diags := hclfile.Parse(src.bytes, src.path)
	l.set.files[src.path] = file.HCL
	l.diags = append(l.diags, diags...)
	blocks := l.topLevel(file)
	if room := maxBlocks - len(l.blocks); len(blocks) > room {
		l.report(tooManyBlocks(blocks[room].DefRange))
		blocks = blocks[:room]
	}
	l.blocks = append(l.blocks, blocks...)
}

func (l *loader) topLevel(file *hclfile.File) []block {
	content, unknown, diags := hclfile.Content(file.HCL.Body, &hcl.BodySchema{Blocks: topBlocks})
	for _, d := range diags {
		l.report(labels(d))
	}
	l.reportAll(unknown, unknownTop)
	out := make([]block, 0, len(content.Blocks))
	for _, b := range content.Blocks {
		out = append(out, block{Block: b, file: file})
	}
	return out
}

// capped keeps a flood of diagnostics readable, errors first.
func capped(diags hcl.Diagnostics) hcl.Diagnostics {
	if len(diags) <= maxDiagnostics {
		return diags
	}
	var errs, warnings hcl.Diagnostics
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			errs = append(errs, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	all := append(errs, warnings...)
	return append(all[:maxDiagnostics:maxDiagnostics], tooManyProblems(len(all)-maxDiagnostics, len(errs) > 0))
}
