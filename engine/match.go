package engine

import (
	"slices"
	"strings"

	"weir/state"
)

// This file finds out which unlinked records and unlinked items of one user are
// the same thing. Contacts and tasks take part only if marked, events anywhere.

// matches are the partners found for one user and kind.
type matches struct {
	// ofRecord lists the unlinked items that match an unlinked record, ofItem the
	// unlinked records that match an unlinked item; ids, in order.
	ofRecord map[string][]*state.Object
	ofItem   map[string][]*state.Object
	// taken holds items one of whose partners is already linked to something else.
	taken map[string]bool
	// shadowed holds records that an item which may or may not be marked matches.
	shadowed map[string]bool
}

// findMatches matches the unlinked live items of a kind with the organisation's
// unlinked live records.
func (d *desk) findMatches(kind state.Kind, items []*state.Object) *matches {
	m := &matches{ofRecord: map[string][]*state.Object{}, ofItem: map[string][]*state.Object{},
		taken: map[string]bool{}, shadowed: map[string]bool{}}
	for _, o := range items {
		it := o.Item()
		marked := d.snap.Markers.Marked(it)
		if it.Value(state.AttrCancelled).Bool() || kind != state.Event && marked == state.False {
			continue
		}
		for _, record := range d.partners(kind, it) {
			switch {
			case d.linkOf(kind, record.ID) != nil:
				m.taken[o.ID] = true
			case kind != state.Event && marked == state.Unknown:
				m.shadowed[record.ID] = true
			default:
				m.ofRecord[record.ID] = append(m.ofRecord[record.ID], o)
				m.ofItem[o.ID] = append(m.ofItem[o.ID], record)
			}
		}
	}
	return m
}

// partners lists the live records that a mailbox item matches, linked or not.
func (d *desk) partners(kind state.Kind, it *state.Item) []*state.Object {
	var out []*state.Object
	for _, key := range state.MatchKeys(it) {
		for _, record := range d.find(kind, state.ByMatchKey, key) {
			if record.State() != state.Live || slices.Contains(out, record) || !d.mayMatch(kind, record.Item(), it, key) {
				continue
			}
			out = append(out, record)
		}
	}
	slices.SortFunc(out, func(a, b *state.Object) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// mayMatch reports whether a record found under a key takes part in matching for
// this user: contacts they may read, their own tasks, events they are not known
// to be left out of. Two different calendar uids overrule equal times.
func (d *desk) mayMatch(kind state.Kind, record, item *state.Item, key string) bool {
	switch kind {
	case state.Contact:
		return d.mayRead(record.ID) != state.False
	case state.Task:
		return ownedBy(record, d.user) != state.False
	}
	if record.ICalUID != "" && item.ICalUID != "" && record.ICalUID != item.ICalUID && strings.HasPrefix(key, "t:") {
		return false
	}
	if record.InviteesKnown != state.True || ownedBy(record, d.user) != state.False {
		return true
	}
	_, invited := record.Invitee(d.user.ID)
	return invited
}

// linkOf is the link of a record or of one merged into it, unless it counts as
// none: retired, with the marker taken off and set again since.
func (d *desk) linkOf(kind state.Kind, recordID string) *state.Link {
	link := d.box.Links.OfRecord(kind, recordID)
	if link == nil || d.countsAsNone(link) {
		return d.heirs(kind)[recordID]
	}
	return link
}

func (d *desk) countsAsNone(link *state.Link) bool {
	if link.State != state.LinkRetired || !link.MarkerOff {
		return false
	}
	o := d.box.Items[link.Kind].Get(link.ItemID)
	return o != nil && o.State() == state.Live && d.snap.Markers.Marked(o.Item()) == state.True
}

// ambiguous reports a record with more than one partner, or whose partner has
// more than one.
func (m *matches) ambiguous(recordID string) bool {
	items := m.ofRecord[recordID]
	if len(items) > 1 {
		return true
	}
	return len(items) == 1 && m.ambiguousItem(items[0].ID)
}

// ambiguousItem reports an item with more than one partner, or with a partner
// that is already linked, or whose partner has other partners.
func (m *matches) ambiguousItem(itemID string) bool {
	records := m.ofItem[itemID]
	if len(records) > 1 || m.taken[itemID] {
		return true
	}
	return len(records) == 1 && len(m.ofRecord[records[0].ID]) > 1
}

// unlinkedItems lists the live items of a kind that have no link, in the order
// of ids, and apart from them the duplicates: further items carrying the id of a
// record that is linked to another.
func (d *desk) unlinkedItems(kind state.Kind) (items, duplicates []*state.Object) {
	for _, o := range d.box.Items[kind].All() {
		if o.State() != state.Live || o.Item() == nil {
			continue
		}
		if link := d.box.Links.OfItem(kind, o.ID); link != nil && !d.countsAsNone(link) {
			continue
		}
		if carried := o.Item().Carries; carried != "" {
			if link := d.linkOf(kind, carried); link != nil && link.ItemID != o.ID {
				duplicates = append(duplicates, o)
				continue
			}
		}
		items = append(items, o)
	}
	return items, duplicates
}
