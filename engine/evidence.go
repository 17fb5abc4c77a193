package engine

import (
	"time"

	"weir/policies"
	"weir/state"
)

// This file settles what is known of each side of a link before the table is
// asked: merged records become their winners, items taken out of the sync's
// reach are moved, a cancelled meeting counts as its organiser's deletion, and a
// disappearance that may have been the real sync's own doing is unseen.

// evidence is what is known of one linked pair.
type evidence struct {
	record, item           *state.Object // nil where never shown
	recordState, itemState state.Liveness
	// recordID is the link's record, or the winner it was merged into.
	recordID string
	// cancelled: the item still exists, but as a cancelled meeting.
	cancelled bool
	// maybeSync: the item's disappearance may have been the real sync's doing.
	maybeSync bool
}

// maxMerges bounds a chain of merges; a longer one, or a cycle, is unseen.
const maxMerges = 64

// weigh gathers the evidence for a link.
func (d *desk) weigh(link *state.Link) evidence {
	e := evidence{recordID: link.RecordID}
	d.weighRecord(&e, link)
	d.weighItem(&e, link)
	return e
}

func (d *desk) weighRecord(e *evidence, link *state.Link) {
	o := d.lookUp(link.Kind, link.RecordID)
	if o != nil && o.State() == state.Merged {
		loser := o
		e.recordID, o = d.winner(loser)
		if d.linkOf(link.Kind, e.recordID) != link {
			e.recordID, e.record, e.recordState = link.RecordID, loser, state.Deleted
			return
		}
	}
	e.record = o
	if o == nil || o.Item() == nil && o.State() != state.Deleted {
		e.recordState = state.Unseen
		return
	}
	e.recordState = o.State()
}

// winner follows a merged record to the one that stands for it in the end; nil
// where that was not recorded, or the chain does not end.
func (d *desk) winner(o *state.Object) (string, *state.Object) {
	id := o.ID
	for hops := 0; o != nil && o.State() == state.Merged; hops++ {
		if hops == maxMerges {
			return id, nil
		}
		id = o.MergedInto
		o = d.lookUp(o.Kind, id)
	}
	return id, o
}

// heirs finds, by the winner's id, the link of a record that was merged into
// another without a link of its own; of several the first by record id.
func (d *desk) heirs(kind state.Kind) map[string]*state.Link {
	if d.heirsOf[kind] != nil {
		return d.heirsOf[kind]
	}
	out := map[string]*state.Link{}
	for _, link := range d.box.Links.All() {
		if link.Kind != kind || d.countsAsNone(link) {
			continue
		}
		if o := d.lookUp(kind, link.RecordID); o != nil && o.State() == state.Merged {
			if id, _ := d.winner(o); out[id] == nil {
				out[id] = link
			}
		}
	}
	d.heirsOf[kind] = out
	return out
}

func (d *desk) weighItem(e *evidence, link *state.Link) {
	e.item = d.box.Items[link.Kind].Get(link.ItemID)
	if e.item == nil {
		e.itemState = state.Unseen
		return
	}
	e.itemState = e.item.State()
	it := e.item.Item()
	if it == nil {
		if e.itemState == state.Live {
			e.itemState = state.Unseen
		}
		return
	}
	switch e.itemState {
	case state.Live:
		switch moved := d.movedOut(e.item); {
		case moved == state.True:
			e.itemState = state.Moved
		case moved == state.Unknown:
			e.itemState = state.Unseen
		case d.ownCancellation(e, it):
			e.itemState, e.cancelled = state.Deleted, true
		}
	case state.Deleted:
		if d.maybeSyncsDoing(e, link) {
			e.itemState, e.maybeSync = state.Unseen, true
		}
	}
}

// movedOut reports an item taken out of the sync on purpose: the unsync
// category, or a contact or task that left the sync folder without keeping the
// category. Unknown where it left the folder and the categories were not
// recorded.
func (d *desk) movedOut(o *state.Object) state.Truth {
	it := o.Item()
	m := d.snap.Markers
	if m.Unsynced(it) {
		return state.True
	}
	if it.Kind == state.Event || m.InFolder(it) != state.False || it.HasCategory(m.Category) || !d.wasInFolder(o) {
		return state.False
	}
	if !it.Value(state.AttrCategories).IsRecorded() {
		return state.Unknown
	}
	return state.True
}

// wasInFolder reports that an earlier capture showed the item in the sync folder.
func (d *desk) wasInFolder(o *state.Object) bool {
	for _, v := range o.Versions {
		if v.State == state.Live && v.Item != nil && d.snap.Markers.InFolder(v.Item) == state.True {
			return true
		}
	}
	return false
}

// ownCancellation reports a cancelled meeting in its organiser's own mailbox.
func (d *desk) ownCancellation(e *evidence, it *state.Item) bool {
	if !it.Value(state.AttrCancelled).Bool() {
		return false
	}
	if it.Organizer != state.Unknown {
		return it.Organizer == state.True
	}
	return e.record != nil && e.record.Item() != nil && e.record.Item().Owner() == d.user.ID
}

// maybeSyncsDoing reports the disappearance of a Salesforce-born copy whose
// record lives, where the real sync may have removed it.
func (d *desk) maybeSyncsDoing(e *evidence, link *state.Link) bool {
	return link.Born == state.Salesforce && e.recordState == state.Live && d.wasOutOfReach(e.record, e.item.Now().SeenAt)
}

// wasOutOfReach reports that a record lived at a capture, but outside the product's
// default window or the person's recorded scope. Simulated changes have no capture
// and are known for what they are.
func (d *desk) wasOutOfReach(record *state.Object, at time.Time) bool {
	p := d.underPage(record, at)
	if p == nil {
		return false
	}
	in, _ := p.settings.Scope(record.Kind).Eval(p.recordSubject())
	return in != state.True
}

// underPage is a record as it was at a capture, to be asked about as the real sync
// is taken to have asked; nil if it did not live then.
func (d *desk) underPage(record *state.Object, at time.Time) *pair {
	if at.IsZero() {
		return nil
	}
	then, ok := record.At(at)
	if !ok || then.State != state.Live || then.Item == nil {
		return nil
	}
	was := *d
	was.settings, was.today, was.views = d.page(), state.DateOf(at, d.zone), nil
	was.checksOf, was.window = [4][]policies.Check{}, nil
	return &pair{desk: &was, kind: record.Kind, evidence: evidence{record: record.Before(at)}, rec: then.Item}
}

// Removals tells of one person's recorded removals whether the real sync may have
// made them.
type Removals struct{ desk *desk }

// Removals prepares for a person's removals; an error is an I/O failure.
func (s *Session) Removals(u *state.User) (*Removals, error) {
	d, err := s.open(u)
	return &Removals{d}, err
}

// MaySync reports that a copy born in Salesforce disappeared, by the capture at the
// instant, while its record lived but would not, or perhaps not, have been synced
// under the product's defaults and the person's recorded scope: person and sync may
// both have removed it. That is more than a plan leaves unseen, since to a plan it
// makes no difference why somebody takes no part any more.
func (r *Removals) MaySync(record *state.Object, at time.Time) bool {
	p := r.desk.underPage(record, at)
	return p != nil && p.judge().fact != In
}

// page are the settings that the real sync is taken to have gone by: the
// product's own, with the scope of the person's own settings page.
func (d *desk) page() *policies.Settings {
	if d.onPage == nil {
		s := *d.session.defaults
		s.Values[policies.ContactsScope].Value = policies.RecordedScope(d.user)
		d.onPage = &s
	}
	return d.onPage
}
