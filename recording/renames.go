package recording

import (
	"slices"

	"weir/recording/wire"
	"weir/state"
)

// renames follows items to which the service gave another id, as it says itself: by
// the ids an item had before (wire.Row.Was), or by what stays the same about it
// (wire.Row.Lasting). Such an item keeps the id by which it was first known, so that
// the old id does not look like a deletion.
type renames struct {
	first   map[itemRef]string // the id an item was first known by, by its later ids
	lasting map[itemRef]string // that id, by what stays the same
	past    map[itemRef]bool   // ids that items had and have no more
	merged  map[itemRef]bool   // items that went into others
}

type itemRef struct {
	kind state.Kind
	id   string
}

func newRenames() *renames {
	return &renames{map[itemRef]string{}, map[itemRef]string{}, map[itemRef]bool{}, map[itemRef]bool{}}
}

func (r *renames) known(k state.Kind, id string) string {
	if first, ok := r.first[itemRef{k, id}]; ok {
		return first
	}
	return id
}

// renameLinks lets links speak of renamed items by the ids they keep.
func (r *renames) renameLinks(links []fileLink) {
	for i := range links {
		links[i].item = r.known(links[i].kind, links[i].item)
	}
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
	c.rows = slices.DeleteFunc(c.rows, func(row wire.Row) bool { return row.Gone && r.past[itemRef{t.kind, row.ID}] })
	for i := range c.rows {
		row := &c.rows[i]
		if id := r.known(t.kind, row.ID); id != row.ID {
			row.ID = id
			if row.Item != nil {
				row.Item = row.Item.Clone()
				row.Item.ID = id
			}
		}
	}
}

// row learns from one row which ids are one item.
func (r *renames) row(t *timeline, row *wire.Row, shown map[string]bool) {
	delete(r.past, itemRef{t.kind, row.ID})
	delete(r.merged, itemRef{t.kind, row.ID})
	was := row.Was
	key := itemRef{t.kind, row.Lasting}
	if before, ok := r.lasting[key]; ok && row.Lasting != "" {
		was = append(slices.Clone(was), before)
	}
	for _, id := range was {
		first := r.known(t.kind, id)
		switch {
		case first == r.known(t.kind, row.ID) || t.objects[first] == nil:
		case t.objects[row.ID] == nil && r.known(t.kind, row.ID) == row.ID && !shown[first]:
			r.first[itemRef{t.kind, row.ID}] = first
			r.past[itemRef{t.kind, id}], r.past[itemRef{t.kind, first}] = true, true
		default:
			r.merged[itemRef{t.kind, first}] = true
		}
	}
	if row.Lasting != "" {
		r.lasting[key] = r.known(t.kind, row.ID)
	}
}
