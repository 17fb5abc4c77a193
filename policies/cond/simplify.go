package cond

import (
	"slices"

	"weir/state"
)

// Simplify is a condition with the same answer for every item in fewer parts:
// negations stand at the leaves, what is said twice is said once, a part that
// another one implies is gone, and alternatives for one term are a set. It keeps
// all three truths and every error: x == 'a' && x == 'b' is never true, but it
// is unknown while x is, so it stays; it becomes false only where the term is
// always recorded (item.kind, item.born, item.linked, now, today).
func Simplify(e Expr) Expr { return simple(e, false) }

// simple is Simplify of a condition or of its negation.
func simple(e Expr, negated bool) Expr {
	switch e := e.(type) {
	case Const:
		return Const(bool(e) != negated)
	case *Not:
		return simple(e.X, !negated)
	case *And:
		return simpleList(e.All, negated, !negated)
	case *Or:
		return simpleList(e.Any, negated, negated)
	case *Quantifier:
		q := &Quantifier{e.Quantity, e.Over, e.Var, simple(e.Body, negated)}
		if negated {
			q.Quantity = Exists + All - e.Quantity
		}
		return q
	case *In:
		if len(e.Members) == 1 {
			return negateIf(Comparison(Equal, e.Of, Literal{e.Members[0]}), negated)
		}
	}
	return negateIf(e, negated)
}

func negateIf(e Expr, negated bool) Expr {
	if negated {
		return Negate(e)
	}
	return e
}

// simpleList simplifies the parts of a conjunction (and) or a disjunction.
func simpleList(parts []Expr, negated, and bool) Expr {
	join := AnyOf
	if and {
		join = AllOf
	}
	list := make([]Expr, len(parts))
	for i, p := range parts {
		list[i] = simple(p, negated)
	}
	flat := partsOf(join(list...), and)
	flat = mergeSets(unique(flat), and)
	flat = absorb(flat, and)
	if opposed(flat, and) {
		return Const(!and)
	}
	return join(flat...)
}

// partsOf are the parts of a conjunction (and) or a disjunction, or the condition
// itself.
func partsOf(e Expr, and bool) []Expr {
	switch e := e.(type) {
	case *And:
		if and {
			return e.All
		}
	case *Or:
		if !and {
			return e.Any
		}
	}
	return []Expr{e}
}

// identity is a text that two conditions share only if they are the same; ok is
// false for those that call a language, which are compared as pointers. The text
// of a custom field does not tell its type.
func identity(e Expr) (text string, ok bool) {
	if len(Opaques(e)) > 0 {
		return "", false
	}
	return Identity(e), true
}

// seenSet remembers conditions.
type seenSet struct {
	texts map[string]bool
	nodes map[Expr]bool
}

func newSeenSet(list []Expr) *seenSet {
	s := &seenSet{map[string]bool{}, map[Expr]bool{}}
	for _, e := range list {
		s.add(e)
	}
	return s
}

func (s *seenSet) has(e Expr) bool {
	if text, ok := identity(e); ok {
		return s.texts[text]
	}
	return s.nodes[e]
}

func (s *seenSet) add(e Expr) {
	if text, ok := identity(e); ok {
		s.texts[text] = true
	} else {
		s.nodes[e] = true
	}
}

func unique(list []Expr) []Expr {
	seen := newSeenSet(nil)
	var out []Expr
	for _, e := range list {
		if !seen.has(e) {
			seen.add(e)
			out = append(out, e)
		}
	}
	return out
}

// absorb leaves out of a conjunction the disjunctions one of whose parts is a
// conjunct itself, and the other way round. A part that may fail is not left
// out: its error would be lost.
func absorb(list []Expr, and bool) []Expr {
	seen := newSeenSet(list)
	var out []Expr
	for _, e := range list {
		inner := partsOf(e, !and)
		if len(inner) > 1 && slices.ContainsFunc(inner, seen.has) && len(Opaques(e)) == 0 {
			continue
		}
		out = append(out, e)
	}
	return out
}

// mergeSets makes one set of the alternatives for one term in a disjunction, and
// of the refusals in a conjunction.
func mergeSets(list []Expr, and bool) []Expr {
	byTerm := map[string]*termSet{}
	var out []Expr
	for _, e := range list {
		bare, negated := stripped(e)
		of, values := choices(bare)
		if of == nil || negated != and {
			out = append(out, e)
			continue
		}
		name := of.String() + "\x00" + of.Type().String()
		set := byTerm[name]
		if set == nil {
			set = &termSet{at: len(out), of: of}
			byTerm[name] = set
			out = append(out, e)
		}
		set.values = append(set.values, values...)
		set.parts++
	}
	for _, set := range byTerm {
		if set.parts > 1 {
			out[set.at] = negateIf(membership(set.of, set.values), and)
		}
	}
	return out
}

// termSet are the values of one term that several parts of a list name.
type termSet struct {
	at     int // in the list that comes out
	of     Term
	values []state.Value
	parts  int
}

func stripped(e Expr) (bare Expr, negated bool) {
	if n, ok := e.(*Not); ok {
		return n.X, true
	}
	return e, false
}

// membership is membership in a list of literals, == where there is only one.
func membership(of Term, values []state.Value) Expr {
	in := IsIn(of, values)
	if set, ok := in.(*In); ok && len(set.Members) == 1 {
		return Comparison(Equal, of, Literal{set.Members[0]})
	}
	return in
}

// choices are the literals that a term may equal for a condition to hold; nil for
// conditions of another form.
func choices(e Expr) (of Term, values []state.Value) {
	switch e := e.(type) {
	case *In:
		return e.Of, e.Members
	case *Compare:
		if lit, ok := e.Right.(Literal); ok && e.Op == Equal && rank(e.Left) < literalRank {
			return e.Left, []state.Value{lit.Value}
		}
	}
	return nil, nil
}

// opposed reports a conjunction that cannot hold, or a disjunction that cannot
// fail, whatever the item: a condition and its opposite, or two different values
// of one term, where what is read is always recorded.
func opposed(list []Expr, and bool) bool {
	seen := newSeenSet(list)
	allowed := map[string][]state.Value{}
	for _, e := range list {
		if !alwaysRecorded(e) {
			continue
		}
		bare, negated := stripped(e)
		if negated && seen.has(bare) {
			return true
		}
		of, values := choices(bare)
		if of == nil || negated == and {
			continue
		}
		name := of.String()
		if before, ok := allowed[name]; ok {
			values = slices.DeleteFunc(slices.Clone(values), func(v state.Value) bool {
				return !slices.ContainsFunc(before, func(b state.Value) bool { return same(b, v) })
			})
		}
		if len(values) == 0 {
			return true
		}
		allowed[name] = values
	}
	return false
}

// alwaysRecorded reports a condition that is never unknown, for an item.
func alwaysRecorded(e Expr) bool {
	if x, ok := e.(*Not); ok {
		e = x.X
	}
	if !IsLeaf(e) || len(e.terms()) == 0 {
		return false
	}
	for _, t := range e.terms() {
		switch t := root(t).(type) {
		case Literal, Now, Today:
		case Attr:
			if t.Attr != state.AttrKind && t.Attr != state.AttrLinked && t.Attr != state.AttrBorn {
				return false
			}
		default:
			return false
		}
	}
	return true
}
