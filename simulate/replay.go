package simulate

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// This file replays what people did. The recording happened under some other
// policy, with a real sync at work: its own doings are told from people's
// (authorship.go) and left out, and so is what may have been either's.

// action is one recorded change.
type action struct {
	*change
	at     time.Time
	kind   state.Kind
	id     string
	merged string // the winner of a merge
	by     author
	// toldAt is when sessions are told of it, if that is not when it happened; late if
	// it is news then, again if they were told before.
	toldAt      time.Time
	late, again bool
}

func (a *action) told() time.Time { return laterOf(a.at, a.toldAt) }

// people do things between sessions.
type people interface {
	// until does in the world what was done up to and including an instant, and
	// says what it came to.
	until(w *world, at time.Time) happenings
}

// happenings are what was done between two sessions: counts of what people did and
// of what the real sync did, and the actions that were not carried out.
type happenings struct {
	did, leftOut           int
	unreachable, undecided []action
}

func (h *happenings) any() bool { return h.did > 0 || len(h.unreachable) > 0 || len(h.undecided) > 0 }

// replay does again what people did, in the order in which it happened.
type replay struct {
	*twins
	actions []action
	next    int
}

// newReplay collects the actions that the whole recording shows after its start.
func newReplay(start, whole *state.Snapshot) (*replay, error) {
	before, err := boxesOf(start)
	if err != nil {
		return nil, err
	}
	after, err := boxesOf(whole)
	if err != nil {
		return nil, err
	}
	changed := findChanged(whole, after, start.At)
	r := &replay{twins: findTwins(start, whole, before, after, changed)}
	for _, k := range state.Kinds() {
		for _, o := range changed.records.objects[k] {
			r.collect(o, "", start.At, nil)
		}
	}
	asked := removals{whole: whole}
	for _, u := range whole.Users {
		if !changed.anyItem(u) {
			continue
		}
		asked.of(u)
		for _, k := range state.Kinds() {
			for _, o := range changed.items[u.Address].objects[k] {
				r.collect(o, u.Address, start.At, asked.maySync)
			}
		}
	}
	if asked.err != nil {
		return nil, asked.err
	}
	slices.SortStableFunc(r.actions, func(a, b action) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.user, b.user), cmp.Compare(a.kind, b.kind), strings.Compare(a.id, b.id))
	})
	return r, nil
}

// removals asks about what one person removed, with the settings that the real sync is
// taken to have gone by: resolved when the first copy is found gone.
type removals struct {
	whole *state.Snapshot
	eng   *engine.Session
	user  *state.User
	desk  *engine.Removals
	err   error
}

func (r *removals) of(u *state.User) { r.user, r.desk = u, nil }

// maySync is a mayRemove of the person at hand.
func (r *removals) maySync(record *state.Object, at time.Time) bool {
	if r.eng == nil {
		r.eng, _ = engine.NewSession(r.whole, policies.Default(), engine.Options{})
	}
	if r.desk == nil && r.err == nil {
		r.desk, r.err = r.eng.Removals(r.user)
	}
	return r.err == nil && r.desk.MaySync(record, at)
}

// changedObjects are those of which a recording shows anything after its start: few,
// and all that a replay asks about.
type changedObjects struct {
	records changedSide
	items   map[string]changedSide // by mailbox, where there are any
}

// changedSide are those of Salesforce or of a mailbox.
type changedSide struct {
	objects [4][]*state.Object // by kind, in order of ids
	ids     map[recordKey]bool
}

func findChanged(whole *state.Snapshot, after boxes, start time.Time) *changedObjects {
	c := &changedObjects{records: changedSince(whole.Records, start), items: map[string]changedSide{}}
	for _, u := range whole.Users {
		if items := changedSince(after[u.Address].Items, start); len(items.ids) > 0 {
			c.items[u.Address] = items
		}
	}
	return c
}

func changedSince(tables [4]*state.Table, start time.Time) (c changedSide) {
	for _, k := range state.Kinds() {
		for _, o := range tables[k].All() {
			if !o.Now().SeenAt.After(start) {
				continue
			}
			if c.ids == nil {
				c.ids = map[recordKey]bool{}
			}
			c.objects[k] = append(c.objects[k], o)
			c.ids[recordKey{k, o.ID}] = true
		}
	}
	return c
}

// pair: either of a record and a person's item changed.
func (c *changedObjects) pair(u *state.User, k state.Kind, record, item string) bool {
	return c.records.ids[recordKey{k, record}] || c.items[u.Address].ids[recordKey{k, item}]
}

func (c *changedObjects) anyRecord() bool            { return len(c.records.ids) > 0 }
func (c *changedObjects) anyItem(u *state.User) bool { return len(c.items[u.Address].ids) > 0 }

// none: neither a record of the kind nor an item of it in the person's mailbox changed.
func (c *changedObjects) none(u *state.User, k state.Kind) bool {
	return len(c.records.objects[k]) == 0 && len(c.items[u.Address].objects[k]) == 0
}

// collect turns an object's versions after the start into actions.
func (r *replay) collect(o *state.Object, user string, start time.Time, mayRemove mayRemove) {
	for i, v := range o.Versions {
		if !v.SeenAt.After(start) || v.State == state.Live && v.Item == nil {
			continue
		}
		c := newChange(o, user, i, r.twins)
		a := action{change: c, at: v.From, kind: o.Kind, id: o.ID, by: c.author(mayRemove)}
		if v.State == state.Merged {
			a.merged = o.MergedInto
		}
		r.actions = append(r.actions, a)
	}
}

// until implements people.
func (r *replay) until(w *world, at time.Time) (h happenings) {
	for r.next < len(r.actions) && !r.actions[r.next].told().After(at) {
		a := r.actions[r.next]
		r.next++
		switch {
		case a.again:
			r.repeat(w, a)
		case a.by == realSync:
			h.leftOut++
		case a.by == eitherOne:
			h.undecided = append(h.undecided, a)
		case r.carryOut(w, a):
			h.did++
		default:
			h.unreachable = append(h.unreachable, a)
		}
	}
	return h
}

// carryOut does to the model world what the person did; false if there is
// nothing there to do it to.
func (r *replay) carryOut(w *world, a action) bool {
	if a.user != "" && w.boxes[a.user] == nil {
		return true // the mailbox comes with its first capture, this included
	}
	table := w.table(a.user, a.kind)
	if a.created && table.Get(a.id) == nil {
		w.touch(a.user, a.kind, a.id)
		table.Put(&state.Object{ID: a.id, Kind: a.kind, MergedInto: a.merged, Versions: []state.Version{a.version}})
		return true
	}
	o := r.find(w, table, a)
	if o != nil {
		w.touch(a.user, a.kind, o.ID)
		if a.late && a.version.From.Before(o.Now().From) {
			a.change = a.after(o.Now().From)
		}
	}
	switch {
	case o == nil:
		return !a.lived()
	case a.version.State != state.Live:
		if o.State() == state.Deleted {
			return true
		}
		table.Put(a.gone(o))
		return true
	case o.State() == state.Live:
		v := a.version
		v.Item = a.edited(o.Item())
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

// repeat tells the session again of a thing that was changed: nothing is new about it.
func (r *replay) repeat(w *world, a action) {
	table := w.table(a.user, a.kind)
	if o := r.find(w, table, a); o != nil {
		table.Put(o.With(o.Now()))
	}
}

// after is a change that is told of after others that came later: among the versions
// of the thing it is the latest, when it was made is in its values.
func (c *change) after(at time.Time) *change {
	late := *c
	late.version.From = at
	return &late
}

// lived: the recording shows the thing itself, or it would not be missed. A record
// that is merely gone is no person's action either.
func (a *action) lived() bool {
	if a.version.State != state.Live && a.version.State != state.Deleted && a.version.State != state.Merged {
		return false
	}
	return slices.ContainsFunc(a.object.Versions, func(v state.Version) bool { return v.State == state.Live })
}

// gone is the simulated thing taken away. In a mailbox it is known whose doing it
// was: without a capture nobody asks again whether it was the real sync's.
func (a *action) gone(o *state.Object) *state.Object {
	v := a.version
	v.Item = o.Item()
	if a.user != "" {
		v.SeenAt = time.Time{}
	}
	next := o.With(v)
	next.MergedInto = a.merged
	return next
}

// find is the simulated thing an action is about: the one with its id, else the
// simulated counterpart of what the real sync had made.
func (r *replay) find(w *world, table *state.Table, a action) *state.Object {
	if o := table.Get(a.id); o != nil {
		return o
	}
	for _, t := range a.twins {
		if a.user != "" {
			if link := w.boxes[a.user].Links.OfRecord(a.kind, t.ID); link != nil {
				return table.Get(link.ItemID)
			}
		} else if link := w.boxes[t.user].Links.OfItem(a.kind, t.ID); link != nil {
			return table.Get(link.RecordID)
		}
	}
	return nil
}

// edited is the simulated state with what the person changed: whatever differs
// between the recorded states, save what the sync wrote.
func (a *action) edited(now *state.Item) *state.Item {
	out := now.Clone()
	v, b := a.version.Item, a.before
	for _, row := range state.Schema() {
		if !a.synced[row.Attr] && a.changed(row.Attr) {
			out.Set(row.Attr, v.Value(row.Attr))
		}
	}
	if b == nil || v.Folder != b.Folder || v.FolderKnown != b.FolderKnown {
		out.Folder, out.FolderKnown = v.Folder, v.FolderKnown
	}
	if b == nil || !reflect.DeepEqual(v.Series, b.Series) {
		out.Series = v.Series
	}
	if b == nil || !slices.Equal(v.Invitees, b.Invitees) {
		out.Invitees = a.invitees(now)
	}
	out.InviteesKnown, out.Organizer, out.AttendeesTruncated, out.Custom = v.InviteesKnown, v.Organizer, v.AttendeesTruncated, v.Custom
	out.BySync, out.CarriedAt, out.File, out.Line = v.BySync, v.CarriedAt, v.File, v.Line
	return out
}

// invitees are the recorded ones, with the simulated answers where the sync wrote
// the recorded ones.
func (a *action) invitees(now *state.Item) []state.Invitee {
	out := slices.Clone(a.version.Item.Invitees)
	for i := range out {
		if !a.answered[out[i].UserID] {
			continue
		}
		if n := slices.IndexFunc(now.Invitees, func(in state.Invitee) bool { return in.UserID == out[i].UserID }); n >= 0 {
			out[i].Response = now.Invitees[n].Response
		}
	}
	return out
}
