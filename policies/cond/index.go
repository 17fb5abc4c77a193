package cond

import (
	"math"
	"slices"

	"weir/state"
)

// Index finds, among many conditions, those that may be other than false for an
// item, without trying them all. Each condition is filed under something that
// must be so for it to hold, or to be unknown: a value an attribute has, how a
// text begins or ends, a member a list has, or merely that there is a value.
// What cannot be told to be false is always found: the index leaves out only
// conditions that are false, without an error. It is immutable.
//
// # How
//
// A conjunction offers what each of its parts offers, and is filed under the
// rarest; a disjunction is filed under something of every part; a negation is
// turned over. Where a value is unrecorded, or a list known in part only,
// everything filed under that attribute is found.
type Index struct {
	slots  []*slot
	always []int // cannot be filed
}

// slot is everything filed under one term, or under the members of one list.
type slot struct {
	term Term
	over Term // the list of whose members term is a part; nil for the item's own terms

	all      []int // everything, for a term that is unrecorded
	exact    map[key][]int
	empty    []int
	present  []int
	prefixes affixes
	suffixes affixes
}

// affixes files texts by how they begin, or end.
type affixes struct {
	texts   map[string][]int
	lengths []int // of the texts
}

// maxAffix is how much of a prefix or suffix counts: enough to tell texts apart.
const maxAffix = 32

// key is a value as a map's key; the slot's term tells its type.
type key struct {
	num int64
	str string
}

func keyOf(v state.Value) key {
	switch v.Type() {
	case state.Text:
		return key{str: v.Text()}
	case state.Number:
		return key{num: int64(math.Float64bits(v.Number() + 0))} // -0 equals 0
	case state.Day:
		return key{num: int64(v.Day())}
	case state.Instant:
		return key{num: v.UnixNano()}
	case state.Bool:
		if v.Bool() {
			return key{num: 1}
		}
	}
	return key{}
}

// NewIndex files conditions, which are then known by their positions.
func NewIndex(conditions []Expr) *Index {
	b := &builder{bySlot: map[slotName]*slot{}, popular: map[string]int{}}
	offers := make([][]offer, len(conditions))
	for i, e := range conditions {
		offers[i] = b.offers(e, false)
		for _, o := range offers[i] {
			for _, p := range o {
				b.popular[p.name()]++
			}
		}
	}
	for i, o := range offers {
		b.file(i, o)
	}
	b.finish()
	return &b.index
}

// Finder looks things up in an index, keeping its memory from one time to the
// next; it is not safe for concurrent use.
type Finder struct {
	index      *Index
	hits, both []int
}

// Finder begins to look things up.
func (x *Index) Finder() *Finder { return &Finder{index: x} }

// Find lists the positions of the conditions that may be other than false for a
// subject, in order. The list is good until the next call.
func (f *Finder) Find(s *Subject) []int {
	f.hits = f.hits[:0]
	for _, slot := range f.index.slots {
		f.hits = slot.find(s, f.hits)
	}
	if len(f.hits) == 0 {
		return f.index.always
	}
	slices.Sort(f.hits)
	f.hits = slices.Compact(f.hits)
	if len(f.index.always) == 0 {
		return f.hits
	}
	f.both = merge(f.both[:0], f.hits, f.index.always)
	return f.both
}

// merge appends two sorted lists without members in common.
func merge(out, a, b []int) []int {
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// find appends what the slot has for a subject.
func (l *slot) find(s *Subject, hits []int) []int {
	if l.over == nil {
		return l.findValue(l.term.value(s, nil), hits)
	}
	list, partial := members(l.over, s, nil)
	if partial || !list.IsRecorded() {
		return append(hits, l.all...)
	}
	people, texts := list.People(), list.Texts()
	if len(people)+len(texts) == 0 {
		return hits
	}
	b := bindings.Get().(*binding)
	defer func() { *b = binding{}; bindings.Put(b) }()
	for i := range people {
		b.person = &people[i]
		hits = l.findValue(l.term.value(s, b), hits)
	}
	b.person = nil
	for _, text := range texts {
		b.text = text
		hits = l.findValue(l.term.value(s, b), hits)
	}
	return append(hits, l.present...)
}

// findValue appends what is filed under a value. That a list has a member is for
// its slot to say.
func (l *slot) findValue(v state.Value, hits []int) []int {
	switch {
	case !v.IsRecorded():
		return append(hits, l.all...)
	case !v.IsKnown():
		return append(hits, l.empty...)
	}
	if l.over == nil {
		hits = append(hits, l.present...)
	}
	hits = append(hits, l.exact[keyOf(v)]...)
	if text := v.Text(); text != "" {
		for _, n := range l.prefixes.lengths {
			if n > len(text) {
				break
			}
			hits = append(hits, l.prefixes.texts[text[:n]]...)
		}
		for _, n := range l.suffixes.lengths {
			if n > len(text) {
				break
			}
			hits = append(hits, l.suffixes.texts[text[len(text)-n:]]...)
		}
	}
	return hits
}
