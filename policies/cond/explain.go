package cond

import "weir/state"

// Explanation says how a condition came to its answer: itself, the values it saw
// and its parts, in order. A quantifier is a leaf; among what it saw is the
// member that decided, under the variable's name.
type Explanation struct {
	Text  string // the condition
	Truth state.Truth
	Err   error
	Seen  []Seen // of a leaf, without literals
	// Asked is the language that was asked, of an opaque leaf, and Why it was.
	Asked, Why string
	Parts      []Explanation
	how        combination
}

// Seen is a value a leaf looked at.
type Seen struct {
	Name  string // "item.due", "user.groups", "today"
	Value state.Value
}

type combination uint8

const (
	leaf combination = iota
	negation
	conjunction
	disjunction
)

// Explain evaluates every part of a condition, also those that evaluation would
// not have needed.
func Explain(e Expr, s *Subject) Explanation {
	truth, err := e.Eval(s)
	x := Explanation{Text: e.String(), Truth: truth, Err: err}
	switch e := e.(type) {
	case *Not:
		// A negated leaf is explained as one condition ("!=").
		x.Seen = seen(e.X, s)
		if len(e.X.children()) > 0 {
			x.how, x.Seen = negation, nil
		}
	case *And:
		x.how = conjunction
	case *Or:
		x.how = disjunction
	case *Opaque:
		x.Seen, x.Asked, x.Why = seen(e, s), e.Language, e.Why
	default:
		x.Seen = seen(e, s)
	}
	if x.how != leaf {
		for _, c := range e.children() {
			x.Parts = append(x.Parts, Explain(c, s))
		}
	}
	return x
}

// Leaves lists the leaf conditions, in order.
func (x Explanation) Leaves() []Explanation {
	if len(x.Parts) == 0 {
		return []Explanation{x}
	}
	var out []Explanation
	for _, p := range x.Parts {
		out = append(out, p.Leaves()...)
	}
	return out
}

// Deciding lists the leaves that made the answer what it is: of a false
// conjunction the false ones, of a true disjunction the true ones, of an unknown
// one the unknown ones, else all.
func (x Explanation) Deciding() []Explanation {
	if len(x.Parts) == 0 {
		return []Explanation{x}
	}
	var out []Explanation
	for _, p := range x.Parts {
		if x.how == negation || p.Truth == x.Truth {
			out = append(out, p.Deciding()...)
		}
	}
	return out
}

// seen lists the values a condition reads, each once.
func seen(e Expr, s *Subject) []Seen {
	var out []Seen
	note := func(name string, v state.Value) { out = append(out, Seen{name, v}) }
	r := Reads(e)
	for _, a := range r.Attrs {
		v, _ := s.list(a)
		note(Attr{a}.String(), v)
	}
	for _, name := range r.Custom {
		note(Custom{Name: name}.String(), s.Custom(name))
	}
	for _, a := range r.User {
		note(UserAttr{a}.String(), s.UserValue(a))
	}
	for _, name := range r.UserCustom {
		note(Custom{Name: name, OfUser: true}.String(), s.UserCustom(name))
	}
	for _, f := range r.Facts {
		note(f.String(), f.value(s, nil))
	}
	if r.Now {
		note("now", state.InstantValue(s.Now))
	}
	if r.Today {
		note("today", state.DayValue(s.Today))
	}
	if q, ok := e.(*Quantifier); ok {
		if v, ok := q.decisive(s); ok {
			note(q.Var, v)
		}
	}
	return out
}

// decisive is the member that decides a quantifier: an attendee's address, or the
// text itself; not ok if none does.
func (e *Quantifier) decisive(s *Subject) (state.Value, bool) {
	list, _ := members(e.Over, s, nil)
	decides := state.TruthOf(e.Quantity == Exists)
	for i := range list.People() {
		person := &list.People()[i]
		if t, _ := e.Body.eval(s, &binding{person: person}); t == decides {
			return state.TextValue(person.Email), true
		}
	}
	for _, text := range list.Texts() {
		if t, _ := e.Body.eval(s, &binding{text: text}); t == decides {
			return state.TextValue(text), true
		}
	}
	return state.Value{}, false
}
