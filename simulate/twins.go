package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"weir/state"
)

// This file finds out which recorded records and items were the same thing, by the
// links of any capture, by the ids that items carry, and where neither tells by the
// keys by which sessions match: what people did to a thing that the real sync made
// is done to its simulated counterpart, and what the sync did is known by what was
// on the other side.

// twin is the other side's object of a recorded one.
type twin struct {
	*state.Object
	user, userID string     // whose mailbox it is in; "" for a record
	born         state.Side // on which side the pair began; unknown counts as Mailbox
	// until is the capture that no longer shows the link, zero for none.
	until time.Time
}

// twins are the pairs of a recording.
type twins struct {
	records map[string]map[recordKey][]twin // by mailbox and item
	items   map[recordKey][]twin            // by record
	// maybe are pairs that share a key but that no recording links, where others have
	// the key too or both were there from the start: the sync may have come to link
	// them, or not.
	maybe map[*state.Object][]twin
}

// ofItem lists the records that an item stood for, ofRecord the items of a record.
func (t *twins) ofItem(user string, key recordKey) []twin { return t.records[user][key] }
func (t *twins) ofRecord(key recordKey) []twin            { return t.items[key] }

// of lists an object's twins; user is "" for a record.
func (t *twins) of(user string, o *state.Object) []twin {
	if user == "" {
		return t.ofRecord(recordKey{o.Kind, o.ID})
	}
	return t.ofItem(user, recordKey{o.Kind, o.ID})
}

// boxes are mailboxes by address.
type boxes map[string]*state.MailboxState

func boxesOf(snap *state.Snapshot) (boxes, error) {
	out := boxes{}
	for _, u := range snap.Users {
		box, err := snap.Mailboxes.Mailbox(u)
		if err != nil {
			return nil, fmt.Errorf("reading the mailbox of %s: %w", u.Address, err)
		}
		out[u.Address] = box
	}
	return out, nil
}

// findTwins pairs what the whole recording shows, as far as anything of a pair changed
// after its start: nobody asks about the others. before are the mailboxes as they were
// at the start, after as they are at the end.
func findTwins(start, whole *state.Snapshot, before, after boxes, changed *changedObjects) *twins {
	t := &twins{records: map[string]map[recordKey][]twin{}, items: map[recordKey][]twin{}, maybe: map[*state.Object][]twin{}}
	for _, u := range whole.Users {
		box := after[u.Address]
		t.records[u.Address] = map[recordKey][]twin{}
		for _, l := range box.FormerLinks {
			t.pair(whole, u, box, l.Kind, l.RecordID, l.ItemID, l.Born, l.Until)
		}
		if !changed.anyRecord() && !changed.anyItem(u) {
			continue
		}
		for _, links := range linksOf(before[u.Address], box) {
			for _, l := range links.All() {
				if !changed.none(u, l.Kind) && changed.pair(u, l.Kind, l.RecordID, l.ItemID) {
					t.pair(whole, u, box, l.Kind, l.RecordID, l.ItemID, l.Born, time.Time{})
				}
			}
		}
		for _, k := range state.Kinds() {
			if changed.none(u, k) {
				continue
			}
			for _, o := range carriers(box.Items[k], func(o *state.Object, record string) bool { return changed.pair(u, k, record, o.ID) }) {
				if it := o.Item(); !t.linked(u, before[u.Address], box, o) {
					t.carry(whole, u, box, o, it.Carries)
				}
			}
		}
	}
	(&matcher{twins: t, start: start, whole: whole, before: before, after: after}).match(changed)
	return t
}

// carriers are the items that carry the id of a record of which somebody asks, the first
// to be there first: a copy of a copy comes after it, whatever the two are called.
func carriers(t *state.Table, asked func(item *state.Object, record string) bool) []*state.Object {
	var out []*state.Object
	for _, o := range t.All() {
		if it := o.Item(); it != nil && it.Carries != "" && asked(o, it.Carries) {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b *state.Object) int {
		return cmp.Or(a.Versions[0].From.Compare(b.Versions[0].From), a.Item().Value(state.AttrCreated).Instant().Compare(b.Item().Value(state.AttrCreated).Instant()))
	})
	return out
}

// linksOf are the links of a mailbox at the start, if it was there, and at the end.
func linksOf(before, after *state.MailboxState) []*state.Links {
	if before == nil {
		return []*state.Links{after.Links}
	}
	return []*state.Links{before.Links, after.Links}
}

// linked: some capture links the item.
func (t *twins) linked(u *state.User, before, after *state.MailboxState, o *state.Object) bool {
	return after.Links.OfItem(o.Kind, o.ID) != nil || before != nil && before.Links.OfItem(o.Kind, o.ID) != nil ||
		len(t.ofItem(u.Address, recordKey{o.Kind, o.ID})) > 0
}

// carry pairs an item with the record whose id it carries. If the person had another
// copy at the time, the item may be a copy of the copy, or the sync gave that one up.
func (t *twins) carry(whole *state.Snapshot, u *state.User, box *state.MailboxState, o *state.Object, record string) {
	rec := whole.Records[o.Kind].Get(record)
	switch {
	case rec == nil:
	case t.hasCopy(u, box, rec, o):
		t.perhaps(u, rec, o)
	default:
		t.pair(whole, u, box, o.Kind, record, o.ID, state.SideInvalid, time.Time{})
	}
}

// perhaps notes that a record and an item may have been the same thing.
func (t *twins) perhaps(u *state.User, rec, item *state.Object) {
	t.maybe[item] = append(t.maybe[item], twin{Object: rec})
	t.maybe[rec] = append(t.maybe[rec], twin{Object: item, user: u.Address, userID: u.ID})
}

// pair notes that a record and an item were the same thing; born may be unknown.
func (t *twins) pair(whole *state.Snapshot, u *state.User, box *state.MailboxState, k state.Kind, record, item string, born state.Side, until time.Time) {
	rec, it := whole.Records[k].Get(record), box.Items[k].Get(item)
	if rec == nil || it == nil {
		return
	}
	key := recordKey{k, item}
	if slices.ContainsFunc(t.records[u.Address][key], func(o twin) bool { return o.ID == record }) {
		return // the first word stands: a link that ended is named before the others
	}
	if born == state.SideInvalid && len(rec.Versions) > 0 && len(it.Versions) > 0 && rec.Versions[0].From.Before(it.Versions[0].From) {
		born = state.Salesforce
	}
	t.records[u.Address][key] = append(t.records[u.Address][key], twin{Object: rec, born: born, until: until})
	t.items[recordKey{k, record}] = append(t.items[recordKey{k, record}], twin{it, u.Address, u.ID, born, until})
}

// matcher pairs objects that came after the start and that nothing links, where
// exactly one of the other side has a key of theirs.
type matcher struct {
	*twins
	start, whole  *state.Snapshot
	before, after boxes
	records       [4]map[string][]*state.Object // by key, lazily
}

// match leaves out where nothing changed: nobody asks about those pairs.
func (m *matcher) match(changed *changedObjects) {
	for _, u := range m.whole.Users {
		for _, k := range state.Kinds() {
			if !changed.none(u, k) {
				m.matchItems(u, k)
			}
		}
	}
}

// matchItems pairs a person's unpaired items with records. One of the two must have
// come after the start: what was there before is as the recording's links say, as
// long as they say so.
func (m *matcher) matchItems(u *state.User, k state.Kind) {
	box := m.after[u.Address]
	partners := map[*state.Object][]*state.Object{} // both ways
	var items []*state.Object
	for _, o := range box.Items[k].All() {
		if m.linked(u, m.before[u.Address], box, o) || !m.mayBeCopy(o) {
			continue
		}
		items = append(items, o)
		for _, rec := range m.sharing(u, o) {
			partners[o] = append(partners[o], rec)
			partners[rec] = append(partners[rec], o)
		}
	}
	for _, o := range items {
		for _, rec := range partners[o] {
			old := m.old(u, o) && m.start.Records[k].Get(rec.ID) != nil
			linked := box.Links.OfRecord(k, rec.ID) != nil || slices.ContainsFunc(m.ofRecord(recordKey{k, rec.ID}), func(t twin) bool { return t.user == u.Address })
			if !old && !linked && len(partners[o]) == 1 && len(partners[rec]) == 1 {
				m.pair(m.whole, u, box, k, rec.ID, o.ID, state.SideInvalid, time.Time{})
				continue
			}
			m.perhaps(u, rec, o)
		}
	}
}

// mayBeCopy: contacts and tasks are ever the sync's only if they are marked.
func (m *matcher) mayBeCopy(o *state.Object) bool {
	return slices.ContainsFunc(o.Versions, func(v state.Version) bool {
		return v.Item != nil && (o.Kind == state.Event || m.whole.Markers.Marked(v.Item) == state.True)
	})
}

// sharing lists the records that share a key with an item, at whatever time either
// had it, and that are not paired with another item of the person.
func (m *matcher) sharing(u *state.User, o *state.Object) []*state.Object {
	var out []*state.Object
	for _, v := range o.Versions {
		if v.Item == nil {
			continue
		}
		for _, key := range state.MatchKeys(v.Item) {
			for _, rec := range m.byKey(o.Kind)[key] {
				if !slices.Contains(out, rec) && (o.Kind != state.Task || everOwnedBy(rec, u)) && !m.hasCopy(u, m.after[u.Address], rec, o) {
					out = append(out, rec)
				}
			}
		}
	}
	return out
}

// hasCopy: the person had another copy of the record when this item came, so that it
// is a copy of the copy at most.
func (t *twins) hasCopy(u *state.User, box *state.MailboxState, record, item *state.Object) bool {
	if len(item.Versions) == 0 {
		return false
	}
	copies := t.ofRecord(recordKey{record.Kind, record.ID})
	if l := box.Links.OfRecord(record.Kind, record.ID); l != nil && l.ItemID != item.ID {
		if o := box.Items[record.Kind].Get(l.ItemID); o != nil {
			copies = append(slices.Clip(copies), twin{Object: o, user: u.Address})
		}
	}
	return slices.ContainsFunc(copies, func(o twin) bool { return o.user == u.Address && o.is(state.Live, item.Versions[0].From) })
}

func everOwnedBy(o *state.Object, u *state.User) bool {
	return slices.ContainsFunc(o.Versions, func(v state.Version) bool { return v.Item != nil && v.Item.Owner() == u.ID })
}

// byKey finds records by the keys they ever had.
func (m *matcher) byKey(k state.Kind) map[string][]*state.Object {
	if m.records[k] != nil {
		return m.records[k]
	}
	index := map[string][]*state.Object{}
	for _, o := range m.whole.Records[k].All() {
		for _, v := range o.Versions {
			if v.Item == nil {
				continue
			}
			for _, key := range state.MatchKeys(v.Item) {
				if !slices.Contains(index[key], o) {
					index[key] = append(index[key], o)
				}
			}
		}
	}
	m.records[k] = index
	return index
}

func (m *matcher) old(u *state.User, o *state.Object) bool {
	box := m.before[u.Address]
	return box != nil && box.Items[o.Kind].Get(o.ID) != nil
}
