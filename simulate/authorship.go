package simulate

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/state"
)

// This file tells the real sync's doings from people's. A recorded change is the
// sync's if its author is a sync identity; it creates the counterpart of something
// already on the other side; it makes a field equal to what the other side held; or
// it deletes one side of a link whose other side was deleted earlier. A copy that
// disappeared while it was out of the real sync's reach may have been removed by
// either, and so may what the sync would have done if things had been linked of which
// no recording says it. Everything else is a person's. None of this needs the sync to have a login
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
	maybe   []twin // things that may have been its twins
	// synced are the fields that the sync wrote in a person's change, answered the
	// invitees whose answers it wrote.
	synced   map[state.Attr]bool
	answered map[string]bool
}

func newChange(o *state.Object, user string, n int, pairs *twins) *change {
	c := &change{object: o, user: user, n: n, version: o.Versions[n], twins: pairs.of(user, o), maybe: pairs.maybe[o]}
	if n > 0 {
		c.before = o.Versions[n-1].Item
	}
	c.created = c.before == nil || o.Versions[n-1].State != state.Live && c.version.State == state.Live
	return c
}

// mayRemove reports whether the real sync may have removed a person's copy of a record
// that disappeared by the instant.
type mayRemove func(record *state.Object, at time.Time) bool

// author tells who made the change; mayRemove may be nil for records.
func (c *change) author(mayRemove mayRemove) author {
	by := c.apparentAuthor(mayRemove)
	if by != person || len(c.maybe) == 0 {
		return by
	}
	other := *c
	other.twins, other.synced, other.answered = c.maybe, nil, nil
	if other.apparentAuthor(mayRemove) != person || len(other.synced)+len(other.answered) > 0 {
		return eitherOne
	}
	return by
}

// apparentAuthor goes by the twins that are known.
func (c *change) apparentAuthor(mayRemove mayRemove) author {
	v := c.version
	switch {
	case v.State == state.Live && v.Item.Side == state.Salesforce && v.Item.BySync == state.True:
		return realSync
	case c.created:
		if slices.ContainsFunc(c.twins, func(t twin) bool { return t.existed(v.From) }) {
			return realSync
		}
	case v.State == state.Deleted:
		return c.deletedBy(mayRemove)
	case v.State == state.Live:
		c.findSynced()
		if !c.personal() {
			return realSync
		}
	}
	return person
}

func (c *change) deletedBy(mayRemove mayRemove) author {
	by := person
	for _, t := range c.twins {
		if !t.linked(c.version.From) || !t.is(state.Deleted, c.version.From) {
			continue
		}
		switch c.other(&t) {
		case none:
			return realSync
		case beside:
			by = eitherOne
		}
	}
	for _, t := range c.twins {
		// Out of reach at the capture that shows it, or when it happened: the record may
		// have come back in between.
		if c.user != "" && t.born == state.Salesforce && (mayRemove(t.Object, c.version.SeenAt) || mayRemove(t.Object, c.version.From.Add(-1))) {
			return eitherOne
		}
	}
	return by
}

// another tells of a deleted twin whether the same mailbox, or Salesforce, still had
// one right before the change.
type another uint8

const (
	none   another = iota
	beside         // one that was there all along
	remade         // one that came after the twin was deleted: that deletion was undone
)

func (c *change) other(deleted *twin) another {
	found := none
	for _, t := range c.twins {
		if t.user != deleted.user || t.Object == deleted.Object || !t.is(state.Live, c.version.From) {
			continue
		}
		if t.existed(deleted.Now().From) {
			return beside
		}
		found = remade
	}
	return found
}

// existed: the twin was there before the instant.
func (t *twin) existed(at time.Time) bool {
	return len(t.Versions) > 0 && t.Versions[0].From.Before(at)
}

// linked: no capture before the instant has shown that the link ended.
func (t *twin) linked(at time.Time) bool { return t.until.IsZero() || !t.until.Before(at) }

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
		if c.before == nil || now.Equal(engine.Comparable(c.before, attr)) {
			continue
		}
		if slices.ContainsFunc(c.twins, func(t twin) bool { return t.gave(attr, now, c.heldSince(attr), c.version.From) }) {
			c.note(attr)
		}
	}
	if slices.ContainsFunc(c.twins, c.tookAttendees) {
		c.note(state.AttrAttendees)
	}
	c.findAnswered()
}

// brings are the attributes that are written with a compared field.
var brings = map[state.Attr][]state.Attr{
	state.AttrStart:  {state.AttrStartDate},
	state.AttrEnd:    {state.AttrEndDate},
	state.AttrClosed: {state.AttrStatus, state.AttrCompleted},
	state.AttrStatus: {state.AttrClosed, state.AttrCompleted},
}

func (c *change) note(attr state.Attr) {
	if c.synced == nil {
		c.synced = map[state.Attr]bool{}
	}
	c.synced[attr] = true
	for _, also := range brings[attr] {
		c.synced[also] = true
	}
}

// tookAttendees: the attendees that came were the twin's, and those that went were
// not, right before the change.
func (c *change) tookAttendees(t twin) bool {
	other, ok := t.rightBefore(c.version.From)
	if !ok || other.Item == nil || c.before == nil || !other.Item.Value(state.AttrAttendees).IsRecorded() || !c.changed(state.AttrAttendees) {
		return false
	}
	was, now, theirs := addresses(c.before), addresses(c.version.Item), addresses(other.Item)
	for address := range now {
		if !was[address] && !theirs[address] {
			return false
		}
	}
	for address := range was {
		if !now[address] && theirs[address] {
			return false
		}
	}
	return true
}

func addresses(it *state.Item) map[string]bool {
	out := map[string]bool{}
	for _, p := range it.Value(state.AttrAttendees).People() {
		out[strings.ToLower(p.Email)] = true
	}
	return out
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
	if c.synced[state.AttrAttendees] {
		return false
	}
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
