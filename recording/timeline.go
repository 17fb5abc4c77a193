package recording

import (
	"iter"
	"slices"
	"strings"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// timeline is one kind of one source through time. Captures are applied in order;
// every version an object gets depends only on captures up to its SeenAt, so that
// the world at an instant is the timeline cut there.
type timeline struct {
	kind state.Kind
	side state.Side
	// absence is what a record missing from a complete full capture is.
	absence state.Liveness

	objects  map[string]*object
	prev     time.Time // the latest capture applied
	coverage []coverageAt
}

// object is one record or item through time.
type object struct {
	state.Object
	folderID string // folder, list or calendar of the last row shown
}

// coverageAt is the coverage from a capture on.
type coverageAt struct {
	at time.Time
	state.Coverage
}

// kindCapture is everything one capture showed of one kind.
type kindCapture struct {
	at    time.Time
	feeds []*wire.Feed
	rows  []wire.Row
	// doubtful are items of which it cannot be told whether they were deleted although
	// the capture would say so.
	doubtful map[string]bool
}

func newTimeline(k state.Kind, side state.Side, absence state.Liveness) *timeline {
	return &timeline{kind: k, side: side, absence: absence, objects: map[string]*object{}}
}

// apply adds a capture. It returns the capture's completeness as it turned out.
func (t *timeline) apply(c kindCapture) (complete bool, why []string) {
	full := slices.ContainsFunc(c.feeds, func(f *wire.Feed) bool { return f.Full })
	complete, why = completeness(c.feeds)
	if full && complete && t.suspiciouslyEmpty(c) {
		complete = false
		why = append(why, emptyAfterFull(c.feeds))
	}
	shown := t.show(c)
	if full && complete {
		t.absent(c, shown)
	}
	t.derived(c)
	t.cover(c, full, complete, why)
	t.prev = c.at
	return complete, why
}

// anyRows: a file shows something, or somebody declared it complete.
func anyRows(feeds []*wire.Feed) bool {
	return slices.ContainsFunc(feeds, func(f *wire.Feed) bool { return f.Rows > 0 || f.Declared == state.True })
}

func emptyAfterFull(feeds []*wire.Feed) string {
	return feeds[0].File + ": it is empty although earlier captures were not; if everything did go, say \"complete\": true in capture.json"
}

// suspiciouslyEmpty: a full capture shows nothing of what was there before, and
// nobody declared it complete.
func (t *timeline) suspiciouslyEmpty(c kindCapture) bool {
	if anyRows(c.feeds) {
		return false
	}
	for _, o := range t.objects {
		if o.State() == state.Live {
			return true
		}
	}
	return false
}

// show applies the rows. It returns the ids the capture spoke of.
func (t *timeline) show(c kindCapture) map[string]bool {
	shown := map[string]bool{}
	for row := range last(c.rows) {
		if row.Derived {
			continue
		}
		shown[row.ID] = true
		if row.LeftOut {
			continue
		}
		if row.Gone || row.MergedInto != "" {
			t.remove(c.at, row, c.doubtful[row.ID])
		} else {
			t.put(c.at, row, state.Live)
		}
	}
	return shown
}

// last yields, for each id, the row that counts in one capture, in row order.
func last(rows []wire.Row) iter.Seq[wire.Row] {
	best := make(map[string]int, len(rows))
	for i := range rows {
		if j, ok := best[rows[i].ID]; !ok || supersedes(&rows[i], &rows[j]) {
			best[rows[i].ID] = i
		}
	}
	return func(yield func(wire.Row) bool) {
		for i := range rows {
			if best[rows[i].ID] == i && !yield(rows[i]) {
				return
			}
		}
	}
}

// supersedes decides between two rows of one id in one capture. A removal counts
// unless the item was changed after it (undeleted) or is shown in another folder
// than the one it was removed from.
func supersedes(b, a *wire.Row) bool {
	if a.Derived != b.Derived {
		return a.Derived
	}
	if a.Gone == b.Gone {
		return true
	}
	gone, live := a, b
	if b.Gone {
		gone, live = b, a
	}
	survives := !gone.GoneAt.IsZero() && live.Item != nil && live.Item.Value(state.AttrModified).Instant().After(gone.GoneAt) ||
		live.Item != nil && live.Item.Side == state.Mailbox && otherFolder(gone, live)
	if survives {
		return b == live
	}
	if live.Item != nil && live.Item.Side == state.Mailbox {
		return true // the later row of one feed
	}
	return b == gone
}

// otherFolder: two rows are known to speak of different folders.
func otherFolder(a, b *wire.Row) bool {
	if a.FolderID != "" && b.FolderID != "" {
		return a.FolderID != b.FolderID
	}
	return a.Feed != nil && b.Feed != nil && a.Feed.Folder != "" && b.Feed.Folder != "" && !strings.EqualFold(a.Feed.Folder, b.Feed.Folder)
}

// put adds a version with values.
func (t *timeline) put(at time.Time, row wire.Row, liveness state.Liveness) {
	o := t.object(row.ID)
	o.folderID = row.FolderID
	o.add(state.Version{From: t.from(at, row, len(o.Versions) == 0), SeenAt: at, State: liveness, Item: row.Item})
}

func (t *timeline) object(id string) *object {
	o := t.objects[id]
	if o == nil {
		o = &object{Object: state.Object{ID: id, Kind: t.kind}}
		t.objects[id] = o
	}
	return o
}

// live is what is known of an object that exists; nil if it does not.
func (t *timeline) live(id string) *state.Item {
	if o := t.objects[id]; o != nil && o.State() == state.Live {
		return o.Item()
	}
	return nil
}

// from dates a change: its own instant if it lies between the kind's previous
// capture and this one, else this capture's.
func (t *timeline) from(at time.Time, row wire.Row, isNew bool) time.Time {
	candidates := [...]time.Time{row.GoneAt, {}, {}}
	if row.Item != nil && !row.Derived {
		if !row.Gone {
			candidates[1] = row.Item.Value(state.AttrModified).Instant()
		}
		if isNew && !row.Gone {
			candidates[2] = row.Item.Value(state.AttrCreated).Instant()
		}
	}
	for _, own := range candidates {
		if !t.prev.IsZero() && own.After(t.prev) && !own.After(at) {
			return own
		}
	}
	return at
}

// remove applies a tombstone, as far as it proves anything.
func (t *timeline) remove(at time.Time, row wire.Row, doubtful bool) {
	o := t.object(row.ID)
	liveness := state.Deleted
	switch {
	case row.MergedInto != "":
		liveness = state.Merged
		o.MergedInto = row.MergedInto
	case t.side == state.Mailbox:
		var ok bool
		if liveness, ok = o.evidence(row); !ok {
			return
		}
	}
	if doubtful && liveness == state.Deleted {
		liveness = state.Unseen
	}
	if weaker(liveness, o.State()) {
		return
	}
	item := row.Item
	if item == nil {
		item = o.Item()
	}
	o.add(state.Version{From: t.from(at, row, false), SeenAt: at, State: liveness, Item: item})
}

// weaker: a tombstone says less than what is known already.
func weaker(said, known state.Liveness) bool {
	return said == state.Unseen && known == state.Deleted || said == state.Deleted && known == state.Merged
}

// derived replaces values of live objects that this capture did not show itself.
func (t *timeline) derived(c kindCapture) {
	for row := range last(c.rows) {
		if !row.Derived {
			continue
		}
		if o := t.objects[row.ID]; o != nil && o.State() == state.Live {
			o.add(state.Version{From: c.at, SeenAt: c.at, State: state.Live, Item: row.Item})
		}
	}
}

// add appends a version unless it says nothing new.
func (o *object) add(v state.Version) {
	if n := len(o.Versions); n > 0 && sameVersion(o.Versions[n-1], v) {
		return
	}
	o.Versions = append(o.Versions, v)
}

// sameVersion: same liveness and content, same last modification and author, and
// nothing new about how far the values can be trusted.
func sameVersion(a, b state.Version) bool {
	if a.State != b.State || (a.Item == nil) != (b.Item == nil) {
		return false
	}
	if a.Item == nil || a.Item == b.Item {
		return true
	}
	x, y := a.Item, b.Item
	return x.SameContent(y) && x.Value(state.AttrModified).Equal(y.Value(state.AttrModified)) &&
		x.Value(state.AttrModifiedBy).Equal(y.Value(state.AttrModifiedBy)) && x.BySync == y.BySync &&
		x.InviteesKnown == y.InviteesKnown && x.Organizer == y.Organizer && x.AttendeesTruncated == y.AttendeesTruncated
}

// cut is the object as known up to t; nil if nothing was.
func (o *object) cut(t time.Time) *state.Object {
	n := len(o.Versions)
	for n > 0 && o.Versions[n-1].SeenAt.After(t) {
		n--
	}
	if n == 0 {
		return nil
	}
	c := o.Object
	c.Versions = o.Versions[:n:n]
	if c.Versions[n-1].State != state.Merged {
		c.MergedInto = ""
	}
	return &c
}

// table is the timeline as known up to t.
func (t *timeline) table(at time.Time) *state.Table {
	out := state.NewTable(t.kind, t.side)
	for _, id := range t.ids() {
		if o := t.objects[id].cut(at); o != nil {
			out.Put(o)
		}
	}
	out.Coverage = t.coverageAt(at)
	return out
}

func (t *timeline) ids() []string {
	ids := make([]string, 0, len(t.objects))
	for id := range t.objects {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, strings.Compare)
	return ids
}
