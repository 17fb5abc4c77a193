package recording

import (
	"slices"

	"weir/recording/wire"
)

// renames follows items to which the service gave another id, as it says itself: by
// the ids an item had before (wire.Row.Was), or by what stays the same about it
// (wire.Row.Lasting). Such an item keeps the id by which it was first known, so that
// the old id does not look like a deletion.
type renames struct {
	identities
	lasting map[itemKey]string // the id an item was first known by, by what stays the same
	past    map[itemKey]bool   // ids that items had and have no more
	merged  map[itemKey]bool   // items that went into others
}

func newRenames() *renames {
	return &renames{identities{}, map[itemKey]string{}, map[itemKey]bool{}, map[itemKey]bool{}}
}

// follow gives a capture's rows the ids that their items are known by. An item that
// went into another one, which has an id of its own, was not deleted by that: what
// became of it cannot be told.
func (r *renames) follow(t *timeline, c *kindCapture) {
	shown := map[string]bool{}
	for i := range c.rows {
		if !c.rows[i].Gone {
			shown[r.known(t.kind, c.rows[i].ID)] = true
		}
	}
	for i := range c.rows {
		if row := &c.rows[i]; !row.Gone && (len(row.Was) > 0 || row.Lasting != "") {
			r.row(t, row, shown)
		}
	}
	if c.doubtful == nil {
		c.doubtful = map[string]bool{}
	}
	for ref := range r.merged {
		if ref.kind == t.kind {
			c.doubtful[ref.id] = true
		}
	}
	c.rows = slices.DeleteFunc(c.rows, func(row wire.Row) bool { return row.Gone && r.past[itemKey{t.kind, row.ID}] })
	r.rename(t.kind, c.rows)
}

// row learns from one row which ids are one item.
func (r *renames) row(t *timeline, row *wire.Row, shown map[string]bool) {
	delete(r.past, itemKey{t.kind, row.ID})
	delete(r.merged, itemKey{t.kind, row.ID})
	was := row.Was
	key := itemKey{t.kind, row.Lasting}
	if before, ok := r.lasting[key]; ok && row.Lasting != "" {
		was = append(slices.Clone(was), before)
	}
	for _, id := range was {
		first := r.known(t.kind, id)
		switch {
		case first == r.known(t.kind, row.ID) || t.objects[first] == nil:
		case t.objects[row.ID] == nil && r.known(t.kind, row.ID) == row.ID && !shown[first]:
			r.identities[itemKey{t.kind, row.ID}] = first
			r.past[itemKey{t.kind, id}], r.past[itemKey{t.kind, first}] = true, true
		default:
			r.merged[itemKey{t.kind, first}] = true
		}
	}
	if row.Lasting != "" {
		r.lasting[key] = r.known(t.kind, row.ID)
	}
}
