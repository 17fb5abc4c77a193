package listview

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"weir/policies/cond"
	"weir/state"
)

// folded is the field with the case of its letters taken out, as Salesforce
// compares texts; ids are compared as they are.
func (o operand) folded() cond.Term {
	if o.exact {
		return o.term
	}
	return cond.Func{Name: cond.Lower, Of: o.term}
}

func (o operand) fold(s string) string {
	if o.exact {
		return s
	}
	return cond.Lower.Apply(s)
}

// doubtful reports a value that may mean something else than a text: where no
// describe says what a field is, 0 and 1 may be check marks and a relative date
// may be one.
func (o operand) doubtful(value string) bool {
	if o.typed {
		return false
	}
	_, relative := parseRelative(value)
	return relative || value == "0" || value == "1"
}

// untyped says what to record so that the field can be compared.
func (o operand) untyped() string {
	return "the type of " + quoted(o.name) + " was not recorded (record the describe of Contact)"
}

func (o operand) text(op state.ViewOperator, value string) (e cond.Expr, why string) {
	part := text(o.fold(value))
	switch {
	case o.doubtful(value), !o.typed && ordering[op] && looksNumeric(value):
		return nil, o.untyped()
	case op == state.ViewEquals:
		return cond.Comparison(cond.Equal, o.folded(), part), ""
	case ordering[op]:
		return cond.Comparison(compareOp[op], o.folded(), part), ""
	case op == state.ViewContains:
		return cond.TextTest(cond.Contains, o.folded(), part), ""
	case op == state.ViewStartsWith:
		return cond.TextTest(cond.StartsWith, o.folded(), part), ""
	case op == state.ViewIncludes:
		return o.includes(value), ""
	case op == state.ViewLike:
		return o.like(value)
	}
	return nil, o.wrongOperator(op)
}

func looksNumeric(s string) bool { return s != "" && strings.Trim(s, "0123456789.,-+/:") == "" }

var compareOp = map[state.ViewOperator]cond.CompareOp{
	state.ViewLess: cond.Less, state.ViewLessOrEqual: cond.LessEqual,
	state.ViewGreater: cond.Greater, state.ViewGreaterOrEqual: cond.GreaterEqual,
}

func (o operand) wrongOperator(op state.ViewOperator) string {
	return quoted(o.name) + ", which holds " + holds[o.typ] + ", is compared by " + op.String()
}

var holds = map[state.Type]string{state.Bool: "true or false", state.Number: "a number", state.Day: "a date",
	state.Instant: "a point in time", state.Text: "a text"}

func (o operand) wrongValue(value string) string {
	return quoted(o.name) + " holds " + holds[o.typ] + " and is compared with " + quoted(value)
}

// includes holds for a multi-select picklist that has all of the values joined by
// semicolons.
func (o operand) includes(value string) cond.Expr {
	var all []cond.Expr
	for part := range strings.SplitSeq(value, ";") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, o.matches(`(?i)(?:^|;)\s*`+regexp.QuoteMeta(part)+`\s*(?:;|$)`))
		}
	}
	if len(all) == 0 {
		return cond.Const(false)
	}
	return cond.AllOf(all...)
}

// matches tries a pattern made here of quoted text, which always compiles.
func (o operand) matches(pattern string) cond.Expr {
	e, err := cond.Matches(o.term, pattern)
	if err != nil {
		return cond.Const(false)
	}
	return e
}

// maxPattern bounds a like pattern, in bytes.
const maxPattern = 1000

// like reads a SOQL pattern: % for any text, _ for any character, a backslash
// before a character that means itself.
func (o operand) like(pattern string) (cond.Expr, string) {
	if len(pattern) > maxPattern {
		return nil, quoted(o.name) + " is compared with a pattern that is too long"
	}
	var re strings.Builder
	re.WriteString(`(?is)\A`)
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			re.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			re.WriteString(`.*`)
		case r == '_':
			re.WriteString(`.`)
		default:
			re.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	re.WriteString(`\z`)
	return o.matches(re.String()), ""
}

func (o operand) number(op state.ViewOperator, value string) (e cond.Expr, why string) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(value), ",", ""), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, o.wrongValue(value)
	}
	return o.compared(op, state.NumberValue(n))
}

// compared compares with a literal by equality or order.
func (o operand) compared(op state.ViewOperator, v state.Value) (e cond.Expr, why string) {
	switch {
	case op == state.ViewEquals:
		return cond.Comparison(cond.Equal, o.term, cond.Literal{Value: v}), ""
	case ordering[op]:
		return cond.Comparison(compareOp[op], o.term, cond.Literal{Value: v}), ""
	}
	return nil, o.wrongOperator(op)
}

// bool reads a check mark; an empty one is not set.
func (o operand) bool(op state.ViewOperator, value string) (e cond.Expr, why string) {
	if op != state.ViewEquals {
		return nil, o.wrongOperator(op)
	}
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "true", "1":
		return cond.IsTrue(o.term), ""
	case "false", "0":
		return cond.Negate(cond.IsTrue(o.term)), ""
	}
	return nil, o.wrongValue(value)
}
