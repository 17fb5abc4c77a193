package regomod

import (
	"cmp"
	"errors"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"weir/state"
)

// maxErrors bounds what OPA reports of one policy.
const maxErrors = 100

// compile type-checks all modules.
func (c *compiler) compile() {
	if c.checkWeights(); c.diags.HasErrors() {
		return // OPA would write the types of such values out
	}
	if c.checkCompiling(); c.diags.HasErrors() {
		return
	}
	if !c.compileModules() {
		return
	}
	c.refs = newReader(c.opa)
	c.weights = &weigher{opa: c.opa, rules: map[*ast.Rule]int{}}
	c.checkPatterns()
	c.checkUnused()
	for _, s := range c.special {
		c.checkReads(s)
	}
}

// compileModules runs OPA's compiler. False: it has reported why not.
func (c *compiler) compileModules() bool {
	modules := make(map[string]*ast.Module, len(c.files))
	for path, f := range c.files {
		modules[path] = f.module
	}
	c.opa = ast.NewCompiler().
		WithStrict(true).
		WithCapabilities(capabilities()).
		WithSchemas(schemas()).
		WithDefaultRegoVersion(ast.RegoV1).
		SetErrorLimit(maxErrors)
	c.opa.Compile(modules)
	if c.opa.Failed() {
		c.reportAll(c.opa.Errors)
	}
	return !c.opa.Failed()
}

// reportAll words what OPA says, by place.
func (c *compiler) reportAll(err error) {
	var list ast.Errors
	if !errors.As(err, &list) {
		c.report(c.internal(err.Error()))
		return
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *ast.Error) int {
		if a.Location == nil || b.Location == nil {
			return 0
		}
		return cmp.Or(strings.Compare(a.Location.File, b.Location.File), cmp.Compare(a.Location.Offset, b.Location.Offset))
	})
	type seen struct {
		text   string
		offset int
	}
	have := map[seen]bool{}
	for _, e := range list {
		d := c.worded(e)
		key := seen{d.Summary + d.Detail + d.Subject.String(), 0}
		if !have[key] {
			have[key] = true
			c.report(d)
		}
	}
}

// reportFirst words the first thing that a parser found: the others follow from
// it.
func (c *compiler) reportFirst(err error) {
	n := len(c.diags)
	c.reportAll(err)
	c.diags = c.diags[:min(len(c.diags), n+1)]
}

// compiledRules are the rules that a special rule became.
func (c *compiler) compiledRules(s *special) []*ast.Rule { return c.opa.GetRulesExact(s.ref()) }

// checkUnused finds rules of weir's own packages that nothing asks for: most of
// them are misspelt.
func (c *compiler) checkUnused() {
	used := map[*ast.Rule]bool{}
	for _, m := range c.opa.Modules {
		for _, rule := range m.Rules {
			for r := rule; r != nil; r = r.Else {
				for _, callee := range c.refs.called(r) {
					used[callee] = used[callee] || callee.Head.Name != rule.Head.Name
				}
			}
		}
	}
	for _, path := range c.order {
		f := c.files[path]
		if !slices.Contains(packages, f.pkg) {
			continue
		}
		for _, rule := range c.opa.Modules[path].Rules {
			name := dotted(rule.Head.Ref())
			if used[rule] || c.byName[name] != nil {
				continue
			}
			c.report(unusedRule(f.at(rule.Head.Loc()), f.pkg, name, c.knownRules(f.pkg)))
		}
	}
}

// knownRules are the names that mean something in a package of weir's own.
func (c *compiler) knownRules(pkg string) []string {
	switch pkg {
	case rulesPackage:
		return []string{"exclude", "hold"}
	case guardrailsPackage:
		return []string{"deny", "warn"}
	}
	return append([]string{"forced"}, c.env.Settings...)
}

// available says what a rule may read, by what it is for.
func (r role) available() []string {
	switch r {
	case roleExclude, roleHold:
		return []string{"item", "user", "now", "today"}
	case roleSetting, roleForced:
		return []string{"user"}
	}
	return []string{"plan", "simulation"}
}

// checkReads finds reads that a rule of this purpose cannot make, and custom
// fields that nobody captured.
func (c *compiler) checkReads(s *special) {
	r := c.refs.of(c.compiledRules(s))
	may := s.role.available()
	roots := make([]string, 0, len(r.roots))
	for root := range r.roots {
		roots = append(roots, root)
	}
	slices.Sort(roots)
	for _, root := range roots {
		if !slices.Contains(may, root) && !(len(r.roots) == 6 && r.wholeItem) {
			c.report(notAvailable(c.place(r.roots[root]), s.role, root))
		}
	}
	if s.role == roleDeny || s.role == roleWarn {
		c.checkMessage(s)
		return
	}
	for _, name := range sortedKeys(r.userCustom) {
		if c.env.User != nil && c.env.User[name] == state.TypeInvalid {
			c.report(noCustomField(c.place(r.userCustom[name]), "user", name, sortedKeys(c.env.User)))
		}
	}
}

// checkMessage finds a guardrail whose message is written out and is no text.
func (c *compiler) checkMessage(s *special) {
	if s.rule.Head.Key == nil {
		return
	}
	key := constant(s.rule, s.rule.Head.Key)
	switch key.Value.(type) {
	case ast.Number, ast.Boolean, ast.Null, ast.Object, ast.Set, *ast.Array:
		c.report(messageNoText(s.file.at(locOf(key, s.rule.Head.Key)), s.role))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// checkPatterns finds regular expressions that stand in a rule and can never
// match, because they are none or too large.
func (c *compiler) checkPatterns() {
	for _, path := range c.order {
		ast.WalkTerms(c.opa.Modules[path], func(t *ast.Term) bool {
			if call, ok := t.Value.(ast.Call); ok {
				c.checkPatternOf(call)
			}
			return false
		})
		ast.WalkExprs(c.opa.Modules[path], func(e *ast.Expr) bool {
			if terms, ok := e.Terms.([]*ast.Term); ok {
				c.checkPatternOf(terms)
			}
			return false
		})
	}
}

func (c *compiler) checkPatternOf(call []*ast.Term) {
	op, ok := call[0].Value.(ast.Ref)
	if !ok || len(call) < 3 || !strings.HasPrefix(op.String(), "regex.") || op.String() == "regex.is_valid" {
		return
	}
	pattern, ok := call[1].Value.(ast.String)
	if !ok {
		return
	}
	if _, err := syntax.Parse(string(pattern), syntax.Perl); err != nil {
		c.report(badPattern(c.place(call[1].Location), err))
	} else if err := checkPattern(string(pattern)); err != nil {
		c.report(badPattern(c.place(call[1].Location), err))
	}
}

// checkKinds finds attributes that one of a rule's kinds does not have.
func (c *compiler) checkKinds(s *special, kinds []state.Kind) {
	r := c.refs.of(c.compiledRules(s))
	attrs := make([]state.Attr, 0, len(r.attrs))
	for a := range r.attrs {
		attrs = append(attrs, a)
	}
	slices.Sort(attrs)
	for _, a := range attrs {
		var lacking, having []state.Kind
		for _, k := range kinds {
			if a.Describe().Has(k) {
				having = append(having, k)
			} else {
				lacking = append(lacking, k)
			}
		}
		if len(lacking) > 0 {
			c.report(notApplicable(c.place(r.attrs[a]), a.String(), lacking, having, a.Describe().Kinds))
		}
	}
	for _, name := range sortedKeys(r.custom) {
		c.checkCustom(r.custom[name], name, kinds)
	}
}

// checkCustom finds custom fields that no captured row has.
func (c *compiler) checkCustom(loc *ast.Location, name string, kinds []state.Kind) {
	if _, ok := c.customType(name, kinds); !ok {
		var known []string
		for _, k := range kinds {
			known = append(known, sortedKeys(c.env.Item[k])...)
		}
		slices.Sort(known)
		c.report(noCustomField(c.place(loc), kindNames(kinds), name, slices.Compact(known)))
	}
}

// customType is the type of a custom field of the kinds; not ok when one of them
// was captured without it, or has it with another type.
func (c *compiler) customType(name string, kinds []state.Kind) (state.Type, bool) {
	found := state.TypeInvalid
	for _, k := range kinds {
		fields, captured := c.env.Item[k]
		t := state.Text
		if captured {
			if t = fields[name]; t == state.TypeInvalid {
				return 0, false
			}
		}
		if found != state.TypeInvalid && found != t {
			return 0, false
		}
		found = t
	}
	return found, found != state.TypeInvalid
}
