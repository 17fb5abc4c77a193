package refmodel

import (
	"slices"
	"strings"

	"weir/state"
)

// seeRecord tells what is known of a link's record (5.3, 5.4): a merged one is its
// final winner. If the winner is linked already, the loser counts as deleted; if it
// was not recorded, it is unseen.
func (c *oneCase) seeRecord() {
	c.recordID = c.link.RecordID
	c.record = c.snap.Records[c.kind].Get(c.recordID)
	if c.record != nil && c.record.State() == state.Merged {
		id, winner := c.winner(c.record)
		if c.linkOf(c.kind, id) != c.link {
			c.rec, c.recordIs = c.record.Item(), state.Deleted
			return
		}
		c.recordID, c.record = id, winner
	}
	if c.record == nil {
		return // no capture has shown it: unseen
	}
	c.rec, c.recordIs = c.record.Item(), c.record.State()
	if c.rec == nil && c.recordIs != state.Deleted {
		c.recordIs = state.Unseen
	}
}

func (d *desk) winner(o *state.Object) (id string, winner *state.Object) {
	for winner = o; winner != nil && winner.State() == state.Merged; {
		id = winner.MergedInto
		winner = d.snap.Records[o.Kind].Get(id)
	}
	return id, winner
}

// linkOf is a record's link: its own, else the first of those whose records were
// merged into it. One that counts as no link is none.
func (d *desk) linkOf(k state.Kind, recordID string) *state.Link {
	for _, l := range d.links(k) {
		if l.RecordID == recordID {
			return l
		}
	}
	for _, l := range d.links(k) {
		if o := d.snap.Records[k].Get(l.RecordID); o != nil && o.State() == state.Merged {
			if id, _ := d.winner(o); id == recordID {
				return l
			}
		}
	}
	return nil
}

// links are the person's of a kind, by record. A retired one whose marker was taken
// off and set again counts as none (5.4).
func (d *desk) links(k state.Kind) (out []*state.Link) {
	for _, l := range d.box.Links.All() {
		o := d.box.Items[k].Get(l.ItemID)
		setAgain := l.State == state.LinkRetired && l.MarkerOff && o != nil && o.State() == state.Live && d.marked(o.Item()) == state.True
		if l.Kind == k && !setAgain {
			out = append(out, l)
		}
	}
	return out
}

// seeItem tells what is known of a link's item (5.3).
func (c *oneCase) seeItem() {
	c.item = c.box.Items[c.kind].Get(c.link.ItemID)
	if c.item == nil {
		return // unseen
	}
	c.itm, c.itemIs = c.item.Item(), c.item.State()
	switch {
	case c.itm == nil:
		if c.itemIs == state.Live {
			c.itemIs = state.Unseen
		}
	case c.itemIs == state.Live:
		taken := c.takenOut()
		switch {
		case taken == state.True:
			c.itemIs = state.Moved
		case taken == state.Unknown:
			c.itemIs = state.Unseen
		case c.cancelledByOrganizer():
			c.itemIs, c.cancelled = state.Deleted, true
		}
	case c.itemIs == state.Deleted && c.maybeTheSync():
		c.itemIs = state.Unseen
	}
}

// takenOut (5.3): given Salesforce Unsync; or a contact or task that left the sync
// folder without keeping the category. Unknown where the categories are.
func (c *oneCase) takenOut() state.Truth {
	if c.itm.HasCategory(c.snap.Markers.UnsyncCategory) {
		return state.True
	}
	was := slices.ContainsFunc(c.item.Versions, func(v state.Version) bool {
		return v.State == state.Live && v.Item != nil && c.inFolder(v.Item) == state.True
	})
	if c.kind == state.Event || !was || c.inFolder(c.itm) != state.False {
		return state.False
	}
	return c.category(c.itm).Not()
}

func (d *desk) inFolder(it *state.Item) state.Truth {
	name := d.snap.Markers.Folder(it.Kind)
	if name != "" && !it.FolderKnown {
		return state.Unknown
	}
	return state.TruthOf(name != "" && strings.EqualFold(it.Folder, name))
}

func (d *desk) category(it *state.Item) state.Truth {
	if !it.Value(state.AttrCategories).IsRecorded() {
		return state.Unknown
	}
	return state.TruthOf(it.HasCategory(d.snap.Markers.Category))
}

// marked (1): the category or the folder, never with Salesforce Unsync.
func (d *desk) marked(it *state.Item) state.Truth {
	if it.HasCategory(d.snap.Markers.UnsyncCategory) {
		return state.False
	}
	folder := d.inFolder(it)
	if folder == state.Unknown {
		folder = state.False // the category alone decides where folders were not recorded
	}
	return folder.Or(d.category(it))
}

// cancelledByOrganizer (5.3): a cancelled meeting in the organiser's own mailbox
// counts as their deletion. Where the payload does not say whose it is, the record's
// owner is the organiser.
func (c *oneCase) cancelledByOrganizer() bool {
	if !c.itm.Value(state.AttrCancelled).Bool() {
		return false
	}
	if c.itm.Organizer != state.Unknown {
		return c.itm.Organizer == state.True
	}
	return c.rec != nil && c.rec.Owner() == c.user.ID
}

// maybeTheSync (5.3): a Salesforce-born copy disappeared whose record lives but, at
// the capture that shows it, was not known to be in the product's default window or
// the scope of the person's own page.
func (c *oneCase) maybeTheSync() bool {
	seen := c.item.Now().SeenAt
	if c.link.Born != state.Salesforce || c.recordIs != state.Live || seen.IsZero() {
		return false
	}
	var then []state.Version
	for _, v := range c.record.Versions {
		if !v.From.After(seen) {
			then = append(then, v)
		}
	}
	if len(then) == 0 {
		return false
	}
	last := then[len(then)-1]
	if last.State != state.Live || last.Item == nil {
		return false
	}
	was := *c
	was.rec = last.Item
	day, inside := state.DateOf(seen, c.zone), state.True
	switch c.kind {
	case state.Contact:
		inside = was.ownedIfMine(c.settings.recordedScope)
	case state.Task:
		inside = taskInWindow(last.Item, then, day, c.zone, defaults["tasks.window.completed"])
	case state.Event:
		notBefore, notAfter := eventInWindow(last.Item, day, c.zone, defaults["events.window.past"], defaults["events.window.future"])
		inside = notBefore.And(notAfter)
	}
	return inside != state.True
}

// unlinkedItems are the live items without a link. A further item carrying the id of
// a record that is linked to another matches nothing (5.3).
func (d *desk) unlinkedItems(k state.Kind) (items, duplicates []*state.Object) {
	for _, o := range d.box.Items[k].All() {
		linked := slices.ContainsFunc(d.links(k), func(l *state.Link) bool { return l.ItemID == o.ID })
		if o.State() != state.Live || o.Item() == nil || linked {
			continue
		}
		if id := o.Item().Carries; id != "" && d.linkOf(k, id) != nil {
			duplicates = append(duplicates, o)
			continue
		}
		items = append(items, o)
	}
	return items, duplicates
}

// partners lists the live records that an unlinked item matches, linked ones
// included (5.3, Matching): none for a cancelled one, and none for contacts and
// tasks that are not marked.
func (d *desk) partners(item *state.Item) (out []*state.Object) {
	if item.Value(state.AttrCancelled).Bool() || item.Kind != state.Event && d.marked(item) == state.False {
		return nil
	}
	for _, o := range d.snap.Records[item.Kind].All() {
		if o.State() == state.Live && o.Item() != nil && sameThing(o.Item(), item) && d.mayMatch(o.Item()) {
			out = append(out, o)
		}
	}
	return out
}

// sameThing are the keys: any contact address, ignoring case; an event's iCalUID
// where both sides have one, else equal start, end and subject; a task's subject
// and due date.
func sameThing(record, item *state.Item) bool {
	same := func(a state.Attr) bool {
		r, i := record.Value(a), item.Value(a)
		return r.IsRecorded() && i.IsRecorded() && r.Equal(i)
	}
	known := func(a state.Attr) bool { return record.Value(a).IsKnown() && item.Value(a).IsKnown() && same(a) }
	switch record.Kind {
	case state.Contact:
		for _, a := range []state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3} {
			for _, b := range []state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3} {
				if x := record.Value(a).Text(); x != "" && strings.EqualFold(x, item.Value(b).Text()) {
					return true
				}
			}
		}
		return false
	case state.Task:
		return same(state.AttrTitle) && same(state.AttrDue)
	}
	if record.ICalUID != "" && item.ICalUID != "" {
		return record.ICalUID == item.ICalUID
	}
	if record.AllDay() != item.AllDay() {
		return false
	}
	if record.AllDay() {
		return same(state.AttrTitle) && known(state.AttrStartDate) && known(state.AttrEndDate)
	}
	return same(state.AttrTitle) && known(state.AttrStart) && known(state.AttrEnd)
}

// mayMatch: contacts the person may read; their own tasks; events that do not leave
// them out. What is not known does not rule out.
func (d *desk) mayMatch(record *state.Item) bool {
	switch record.Kind {
	case state.Contact:
		return d.readable(record.ID) != state.False
	case state.Task:
		return d.ownerOf(record) != state.False
	}
	return record.InviteesKnown != state.True || d.ownerOf(record).Or(d.invitedTo(record)) != state.False
}

// matching is what matches among one person's things of a kind.
type matching struct {
	items, duplicates []*state.Object
	// partners are those of an item, rivals those of a record.
	partners, rivals map[string][]*state.Object
	// maybe are records matched by an item of which it is not known whether it is
	// marked.
	maybe map[string]bool
}

func (d *desk) match(k state.Kind) matching {
	m := matching{partners: map[string][]*state.Object{}, rivals: map[string][]*state.Object{}, maybe: map[string]bool{}}
	m.items, m.duplicates = d.unlinkedItems(k)
	for _, o := range m.items {
		for _, record := range d.partners(o.Item()) {
			linked := d.linkOf(k, record.ID) != nil
			if !linked && k != state.Event && d.marked(o.Item()) == state.Unknown {
				m.maybe[record.ID] = true
				continue
			}
			m.partners[o.ID] = append(m.partners[o.ID], record)
			if !linked {
				m.rivals[record.ID] = append(m.rivals[record.ID], o)
			}
		}
	}
	return m
}

// ambiguousItem: it has more than one partner, or its only one is linked already or
// has other partners.
func (d *desk) ambiguousItem(m matching, o *state.Object) bool {
	partners := m.partners[o.ID]
	return len(partners) > 1 || len(partners) == 1 && (d.linkOf(o.Kind, partners[0].ID) != nil || len(m.rivals[partners[0].ID]) > 1)
}

// mailboxShows reports whether the captures would have shown a copy of the record
// (5.3): they are complete, and show what overlaps their bounds. Of a series they
// show an occurrence on a day that lies wholly inside (decision 10).
func (c *oneCase) mailboxShows() bool {
	cover := c.box.Items[c.kind].Coverage
	if !cover.Complete || c.kind != state.Event || cover.Bounds == nil {
		return cover.Complete
	}
	spans, _ := covered(c.rec, c.zone)
	return slices.ContainsFunc(spans, func(s daySpan) bool { return c.shows(cover.Bounds, s) })
}

func (c *oneCase) shows(b *state.Bounds, s daySpan) bool {
	if !s.first.IsKnown() || !s.last.IsKnown() {
		return false
	}
	for day := s.first.Day(); day <= s.last.Day(); day++ {
		begin, end := day.Midnight(c.zone), day.AddDays(1).Midnight(c.zone)
		inside := !begin.Before(b.From) && !end.After(b.To)
		if overlaps := begin.Before(b.To) && end.After(b.From); inside || overlaps && c.rec.Series == nil {
			return true
		}
	}
	return false
}
