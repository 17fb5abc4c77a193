package cond

import (
	"slices"
	"strings"
	"sync"

	"weir/state"
)

// Eval answers for any subject.
func (c Const) Eval(s *Subject) (state.Truth, error) { return c.eval(s, nil) }

// Eval negates.
func (e *Not) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval is Kleene's conjunction: a false part decides, whatever else is unknown
// or fails.
func (e *And) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval is Kleene's disjunction: a true part decides, whatever else is unknown or
// fails.
func (e *Or) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval reads a bool.
func (e *Test) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval compares.
func (e *Compare) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval tests for null.
func (e *Empty) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval looks the value up.
func (e *In) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval looks the text up in the list.
func (e *Has) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval tests the text.
func (e *Text) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval tries the pattern.
func (e *Match) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval tries the members.
func (e *Quantifier) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

// Eval calls the language.
func (e *Opaque) Eval(s *Subject) (state.Truth, error) { return e.eval(s, nil) }

func (c Const) eval(*Subject, *binding) (state.Truth, error) { return state.TruthOf(bool(c)), nil }

func (e *Not) eval(s *Subject, b *binding) (state.Truth, error) {
	t, err := e.X.eval(s, b)
	return t.Not(), err
}

func (e *And) eval(s *Subject, b *binding) (state.Truth, error) {
	return fold(e.All, state.False, s, b)
}

func (e *Or) eval(s *Subject, b *binding) (state.Truth, error) {
	return fold(e.Any, state.True, s, b)
}

// fold evaluates parts until one decides. Without one, the answer is Unknown,
// with the first error, if any part was, else the opposite.
func fold(parts []Expr, decides state.Truth, s *Subject, b *binding) (state.Truth, error) {
	out := decides.Not()
	var first error
	for _, part := range parts {
		t, err := part.eval(s, b)
		switch {
		case t == decides:
			return t, nil
		case t == state.Unknown:
			out = state.Unknown
		}
		if first == nil {
			first = err
		}
	}
	return out, first
}

func (e *Test) eval(s *Subject, b *binding) (state.Truth, error) {
	return e.Of.value(s, b).Truth(), nil
}

func (e *Compare) eval(s *Subject, b *binding) (state.Truth, error) {
	if e.text != "" {
		v := e.Left.value(s, b)
		if !v.IsRecorded() {
			return state.Unknown, nil
		}
		return state.TruthOf(v.Text() == e.text), nil
	}
	if e.bounded != FactInvalid {
		return e.reached(s, b), nil
	}
	l, r := e.Left.value(s, b), e.Right.value(s, b)
	if !l.IsRecorded() || !r.IsRecorded() {
		return state.Unknown, nil
	}
	if !l.IsKnown() || !r.IsKnown() {
		return state.TruthOf(e.Op == Equal && !l.IsKnown() && !r.IsKnown()), nil
	}
	if e.Op == Equal {
		return state.TruthOf(same(l, r)), nil
	}
	return state.TruthOf(e.Op.holds(l, r)), nil
}

// same compares two known values; NaN equals nothing.
func same(l, r state.Value) bool {
	switch t := l.Type(); {
	case t != r.Type():
		return false
	case t == state.Text:
		return l.Text() == r.Text()
	case t == state.Number:
		return l.Number() == r.Number()
	}
	return l.Equal(r)
}

// holds compares the order of two known values of one type; NaN has no order.
func (o CompareOp) holds(l, r state.Value) bool {
	if l.Type() == state.Number && (l.Number() != l.Number() || r.Number() != r.Number()) {
		return false
	}
	switch c := order(l, r); o {
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	case GreaterEqual:
		return c >= 0
	}
	return false
}

func (e *Empty) eval(s *Subject, b *binding) (state.Truth, error) {
	v := e.Of.value(s, b)
	if !v.IsRecorded() {
		return state.Unknown, nil
	}
	return state.TruthOf(!v.IsKnown()), nil
}

func (e *In) eval(s *Subject, b *binding) (state.Truth, error) {
	v := e.Of.value(s, b)
	if !v.IsKnown() {
		return v.Truth(), nil
	}
	if e.many != nil {
		return state.TruthOf(e.many[v.Text()]), nil
	}
	if e.few != nil {
		return state.TruthOf(slices.Contains(e.few, v.Text())), nil
	}
	for _, m := range e.Members {
		if same(m, v) {
			return state.True, nil
		}
	}
	return state.False, nil
}

func (e *Has) eval(s *Subject, b *binding) (state.Truth, error) {
	text := e.text
	if text == "" {
		v := e.Of.value(s, b)
		if !v.IsKnown() {
			return v.Truth(), nil
		}
		text = v.Text()
	}
	if a, ok := e.List.(Attr); ok && a.Attr == state.AttrParticipants {
		return s.participates(text), nil
	}
	list, partial := members(e.List, s, b)
	if slices.Contains(list.Texts(), text) {
		return state.True, nil
	}
	if partial || !list.IsRecorded() {
		return state.Unknown, nil
	}
	return state.False, nil
}

func (e *Text) eval(s *Subject, b *binding) (state.Truth, error) {
	v := e.Of.value(s, b)
	if e.part != "" {
		if !v.IsKnown() {
			return v.Truth(), nil
		}
		return state.TruthOf(e.Op.holds(v.Text(), e.part)), nil
	}
	part := e.Part.value(s, b)
	if !v.IsRecorded() || !part.IsRecorded() {
		return state.Unknown, nil
	}
	if !v.IsKnown() || !part.IsKnown() {
		return state.False, nil
	}
	return state.TruthOf(e.Op.holds(v.Text(), part.Text())), nil
}

// holds tests a text for a part.
func (o TextOp) holds(text, part string) bool {
	switch o {
	case StartsWith:
		return strings.HasPrefix(text, part)
	case EndsWith:
		return strings.HasSuffix(text, part)
	}
	return strings.Contains(text, part)
}

func (e *Match) eval(s *Subject, b *binding) (state.Truth, error) {
	v := e.Of.value(s, b)
	if !v.IsKnown() {
		return v.Truth(), nil
	}
	return state.TruthOf(e.re.MatchString(v.Text())), nil
}

// eval tries members until one decides. A list that is known in part only, or
// not at all, cannot decide by running out.
func (e *Quantifier) eval(s *Subject, b *binding) (state.Truth, error) {
	list, partial := members(e.Over, s, b)
	decides := state.TruthOf(e.Quantity == Exists)
	out := decides.Not()
	if partial || !list.IsRecorded() {
		out = state.Unknown
	}
	people, texts := list.People(), list.Texts()
	if len(people)+len(texts) == 0 {
		return out, nil
	}
	var first error
	inner := bindings.Get().(*binding)
	defer func() { *inner = binding{}; bindings.Put(inner) }()
	inner.outer = b
	for i := range len(people) + len(texts) {
		if i < len(people) {
			inner.person = &people[i]
		} else {
			inner.person, inner.text = nil, texts[i-len(people)]
		}
		t, err := e.Body.eval(s, inner)
		switch {
		case t == decides:
			return decides, nil
		case t == state.Unknown:
			out = state.Unknown
		}
		if first == nil {
			first = err
		}
	}
	return out, first
}

// bindings are at hand, so that quantifiers do not allocate.
var bindings = sync.Pool{New: func() any { return new(binding) }}

func (e *Opaque) eval(s *Subject, _ *binding) (state.Truth, error) {
	if !e.Uses.recorded(s) {
		return state.Unknown, nil
	}
	if s.Ahead != nil {
		if a, ok := s.Ahead.answer(e, s); ok {
			return a.Truth, a.Err
		}
	}
	t, err := e.Call(s)
	if err != nil {
		return state.Unknown, err
	}
	return t, nil
}
