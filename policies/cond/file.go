package cond

import (
	"slices"
	"strconv"

	"weir/state"
)

// This file tells under what an index files a condition.

// offer is a list of places: a condition is false, unless something about the
// item is as one of them says. An offer without places is that of a condition
// that is always false.
type offer []place

// place is something that may be so of a term.
type place struct {
	slot slotName
	term Term
	over Term
	how  how
	text string // a prefix or suffix
	key  key
}

// slotName tells slots apart.
type slotName struct {
	over, term string
	typ        state.Type
}

type how uint8

const (
	isPresent how = iota // the commonest first
	isEmpty
	hasPrefix
	hasSuffix
	isExactly
)

func (p *place) name() string {
	return p.slot.over + "\x00" + p.slot.term + "\x00" + p.slot.typ.String() + strconv.Itoa(int(p.how)) + p.text + "\x00" + p.key.str + strconv.FormatInt(p.key.num, 36)
}

// builder files conditions. within is the list over whose members the condition
// at hand quantifies, nil outside.
type builder struct {
	index   Index
	bySlot  map[slotName]*slot
	popular map[string]int
	within  Term
}

// offers lists under what a condition, or its negation, can be filed; nil for
// nothing.
func (b *builder) offers(e Expr, negated bool) []offer {
	switch e := e.(type) {
	case Const:
		if bool(e) == negated {
			return []offer{{}}
		}
		return nil
	case *Not:
		return b.offers(e.X, !negated)
	case *And:
		if negated {
			return b.every(e.All, true)
		}
		return b.any(e.All, false)
	case *Or:
		if negated {
			return b.any(e.Any, true)
		}
		return b.every(e.Any, false)
	case *Test:
		return b.test(e, negated)
	case *Empty:
		if negated {
			return b.at(e.Of, place{how: isPresent})
		}
		return b.at(e.Of, place{how: isEmpty})
	case *Quantifier:
		if negated == (e.Quantity == All) {
			return b.quantifier(e, negated)
		}
		return nil
	}
	if negated {
		return nil // != and the like hold for nearly everything
	}
	switch e := e.(type) {
	case *Compare:
		return b.compare(e)
	case *In:
		return b.in(e)
	case *Has:
		return b.has(e)
	case *Text:
		return b.text(e)
	case *Match:
		return b.at(e.Of, place{how: isPresent})
	}
	return nil
}

// any are the offers of parts that must all hold.
func (b *builder) any(parts []Expr, negated bool) []offer {
	var out []offer
	for _, p := range parts {
		out = append(out, b.offers(p, negated)...)
	}
	return out
}

// every is the one offer of parts of which one must hold.
func (b *builder) every(parts []Expr, negated bool) []offer {
	union := offer{}
	for _, p := range parts {
		best := narrowest(b.offers(p, negated))
		if best == nil {
			return nil
		}
		union = append(union, best...)
	}
	return []offer{union}
}

// narrowest is the most telling of some offers, as far as they themselves show;
// nil for none.
func narrowest(offers []offer) offer {
	var best offer
	for _, o := range offers {
		if best == nil || o.weight() < best.weight() {
			best = o
		}
	}
	return best
}

// weight is how much an offer is expected to find.
func (o offer) weight() int {
	sum := 0
	for _, p := range o {
		switch {
		case p.how <= isEmpty:
			sum += 1000
		case p.term.Type() == state.Bool:
			sum += 500
		default:
			sum++
		}
	}
	return sum
}

// at is a place of a term, if the term is the item's own (or, within a
// quantifier, its variable's).
func (b *builder) at(t Term, places ...place) []offer {
	switch root := root(t).(type) {
	case Attr:
		if b.within != nil {
			return nil
		}
	case Custom:
		if root.OfUser || b.within != nil {
			return nil
		}
	case Var:
		if root.Depth != 0 || b.within == nil {
			return nil
		}
	default:
		return nil
	}
	out := make(offer, len(places))
	for i, p := range places {
		out[i] = placed(p, t, b.within)
	}
	return []offer{out}
}

func placed(p place, t, over Term) place {
	p.term, p.over = t, over
	p.slot = slotName{term: t.String(), typ: t.Type()}
	if v, ok := root(t).(Var); ok {
		// The variable's own name does not matter.
		p.term = renamed(t, Var{Name: "it", Field: v.Field})
		p.slot.term = p.term.String()
	}
	if over != nil {
		p.slot.over = over.String()
	}
	return p
}

// renamed is a term with another variable at its root.
func renamed(t Term, v Var) Term {
	switch t := t.(type) {
	case Shift:
		return Shift{renamed(t.Of, v), t.Days, t.By}
	case Func:
		return Func{t.Name, renamed(t.Of, v)}
	case Size:
		return Size{renamed(t.Of, v)}
	}
	return v
}

func exactly(v state.Value) place { return place{how: isExactly, key: keyOf(v)} }

func (b *builder) test(e *Test, negated bool) []offer {
	if negated {
		return b.at(e.Of, exactly(state.BoolValue(false)), place{how: isEmpty})
	}
	return b.at(e.Of, exactly(state.BoolValue(true)))
}

// compare: nothing is told by comparing with what may be unrecorded, and of two
// terms that are equal both may be empty.
func (b *builder) compare(e *Compare) []offer {
	if lit, ok := e.Right.(Literal); ok && e.Op == Equal {
		return b.at(e.Left, exactly(lit.Value))
	}
	switch root(e.Right).(type) {
	case Literal, Now, Today:
		if e.Op != Equal {
			return b.at(e.Left, place{how: isPresent})
		}
	}
	return nil
}

func (b *builder) in(e *In) []offer {
	places := make([]place, len(e.Members))
	for i, m := range e.Members {
		places[i] = exactly(m)
	}
	return b.at(e.Of, places...)
}

// has: what is unknown may be in any list, an empty one too, so that only a
// literal can be filed under the list's members.
func (b *builder) has(e *Has) []offer {
	lit, ok := e.Of.(Literal)
	if !ok {
		return b.at(e.Of, place{how: isPresent})
	}
	if b.within != nil || !listed(e.List) {
		return nil
	}
	return []offer{{placed(exactly(lit.Value), Var{Name: "it"}, e.List)}}
}

func listed(t Term) bool { _, ok := t.(Attr); return ok }

func (b *builder) text(e *Text) []offer {
	if _, ok := e.Of.(Literal); ok {
		return b.at(e.Part, place{how: isPresent})
	}
	lit, ok := e.Part.(Literal)
	if !ok {
		return nil
	}
	if e.Op == Contains {
		return b.at(e.Of, place{how: isPresent})
	}
	part := lit.Value.Text()
	if e.Op == StartsWith {
		return b.at(e.Of, place{how: hasPrefix, text: part[:min(len(part), maxAffix)]})
	}
	return b.at(e.Of, place{how: hasSuffix, text: part[max(len(part)-maxAffix, 0):]})
}

// quantifier: some member is as the body asks, or at least there is one.
func (b *builder) quantifier(e *Quantifier, negated bool) []offer {
	if b.within != nil || !listed(e.Over) {
		return nil
	}
	inner := builder{within: e.Over}
	best := narrowest(inner.offers(e.Body, negated))
	if len(best) > 0 {
		return []offer{best}
	}
	return []offer{{placed(place{how: isPresent}, Var{Name: "it"}, e.Over)}}
}

// file files a condition under the offer that the fewest conditions share.
func (b *builder) file(at int, offers []offer) {
	if offers == nil {
		b.index.always = append(b.index.always, at)
		return
	}
	best, least := offers[0], b.crowd(offers[0])
	for _, o := range offers[1:] {
		if n := b.crowd(o); n < least {
			best, least = o, n
		}
	}
	for _, p := range best {
		b.put(p, at)
	}
}

// crowd is how many conditions would be found together with one filed there.
// That something is known, empty, or a bool's value is so of many items.
func (b *builder) crowd(o offer) int {
	sum := o.weight()
	for _, p := range o {
		sum += 4 * b.popular[p.name()]
	}
	return sum
}

func (b *builder) put(p place, at int) {
	l := b.bySlot[p.slot]
	if l == nil {
		l = &slot{term: p.term, over: p.over, exact: map[key][]int{}}
		b.bySlot[p.slot] = l
		b.index.slots = append(b.index.slots, l)
	}
	l.all = appendNew(l.all, at)
	switch p.how {
	case isPresent:
		l.present = appendNew(l.present, at)
	case isEmpty:
		l.empty = appendNew(l.empty, at)
	case hasPrefix:
		l.prefixes.put(p.text, at)
	case hasSuffix:
		l.suffixes.put(p.text, at)
	case isExactly:
		l.exact[p.key] = appendNew(l.exact[p.key], at)
	}
}

// appendNew appends a position that may have just been appended.
func appendNew(list []int, at int) []int {
	if len(list) > 0 && list[len(list)-1] == at {
		return list
	}
	return append(list, at)
}

func (a *affixes) put(text string, at int) {
	if a.texts == nil {
		a.texts = map[string][]int{}
	}
	a.texts[text] = appendNew(a.texts[text], at)
}

// finish sorts what lookups go through in order.
func (b *builder) finish() {
	for _, l := range b.index.slots {
		for _, a := range [...]*affixes{&l.prefixes, &l.suffixes} {
			for text := range a.texts {
				a.lengths = append(a.lengths, len(text))
			}
			slices.Sort(a.lengths)
			a.lengths = slices.Compact(a.lengths)
		}
	}
}
