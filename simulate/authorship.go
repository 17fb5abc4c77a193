package simulate

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"weir/engine"
	"weir/state"
)

// This file tells the real sync's doings from people's. A recorded change is the
// sync's if its author is a sync identity; it creates the counterpart of something
// already on the other side; it makes a field equal to what the other side held; or
// it deletes one side of a link whose other side was deleted earlier. A copy that
// disappeared while it was out of the real sync's reach may have been removed by
// either. Everything else is a person's. None of this needs the sync to have a login
// of its own.

// author is who made a recorded change.
type author uint8

const (
	person author = iota
	realSync
	eitherOne // cannot be told from the recording
)

// change is one recorded version of an object after the start.
type change struct {
	object  *state.Object
	user    string // whose mailbox; "" for Salesforce
	n       int    // the version's number
	version state.Version
	before  *state.Item // the values before, nil for something new
	created bool        // it came to be, or came back
	twins   []twin
	// synced are the fields that the sync wrote in a person's change, answered the
	// invitees whose answers it wrote.
	synced   map[state.Attr]bool
	answered map[string]bool
}

func newChange(o *state.Object, user string, n int, twins []twin) *change {
	c := &change{object: o, user: user, n: n, version: o.Versions[n], twins: twins}
	if n > 0 {
		c.before = o.Versions[n-1].Item
	}
	c.created = c.before == nil || o.Versions[n-1].State != state.Live && c.version.State == state.Live
	return c
}

// author tells who made the change; removals may be nil for records.
func (c *change) author(removals *engine.Removals) author {
	v := c.version
	switch {
	case v.State == state.Live && v.Item.Side == state.Salesforce && v.Item.BySync == state.True:
		return realSync
	case c.created:
		if slices.ContainsFunc(c.twins, func(t twin) bool { return t.existed(v.From) }) {
			return realSync
		}
	case v.State == state.Deleted:
		return c.deletedBy(removals)
	case v.State == state.Live:
		c.findSynced()
		if !c.personal() {
			return realSync
		}
	}
	return person
}

func (c *change) deletedBy(removals *engine.Removals) author {
	for _, t := range c.twins {
		if t.is(state.Deleted, c.version.From) {
			return realSync
		}
	}
	for _, t := range c.twins {
		if c.user != "" && t.born == state.Salesforce && removals.MaySync(t.Object, c.version.SeenAt) {
			return eitherOne
		}
	}
	return person
}

// existed: the twin was there before the instant.
func (t *twin) existed(at time.Time) bool {
	return len(t.Versions) > 0 && t.Versions[0].From.Before(at)
}

// is reports the state that a twin was in right before an instant.
func (t *twin) is(s state.Liveness, at time.Time) bool {
	v, ok := t.rightBefore(at)
	return ok && v.State == s
}

func (t *twin) rightBefore(at time.Time) (state.Version, bool) { return t.At(at.Add(-1)) }

// findSynced notes what the sync wrote.
func (c *change) findSynced() {
	for _, attr := range engine.ComparedFields(c.object.Kind) {
		now := engine.Comparable(c.version.Item, attr)
		if c.before == nil || !now.IsRecorded() || now.Equal(engine.Comparable(c.before, attr)) {
			continue
		}
		if slices.ContainsFunc(c.twins, func(t twin) bool { return t.gave(attr, now, c.heldSince(attr), c.version.From) }) {
			if c.synced == nil {
				c.synced = map[state.Attr]bool{}
			}
			c.synced[attr] = true
		}
	}
	c.findAnswered()
}

// heldSince is since when the object held the value that the change replaced.
func (c *change) heldSince(attr state.Attr) time.Time {
	old := engine.Comparable(c.before, attr)
	since := c.object.Versions[c.n-1].From
	for i := c.n - 2; i >= 0; i-- {
		v := c.object.Versions[i]
		if v.Item == nil || !engine.Comparable(v.Item, attr).Equal(old) {
			break
		}
		since = v.From
	}
	return since
}

// gave reports that a value came from the twin: it held the value right before the
// change, or took it on since the changed side had the value before. One that it
// held only earlier is a person's going back to it.
func (t *twin) gave(attr state.Attr, value state.Value, since, at time.Time) bool {
	for i, v := range t.Versions {
		if v.Item == nil || !v.From.Before(at) || !engine.Comparable(v.Item, attr).Equal(value) {
			continue
		}
		last := i+1 == len(t.Versions) || !t.Versions[i+1].From.Before(at)
		if last || v.From.After(since) {
			return true
		}
	}
	return false
}

// findAnswered notes the answers of invitees that came from their mailboxes.
func (c *change) findAnswered() {
	if c.user != "" || c.object.Kind != state.Event || c.before == nil {
		return
	}
	for _, in := range c.version.Item.Invitees {
		if slices.Contains(c.before.Invitees, in) {
			continue
		}
		for _, t := range c.twins {
			if t.answered(in, c.version.From) {
				if c.answered == nil {
					c.answered = map[string]bool{}
				}
				c.answered[in.UserID] = true
			}
		}
	}
}

// answered: the invitee's own copy was answered so, or deleted, before the instant.
func (t *twin) answered(in state.Invitee, at time.Time) bool {
	v, ok := t.rightBefore(at)
	if !ok || t.userID != in.UserID || v.Item == nil {
		return false
	}
	if v.State == state.Deleted {
		return in.Response == "declined"
	}
	return v.Item.Value(state.AttrResponse).Text() == in.Response
}

// personal reports that something besides timestamps is a person's doing.
func (c *change) personal() bool {
	if len(c.synced) == 0 && len(c.answered) == 0 {
		return true
	}
	for _, row := range state.Schema() {
		if row.Attr == state.AttrModified || row.Attr == state.AttrModifiedBy || c.synced[row.Attr] {
			continue
		}
		if c.changed(row.Attr) {
			return true
		}
	}
	now, was := c.version.Item, c.before
	return now.Folder != was.Folder || !reflect.DeepEqual(now.Series, was.Series) || !maps.EqualFunc(now.Custom, was.Custom, state.Value.Equal) || c.othersAnswered()
}

func (c *change) changed(attr state.Attr) bool {
	return c.before == nil || !c.version.Item.Value(attr).Equal(c.before.Value(attr))
}

// othersAnswered: the invitees differ beyond what the sync wrote.
func (c *change) othersAnswered() bool {
	now, was := c.version.Item.Invitees, c.before.Invitees
	if len(now) != len(was) {
		return true
	}
	for _, in := range now {
		if !slices.Contains(was, in) && !c.answered[in.UserID] {
			return true
		}
	}
	return false
}
