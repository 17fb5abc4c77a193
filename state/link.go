package state

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// LinkState says what a link is. The zero value means no link.
type LinkState uint8

// The states of a link.
const (
	LinkNone    LinkState = iota
	LinkActive            // both sides are kept equal
	LinkFrozen            // out of scope, the copy is kept
	LinkRetired           // one side was taken away on purpose
)

var linkStateNames = [...]string{"none", "active", "frozen", "retired"}

func (s LinkState) String() string {
	if int(s) < len(linkStateNames) {
		return linkStateNames[s]
	}
	return linkStateNames[0]
}

// ParseLinkState reads "active", "frozen" or "retired".
func ParseLinkState(name string) (LinkState, bool) {
	for s := LinkActive; s <= LinkRetired; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return LinkNone, false
}

// Link says that a record and a mailbox item are the same thing for one user.
// Links are replaced, never changed in place.
type Link struct {
	Kind             Kind
	RecordID, ItemID string
	State            LinkState
	Born             Side // which side created it; unknown counts as Mailbox
	// Base is what both sides last agreed on, by attribute. Nil means: derive it
	// from the versions both sides had (a recorded link); the simulator keeps it.
	Base *Base
	// Adopted is set while a link made by matching an unmarked event has not been
	// edited in the mailbox: the item as it was when it was adopted.
	Adopted *Item
	// MarkerOff: the link is retired and the person has taken the marker off since;
	// setting it again makes the pair count as unlinked.
	MarkerOff bool
	// File and Line say where the link was read, or "" for one found on the item.
	File string
	Line int
}

// Base is, per attribute, the pair of values both sides held when they last
// agreed. Two values may differ and still agree (a lossy mapping, or a
// difference the sync never writes). An attribute missing from it was never
// agreed upon.
type Base struct {
	Record, Item map[Attr]Value
}

// NewBase makes an empty base.
func NewBase() *Base { return &Base{Record: map[Attr]Value{}, Item: map[Attr]Value{}} }

// Clone copies the base.
func (b *Base) Clone() *Base {
	c := NewBase()
	for a, v := range b.Record {
		c.Record[a] = v
	}
	for a, v := range b.Item {
		c.Item[a] = v
	}
	return c
}

// Agree notes that the two values of an attribute agree.
func (b *Base) Agree(a Attr, record, item Value) { b.Record[a], b.Item[a] = record, item }

// Has reports whether the attribute was ever agreed upon.
func (b *Base) Has(a Attr) bool { _, ok := b.Record[a]; return ok }

// Links are one mailbox's links, found by either side's id.
type Links struct {
	byRecord map[linkKey]*Link
	byItem   map[linkKey]*Link
	sorted   []*Link // what All lists; nil when stale
	watch    func()  // nil for nobody
}

type linkKey struct {
	kind Kind
	id   string
}

// NewLinks makes an empty set.
func NewLinks() *Links {
	return &Links{byRecord: map[linkKey]*Link{}, byItem: map[linkKey]*Link{}}
}

// Clone copies the set; the links are shared.
func (l *Links) Clone() *Links {
	return &Links{byRecord: maps.Clone(l.byRecord), byItem: maps.Clone(l.byItem), sorted: l.sorted}
}

// Watch has f called at every change from now on. There is one watcher; clones have
// none.
func (l *Links) Watch(f func()) { l.watch = f }

func (l *Links) changed() {
	l.sorted = nil
	if l.watch != nil {
		l.watch()
	}
}

// Put adds a link, replacing any with the same record or the same item.
func (l *Links) Put(link *Link) {
	l.changed()
	if old := l.byRecord[linkKey{link.Kind, link.RecordID}]; old != nil {
		l.Drop(old)
	}
	if old := l.byItem[linkKey{link.Kind, link.ItemID}]; old != nil {
		l.Drop(old)
	}
	l.byRecord[linkKey{link.Kind, link.RecordID}] = link
	if link.ItemID != "" {
		l.byItem[linkKey{link.Kind, link.ItemID}] = link
	}
}

// Replace puts a link in place of another, as Drop and Put do.
func (l *Links) Replace(old, link *Link) {
	if old.Kind != link.Kind || old.RecordID != link.RecordID || old.ItemID != link.ItemID || link.ItemID == "" {
		l.Drop(old)
		l.Put(link)
		return
	}
	l.changed()
	l.byRecord[linkKey{link.Kind, link.RecordID}], l.byItem[linkKey{link.Kind, link.ItemID}] = link, link
}

// Drop removes a link.
func (l *Links) Drop(link *Link) {
	l.changed()
	delete(l.byRecord, linkKey{link.Kind, link.RecordID})
	delete(l.byItem, linkKey{link.Kind, link.ItemID})
}

// OfRecord finds the link of a record; nil if there is none.
func (l *Links) OfRecord(kind Kind, id string) *Link { return l.byRecord[linkKey{kind, id}] }

// OfItem finds the link of a mailbox item; nil if there is none.
func (l *Links) OfItem(kind Kind, id string) *Link { return l.byItem[linkKey{kind, id}] }

// All lists the links by kind and record id. The slice is the caller's.
func (l *Links) All() []*Link {
	if l.sorted == nil {
		l.sorted = slices.SortedFunc(maps.Values(l.byRecord), func(a, b *Link) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.RecordID, b.RecordID))
		})
	}
	return slices.Clone(l.sorted)
}
