package cond

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"weir/state"
)

// Const is a condition that is always true or always false.
type Const bool

// Not negates.
type Not struct{ X Expr }

// And holds when all of its parts do. It has two or more.
type And struct{ All []Expr }

// Or holds when one of its parts does. It has two or more.
type Or struct{ Any []Expr }

// Test is a term of type bool as a condition; empty is false.
type Test struct{ Of Term }

// CompareOp is a comparison. The zero value is invalid.
type CompareOp uint8

// The comparisons. != is Not of Equal.
const (
	CompareInvalid CompareOp = iota
	Equal
	Less
	LessEqual
	Greater
	GreaterEqual
)

var compareOps = [...]string{"?", "==", "<", "<=", ">", ">="}

func (o CompareOp) String() string { return compareOps[o] }

// Mirror is the comparison with its sides exchanged.
func (o CompareOp) Mirror() CompareOp {
	switch o {
	case Less:
		return Greater
	case LessEqual:
		return GreaterEqual
	case Greater:
		return Less
	case GreaterEqual:
		return LessEqual
	}
	return o
}

// Compare compares two terms of one type.
type Compare struct {
	Op          CompareOp
	Left, Right Term
	text        string   // of == with a text literal, which is most comparisons
	bounded     FactName // of >= with a bounded fact
}

// Empty holds for a term that is empty: == null.
type Empty struct{ Of Term }

// In holds when a term equals one of the literals, which are sorted and of the
// term's type.
type In struct {
	Of      Term
	Members []state.Value
	few     []string        // members that are texts
	many    map[string]bool // the same, if there are many
}

// Has holds when a list of texts contains a text.
type Has struct {
	List Term
	Of   Term
	text string // of a literal
}

// TextOp is a test of one text against another. The zero value is invalid.
type TextOp uint8

// The tests of texts.
const (
	TextInvalid TextOp = iota
	StartsWith
	EndsWith
	Contains
)

var textOps = [...]string{"invalid", "startsWith", "endsWith", "contains"}

func (o TextOp) String() string { return textOps[o] }

// ParseTextOp finds a test of texts by name.
func ParseTextOp(name string) (TextOp, bool) {
	for o := StartsWith; o <= Contains; o++ {
		if textOps[o] == name {
			return o, true
		}
	}
	return TextInvalid, false
}

// Text tests a text for a part.
type Text struct {
	Op       TextOp
	Of, Part Term
	part     string // of a part that is a literal
}

// Match holds when an RE2 pattern matches somewhere in a text.
type Match struct {
	Of      Term
	Pattern string
	re      *regexp.Regexp
}

// Quantity says how many members a quantifier asks for. The zero value is
// invalid.
type Quantity uint8

// The quantities.
const (
	QuantityInvalid Quantity = iota
	Exists
	All
)

var quantities = [...]string{"invalid", "exists", "all"}

func (q Quantity) String() string { return quantities[q] }

// Quantifier asks whether a condition holds for some or for all members of a
// list of attendees or texts.
type Quantifier struct {
	Quantity Quantity
	Over     Term
	Var      string
	Body     Expr
}

// Opaque is a condition that could not be lowered: it calls back into its
// language. Same answer, slower, and nothing can be proved about it.
type Opaque struct {
	Language string // "CEL", "Rego"
	Source   string // the condition's text, canonical for its language
	// Key tells what it asks: two of one language with one key, and only they, are
	// the same question. "" where that cannot be told.
	Key string
	Why string // why it could not be lowered, in words
	// At finds the place of the part that could not be, which takes a while to
	// count; nil if it has none.
	At   func() Place
	Uses Refs // everything it reads
	// Call answers for a subject of which everything it reads is recorded.
	Call func(s *Subject) (state.Truth, error)
	// Batch is Call for several subjects, whose answers do not depend on each
	// other; nil where asking about many at once saves nothing.
	Batch func(subjects []*Subject) []Answer
}

// Place is where something stands in a policy; lines and columns count from 1.
type Place struct {
	File         string
	Line, Column int
}

// Answer is a truth, Unknown where an error stands beside it.
type Answer struct {
	Truth state.Truth
	Err   error
}

// AllOf is the conjunction of conditions, flattened; true for none.
func AllOf(list ...Expr) Expr {
	flat := flatten(list, func(e Expr) []Expr {
		if a, ok := e.(*And); ok {
			return a.All
		}
		return nil
	}, Const(true))
	switch {
	case slices.Contains(flat, Expr(Const(false))):
		return Const(false)
	case len(flat) == 0:
		return Const(true)
	case len(flat) == 1:
		return flat[0]
	}
	return &And{flat}
}

// AnyOf is the disjunction of conditions, flattened; false for none.
func AnyOf(list ...Expr) Expr {
	flat := flatten(list, func(e Expr) []Expr {
		if o, ok := e.(*Or); ok {
			return o.Any
		}
		return nil
	}, Const(false))
	switch {
	case slices.Contains(flat, Expr(Const(true))):
		return Const(true)
	case len(flat) == 0:
		return Const(false)
	case len(flat) == 1:
		return flat[0]
	}
	return &Or{flat}
}

// flatten splices nested lists in and leaves out the neutral constant.
func flatten(list []Expr, parts func(Expr) []Expr, neutral Const) []Expr {
	var flat []Expr
	for _, e := range list {
		switch nested := parts(e); {
		case nested != nil:
			flat = append(flat, nested...)
		case e != Expr(neutral):
			flat = append(flat, e)
		}
	}
	return flat
}

// Negate is the negation of a condition; double negations and constants fold.
func Negate(e Expr) Expr {
	switch e := e.(type) {
	case Const:
		return !e
	case *Not:
		return e.X
	}
	return &Not{e}
}

// IsTrue is a bool term as a condition.
func IsTrue(t Term) Expr {
	if l, ok := t.(Literal); ok {
		return Const(l.Value.Bool())
	}
	return &Test{t}
}

// Comparison compares two terms of one type. What changes most stands on the
// left (item, user, the instant, literals), so that conditions written either
// way round have one text; two literals fold.
func Comparison(op CompareOp, left, right Term) Expr {
	l, r := rank(left), rank(right)
	if l > r {
		left, right, op = right, left, op.Mirror()
	}
	c := &Compare{Op: op, Left: left, Right: right, bounded: boundedFact(op, left)}
	if lit, ok := right.(Literal); ok && op == Equal && left.Type() == state.Text {
		c.text = lit.Value.Text()
	}
	if l == literalRank && r == literalRank {
		truth, _ := c.eval(nil, nil)
		return Const(truth == state.True)
	}
	return c
}

// literalRank is the rank of what never changes.
const literalRank = 3

// rank orders terms by what they depend on.
func rank(t Term) int {
	for t.inner() != nil {
		t = t.inner()
	}
	switch t := t.(type) {
	case Literal:
		return literalRank
	case Now, Today:
		return 2
	case UserAttr:
		return 1
	case Custom:
		if t.OfUser {
			return 1
		}
	}
	return 0
}

// IsNull is the test for an empty value.
func IsNull(t Term) Expr {
	if l, ok := t.(Literal); ok {
		return Const(!l.Value.IsKnown())
	}
	return &Empty{t}
}

// IsIn is membership in a list of literals of the term's type, false for none.
func IsIn(t Term, members []state.Value) Expr {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b state.Value) int { return order(a, b) })
	sorted = slices.CompactFunc(sorted, state.Value.Equal)
	if len(sorted) == 0 {
		return Const(false)
	}
	in := &In{Of: t, Members: sorted}
	if t.Type() != state.Text {
		return in
	}
	if len(sorted) <= linearMembers {
		for _, m := range sorted {
			in.few = append(in.few, m.Text())
		}
		return in
	}
	in.many = make(map[string]bool, len(sorted))
	for _, m := range sorted {
		in.many[m.Text()] = true
	}
	return in
}

// linearMembers is how many literals are cheaper to try one by one than to hash.
const linearMembers = 8

// Contained is membership of a text in a list of texts.
func Contained(t, list Term) Expr {
	has := &Has{List: list, Of: t}
	if lit, ok := t.(Literal); ok {
		has.text = lit.Value.Text()
	}
	return has
}

// TextTest tests a text for a part.
func TextTest(op TextOp, t, part Term) Expr {
	x := &Text{Op: op, Of: t, Part: part}
	if lit, ok := part.(Literal); ok {
		x.part = lit.Value.Text()
	}
	return x
}

// Matches is the test for an RE2 pattern; an error says what is wrong with the
// pattern.
func Matches(t Term, pattern string) (Expr, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return &Match{t, pattern, re}, nil
}

// ForSome and ForAll quantify over a list of attendees or texts.
func ForSome(over Term, name string, body Expr) Expr {
	return &Quantifier{Exists, over, name, body}
}

// ForAll holds when the body holds for every member.
func ForAll(over Term, name string, body Expr) Expr {
	return &Quantifier{All, over, name, body}
}

// order compares two known values of one type.
func order(a, b state.Value) int {
	switch a.Type() {
	case state.Text:
		return strings.Compare(a.Text(), b.Text())
	case state.Number:
		return cmp.Compare(a.Number(), b.Number())
	case state.Day:
		return cmp.Compare(a.Day(), b.Day())
	case state.Instant:
		return cmp.Compare(a.UnixNano(), b.UnixNano())
	case state.Bool:
		return boolOrder(a.Bool(), b.Bool())
	}
	return 0
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
