package cond

import (
	"fmt"
	"slices"
	"strings"

	"weir/state"
)

// Refs are everything a condition reads, each list sorted and without repeats.
type Refs struct {
	Attrs      []state.Attr
	User       []state.UserAttr
	Custom     []string // Salesforce fields of the item beyond the schema
	UserCustom []string // and of the user
	Now        bool     // the session's instant
	Today      bool     // the session's date in the user's zone
	Facts      []Fact   // in the order of their texts
}

// Reads lists everything a condition reads.
func Reads(e Expr) Refs {
	var r Refs
	Walk(e, func(e Expr) {
		if o, ok := e.(*Opaque); ok {
			r.merge(o.Uses)
		}
		for _, t := range e.terms() {
			for ; t != nil; t = t.inner() {
				r.add(t)
			}
		}
	})
	r.sort()
	return r
}

// UsesNow reports whether the answer may change within a day although nothing
// else does: the condition reads the session's instant, not only its date.
func UsesNow(e Expr) bool { return Reads(e).Now }

// Opaques lists the parts of a condition that could not be lowered, in order.
func Opaques(e Expr) []*Opaque {
	var out []*Opaque
	Walk(e, func(e Expr) {
		if o, ok := e.(*Opaque); ok {
			out = append(out, o)
		}
	})
	return out
}

// Identity is a text that two conditions share only if they have the same answer
// for everything. A part in another language of which it cannot be told what it asks
// is like nothing but itself, so that the text is good within this process only.
func Identity(e Expr) string {
	var b strings.Builder
	b.WriteString(e.String())
	Walk(e, func(e Expr) {
		if o, ok := e.(*Opaque); ok {
			if o.Key == "" {
				fmt.Fprintf(&b, "\x00%p", o)
			} else {
				fmt.Fprintf(&b, "\x00%s\x00%s", o.Language, o.Key)
			}
		}
		for _, t := range e.terms() {
			if c, ok := root(t).(Custom); ok {
				b.WriteString("\x00" + c.Of.String())
			}
		}
	})
	return b.String()
}

// Walk visits a condition and everything in it, outside in, left to right.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, c := range e.children() {
		Walk(c, visit)
	}
}

func (r *Refs) add(t Term) {
	switch t := t.(type) {
	case Attr:
		r.Attrs = append(r.Attrs, t.Attr)
	case UserAttr:
		r.User = append(r.User, t.Attr)
	case Custom:
		if t.OfUser {
			r.UserCustom = append(r.UserCustom, t.Name)
		} else {
			r.Custom = append(r.Custom, t.Name)
		}
	case Now:
		r.Now = true
	case Today:
		r.Today = true
	case Fact:
		r.Facts = append(r.Facts, t)
		for of := t.Since; of != nil; of = of.inner() {
			r.add(of)
		}
	}
}

func (r *Refs) merge(o Refs) {
	r.Attrs = append(r.Attrs, o.Attrs...)
	r.User = append(r.User, o.User...)
	r.Custom = append(r.Custom, o.Custom...)
	r.UserCustom = append(r.UserCustom, o.UserCustom...)
	r.Now = r.Now || o.Now
	r.Today = r.Today || o.Today
	r.Facts = append(r.Facts, o.Facts...)
}

func (r *Refs) sort() {
	slices.Sort(r.Attrs)
	slices.Sort(r.User)
	slices.Sort(r.Custom)
	slices.Sort(r.UserCustom)
	r.Attrs, r.User = slices.Compact(r.Attrs), slices.Compact(r.User)
	r.Custom, r.UserCustom = slices.Compact(r.Custom), slices.Compact(r.UserCustom)
	slices.SortFunc(r.Facts, func(a, b Fact) int { return strings.Compare(a.String(), b.String()) })
	r.Facts = slices.Compact(r.Facts)
}

// ReadsItem reports whether anything of the item is read.
func (r Refs) ReadsItem() bool { return len(r.Attrs)+len(r.Custom)+len(r.Facts) > 0 }

// recorded reports whether everything read was recorded, lists completely.
func (r Refs) recorded(s *Subject) bool {
	for _, a := range r.Attrs {
		if !s.Get(a).IsRecorded() {
			return false
		}
	}
	for _, a := range r.User {
		if !s.UserValue(a).IsRecorded() {
			return false
		}
	}
	for _, name := range r.Custom {
		if !s.Custom(name).IsRecorded() {
			return false
		}
	}
	for _, name := range r.UserCustom {
		if !s.UserCustom(name).IsRecorded() {
			return false
		}
	}
	return true
}

func (Const) children() []Expr         { return nil }
func (e *Not) children() []Expr        { return []Expr{e.X} }
func (e *And) children() []Expr        { return e.All }
func (e *Or) children() []Expr         { return e.Any }
func (e *Test) children() []Expr       { return nil }
func (e *Compare) children() []Expr    { return nil }
func (e *Empty) children() []Expr      { return nil }
func (e *In) children() []Expr         { return nil }
func (e *Has) children() []Expr        { return nil }
func (e *Text) children() []Expr       { return nil }
func (e *Match) children() []Expr      { return nil }
func (e *Quantifier) children() []Expr { return []Expr{e.Body} }
func (e *Opaque) children() []Expr     { return nil }

func (Const) terms() []Term         { return nil }
func (e *Not) terms() []Term        { return nil }
func (e *And) terms() []Term        { return nil }
func (e *Or) terms() []Term         { return nil }
func (e *Test) terms() []Term       { return []Term{e.Of} }
func (e *Compare) terms() []Term    { return []Term{e.Left, e.Right} }
func (e *Empty) terms() []Term      { return []Term{e.Of} }
func (e *In) terms() []Term         { return []Term{e.Of} }
func (e *Has) terms() []Term        { return []Term{e.Of, e.List} }
func (e *Text) terms() []Term       { return []Term{e.Of, e.Part} }
func (e *Match) terms() []Term      { return []Term{e.Of} }
func (e *Quantifier) terms() []Term { return []Term{e.Over} }
func (e *Opaque) terms() []Term     { return nil }

// RefsOf lists what terms read, for languages that build [Opaque] conditions.
func RefsOf(terms ...Term) Refs {
	var r Refs
	for _, t := range terms {
		for ; t != nil; t = t.inner() {
			r.add(t)
		}
	}
	r.sort()
	return r
}

// IsLeaf reports a condition without conditions inside.
func IsLeaf(e Expr) bool { return len(e.children()) == 0 }
