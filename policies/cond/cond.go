// Package cond is the condition algebra every policy language compiles to: a
// typed boolean tree over the attributes of state's schema, with Kleene's
// three truths. It exists so that evaluation, "why", coverage and comparison
// of policies have one small thing to work on, whichever language a condition
// was written in. It knows no language: front ends build trees with the node
// types and constructors here, and what they cannot express becomes an
// [Opaque] node that calls them back.
//
// # Truth
//
// An unrecorded value makes the test that needs it Unknown. An empty value is a
// value: it equals null, and every comparison of order, every prefix, pattern
// and membership test on it is false, so != is true of it. Texts have no value
// of their own for "": an empty text is the empty value, and comparing with ”
// means comparing with null. A list recorded as null has no members: nothing
// exists in it, everything holds for all of it, its size is 0. An error is
// never a truth: its test is Unknown with the error beside it, and Kleene's
// tables swallow both where the other operands decide.
package cond

import (
	"time"

	"weir/state"
)

// Subject is what one evaluation looks at: one record or item, for one user, at
// one instant. It is read only.
type Subject struct {
	// Item is the record in conditions for down and the mailbox item in
	// conditions for up. Other is the other side of its link, or nil. Item is nil
	// in conditions on users alone.
	Item, Other *state.Item
	// Link is nil when the item is not linked for this user.
	Link      *state.Link
	User      *state.User
	Directory *state.Directory
	Now       time.Time
	Today     state.Date // Now's date in the user's zone
	// Ahead has answers that were asked for together with others'; nil for none.
	Ahead *Ahead
	// Facts answers what conditions of settings ask; nil where there are none, as in
	// conditions that people write.
	Facts Evidence
}

// Expr is a compiled condition. Conditions are immutable and safe for
// concurrent use. The family is closed: its members are the node types of this
// package.
type Expr interface {
	// Eval answers for one subject. An error (an absent map key, a bad conversion,
	// a cost limit) is never a truth: the Truth beside it is Unknown.
	Eval(s *Subject) (state.Truth, error)
	// String is the canonical text of the condition, in CEL's notation: equal texts
	// mean equal conditions.
	String() string

	eval(s *Subject, b *binding) (state.Truth, error)
	// children are the conditions directly inside this one.
	children() []Expr
	// terms are the terms directly inside this one.
	terms() []Term
	// level is how tightly the text binds, for brackets.
	level() int
}

// Term is something a condition compares: an attribute, a literal, the instant,
// a fact, or a simple function of one of these. The family is closed.
type Term interface {
	// Type is the type of the term's values.
	Type() state.Type
	// String is the term in CEL's notation.
	String() string

	value(s *Subject, b *binding) state.Value
	// inner is the term this one is a function of, or nil.
	inner() Term
}

// binding is what a quantifier's variable stands for, innermost first.
type binding struct {
	outer  *binding
	person *state.Attendee
	text   string
}

func (b *binding) at(depth int) *binding {
	for ; b != nil && depth > 0; depth-- {
		b = b.outer
	}
	return b
}
