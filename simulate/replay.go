package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/state"
)

// This file replays what people did. The recording happened under some other
// policy, with a real sync at work: its own doings are told from people's and
// left out. A recorded change is the sync's if its author is a sync identity; it
// creates the counterpart of something already on the other side; it makes a
// field equal to what the other side held earlier; or it deletes one side of a
// link whose other side was deleted earlier. Everything else is a person's.

// action is one recorded change that a person made.
type action struct {
	at      time.Time
	user    string // the mailbox; "" for Salesforce
	kind    state.Kind
	id      string
	version state.Version
	merged  string // the winner of a merge
	// fields are what a change of something existing changed; created tells a new
	// thing.
	created bool
	before  *state.Item
	synced  map[state.Attr]bool // fields the sync wrote in the same change
}

// replay holds the actions still to come, in the order in which they happened.
type replay struct {
	actions []action
	next    int
	// aliases finds, per mailbox, the record that a recorded item stood for, and
	// the item of a recorded record: what people did to a thing the real sync made
	// is done to its simulated counterpart.
	recordOf map[string]map[recordKey]string
	itemOf   map[recordKey][]aliasItem
}

type aliasItem struct{ user, item string }

// newReplay collects the actions that the whole recording shows after its start.
func newReplay(start, whole *state.Snapshot) (*replay, error) {
	r := &replay{recordOf: map[string]map[recordKey]string{}, itemOf: map[recordKey][]aliasItem{}}
	boxes := map[string]*state.MailboxState{}
	for _, u := range whole.Users {
		box, err := whole.Mailboxes.Mailbox(u)
		if err != nil {
			return nil, fmt.Errorf("reading the mailbox of %s: %w", u.Address, err)
		}
		boxes[u.Address] = box
		r.alias(u, box)
	}
	for _, k := range state.Kinds() {
		for _, o := range whole.Records[k].All() {
			r.collect(o, "", start.At, r.counterparts(o, boxes))
		}
		for _, u := range whole.Users {
			for _, o := range boxes[u.Address].Items[k].All() {
				var other []*state.Object
				if id := r.recordOf[u.Address][recordKey{k, o.ID}]; id != "" {
					if record := whole.Records[k].Get(id); record != nil {
						other = append(other, record)
					}
				}
				r.collect(o, u.Address, start.At, other)
			}
		}
	}
	slices.SortStableFunc(r.actions, func(a, b action) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.user, b.user), cmp.Compare(a.kind, b.kind), strings.Compare(a.id, b.id))
	})
	return r, nil
}

// alias notes which recorded items and records were the same thing.
func (r *replay) alias(u *state.User, box *state.MailboxState) {
	m := map[recordKey]string{}
	note := func(kind state.Kind, item, record string) {
		if item == "" || record == "" || m[recordKey{kind, item}] != "" {
			return
		}
		m[recordKey{kind, item}] = record
		key := recordKey{kind, record}
		r.itemOf[key] = append(r.itemOf[key], aliasItem{u.Address, item})
	}
	for _, link := range box.Links.All() {
		note(link.Kind, link.ItemID, link.RecordID)
	}
	for _, k := range state.Kinds() {
		for _, o := range box.Items[k].All() {
			if it := o.Item(); it != nil {
				note(k, o.ID, it.Carries)
			}
		}
	}
	r.recordOf[u.Address] = m
}

func (r *replay) counterparts(o *state.Object, boxes map[string]*state.MailboxState) []*state.Object {
	var out []*state.Object
	for _, a := range r.itemOf[recordKey{o.Kind, o.ID}] {
		if item := boxes[a.user].Items[o.Kind].Get(a.item); item != nil {
			out = append(out, item)
		}
	}
	return out
}

// collect turns an object's versions after the start into actions.
func (r *replay) collect(o *state.Object, user string, start time.Time, others []*state.Object) {
	for i, v := range o.Versions {
		if !v.SeenAt.After(start) {
			continue
		}
		a := action{at: v.From, user: user, kind: o.Kind, id: o.ID, version: v}
		if v.State == state.Merged {
			a.merged = o.MergedInto
		}
		if i > 0 {
			a.before = o.Versions[i-1].Item
		}
		a.created = a.before == nil || i > 0 && o.Versions[i-1].State != state.Live && v.State == state.Live
		if v.State == state.Live && v.Item == nil || r.isSyncs(&a, others) {
			continue
		}
		r.actions = append(r.actions, a)
	}
}

// isSyncs reports a change that the real sync made; fields the sync wrote within
// a person's change are noted in the action.
func (r *replay) isSyncs(a *action, others []*state.Object) bool {
	v := a.version
	switch {
	case v.State == state.Live && v.Item.Side == state.Salesforce && v.Item.BySync == state.True:
		return true
	case a.created:
		return existedBefore(others, v.From)
	case v.State == state.Deleted:
		return deletedBefore(others, v.From)
	case v.State == state.Live:
		a.synced = syncedFields(a, others)
		return !a.changesAnything()
	}
	return false
}

func existedBefore(others []*state.Object, at time.Time) bool {
	for _, o := range others {
		if len(o.Versions) > 0 && o.Versions[0].From.Before(at) {
			return true
		}
	}
	return false
}

func deletedBefore(others []*state.Object, at time.Time) bool {
	for _, o := range others {
		for _, v := range o.Versions {
			if v.State == state.Deleted && v.From.Before(at) {
				return true
			}
		}
	}
	return false
}

// syncedFields are the compared fields that became what the other side held
// earlier.
func syncedFields(a *action, others []*state.Object) map[state.Attr]bool {
	out := map[state.Attr]bool{}
	for _, attr := range engine.ComparedFields(a.kind) {
		now := engine.Comparable(a.version.Item, attr)
		if !now.IsRecorded() || a.before == nil || now.Equal(engine.Comparable(a.before, attr)) {
			continue
		}
		for _, o := range others {
			for _, v := range o.Versions {
				if v.Item != nil && v.From.Before(a.at) && engine.Comparable(v.Item, attr).Equal(now) {
					out[attr] = true
				}
			}
		}
	}
	return out
}

// changesAnything reports that something besides timestamps is a person's doing.
func (a *action) changesAnything() bool {
	if len(a.synced) == 0 {
		return true
	}
	for _, row := range state.Schema() {
		if row.Attr == state.AttrModified || row.Attr == state.AttrModifiedBy || a.synced[row.Attr] {
			continue
		}
		if !a.version.Item.Value(row.Attr).Equal(a.before.Value(row.Attr)) {
			return true
		}
	}
	return a.version.Item.Folder != a.before.Folder
}

// until carries out the actions up to and including an instant and says whose
// world they changed: "" stands for Salesforce.
func (r *replay) until(w *world, at time.Time) (did bool, unreachable []action) {
	for r.next < len(r.actions) && !r.actions[r.next].at.After(at) {
		a := r.actions[r.next]
		r.next++
		if r.carryOut(w, a) {
			did = true
		} else {
			unreachable = append(unreachable, a)
		}
	}
	return did, unreachable
}

// carryOut does to the model world what the person did; false if there is
// nothing there to do it to.
func (r *replay) carryOut(w *world, a action) bool {
	table := w.records[a.kind]
	if a.user != "" {
		table = w.boxes[a.user].Items[a.kind]
	}
	if a.created && table.Get(a.id) == nil {
		table.Put(&state.Object{ID: a.id, Kind: a.kind, MergedInto: a.merged, Versions: []state.Version{a.version}})
		return true
	}
	o := r.find(w, table, a)
	switch {
	case o == nil:
		return a.version.State != state.Live
	case a.version.State != state.Live:
		if o.State() == state.Deleted {
			return true
		}
		gone := a.version
		gone.Item = o.Item()
		next := o.With(gone)
		next.MergedInto = a.merged
		table.Put(next)
		return true
	case o.State() == state.Live:
		v := a.version
		v.Item = edited(o.Item(), a)
		table.Put(o.With(v))
		return true
	case a.created:
		v := a.version
		v.Item = v.Item.Clone()
		v.Item.ID = o.ID
		table.Put(o.With(v))
		return true
	}
	return false
}

// find is the simulated thing an action is about: the one with its id, else the
// simulated counterpart of what the real sync had made.
func (r *replay) find(w *world, table *state.Table, a action) *state.Object {
	if o := table.Get(a.id); o != nil {
		return o
	}
	if a.user != "" {
		record := r.recordOf[a.user][recordKey{a.kind, a.id}]
		if link := w.boxes[a.user].Links.OfRecord(a.kind, record); record != "" && link != nil {
			return table.Get(link.ItemID)
		}
		return nil
	}
	for _, alias := range r.itemOf[recordKey{a.kind, a.id}] {
		if link := w.boxes[alias.user].Links.OfItem(a.kind, alias.item); link != nil {
			return table.Get(link.RecordID)
		}
	}
	return nil
}

// edited is the simulated state with what the person changed: whatever differs
// between the recorded states, save what the sync wrote.
func edited(now *state.Item, a action) *state.Item {
	out := now.Clone()
	for _, row := range state.Schema() {
		attr := row.Attr
		if a.synced[attr] || a.before != nil && a.version.Item.Value(attr).Equal(a.before.Value(attr)) {
			continue
		}
		out.Set(attr, a.version.Item.Value(attr))
	}
	v, b := a.version.Item, a.before
	if b == nil || v.Folder != b.Folder || v.FolderKnown != b.FolderKnown {
		out.Folder, out.FolderKnown = v.Folder, v.FolderKnown
	}
	out.Series, out.Invitees, out.InviteesKnown = v.Series, v.Invitees, v.InviteesKnown
	out.Organizer, out.AttendeesTruncated, out.Custom = v.Organizer, v.AttendeesTruncated, v.Custom
	out.BySync, out.File, out.Line = v.BySync, v.File, v.Line
	return out
}
