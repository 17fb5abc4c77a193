package celexpr

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
)

// Budget counts what the predicates of one policy amount to, so that reading
// them takes bounded time and memory whatever they say: cel-go's checker takes
// time that grows with the square of a predicate's operators, and patterns compile
// to much more than their text. The zero value is a new budget.
type Budget struct{ text, calls, patterns int }

// What one predicate, and all of a policy together, may amount to.
const (
	// MaxCalls is how many operators and functions a predicate may have.
	MaxCalls = 400
	// MaxAllText and MaxAllCalls bound the predicates of a policy together, in bytes
	// and in operators and functions.
	MaxAllText  = 512 << 10
	MaxAllCalls = 50_000
	// MaxPattern is the size of the largest pattern, in cond.PatternSize's units,
	// and MaxAllPatterns that of all patterns together.
	MaxPattern     = 5_000
	MaxAllPatterns = 100_000
)

// spend adds to a count and reports whether it stays within a bound.
func spend(count *int, more, most int) bool {
	*count += more
	return *count <= most
}

// calls counts the operators and functions of a predicate as it is written.
func calls(parsed *cel.Ast) int {
	n := 0
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if k := e.Kind(); k == ast.CallKind || k == ast.ComprehensionKind {
			n++
		}
	}))
	return n
}
