package cond

import (
	"strconv"
	"strings"
)

// How tightly the forms bind: or, and, comparisons, not, calls.
const (
	levelOr = iota
	levelAnd
	levelCompare
	levelNot
	levelCall
)

func (Const) level() int         { return levelCall }
func (e *Not) level() int        { return levelNot }
func (e *And) level() int        { return levelAnd }
func (e *Or) level() int         { return levelOr }
func (e *Test) level() int       { return levelCall }
func (e *Compare) level() int    { return levelCompare }
func (e *Empty) level() int      { return levelCompare }
func (e *In) level() int         { return levelCompare }
func (e *Has) level() int        { return levelCompare }
func (e *Text) level() int       { return levelCall }
func (e *Match) level() int      { return levelCall }
func (e *Quantifier) level() int { return levelCall }
func (e *Opaque) level() int     { return levelOr }

func (c Const) String() string { return strconv.FormatBool(bool(c)) }

// String shows the negation of a comparison as CEL writes it.
func (e *Not) String() string {
	switch x := e.X.(type) {
	case *Compare:
		if x.Op == Equal {
			return x.Left.String() + " != " + x.Right.String()
		}
	case *Empty:
		return x.Of.String() + " != null"
	}
	return "!" + bracketed(e.X, levelNot)
}

func (e *And) String() string { return joined(e.All, " && ", levelAnd) }
func (e *Or) String() string  { return joined(e.Any, " || ", levelOr) }

func joined(parts []Expr, op string, level int) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = bracketed(p, level+1)
	}
	return strings.Join(texts, op)
}

// bracketed puts brackets around a condition that binds less than its place asks.
func bracketed(e Expr, least int) string {
	if e.level() < least {
		return "(" + e.String() + ")"
	}
	return e.String()
}

func (e *Test) String() string { return e.Of.String() }

func (e *Compare) String() string {
	return e.Left.String() + " " + e.Op.String() + " " + e.Right.String()
}

func (e *Empty) String() string { return e.Of.String() + " == null" }

func (e *In) String() string {
	parts := make([]string, len(e.Members))
	for i, m := range e.Members {
		parts[i] = literalText(m)
	}
	return e.Of.String() + " in [" + strings.Join(parts, ", ") + "]"
}

func (e *Has) String() string { return e.Of.String() + " in " + e.List.String() }

func (e *Text) String() string {
	return operand(e.Of) + "." + e.Op.String() + "(" + e.Part.String() + ")"
}

func (e *Match) String() string { return operand(e.Of) + ".matches(" + quote(e.Pattern) + ")" }

func (e *Quantifier) String() string {
	return operand(e.Over) + "." + e.Quantity.String() + "(" + e.Var + ", " + e.Body.String() + ")"
}

func (e *Opaque) String() string { return e.Source }
