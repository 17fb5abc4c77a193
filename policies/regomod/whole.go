package regomod

import (
	"context"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"weir/policies/cond"
)

// Unlowered is a policy's sync rules as OPA alone evaluates them: under the names
// they are written with, so that OPA's index of rules works on all of them, and
// with one prepared query for each item. It is the reference that lowered rules
// are compared with, in answers and in speed; weir itself decides nothing by it.
type Unlowered struct {
	uses     cond.Refs
	prepared rego.PreparedEvalQuery
}

// Input is an item and its person as OPA reads them: only what the rules read.
type Input struct{ value ast.Value }

// Whole is Compile that lowers nothing. Modules are parsed and compiled as in
// Compile; how sync rules must be written, and how many there may be, is not
// checked.
func Whole(sources []Source) (*Unlowered, hcl.Diagnostics) {
	install()
	c := &compiler{files: map[string]*file{}}
	for _, src := range sources {
		c.parse(src)
	}
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	for _, f := range c.files {
		normalise(f.module)
	}
	if !c.compileModules() {
		return nil, c.diags
	}
	var rules []*ast.Rule
	var sets []string
	for _, name := range [...]string{"exclude", "hold"} {
		ref := ast.MustParseRef("data." + rulesPackage + "." + name)
		if found := c.opa.GetRulesExact(ref); len(found) > 0 {
			rules, sets = append(rules, found...), append(sets, ref.String())
		}
	}
	prepared, err := rego.New(rego.Compiler(c.opa), rego.Query(strings.Join(sets, "; ")), rego.Capabilities(capabilities()),
		rego.GenerateJSON(reasons)).PrepareForEval(context.Background())
	if err != nil {
		return nil, append(c.diags, c.internal(err.Error()))
	}
	return &Unlowered{newReader(c.opa).of(rules).refs(), prepared}, c.diags
}

// Input makes the input for an item. What is unrecorded is missing from it.
func (u *Unlowered) Input(s *cond.Subject) Input { return Input{inputOf(u.uses, s)} }

// Reasons are the reasons of the rules that hold, in OPA's order. Nothing bounds
// the evaluation: ask rules that are trusted.
func (u *Unlowered) Reasons(in Input) ([]string, error) { return u.reasons(in) }

func (u *Unlowered) reasons(in Input, options ...rego.EvalOption) ([]string, error) {
	rs, err := u.prepared.Eval(context.Background(), append(options, rego.EvalParsedInput(in.value))...)
	if err != nil {
		return nil, understood(err)
	}
	var out []string
	for _, r := range rs {
		for _, set := range r.Expressions {
			found, ok := set.Value.([]string)
			if !ok {
				return nil, errNotUnderstood
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// reasons turns a set of sync rules' objects into their reasons.
func reasons(t *ast.Term, _ *rego.EvalContext) (any, error) {
	set, ok := t.Value.(ast.Set)
	if !ok {
		return nil, errNotUnderstood
	}
	out := make([]string, 0, set.Len())
	err := set.Iter(func(member *ast.Term) error {
		text, err := member.Value.Find(reasonKey)
		if err != nil {
			return err
		}
		s, ok := text.(ast.String)
		if !ok {
			return errNotUnderstood
		}
		out = append(out, string(s))
		return nil
	})
	return out, err
}

var reasonKey = ast.Ref{ast.StringTerm("reason")}
