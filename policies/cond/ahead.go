package cond

import "weir/state"

// Ahead asks opaque conditions about many subjects at a time. Who is about to
// evaluate conditions for a number of subjects wants them first, asks, and then
// evaluates as ever, with Ahead in each subject: where an answer is there it is
// taken, elsewhere the language is called. The answers are the same either way.
// The zero value is ready for use; it is not safe for concurrent use.
type Ahead struct {
	noting  bool
	wanted  map[*Opaque][]*Subject
	order   []*Opaque // the keys of wanted, first wanted first
	answers map[question]Answer
}

// question is an opaque condition about a thing; everything else that subjects
// have is the same as long as one Ahead is used.
type question struct {
	of          *Opaque
	item, other *state.Item
	link        *state.Link
}

func ask(e *Opaque, s *Subject) question { return question{e, s.Item, s.Other, s.Link} }

// Want notes which opaque parts of a condition its evaluation may come to ask
// about a subject: not those behind a part that decides by itself.
func (a *Ahead) Want(e Expr, s *Subject) {
	a.noting = true
	defer func() { a.noting = false }()
	noting := *s
	noting.Ahead = a
	// What is answered while noting is not used.
	_, _ = e.Eval(&noting)
}

// Ask asks what is wanted, each condition once for all of its subjects, in place
// of all earlier answers.
func (a *Ahead) Ask() {
	a.answers = map[question]Answer{}
	for _, e := range a.order {
		subjects := a.wanted[e]
		for i, answer := range e.Batch(subjects) {
			a.answers[ask(e, subjects[i])] = answer
		}
	}
	a.wanted, a.order = nil, nil
}

// answer finds an answer. While wants are noted it is that nothing is known yet.
func (a *Ahead) answer(e *Opaque, s *Subject) (Answer, bool) {
	if !a.noting {
		found, ok := a.answers[ask(e, s)]
		return found, ok
	}
	if e.Batch != nil {
		if a.wanted == nil {
			a.wanted = map[*Opaque][]*Subject{}
		}
		if a.wanted[e] == nil {
			a.order = append(a.order, e)
		}
		a.wanted[e] = append(a.wanted[e], s)
	}
	return Answer{Truth: state.Unknown}, true
}
