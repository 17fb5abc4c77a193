package cond

import "weir/state"

// Given is what is left of a condition for one user at one instant: parts that
// read nothing of the item are answered, and what they compare with becomes a
// literal. For every item, with this user, now and today, it has the answer of
// the condition itself; parts whose answer is unknown, and opaque ones, stay as
// they are. s has no item.
func Given(e Expr, s *Subject) Expr {
	if t, ok := settled(e, s); ok {
		return Const(t)
	}
	switch e := e.(type) {
	case *Not:
		return Negate(Given(e.X, s))
	case *And:
		return AllOf(given(e.All, s)...)
	case *Or:
		return AnyOf(given(e.Any, s)...)
	case *Quantifier:
		return &Quantifier{e.Quantity, e.Over, e.Var, Given(e.Body, s)}
	case *Compare:
		return Comparison(e.Op, fixed(e.Left, s), fixed(e.Right, s))
	case *Has:
		return Contained(fixed(e.Of, s), e.List)
	case *Text:
		return TextTest(e.Op, fixed(e.Of, s), fixed(e.Part, s))
	}
	return e
}

func given(list []Expr, s *Subject) []Expr {
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = Given(e, s)
	}
	return out
}

// settled answers a condition that depends on nothing of an item, if the answer
// is known.
func settled(e Expr, s *Subject) (answer, ok bool) {
	if !itemless(e, 0) {
		return false, false
	}
	t, err := e.Eval(s)
	return t == state.True, err == nil && t != state.Unknown
}

// itemless reports that a condition reads nothing of an item: neither itself, nor
// through a language that is called back, nor through the variable of a
// quantifier around it.
func itemless(e Expr, depth int) bool {
	if _, ok := e.(*Opaque); ok {
		return false
	}
	for _, t := range e.terms() {
		if !itemlessTerm(t, depth) {
			return false
		}
	}
	if _, ok := e.(*Quantifier); ok {
		depth++
	}
	for _, c := range e.children() {
		if !itemless(c, depth) {
			return false
		}
	}
	return true
}

func itemlessTerm(t Term, depth int) bool {
	switch t := root(t).(type) {
	case Attr, Fact:
		return false
	case Custom:
		return t.OfUser
	case Var:
		return t.Depth < depth
	}
	return true
}

// root is the term that a term is a function of a function of.
func root(t Term) Term {
	for t.inner() != nil {
		t = t.inner()
	}
	return t
}

// fixed is a term's value as a literal, where it has one without an item.
func fixed(t Term, s *Subject) Term {
	if f, ok := t.(Fact); ok && f.Since != nil {
		f.Since = fixed(f.Since, s)
		return f
	}
	switch root(t).(type) {
	case Literal, Var:
		return t
	}
	if !itemlessTerm(t, 0) {
		return t
	}
	if v := t.value(s, nil); v.IsKnown() {
		return Literal{v}
	}
	return t
}

// OfKind is what is left of a condition for the items of one kind: parts that
// read nothing but the kind are answered.
func OfKind(e Expr, k state.Kind) Expr {
	return ofKind(e, &Subject{Item: state.NewItem(k, state.Salesforce, "")})
}

func ofKind(e Expr, s *Subject) Expr {
	switch e := e.(type) {
	case *Not:
		return Negate(ofKind(e.X, s))
	case *And:
		return AllOf(eachOfKind(e.All, s)...)
	case *Or:
		return AnyOf(eachOfKind(e.Any, s)...)
	}
	if !IsLeaf(e) || !kindOnly(e) {
		return e
	}
	t, err := e.Eval(s)
	if err != nil || t == state.Unknown {
		return e
	}
	return Const(t == state.True)
}

func eachOfKind(list []Expr, s *Subject) []Expr {
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = ofKind(e, s)
	}
	return out
}

// kindOnly reports a test of literals and the item's kind.
func kindOnly(e Expr) bool {
	terms := e.terms()
	for _, t := range terms {
		switch t := root(t).(type) {
		case Literal:
		case Attr:
			if t.Attr != state.AttrKind {
				return false
			}
		default:
			return false
		}
	}
	return len(terms) > 0
}
