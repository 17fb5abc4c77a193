// Package archtest holds the module's import arrows and purity rules as data, and
// the checker that its test runs over the source.
//
// The arrows keep decisions apart from the places data comes from and goes to:
// state is the shared vocabulary, policies and recording never meet, the engine
// knows no vendor, and only the command and the renderer know a terminal. The
// purity rules are what determinism rests on: no clock, environment, network,
// randomness or file system of the machine below the command.
//
// The checker reads imports and selectors of every non-test file, whatever its
// build constraints, save files marked "ignore". It does not type-check.
package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Rules say what each package may import and use.
type Rules struct {
	Module string
	// Arrows: packages, and the packages of the module they may import. Names are
	// relative to the module; "x/..." means x and everything below it. The first
	// row that names a package counts, and every package must have one.
	Arrows []Arrow
	// Confined: external packages that only some packages may import.
	Confined []Confined
	// Pure names packages that must not use Impure.
	Pure []string
	// Impure are import paths ("os", "net/...") and names ("time.Now").
	Impure []string
	// Harmless are exceptions from Impure: packages that only read texts.
	Harmless []string
	// Nowhere are import paths and names that no package may use.
	Nowhere []string
}

// Arrow is what some packages may import.
type Arrow struct {
	From string
	To   []string
	// StdOnly: nothing from other modules either, save External.
	StdOnly  bool
	External []string
}

// Confined is an external package and who may import it; nobody if Only is empty.
type Confined struct {
	Path string
	Only []string
}

// Violation is one broken rule.
type Violation struct {
	File string
	Line int
	Text string
}

func (v Violation) String() string { return fmt.Sprintf("%s:%d: %s", v.File, v.Line, v.Text) }

// Check reads the module in fsys and lists what breaks the rules, by file and
// line. An error means a file could not be read or parsed.
func Check(fsys fs.FS, rules Rules) ([]Violation, error) {
	c := &checker{rules: rules, fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return skipDir(name, d.Name())
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return c.file(fsys, name)
	})
	slices.SortFunc(c.found, func(a, b Violation) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Text, b.Text))
	})
	return c.found, err
}

func skipDir(name, base string) error {
	if name != "." && (base == "testdata" || base[0] == '.' || base[0] == '_') {
		return fs.SkipDir
	}
	return nil
}

type checker struct {
	rules Rules
	fset  *token.FileSet
	found []Violation
}

func (c *checker) report(pos token.Pos, format string, args ...any) {
	p := c.fset.Position(pos)
	c.found = append(c.found, Violation{p.Filename, p.Line, fmt.Sprintf(format, args...)})
}

func (c *checker) file(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(c.fset, name, src, parser.ParseComments)
	if err != nil {
		return err
	}
	if ignored(f) {
		return nil
	}
	pkg := path.Dir(name)
	arrow, known := c.arrow(pkg)
	if !known {
		c.report(f.Package, "package %s has no row among the arrows: decide what it may import", pkg)
	}
	names := map[string]string{} // local name -> import path
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		c.imported(pkg, arrow, known, spec, imported)
		names[localName(spec, imported)] = imported
	}
	c.selectors(pkg, f, names)
	return nil
}

// ignored reports files that no build includes.
func ignored(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, line := range group.List {
			if expr, err := constraint.Parse(line.Text); err == nil {
				return !expr.Eval(func(tag string) bool { return tag != "ignore" })
			}
		}
	}
	return false
}

func localName(spec *ast.ImportSpec, imported string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(imported)
}

func (c *checker) arrow(pkg string) (Arrow, bool) {
	for _, a := range c.rules.Arrows {
		if matches(a.From, pkg) {
			return a, true
		}
	}
	return Arrow{}, false
}

// imported checks one import of a package.
func (c *checker) imported(pkg string, arrow Arrow, known bool, spec *ast.ImportSpec, imported string) {
	if spec.Name != nil && spec.Name.Name == "." {
		c.report(spec.Pos(), "%s imports %s with a dot, which hides what it uses", pkg, imported)
	}
	inside, internal := strings.CutPrefix(imported, c.rules.Module+"/")
	switch {
	case !known:
	case internal && !anyMatches(arrow.To, inside):
		c.report(spec.Pos(), "%s must not import %s", pkg, imported)
	case !internal && arrow.StdOnly && external(imported) && !anyMatches(arrow.External, imported):
		c.report(spec.Pos(), "%s must not import other modules (%s)", pkg, imported)
	}
	for _, conf := range c.rules.Confined {
		if matches(conf.Path, imported) && !anyMatches(conf.Only, pkg) {
			c.report(spec.Pos(), "%s must not import %s, which belongs to %s", pkg, imported, owners(conf.Only))
		}
	}
	c.use(pkg, spec.Pos(), imported)
}

// use checks an import path or a selector against what is impure or banned.
func (c *checker) use(pkg string, pos token.Pos, what string) {
	switch {
	case anyMatches(c.rules.Nowhere, what):
		c.report(pos, "%s uses %s, which nothing in the module may", pkg, what)
	case anyMatches(c.rules.Harmless, what):
	case anyMatches(c.rules.Pure, pkg) && anyMatches(c.rules.Impure, what):
		c.report(pos, "%s uses %s, and must be pure", pkg, what)
	}
}

// selectors looks at every use of an imported name.
func (c *checker) selectors(pkg string, f *ast.File, names map[string]string) {
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok || x.Obj != nil { // a local name hides the import
			return true
		}
		if imported := names[x.Name]; imported != "" && !anyMatches(c.rules.Harmless, imported) {
			c.use(pkg, sel.Pos(), imported+"."+sel.Sel.Name)
		}
		return true
	})
}

func owners(only []string) string {
	if len(only) == 0 {
		return "nobody"
	}
	return strings.Join(only, " and ")
}

// external reports an import path of another module: its first element has a dot.
func external(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".")
}

func anyMatches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

// matches compares a name with a pattern in which a final "/..." means itself and
// everything below.
func matches(pattern, name string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return name == base || below && strings.HasPrefix(name, base+"/")
}
