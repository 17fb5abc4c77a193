package cond

import (
	"cmp"
	"slices"

	"weir/state"
)

// This file tells what can be told of conditions without items. It is sound and
// incomplete: a yes is a proof, a no means only that none was found.

// NeverTrue reports a condition that is true of nothing.
func NeverTrue(e Expr) bool { return neverTrue(Simplify(e)) }

// NeverFalse reports a condition that is false of nothing: it is true wherever
// what it reads is recorded.
func NeverFalse(e Expr) bool { return neverTrue(Simplify(Negate(e))) }

// neverTrue finds a constant, or a conjunction that contradicts itself, in a
// simplified condition.
func neverTrue(e Expr) bool {
	switch e := e.(type) {
	case Const:
		return !bool(e)
	case *Not:
		c, ok := e.X.(Const)
		return ok && bool(c)
	case *And:
		return slices.ContainsFunc(e.All, neverTrue) || contradicts(e.All)
	case *Or:
		return !slices.ContainsFunc(e.Any, func(x Expr) bool { return !neverTrue(x) })
	}
	return false
}

// contradicts finds a condition beside its negation, or two sets of values of one
// term that have nothing in common.
func contradicts(parts []Expr) bool {
	seen := map[string]bool{}
	allowed := map[string][]state.Value{}
	for _, p := range parts {
		seen[Identity(p)] = true
		term, values := oneOf(p)
		if term == "" {
			continue
		}
		if before, ok := allowed[term]; ok {
			values = slices.DeleteFunc(slices.Clone(values), func(v state.Value) bool { return !contains(before, v) })
			if len(values) == 0 {
				return true
			}
		}
		allowed[term] = values
	}
	return slices.ContainsFunc(parts, func(p Expr) bool { return seen[Identity(Negate(p))] }) || excluding(parts)
}

// maxPaired bounds the parts of a conjunction that are compared pair by pair.
const maxPaired = 200

// excluding finds two tests of which one rules the other out.
func excluding(parts []Expr) bool {
	parts = parts[:min(len(parts), maxPaired)]
	for i, p := range parts {
		for _, q := range parts[i+1:] {
			if excludes(p, q) || excludes(q, p) {
				return true
			}
		}
	}
	return false
}

// excludes reports that where a is true, b is not: a is narrower than what b
// refuses, or lies beyond b's bound.
func excludes(a, b Expr) bool {
	if bare, negated := stripped(b); negated {
		return leafImplies(a, bare)
	}
	y, ok := b.(*Compare)
	if !ok || opposites[y.Op] == CompareInvalid {
		return false
	}
	return leafImplies(a, &Compare{Op: opposites[y.Op], Left: y.Left, Right: y.Right})
}

// opposites are the bounds on the other side: of two, one holds for a value that
// is there, and neither for one that is not.
var opposites = map[CompareOp]CompareOp{Less: GreaterEqual, LessEqual: Greater, Greater: LessEqual, GreaterEqual: Less}

// oneOf reads "term equals one of these values"; "" for any other condition.
func oneOf(e Expr) (string, []state.Value) {
	switch e := e.(type) {
	case *In:
		return e.Of.String(), e.Members
	case *Compare:
		if l, ok := e.Right.(Literal); ok && e.Op == Equal && l.Value.IsKnown() {
			return e.Left.String(), []state.Value{l.Value}
		}
	case *Empty:
		return e.Of.String(), []state.Value{state.EmptyValue()}
	}
	return "", nil
}

func contains(list []state.Value, v state.Value) bool {
	return slices.ContainsFunc(list, func(x state.Value) bool {
		return x.IsKnown() == v.IsKnown() && (!v.IsKnown() || same(x, v))
	})
}

// maxImplySteps bounds the work of one proof.
const maxImplySteps = 10_000

// Prover looks for proofs within a bound on the work of all of them together. It
// remembers what it has seen by what it asks: two parts in another language with one
// text may call helpers that differ.
type Prover struct {
	steps int
	texts map[Expr]string
}

// NewProver makes a prover of so many steps; when they are used up, it proves
// nothing any more. A step is a comparison of two parts.
func NewProver(steps int) *Prover { return &Prover{steps, map[Expr]string{}} }

// Implies reports that wherever a is true, b is true too.
func Implies(a, b Expr) bool { return NewProver(maxImplySteps).Implies(a, b) }

// Implies reports that wherever a is true, b is true too.
func (p *Prover) Implies(a, b Expr) bool {
	steps := min(p.steps, maxImplySteps)
	p.steps -= steps
	proved := p.implies(a, b, &steps)
	p.steps += max(steps, 0)
	return proved
}

func (p *Prover) text(e Expr) string {
	text, ok := p.texts[e]
	if !ok {
		text = Identity(e)
		p.texts[e] = text
	}
	return text
}

func (p *Prover) implies(a, b Expr, steps *int) bool {
	if *steps--; *steps < 0 {
		return false
	}
	if b == Expr(Const(true)) || a == Expr(Const(false)) || p.text(a) == p.text(b) {
		return true
	}
	if o, ok := a.(*Or); ok {
		return !slices.ContainsFunc(o.Any, func(x Expr) bool { return !p.implies(x, b, steps) })
	}
	if n, ok := b.(*And); ok {
		return !slices.ContainsFunc(n.All, func(x Expr) bool { return !p.implies(a, x, steps) })
	}
	if n, ok := a.(*And); ok && slices.ContainsFunc(n.All, func(x Expr) bool { return p.implies(x, b, steps) }) {
		return true
	}
	if o, ok := b.(*Or); ok {
		return slices.ContainsFunc(o.Any, func(x Expr) bool { return p.implies(a, x, steps) })
	}
	return leafImplies(a, b)
}

// leafImplies compares two tests of one term.
func leafImplies(a, b Expr) bool {
	termA, valuesA := oneOf(a)
	if termB, valuesB := oneOf(b); termA != "" && termA == termB {
		return !slices.ContainsFunc(valuesA, func(v state.Value) bool { return !contains(valuesB, v) })
	}
	x, ok := a.(*Compare)
	if ok && takesPlace(x, b) {
		return true
	}
	y, ok2 := b.(*Compare)
	if !ok || !ok2 || x.Left.String() != y.Left.String() && !beginsEarlier(y, x) {
		return false
	}
	c, ok := distance(x.Right, y.Right)
	return ok && boundImplies(x.Op, y.Op, c)
}

// distance orders two literals of a type, or two days counted from today.
func distance(a, b Term) (c int, ok bool) {
	l, ok := a.(Literal)
	m, ok2 := b.(Literal)
	if ok && ok2 {
		return order(l.Value, m.Value), l.Value.Type() == m.Value.Type()
	}
	x, ok := fromToday(a)
	y, ok2 := fromToday(b)
	return cmp.Compare(x, y), ok && ok2
}

// fromToday is how many days after today a term lies, if it is such a day and so
// near that counting does not end at the limits of dates.
func fromToday(t Term) (days int, ok bool) {
	const near = 1_000_000
	switch t := t.(type) {
	case Today:
		return 0, true
	case Shift:
		_, ok := t.Of.(Today)
		return t.Days, ok && -near <= t.Days && t.Days <= near
	}
	return 0, false
}

// beginsEarlier reports that y bounds from above the first day of an event as
// seen from an earlier day than x does: that day is the same or an earlier one.
func beginsEarlier(y, x *Compare) bool {
	f, ok := y.Left.(Fact)
	g, ok2 := x.Left.(Fact)
	if !ok || !ok2 || f.Name != FirstDay || g.Name != FirstDay || y.Op != Less && y.Op != LessEqual {
		return false
	}
	if f.Since == nil {
		return true
	}
	if g.Since == nil {
		return false
	}
	c, ok := distance(f.Since, g.Since)
	return ok && c <= 0
}

// takesPlace reports that b merely asks whether an event occurs, of which x knows
// a day.
func takesPlace(x *Compare, b Expr) bool {
	t, ok := b.(*Test)
	if !ok || t.Of != Term(Fact{Name: Occurs}) {
		return false
	}
	f, ok := x.Left.(Fact)
	return ok && (f.Name == LastDay || f.Name == FirstDay)
}

// boundImplies reports that "v op1 x" implies "v op2 y", where c orders x and y.
func boundImplies(op1, op2 CompareOp, c int) bool {
	switch {
	case op1 == Equal:
		return c < 0 && (op2 == Less || op2 == LessEqual) || c > 0 && (op2 == Greater || op2 == GreaterEqual) ||
			c == 0 && (op2 == LessEqual || op2 == GreaterEqual)
	case op2 == Less || op2 == LessEqual:
		return (op1 == Less || op1 == LessEqual) && (c < 0 || c == 0 && (op1 == Less || op1 == op2))
	case op2 == Greater || op2 == GreaterEqual:
		return (op1 == Greater || op1 == GreaterEqual) && (c > 0 || c == 0 && (op1 == Greater || op1 == op2))
	}
	return false
}
