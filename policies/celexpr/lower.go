package celexpr

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/state"
)

// check types the bound tree.
func check(parsed *cel.Ast, at *positions) (*cel.Ast, hcl.Diagnostics) {
	checked, issues := environment().Check(parsed)
	if issues.Err() != nil {
		var diags hcl.Diagnostics
		found := slices.Clone(issues.Errors())
		slices.SortStableFunc(found, func(a, b *cel.Error) int {
			return cmp.Compare(at.location(a.Location), at.location(b.Location))
		})
		for _, e := range found {
			diags = append(diags, at.msg(at.token(at.location(e.Location))).checker(e.Message))
		}
		return nil, diags
	}
	if t := checked.OutputType(); !t.IsExactType(types.BoolType) {
		return nil, hcl.Diagnostics{at.msg(at.all()).notBool(typeName(cel.FormatCELType(t)))}
	}
	return checked, nil
}

// lower turns a checked predicate into a condition.
func lower(checked *cel.Ast, keep *original) (cond.Expr, hcl.Diagnostics) {
	l := &lowerer{ast: checked.NativeRep(), keep: keep}
	expr := l.top(checked.NativeRep().Expr())
	return expr, l.diags
}

type lowerer struct {
	ast   *ast.AST
	keep  *original
	scope []variable
	diags hcl.Diagnostics
}

// variable is a quantifier's.
type variable struct {
	name   string
	people bool
}

// maxQuantifiers is how deeply quantifiers nest without a cost limit.
const maxQuantifiers = 2

// top lowers a condition outside of quantifiers: its logic, and of the parts what
// the algebra can express; the other parts become opaque.
func (l *lowerer) top(e ast.Expr) cond.Expr {
	if e.Kind() == ast.CallKind {
		switch args := e.AsCall().Args(); e.AsCall().FunctionName() {
		case operators.LogicalAnd:
			return cond.AllOf(l.top(args[0]), l.top(args[1]))
		case operators.LogicalOr:
			return cond.AnyOf(l.top(args[0]), l.top(args[1]))
		case operators.LogicalNot:
			return cond.Negate(l.top(args[0]))
		}
	}
	if out, ok := l.condition(e); ok {
		return out
	}
	return l.opaque(e)
}

// condition lowers what the algebra can express entirely.
func (l *lowerer) condition(e ast.Expr) (cond.Expr, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		v, ok := e.AsLiteral().(types.Bool)
		return cond.Const(v), ok
	case ast.SelectKind:
		t, ok := l.term(e)
		if !ok || t.Type() != state.Bool {
			return nil, false
		}
		return cond.IsTrue(t), true
	case ast.CallKind:
		return l.call(e)
	case ast.ComprehensionKind:
		return l.quantifier(e.AsComprehension())
	}
	return nil, false
}

// comparisons are the operators that compare; != negates.
var comparisons = map[string]cond.CompareOp{
	operators.Equals: cond.Equal, operators.Less: cond.Less, operators.LessEquals: cond.LessEqual,
	operators.Greater: cond.Greater, operators.GreaterEquals: cond.GreaterEqual,
}

func (l *lowerer) call(e ast.Expr) (cond.Expr, bool) {
	name, args := e.AsCall().FunctionName(), arguments(e)
	if op, ok := comparisons[name]; ok {
		return l.compare(op, args[0], args[1])
	}
	if op, ok := cond.ParseTextOp(name); ok && len(args) == 2 {
		return l.textTest(op, args[0], args[1])
	}
	switch name {
	case operators.LogicalAnd, operators.LogicalOr:
		return l.both(name, args)
	case operators.LogicalNot:
		x, ok := l.condition(args[0])
		return negated(x, ok)
	case operators.NotEquals:
		x, ok := l.compare(cond.Equal, args[0], args[1])
		return negated(x, ok)
	case operators.Conditional:
		return l.choice(args)
	case operators.In:
		return l.member(args[0], args[1])
	case fnEmpty, fnBlank:
		return l.null(args[0])
	case fnPresent, fnFilled:
		x, ok := l.null(args[0])
		return negated(x, ok)
	case "matches":
		return l.matches(args)
	case "sets.contains", "sets.intersects":
		return l.sets(name == "sets.contains", args)
	}
	return nil, false
}

// arguments are a call's, its receiver first.
func arguments(e ast.Expr) []ast.Expr {
	c := e.AsCall()
	if !c.IsMemberFunction() {
		return c.Args()
	}
	return append([]ast.Expr{c.Target()}, c.Args()...)
}

func negated(x cond.Expr, ok bool) (cond.Expr, bool) {
	if !ok {
		return nil, false
	}
	return cond.Negate(x), true
}

func (l *lowerer) both(op string, args []ast.Expr) (cond.Expr, bool) {
	left, ok := l.condition(args[0])
	if !ok {
		return nil, false
	}
	right, ok := l.condition(args[1])
	if !ok {
		return nil, false
	}
	if op == operators.LogicalAnd {
		return cond.AllOf(left, right), true
	}
	return cond.AnyOf(left, right), true
}

// choice lowers test ? a : b where the test is simple enough to stand twice.
func (l *lowerer) choice(args []ast.Expr) (cond.Expr, bool) {
	if !l.isBool(args[1]) {
		return nil, false
	}
	test, ok1 := l.condition(args[0])
	yes, ok2 := l.condition(args[1])
	no, ok3 := l.condition(args[2])
	if !ok1 || !ok2 || !ok3 || !cond.IsLeaf(test) {
		return nil, false
	}
	return cond.AnyOf(cond.AllOf(test, yes), cond.AllOf(cond.Negate(test), no)), true
}

func (l *lowerer) isBool(e ast.Expr) bool { return l.ast.GetType(e.ID()).IsExactType(types.BoolType) }

func (l *lowerer) compare(op cond.CompareOp, left, right ast.Expr) (cond.Expr, bool) {
	if x, ok := l.span(op, left, right); ok {
		return x, true
	}
	a, ok1 := l.term(left)
	b, ok2 := l.term(right)
	if !ok1 || !ok2 || a.Type() != b.Type() || !comparable(a.Type()) {
		return nil, false
	}
	return cond.Comparison(op, a, b), true
}

func comparable(t state.Type) bool { return t != state.Texts && t != state.People }

// span lowers a - b < duration to a < b + duration.
func (l *lowerer) span(op cond.CompareOp, left, right ast.Expr) (cond.Expr, bool) {
	d, ok := durationLiteral(right)
	if !ok || left.Kind() != ast.CallKind || left.AsCall().FunctionName() != operators.Subtract {
		return nil, false
	}
	args := left.AsCall().Args()
	a, ok1 := l.term(args[0])
	b, ok2 := l.term(args[1])
	if !ok1 || !ok2 || a.Type() != state.Instant || b.Type() != state.Instant {
		return nil, false
	}
	return cond.Comparison(op, a, shifted(b, 0, d)), true
}

func (l *lowerer) textTest(op cond.TextOp, of, part ast.Expr) (cond.Expr, bool) {
	t, ok := l.term(of)
	if !ok || t.Type() != state.Text {
		return nil, false
	}
	if lit, ok := textLiteral(part); ok && lit == "" {
		return cond.Negate(cond.IsNull(t)), true
	}
	p, ok := l.term(part)
	if !ok || p.Type() != state.Text {
		return nil, false
	}
	return cond.TextTest(op, t, p), true
}

func (l *lowerer) null(of ast.Expr) (cond.Expr, bool) {
	if of.Kind() == ast.LiteralKind {
		v := of.AsLiteral()
		return cond.Const(v == types.NullValue || v == types.String("")), true
	}
	t, ok := l.term(of)
	if !ok {
		return nil, false
	}
	return cond.IsNull(t), true
}

func (l *lowerer) matches(args []ast.Expr) (cond.Expr, bool) {
	t, ok := l.term(args[0])
	pattern, ok2 := textLiteral(args[1])
	if !ok || !ok2 {
		return nil, false
	}
	x, err := cond.Matches(t, pattern)
	return x, err == nil
}

// member lowers x in a list attribute, and x in a list of literals and terms.
func (l *lowerer) member(of, in ast.Expr) (cond.Expr, bool) {
	if in.Kind() == ast.ListKind {
		t, ok := l.term(of)
		if !ok {
			return nil, false
		}
		return l.among(t, in.AsList().Elements())
	}
	list, ok1 := l.term(in)
	t, ok2 := l.term(of)
	if !ok1 || !ok2 || list.Type() != state.Texts || t.Type() != state.Text {
		return nil, false
	}
	return cond.Contained(t, list), true
}

func (l *lowerer) among(t cond.Term, elements []ast.Expr) (cond.Expr, bool) {
	var literals []state.Value
	var any []cond.Expr
	for _, e := range elements {
		if lit, ok := textLiteral(e); ok && lit == "" {
			continue // nothing that is a member of a list is empty
		}
		m, ok := l.term(e)
		if !ok || m.Type() != t.Type() || !comparable(t.Type()) {
			return nil, false
		}
		if lit, ok := m.(cond.Literal); ok {
			literals = append(literals, lit.Value)
		} else {
			any = append(any, cond.Comparison(cond.Equal, t, m))
		}
	}
	in := cond.IsIn(t, literals)
	if len(any) == 0 {
		return in, true
	}
	// Two empty values are equal, but an empty value is no member.
	return cond.AnyOf(in, cond.AllOf(cond.Negate(cond.IsNull(t)), cond.AnyOf(any...))), true
}

// sets lowers questions about a list attribute and a list of texts.
func (l *lowerer) sets(all bool, args []ast.Expr) (cond.Expr, bool) {
	of, ok := l.term(args[0])
	if !ok || of.Type() != state.Texts || args[1].Kind() != ast.ListKind {
		return nil, false
	}
	var parts []cond.Expr
	for _, e := range args[1].AsList().Elements() {
		t, ok := l.term(e)
		if !ok || t.Type() != state.Text {
			return nil, false
		}
		parts = append(parts, cond.Contained(t, of))
	}
	if all {
		return cond.AllOf(parts...), true
	}
	return cond.AnyOf(parts...), true
}

// quantifier recognises what the macros exists and all expand to.
func (l *lowerer) quantifier(c ast.ComprehensionExpr) (cond.Expr, bool) {
	over, ok := l.term(c.IterRange())
	if !ok || len(l.scope) == maxQuantifiers || c.HasIterVar2() {
		return nil, false
	}
	people := over.Type() == state.People
	if !people && over.Type() != state.Texts {
		return nil, false
	}
	body, exists, ok := macroBody(c)
	if !ok {
		return nil, false
	}
	l.scope = append(l.scope, variable{c.IterVar(), people})
	x, ok := l.condition(body)
	l.scope = l.scope[:len(l.scope)-1]
	if !ok {
		return nil, false
	}
	if exists {
		return cond.ForSome(over, c.IterVar(), x), true
	}
	return cond.ForAll(over, c.IterVar(), x), true
}

// macroBody finds the condition inside exists (accumulator || body, from false)
// and all (accumulator && body, from true).
func macroBody(c ast.ComprehensionExpr) (body ast.Expr, exists, ok bool) {
	step := c.LoopStep()
	if step.Kind() != ast.CallKind || c.AccuInit().Kind() != ast.LiteralKind || c.Result().Kind() != ast.IdentKind {
		return nil, false, false
	}
	start, isBool := c.AccuInit().AsLiteral().(types.Bool)
	args := step.AsCall().Args()
	if !isBool || len(args) != 2 || args[0].Kind() != ast.IdentKind || args[0].AsIdent() != c.AccuVar() {
		return nil, false, false
	}
	switch step.AsCall().FunctionName() {
	case operators.LogicalOr:
		return args[1], true, !bool(start)
	case operators.LogicalAnd:
		return args[1], false, bool(start)
	}
	return nil, false, false
}

// term lowers what can be compared. The empty text is no term: it is no value.
func (l *lowerer) term(e ast.Expr) (cond.Term, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		return literal(e)
	case ast.IdentKind:
		return l.ident(e.AsIdent())
	case ast.SelectKind:
		return l.selected(e.AsSelect())
	case ast.CallKind:
		return l.function(e)
	}
	return nil, false
}

func literal(e ast.Expr) (cond.Term, bool) {
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		return cond.Literal{Value: state.BoolValue(bool(v))}, true
	case types.String:
		return cond.Literal{Value: state.TextValue(string(v))}, v != ""
	case types.Int:
		const exact = 1 << 53
		return cond.Literal{Value: state.NumberValue(float64(v))}, v >= -exact && v <= exact
	case types.Double:
		return cond.Literal{Value: state.NumberValue(float64(v))}, !math.IsNaN(float64(v))
	}
	return nil, false
}

func (l *lowerer) ident(name string) (cond.Term, bool) {
	for i := len(l.scope) - 1; i >= 0; i-- {
		if v := l.scope[i]; v.name == name {
			return cond.Var{Name: name, Depth: len(l.scope) - 1 - i}, !v.people
		}
	}
	switch name {
	case "now":
		return cond.Now{}, true
	case "today":
		return cond.Today{}, true
	}
	return nil, false
}

func (l *lowerer) selected(sel ast.SelectExpr) (cond.Term, bool) {
	if sel.Operand().Kind() != ast.IdentKind {
		return nil, false
	}
	name := sel.Operand().AsIdent()
	for i := len(l.scope) - 1; i >= 0; i-- {
		if v := l.scope[i]; v.name == name {
			f, ok := cond.ParseField(sel.FieldName())
			return cond.Var{Name: name, Depth: len(l.scope) - 1 - i, Field: f}, ok && v.people
		}
	}
	if name != "item" && name != "user" {
		return nil, false
	}
	t := selection(name, sel.FieldName())
	return t, t != nil
}

func (l *lowerer) function(e ast.Expr) (cond.Term, bool) {
	name, args := e.AsCall().FunctionName(), arguments(e)
	switch {
	case name == operators.Add && len(args) == 2:
		return l.shift(args[0], args[1], 1)
	case name == operators.Subtract && len(args) == 2:
		return l.shift(args[0], args[1], -1)
	case len(args) != 1:
		return nil, false
	case name == "date" || name == "timestamp":
		return timeLiteral(name, args[0])
	}
	of, ok := l.term(args[0])
	if !ok {
		return nil, false
	}
	switch {
	case name == "size" && (of.Type() == state.Text || !comparable(of.Type())):
		return cond.Size{Of: of}, true
	case of.Type() != state.Text:
	case name == "lowerAscii":
		return cond.Func{Name: cond.LowerASCII, Of: of}, true
	case name == "upperAscii":
		return cond.Func{Name: cond.UpperASCII, Of: of}, true
	case name == "domain":
		return cond.Func{Name: cond.Domain, Of: of}, true
	}
	return nil, false
}

func timeLiteral(function string, arg ast.Expr) (cond.Term, bool) {
	lit, ok := textLiteral(arg)
	if !ok {
		return nil, false
	}
	if function == "date" {
		d, err := state.ParseDate(lit)
		return cond.Literal{Value: state.DayValue(d)}, err == nil
	}
	t, ok := parseTimestamp(lit)
	return cond.Literal{Value: state.InstantValue(t)}, ok
}

// shift lowers a date or an instant moved by days() or a duration.
func (l *lowerer) shift(of, by ast.Expr, sign int) (cond.Term, bool) {
	t, ok := l.term(of)
	if !ok || t.Type() != state.Day && t.Type() != state.Instant {
		return nil, false
	}
	if n, ok := daysLiteral(by); ok {
		return shifted(t, sign*n, 0), true
	}
	if d, ok := durationLiteral(by); ok && t.Type() == state.Instant {
		return shifted(t, 0, time.Duration(sign)*d), true
	}
	return nil, false
}

// shifted moves a term, folding moves of one that is moved already.
func shifted(t cond.Term, days int, by time.Duration) cond.Term {
	if s, ok := t.(cond.Shift); ok && s.By == 0 && by == 0 {
		return cond.Shift{Of: s.Of, Days: s.Days + days}
	}
	return cond.Shift{Of: t, Days: days, By: by}
}

func daysLiteral(e ast.Expr) (int, bool) {
	arg, ok := argumentOf(e, "days")
	if !ok || arg.Kind() != ast.LiteralKind {
		return 0, false
	}
	n, ok := arg.AsLiteral().(types.Int)
	return int(n), ok && n >= -maxDays && n <= maxDays
}

func durationLiteral(e ast.Expr) (time.Duration, bool) {
	arg, ok := argumentOf(e, "duration")
	if !ok {
		return 0, false
	}
	lit, ok := textLiteral(arg)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(lit)
	return d, err == nil && d != math.MinInt64
}

// argumentOf is the one argument of a call to a function.
func argumentOf(e ast.Expr, function string) (ast.Expr, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != function || len(e.AsCall().Args()) != 1 || e.AsCall().IsMemberFunction() {
		return nil, false
	}
	return e.AsCall().Args()[0], true
}
