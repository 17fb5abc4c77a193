package celexpr

import (
	"slices"
	"strings"
	"unicode"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"weir/policies/cond"
)

// This file says why a part of a predicate stayed opaque: the first thing in it,
// from the inside out, that conditions have no form for.

// notLowered are functions and macros that only cel-go can evaluate, with what
// they do. A name that ends in a dot stands for all that begin so.
var notLowered = map[string]string{
	"map": "builds a list", "filter": "builds a list", "exists_one": "counts matches", "transformList": "builds a list",
	"replace": "makes a new text", "format": "makes a new text", "join": "joins texts", "reverse": "turns a text around",
	"strings.quote": "makes a new text", "upperAscii": "makes a new text", "trim": "makes a new text",
	"split": "takes a text apart", "substring": "takes a text apart", "charAt": "takes a text apart",
	"indexOf": "looks for a place in a text", "lastIndexOf": "looks for a place in a text",
	"int": "converts between types", "uint": "converts between types", "double": "converts between types", "string": "converts between types",
	"bool": "converts between types", "bytes": "converts between types", "timestamp": "converts between types", "duration": "converts between types",
	"dyn": "converts between types", "type": "asks for a type",
	"sets.": "compares sets", "math.": "computes",
}

// operations are operators that only cel-go can evaluate.
var operations = map[string]string{
	operators.Conditional: "chooses between values (? :)", operators.Add: "computes (+)", operators.Subtract: "computes (-)",
	operators.Multiply: "computes (*)", operators.Divide: "computes (/)", operators.Modulo: "computes (%)", operators.Negate: "computes (-)",
	operators.Index: "looks a key up ([])",
}

// why says in words why a part could not be lowered.
func (o *original) why(e ast.Expr) string {
	if what := o.does(o.written(e)); what != "" {
		return "it " + what + ", which conditions cannot"
	}
	return "conditions have no form for it"
}

// does is what the first thing does that only cel-go can; "" for nothing known.
func (o *original) does(e ast.Expr) string {
	if call, isMacro := o.info.GetMacroCall(e.ID()); isMacro {
		e = call
	}
	switch e.Kind() {
	case ast.SelectKind:
		return o.does(e.AsSelect().Operand())
	case ast.ListKind:
		return o.first(e.AsList().Elements())
	case ast.CallKind:
	default:
		return ""
	}
	call := e.AsCall()
	if notLowered[call.FunctionName()] == "" || !call.IsMemberFunction() {
		if what := o.first(call.Args()); what != "" {
			return what
		}
	}
	if call.IsMemberFunction() {
		if what := o.does(call.Target()); what != "" {
			return what
		}
	}
	return o.ofCall(call)
}

func (o *original) first(list []ast.Expr) string {
	for _, e := range list {
		if what := o.does(e); what != "" {
			return what
		}
	}
	return ""
}

func (o *original) ofCall(call ast.CallExpr) string {
	name := call.FunctionName()
	if call.IsMemberFunction() && call.Target().Kind() == ast.IdentKind && slices.Contains(namespaces, call.Target().AsIdent()) {
		name = call.Target().AsIdent() + "." + name
	}
	if what, ok := notLowered[name]; ok {
		return what + " (" + name + ")"
	}
	if family, _, dotted := strings.Cut(name, "."); dotted && notLowered[family+"."] != "" {
		return notLowered[family+"."] + " (" + name + ")"
	}
	if strings.HasPrefix(name, "get") {
		return "reads a part of a time (" + name + ")"
	}
	if name == operators.Index && call.Args()[0].Kind() == ast.SelectKind && call.Args()[0].AsSelect().FieldName() == "custom" {
		return ""
	}
	return operations[name]
}

// place is where a part begins.
func (o *original) place(e ast.Expr) cond.Place {
	first, found := int32(0), false
	ast.PreOrderVisit(o.written(e), ast.NewExprVisitor(func(e ast.Expr) {
		if at, ok := o.info.GetOffsetRange(e.ID()); ok && (!found || at.Start < first) {
			first, found = at.Start, true
		}
	}))
	if !found {
		return cond.Place{}
	}
	start := min(int(first), len(o.at.runes))
	if start < len(o.at.runes) && o.at.runes[start] == '(' {
		// A call is placed at its bracket.
		for start > 0 && (unicode.IsLetter(o.at.runes[start-1]) || unicode.IsDigit(o.at.runes[start-1]) || strings.ContainsRune("_.", o.at.runes[start-1])) {
			start--
		}
	}
	pos := o.at.span(start, start).Start
	return cond.Place{File: o.at.src.Filename, Line: pos.Line, Column: pos.Column}
}

// written is a part as it was before names were bound.
func (o *original) written(e ast.Expr) ast.Expr {
	if node, ok := o.nodes[e.ID()]; ok {
		return node
	}
	return e
}
