package simulate

import (
	"fmt"
	"slices"

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
}

// twins are the pairs of a recording.
type twins struct {
	records map[string]map[recordKey][]twin // by mailbox and item
	items   map[recordKey][]twin            // by record
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

// findTwins pairs what the whole recording shows; before are the mailboxes as they
// were at its start, after as they are at its end.
func findTwins(start, whole *state.Snapshot, before, after boxes) *twins {
	t := &twins{records: map[string]map[recordKey][]twin{}, items: map[recordKey][]twin{}}
	for _, u := range whole.Users {
		box := after[u.Address]
		t.records[u.Address] = map[recordKey][]twin{}
		var links []*state.Link
		if old := before[u.Address]; old != nil {
			links = slices.Concat(old.FormerLinks, old.Links.All())
		}
		links = slices.Concat(links, box.FormerLinks, box.Links.All())
		for _, l := range links {
			t.pair(whole, u, box, l.Kind, l.RecordID, l.ItemID, l.Born)
		}
		for _, k := range state.Kinds() {
			for _, o := range box.Items[k].All() {
				if it := o.Item(); it != nil && it.Carries != "" {
					t.pair(whole, u, box, k, it.Carries, o.ID, state.SideInvalid)
				}
			}
		}
	}
	(&matcher{twins: t, start: start, whole: whole, before: before, after: after}).match()
	return t
}

// pair notes that a record and an item were the same thing; born may be unknown.
func (t *twins) pair(whole *state.Snapshot, u *state.User, box *state.MailboxState, k state.Kind, record, item string, born state.Side) {
	rec, it := whole.Records[k].Get(record), box.Items[k].Get(item)
	if rec == nil || it == nil {
		return
	}
	key := recordKey{k, item}
	if slices.ContainsFunc(t.records[u.Address][key], func(o twin) bool { return o.ID == record }) {
		return
	}
	if born == state.SideInvalid && len(rec.Versions) > 0 && len(it.Versions) > 0 && rec.Versions[0].From.Before(it.Versions[0].From) {
		born = state.Salesforce
	}
	t.records[u.Address][key] = append(t.records[u.Address][key], twin{Object: rec, born: born})
	t.items[recordKey{k, record}] = append(t.items[recordKey{k, record}], twin{it, u.Address, u.ID, born})
}

// matcher pairs objects that came after the start and that nothing links, where
// exactly one of the other side has a key of theirs.
type matcher struct {
	*twins
	start, whole  *state.Snapshot
	before, after boxes
	records       [4]map[string][]*state.Object // by key, lazily
}

func (m *matcher) match() {
	for _, u := range m.whole.Users {
		for _, k := range state.Kinds() {
			m.matchItems(u, k)
		}
	}
}

// matchItems pairs a person's unpaired items with records. One of the two must have
// come after the start: what was there before is as the recording's links say.
func (m *matcher) matchItems(u *state.User, k state.Kind) {
	box := m.after[u.Address]
	found := map[string][]*state.Object{} // items by record
	byItem := map[string]*state.Object{}
	for _, o := range box.Items[k].All() {
		if len(m.ofItem(u.Address, recordKey{k, o.ID})) > 0 || !m.mayBeCopy(o) {
			continue
		}
		rec := m.only(u, k, o)
		if rec == nil || m.old(u, o) && m.start.Records[k].Get(rec.ID) != nil {
			continue
		}
		found[rec.ID] = append(found[rec.ID], o)
		byItem[o.ID] = rec
	}
	for _, o := range box.Items[k].All() {
		if rec := byItem[o.ID]; rec != nil && len(found[rec.ID]) == 1 {
			m.pair(m.whole, u, box, k, rec.ID, o.ID, state.SideInvalid)
		}
	}
}

// mayBeCopy: contacts and tasks are ever the sync's only if they are marked.
func (m *matcher) mayBeCopy(o *state.Object) bool {
	return slices.ContainsFunc(o.Versions, func(v state.Version) bool {
		return v.Item != nil && (o.Kind == state.Event || m.whole.Markers.Marked(v.Item) == state.True)
	})
}

// only is the one record that shares a key with an item; nil for none or several.
func (m *matcher) only(u *state.User, k state.Kind, o *state.Object) *state.Object {
	var one *state.Object
	for _, v := range o.Versions {
		if v.Item == nil {
			continue
		}
		for _, key := range state.MatchKeys(v.Item) {
			for _, rec := range m.byKey(k)[key] {
				switch {
				case rec == one || k == state.Task && lastItem(rec).Owner() != u.ID || m.linked(u, k, rec):
				case one != nil:
					return nil
				default:
					one = rec
				}
			}
		}
	}
	return one
}

// linked: the person has another copy of the record already.
func (m *matcher) linked(u *state.User, k state.Kind, rec *state.Object) bool {
	return slices.ContainsFunc(m.ofRecord(recordKey{k, rec.ID}), func(t twin) bool { return t.user == u.Address })
}

func lastItem(o *state.Object) *state.Item {
	for i := len(o.Versions) - 1; i >= 0; i-- {
		if o.Versions[i].Item != nil {
			return o.Versions[i].Item
		}
	}
	return state.NewItem(o.Kind, state.Salesforce, o.ID)
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
