package recording

import (
	"slices"
	"strings"

	"weir/recording/wire"
	"weir/state"
)

// moveBook follows items that were given another id. Where an item's id changes
// with its folder (Exchange), a move looks like a deletion here and a creation
// there, and reading it so would delete the person's record. An item that is gone
// in the capture in which another one appears that carries the same record's id,
// or has the same calendar uid, or equals it in everything but its place, is that
// one: it keeps the id by which it was first known. See docs/decisions/0051.
type moveBook struct{ identities }

func newMoveBook() *moveBook { return &moveBook{identities{}} }

// follow gives a capture's rows the ids that their items are known by. What went
// while it may be one of several that came, or while another item elsewhere carries
// the same record's id, is unseen: what the person did cannot be told.
func (b *moveBook) follow(t *timeline, c *kindCapture) {
	b.rename(t.kind, c.rows)
	gone := t.vanishing(c)
	if len(gone) == 0 {
		return
	}
	fresh := t.appearing(c.rows)
	moved := map[string]bool{}
	if c.doubtful == nil {
		c.doubtful = map[string]bool{}
	}
	for _, s := range samenesses {
		for from, to := range pairs(gone, fresh, s, c.doubtful) {
			b.identities[itemKey{t.kind, to}] = from
			moved[from] = true
			delete(gone, from)
			delete(fresh, to)
		}
	}
	if len(moved) > 0 {
		c.rows = slices.DeleteFunc(c.rows, func(row wire.Row) bool { return row.Gone && moved[row.ID] })
		b.rename(t.kind, c.rows)
	}
	t.copies(gone, c.doubtful)
}

// thing is an item as it was last shown, and where.
type thing struct {
	item   *state.Item
	folder string // id, "" if not known
	// renames: the service gives an item another id when it is moved.
	renames bool
}

// vanishing are the items that a capture would let go.
func (t *timeline) vanishing(c *kindCapture) map[string]thing {
	gone, shown := map[string]thing{}, map[string]bool{}
	for i := range c.rows {
		if !c.rows[i].Gone {
			shown[c.rows[i].ID], shown[c.rows[i].Parent] = true, true
		}
	}
	for _, row := range c.rows {
		if o := t.objects[row.ID]; row.Gone && o.lives() && !shown[row.ID] {
			if liveness, ok := o.evidence(row); ok && liveness == state.Deleted {
				gone[row.ID] = thing{item: o.Item(), folder: o.folderID}
			}
		}
	}
	if complete, _ := completeness(c.feeds); !complete || !anyFull(c.feeds) || t.suspiciouslyEmpty(*c) {
		return gone
	}
	for id, o := range t.objects {
		if !shown[id] && o.lives() && covered(o, o.Item(), c.feeds) {
			gone[id] = thing{item: o.Item(), folder: o.folderID}
		}
	}
	return gone
}

func (o *object) lives() bool { return o != nil && o.State() == state.Live && o.Item() != nil }

// appearing are the items that a capture shows for the first time.
func (t *timeline) appearing(rows []wire.Row) map[string]thing {
	fresh := map[string]thing{}
	for i := range rows {
		row := &rows[i]
		if !row.Gone && row.Item != nil && row.Role == wire.Itself && t.objects[row.ID] == nil {
			fresh[row.ID] = thing{row.Item, row.FolderID, row.Feed != nil && row.Feed.Renames}
		}
	}
	return fresh
}

// copies notes those that went of which another live item carries the record's id.
func (t *timeline) copies(gone map[string]thing, doubtful map[string]bool) {
	carriers := map[string][]*object{}
	for _, o := range t.objects {
		if o.lives() && o.Item().Carries != "" {
			carriers[o.Item().Carries] = append(carriers[o.Item().Carries], o)
		}
	}
	for id, old := range gone {
		for _, o := range carriers[old.item.Carries] {
			if _, went := gone[o.ID]; !went && elsewhere(old, thing{item: o.Item(), folder: o.folderID}) {
				doubtful[id] = true
			}
		}
	}
}

// elsewhere: the second lies in another folder than the first, as far as is known;
// where nothing is known, services that rename what is moved have the benefit of
// the doubt.
func elsewhere(old, now thing) bool {
	switch {
	case old.folder != "" && now.folder != "":
		return old.folder != now.folder
	case old.item.FolderKnown && now.item.FolderKnown:
		return !strings.EqualFold(old.item.Folder, now.item.Folder)
	}
	return now.renames
}

// sameness is one way in which two items can be one.
type sameness struct {
	key  func(*state.Item) string // "" if there is nothing to go by
	same func(old, now *state.Item) bool
	// copied: several items may have the key without being several things.
	copied bool
}

var samenesses = [...]sameness{
	{key: func(it *state.Item) string { return it.Carries }, same: func(_, _ *state.Item) bool { return true }, copied: true},
	{key: func(it *state.Item) string { return it.ICalUID }, same: oneRecord},
	{key: func(it *state.Item) string { return strings.Join(state.MatchKeys(it), "\n") }, same: sameBesidesPlace},
}

// oneRecord: the two do not carry different records' ids.
func oneRecord(old, now *state.Item) bool {
	return old.Carries == "" || now.Carries == "" || old.Carries == now.Carries
}

// sameBesidesPlace: nothing tells the two apart but where they lie and how they are
// marked.
func sameBesidesPlace(old, now *state.Item) bool {
	if !oneRecord(old, now) {
		return false
	}
	a, b := old.Clone(), now.Clone()
	for _, it := range [...]*state.Item{a, b} {
		it.Folder, it.FolderKnown, it.Carries = "", false, ""
		it.Set(state.AttrCategories, state.Value{})
		it.Set(state.AttrCreated, state.Value{})
	}
	return a.SameContent(b)
}

// pairs matches what went with what came. Of several copies of what carries a
// record's id the earliest made one counts; otherwise what is not the only partner
// of its only partner has none and is doubtful.
func pairs(gone, fresh map[string]thing, s sameness, doubtful map[string]bool) map[string]string {
	came := map[string][]string{}
	for _, to := range sortedKeys(fresh) {
		if key := s.key(fresh[to].item); key != "" {
			came[key] = append(came[key], to)
		}
	}
	out, taken := map[string]string{}, map[string]int{}
	for from, old := range gone {
		best, n := "", 0
		for _, to := range came[s.key(old.item)] {
			now := fresh[to]
			if !elsewhere(old, now) || !s.same(old.item, now.item) {
				continue
			}
			if n++; best == "" || madeBefore(now.item, fresh[best].item) {
				best = to
			}
		}
		switch {
		case n == 1 || n > 1 && s.copied:
			out[from] = best
			taken[best]++
		case n > 1:
			doubtful[from] = true
		}
	}
	for from, to := range out {
		if taken[to] > 1 {
			delete(out, from)
			doubtful[from] = true
		}
	}
	return out
}

func madeBefore(a, b *state.Item) bool {
	x, y := a.Value(state.AttrCreated), b.Value(state.AttrCreated)
	return x.IsKnown() && y.IsKnown() && x.Instant().Before(y.Instant())
}
