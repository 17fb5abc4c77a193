package celexpr

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
	"github.com/google/cel-go/parser"

	"weir/policies/cond"
	"weir/state"
)

// opaque runs a part of a predicate as a cel-go program.
func (l *lowerer) opaque(e ast.Expr) cond.Expr {
	part := ast.NewCheckedAST(ast.NewAST(e, l.ast.SourceInfo()), l.ast.TypeMap(), l.ast.ReferenceMap())
	source, key := l.text(e)
	uses := reads(e)
	out := &cond.Opaque{Language: "CEL", Source: source, Key: key, Why: l.keep.why(e), At: func() cond.Place { return l.keep.place(e) }, Uses: uses}
	prog, err := plan(part)
	if err != nil {
		failure := fmt.Errorf("cannot be run: %w", err)
		out.Call = func(*cond.Subject) (state.Truth, error) { return state.Unknown, failure }
		return out
	}
	out.Call = func(s *cond.Subject) (state.Truth, error) { return run(prog, s) }
	return out
}

func plan(part *ast.AST) (cel.Program, error) {
	return environment().PlanProgram(part,
		//lint:ignore SA1019 the only way to make existing functions let null through
		cel.Functions(nullSafe()...),
		cel.CostLimit(CostLimit))
}

func run(prog cel.Program, s *cond.Subject) (state.Truth, error) {
	out, _, err := prog.Eval(activation{s})
	if err != nil {
		return state.Unknown, err
	}
	switch out {
	case types.True:
		return state.True, nil
	case types.False, types.NullValue:
		return state.False, nil
	}
	return state.Unknown, errors.New("the condition gave neither true nor false")
}

// activation hands a subject to a program.
type activation struct{ s *cond.Subject }

// Parent is none.
func (activation) Parent() interpreter.Activation { return nil }

// ResolveName finds the four variables.
func (a activation) ResolveName(name string) (any, bool) {
	switch name {
	case "item", "user":
		return a.s, true
	case "now":
		return types.Timestamp{Time: a.s.Now}, true
	case "today":
		return dateVal(a.s.Today), true
	}
	return nil, false
}

// text is a part as it was written, on one line, and letter by letter; "" where it
// cannot be written.
func (l *lowerer) text(e ast.Expr) (line, exact string) {
	node, ok := l.keep.nodes[e.ID()]
	if !ok {
		return "(condition)", ""
	}
	text, err := parser.Unparse(node, l.keep.info, parser.WrapOnColumn(MaxText))
	if err != nil {
		return "(condition)", ""
	}
	return strings.Join(strings.Fields(text), " "), text
}

// reads lists what a part reads.
func reads(e ast.Expr) cond.Refs {
	var terms []cond.Term
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case e.Kind() == ast.IdentKind && e.AsIdent() == "now":
			terms = append(terms, cond.Now{})
		case e.Kind() == ast.IdentKind && e.AsIdent() == "today":
			terms = append(terms, cond.Today{})
		case e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.IdentKind:
		default:
			name := e.AsSelect().Operand().AsIdent()
			if name != "item" && name != "user" {
				return
			}
			if t := selection(name, e.AsSelect().FieldName()); t != nil {
				terms = append(terms, t)
			}
		}
	}))
	return cond.RefsOf(terms...)
}

// nullSafe are all functions of the environment, wrapped so that null flows
// through them: a function of null is null, a test of null is false, and the size
// of null is 0.
var nullSafe = sync.OnceValue(func() []*functions.Overload {
	var out []*functions.Overload
	declared := environment().Functions()
	names := make([]string, 0, len(declared))
	for name := range declared {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		bindings, err := declared[name].Bindings()
		if err != nil || len(bindings) == 0 || slices.Contains(seesNull, name) {
			continue
		}
		var results []*types.Type
		for _, o := range declared[name].OverloadDecls() {
			results = append(results, o.ResultType())
		}
		dispatch := bindings[slices.IndexFunc(bindings, func(o *functions.Overload) bool { return o.Operator == name })]
		for _, o := range bindings {
			if !o.NonStrict {
				out = append(out, wrapped(name, o, ofNull(name, results), dispatch))
			}
		}
	}
	return out
})

// seesNull are functions that look at null themselves.
var seesNull = []string{fnEmpty, fnPresent, fnBlank, fnFilled, fnRange, "dyn", "type"}

// ofNull is what a function makes of null.
func ofNull(name string, results []*types.Type) ref.Val {
	isTest := !slices.ContainsFunc(results, func(t *types.Type) bool { return t.Kind() != types.BoolKind })
	switch {
	case name == "size":
		return types.IntZero
	case isTest:
		return types.False
	}
	return types.NullValue
}

// wrapped is an overload that null flows through; dispatch is its function's
// entry for any of the overloads.
func wrapped(name string, o *functions.Overload, null ref.Val, dispatch *functions.Overload) *functions.Overload {
	call := func(args ...ref.Val) ref.Val {
		if slices.Contains(args, ref.Val(types.NullValue)) {
			return null
		}
		if out := special(name, args, dispatch); out != nil {
			return out
		}
		if grows(name, args) {
			return errTooLong
		}
		return bounded(apply(o, args))
	}
	return &functions.Overload{
		Operator: o.Operator,
		Unary:    func(v ref.Val) ref.Val { return call(v) },
		Binary:   func(a, b ref.Val) ref.Val { return call(a, b) },
		Function: func(args ...ref.Val) ref.Val { return call(args...) },
	}
}

// special does what cel-go's own functions cannot: timestamps moved by days, and
// clocks in a zone of weir's own database.
func special(name string, args []ref.Val, dispatch *functions.Overload) ref.Val {
	if len(args) != 2 {
		return nil
	}
	at, ok := args[0].(types.Timestamp)
	if !ok {
		return nil
	}
	switch second := args[1].(type) {
	case daysVal:
		if name == "_-_" {
			return moveInstant(at, second, -1)
		}
		return moveInstant(at, second, 1)
	case types.String:
		if !slices.Contains(zoned, name) {
			return nil
		}
		zone, err := location(string(second))
		if err != nil {
			return types.WrapErr(err)
		}
		return apply(dispatch, []ref.Val{types.Timestamp{Time: localClock(at.Time, zone)}})
	}
	return nil
}

// maxTextValue bounds every text a program makes, in bytes: cel-go's cost limit
// does not see the length of what functions of texts give.
const maxTextValue = 256 << 10

var errTooLong = types.NewErr("a text of more than %d KiB", maxTextValue>>10)

func bounded(v ref.Val) ref.Val {
	if s, ok := v.(types.String); ok && len(s) > maxTextValue {
		return errTooLong
	}
	return v
}

// grows tells beforehand that a function would make a text that is too long,
// where its result may be much longer than its arguments.
func grows(name string, args []ref.Val) bool {
	texts := make([]string, len(args))
	for i, a := range args {
		if s, ok := a.(types.String); ok {
			texts[i] = string(s)
		}
	}
	switch {
	case name == "replace" && len(args) >= 3:
		return len(texts[0])+(1+strings.Count(texts[0], texts[1]))*len(texts[2]) > maxTextValue
	case name == "join" && len(args) == 2:
		list, ok := args[0].(traits.Lister)
		return ok && joinedLength(list, len(texts[1])) > maxTextValue
	case name == "format" && len(args) == 2:
		list, ok := args[1].(traits.Lister)
		return widePrecision.MatchString(texts[0]) || ok && len(texts[0])+joinedLength(list, 0) > maxTextValue
	}
	return false
}

// widePrecision finds format clauses that ask for a thousand digits or more.
var widePrecision = regexp.MustCompile(`%\.[0-9]{4,}`)

func joinedLength(list traits.Lister, between int) int {
	total := 0
	for it := list.Iterator(); it.HasNext() == types.True && total <= maxTextValue; {
		total += between
		if s, ok := it.Next().(types.String); ok {
			total += len(s)
		}
	}
	return total
}

// apply calls an overload as cel-go would, by its number of arguments.
func apply(o *functions.Overload, args []ref.Val) ref.Val {
	if o.OperandTrait != 0 && len(args) > 0 && !args[0].Type().HasTrait(o.OperandTrait) {
		return types.MaybeNoSuchOverloadErr(args[0])
	}
	switch {
	case len(args) == 1 && o.Unary != nil:
		return o.Unary(args[0])
	case len(args) == 2 && o.Binary != nil:
		return o.Binary(args[0], args[1])
	case o.Function != nil:
		return o.Function(args...)
	}
	return types.NewErr("no such function for these values")
}
