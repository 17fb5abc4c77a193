// Package celexpr reads CEL predicates and lowers them to conditions. It is the
// only package that knows cel-go.
//
// A predicate goes through five stages: the text is parsed; names are bound
// against state's schema (so that a misspelt attribute is found where it
// stands); the tree is rewritten so that null and custom fields have a type;
// cel-go's checker types it; and what the algebra of package cond can express is
// lowered. The rest becomes an opaque condition that runs a cel-go program. The
// program never sees a clock, and null flows through its functions: a function
// of null is null, and a test of null is false, as in cond.
package celexpr

import (
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/state"
)

// Source is a predicate's text and where it stands in its host file.
type Source struct {
	// Text is the CEL text, after the host's own escapes are resolved.
	Text     string
	Filename string
	// PosOf maps a byte offset in Text (0 to len(Text)) to the host file. Nil maps
	// to lines and columns of Text itself.
	PosOf func(byteOffset int) hcl.Pos
}

// Env says what a predicate may speak of.
type Env struct {
	// Kinds are the kinds the predicate must make sense for; nil means all. An
	// attribute that one of them does not have is an error.
	Kinds []state.Kind
	// UserOnly is for group membership: only user is there; item, now and today are
	// errors.
	UserOnly bool
	// Custom are the custom fields that exist; nil when nothing is known, and then
	// any field is a text.
	Custom *CustomFields
	// Budget is what all predicates of one policy share; nil bounds this one by
	// itself.
	Budget *Budget
}

// CustomFields are the Salesforce fields beyond the schema that a recording has,
// with their types. A kind that is missing from Item was not captured, and then
// any field of it is a text; a nil User likewise.
type CustomFields struct {
	Item map[state.Kind]map[string]state.Type
	User map[string]state.Type
}

// Limits on a predicate's text.
const (
	// MaxText is the longest text in bytes.
	MaxText = 16 << 10
	// MaxNesting is how deeply brackets and operators may nest.
	MaxNesting = 100
	// CostLimit bounds one evaluation of an opaque condition, in cel-go's units.
	CostLimit = 200_000
)

// Compile turns a predicate into a condition. On errors the condition is nil;
// every diagnostic has a range in the host file.
func Compile(src Source, env Env) (cond.Expr, hcl.Diagnostics) { return build(src, env, lower) }

// Whole is Compile that lowers nothing: the condition runs one cel-go program. It
// is the reference that lowered conditions are compared with, in answers and in
// speed.
func Whole(src Source, env Env) (cond.Expr, hcl.Diagnostics) {
	return build(src, env, func(checked *cel.Ast, keep *original) (cond.Expr, hcl.Diagnostics) {
		l := &lowerer{ast: checked.NativeRep(), keep: keep}
		return l.opaque(checked.NativeRep().Expr()), nil
	})
}

func build(src Source, env Env, finish func(*cel.Ast, *original) (cond.Expr, hcl.Diagnostics)) (expr cond.Expr, diags hcl.Diagnostics) {
	at := newPositions(src)
	defer func() {
		if p := recover(); p != nil {
			expr, diags = nil, hcl.Diagnostics{at.msg(at.all()).internal(fmt.Sprint(p))}
		}
	}()
	if d := at.checkText(); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	if env.Budget == nil {
		env.Budget = &Budget{}
	}
	if !spend(&env.Budget.text, len(src.Text), MaxAllText) {
		return nil, hcl.Diagnostics{at.msg(at.all()).muchText()}
	}
	parsed, diags := parse(at)
	if diags.HasErrors() {
		return nil, diags
	}
	switch n := calls(parsed); {
	case n > MaxCalls:
		return nil, hcl.Diagnostics{at.msg(at.all()).tooComplex(n)}
	case !spend(&env.Budget.calls, n, MaxAllCalls):
		return nil, hcl.Diagnostics{at.msg(at.all()).muchLogic()}
	}
	original, diags := bind(parsed, at, env)
	if diags.HasErrors() {
		return nil, diags
	}
	checked, diags := check(parsed, at)
	if diags.HasErrors() {
		return nil, diags
	}
	return finish(checked, original)
}
