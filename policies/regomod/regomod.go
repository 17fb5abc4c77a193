// Package regomod reads the Rego modules of a policy. It is the only package
// that knows OPA.
//
// Modules go through these stages: they are parsed and their packages checked;
// every rule of weir's own packages (exclude, hold, deny, warn, forced and the
// settings) gets a name of its own, because rules that share one lose their
// lines; OPA compiles all of them strictly, against a schema of input made from
// state's tables and an allow-list of functions; partial evaluation turns each
// rule into conjunctions over the input, and what the algebra of package cond can
// express of them is lowered. A rule with a part that cannot be lowered stays
// opaque as a whole and runs in OPA.
//
// cond's table rules where Rego's own answers would surprise: an ordering with
// null is false, a function of null has an answer, an empty text is null, and an
// unrecorded value is unknown rather than undefined. In opaque rules empty truths
// are false, empty lists have no members, everything else that is empty is null,
// and whatever was not recorded makes the rule unknown before it runs. A function
// that fails, or a rule with two values at once, is an error and never undefined
// (docs/decisions/0026-rego-rules-that-fail.md).
//
// Nothing here reads a clock, save that evaluation is abandoned at a deadline, a
// second line behind budgets of steps and sizes that are the same everywhere
// (docs/decisions/0020-rego-bounds.md).
package regomod

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"

	"weir/policies/cond"
	"weir/state"
)

// Source is one module as read.
type Source struct {
	Path string // as diagnostics name it
	Text []byte
}

// Env says what modules may speak of.
type Env struct {
	// Item and User are the Salesforce fields beyond the schema, with their types.
	// A kind that is missing was not captured, and then any field is a text.
	Item map[state.Kind]map[string]state.Type
	User map[string]state.Type
	// Settings are the first words of the catalogue's paths: what a rule of
	// weir.settings is taken for a setting by.
	Settings []string
}

// Rule is a sync rule.
type Rule struct {
	Name     string // its own "name", or the effect and its number in the policy
	Hold     bool   // else exclude
	Kinds    []state.Kind
	Up, Down bool
	Reason   string
	When     cond.Expr
	Opaque   string    // why it could not be lowered; "" if it was
	OpaqueAt hcl.Range // what could not be
	Range    hcl.Range
}

// Setting is a rule of weir.settings that sets a value (Path) or, with Forced,
// adds a path to the forced ones.
type Setting struct {
	Path    string // "" for forced
	Forced  bool
	Default bool // counts only where no other rule of the path does
	Range   hcl.Range
	// Opaque says why it could not be lowered, "" if it was, and OpaqueAt what
	// could not be.
	Opaque   string
	OpaqueAt hcl.Range

	cases []choice
	run   *program
	uses  cond.Refs
}

// choice is a value with the condition under which the rule gives it.
type choice struct {
	when  cond.Expr
	value any
}

// Policy is a compiled set of modules.
type Policy struct {
	Rules      []*Rule
	Settings   []*Setting
	guardrails []*guardrail
}

// The bounds of a policy's modules.
const (
	// MaxRules is how many rules all modules together may have.
	MaxRules = 20_000
	// MaxSpecial is how many of them weir itself may look at: sync rules, settings
	// and guardrails.
	MaxSpecial = 3_000
	// MaxValues is how many values the modules may hold together, counted by their
	// commas and brackets.
	MaxValues = 250_000
	// MaxNesting is how deeply brackets may nest.
	MaxNesting = 100
	// MaxConjunctions is how many conjunctions one rule may be lowered to.
	MaxConjunctions = 1_000
)

// Compile reads modules. On errors the policy is nil; every diagnostic has a
// range in a module.
func Compile(sources []Source, env Env) (p *Policy, diags hcl.Diagnostics) {
	install()
	c := &compiler{env: env, files: map[string]*file{}}
	defer func() {
		if x := recover(); x != nil {
			p, diags = nil, append(c.diags, c.internal(fmt.Sprint(x)))
		}
	}()
	for _, src := range sources {
		c.parse(src)
	}
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	c.declare()
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	c.compile()
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	p = c.lowerAll()
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	return p, c.diags
}

// compiler carries one Compile from stage to stage.
type compiler struct {
	env     Env
	files   map[string]*file
	order   []string // paths of the modules, sorted
	rules   int      // in all modules
	values  int      // in all modules
	special []*special
	byName  map[string]*special
	opa     *ast.Compiler
	refs    *reader
	weights *weigher
	tests   bool   // test modules are among them
	digest  string // of all texts, once asked for
	diags   hcl.Diagnostics
}

func (c *compiler) report(d *hcl.Diagnostic) { c.diags = append(c.diags, d) }

// special is a rule that weir itself looks at.
type special struct {
	role role
	rule *ast.Rule // as parsed, under its own name
	path string    // of a setting
	file *file
	n    int // counts the rules of a role, from 1
}

// role says what a special rule is for. The zero value is invalid.
type role uint8

const (
	roleInvalid role = iota
	roleExclude
	roleHold
	roleSetting
	roleForced
	roleDeny
	roleWarn
)

var roleNames = [...]string{"invalid", "exclude", "hold", "setting", "forced", "deny", "warn"}

func (r role) String() string { return roleNames[r] }

// name is the rule's own name in the compiled modules; "#" cannot be written.
func (s *special) name() string { return fmt.Sprintf("%s#%d", s.role, s.n) }

// ref is the rule in the compiled modules.
func (s *special) ref() ast.Ref {
	return append(slices.Clone(s.file.module.Package.Path), ast.StringTerm(s.name()))
}

// Packages of weir's own, without "data.".
const (
	rulesPackage      = "weir.rules"
	settingsPackage   = "weir.settings"
	guardrailsPackage = "weir.guardrails"
)

var packages = []string{guardrailsPackage, rulesPackage, settingsPackage}
