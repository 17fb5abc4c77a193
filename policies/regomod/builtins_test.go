package regomod

import (
	"context"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/stretchr/testify/assert"
)

// TestFunctionsAreClosed calls every allowed function with many arguments in a
// context without clock, seed, environment, network or printer: none fails for
// want of them, and none answers differently the second time.
func TestFunctionsAreClosed(t *testing.T) {
	install()
	values := []*ast.Term{ast.NullTerm(), ast.BooleanTerm(true), ast.IntNumberTerm(3), ast.StringTerm("a,b"), ast.StringTerm("1h"),
		ast.StringTerm(`{"a": 1}`), ast.StringTerm("2026-05-04T08:00:00Z"), ast.ArrayTerm(ast.StringTerm("a"), ast.IntNumberTerm(2)),
		ast.ArrayTerm(ast.IntNumberTerm(1_000_000_000), ast.StringTerm("Europe/Berlin")), ast.SetTerm(ast.StringTerm("a")),
		ast.ObjectTerm([2]*ast.Term{ast.StringTerm("a"), ast.IntNumberTerm(1)})}
	for _, b := range capabilities().Builtins {
		f := topdown.GetBuiltin(b.Name)
		if f == nil {
			assert.Contains(t, []string{"eq", "assign", "internal.print"}, b.Name, "an operator of the evaluator itself")
			continue
		}
		for i := range 200 {
			args := make([]*ast.Term, len(b.Decl.NamedFuncArgs().Args))
			for k := range args {
				args[k] = values[(i+i/len(values)*(k+1)*7+k*3)%len(values)]
			}
			first, second := answer(f, args), answer(f, args)
			assert.Equal(t, first, second, "%s%v", b.Name, args)
		}
	}
}

// answer is everything a function gives, as text.
func answer(f topdown.BuiltinFunc, args []*ast.Term) (out string) {
	err := f(topdown.BuiltinContext{Context: context.Background(), Cancel: topdown.NewCancel(), Location: ast.NewLocation(nil, "", 1, 1)}, args, func(t *ast.Term) error {
		out += t.String() + ";"
		return nil
	})
	if err != nil {
		out += "error " + err.Error()
	}
	return out
}
