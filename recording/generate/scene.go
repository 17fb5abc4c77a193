package generate

import (
	"slices"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// scene is what there is of a thing after a session: a record, copies in mailboxes,
// people invited. It is made from scratch each time it is asked for.
type scene struct {
	thing
	// step is how far the thing's case has come: 0 before it, 1 in its session, 2 from
	// the session after.
	step int

	// record is what Salesforce has; nil for nothing. Touched: the session changed it.
	// Deleted: the session deleted it. Hidden: full queries do not return it.
	record                    *state.Item
	touched, deleted, hidden  bool
	beside                    []*state.Item // more rows that go with it
	invited                   []invitation
	invitedTouched, withdrawn bool // withdrawn: the session took the first invitation back
	copies                    []itemCopy
	leads                     []wire.Person
}

// invitation is an EventRelation row.
type invitation struct {
	user    *person // nil for a contact
	contact int
	email   string // the contact's
	name    string
	status  string // as state.Attendee
}

// itemCopy is an item in somebody's mailbox.
type itemCopy struct {
	user *person
	item *state.Item
	// own: it lies in the person's own folder, not in the sync's.
	own bool
	// touched: the session changed it. Gone: the session deleted it.
	touched, gone bool
	link          linkLine
}

// linkLine is what links.json says of a pair; nothing if Born is "".
type linkLine struct {
	born, state string
	short       bool // with the record's id of 15 characters
}

// scene makes a thing as it is after a session. Without copies it has those only
// that its case makes, which is enough for Salesforce's side.
func (t thing) scene(session int, copies bool) *scene {
	s := &scene{thing: t, step: stepAt(t.at, session)}
	if t.on == InSalesforce {
		s.record = s.newRecord()
		if t.kind == state.Event {
			s.invite()
		}
	}
	if t.part != nil && t.part.setup != nil {
		t.part.setup(s)
	}
	if copies {
		s.mirror()
	}
	if t.part == nil {
		return s
	}
	if t.part.shape != nil {
		t.part.shape(s)
	}
	if s.step > 0 && t.part.act != nil {
		t.part.act(s)
	}
	return s
}

// changes says whether a session changes the thing.
func (t *thing) changes(session int) bool {
	return session == t.at || t.part != nil && t.part.later && session == t.at+1
}

// when is the moment of what happens at a step, some minutes before the session that
// shows it.
func (s *scene) when(step int) time.Time {
	return s.w.instant(s.at + step - 1).Add(-time.Duration(1+s.dice.roll(2, 28)) * time.Minute)
}

// edit changes the record at a step.
func (s *scene) edit(step int, by *person, change func(it *state.Item)) {
	if s.step < step {
		return
	}
	change(s.record)
	s.record.Set(state.AttrModified, state.InstantValue(s.when(step)))
	s.record.Set(state.AttrModifiedBy, state.TextValue(by.id))
	s.touched = s.step == step
}

// editCopy changes an item in a mailbox at a step.
func (s *scene) editCopy(step, i int, change func(it *state.Item)) {
	if s.step < step || i >= len(s.copies) {
		return
	}
	c := &s.copies[i]
	change(c.item)
	c.item.Set(state.AttrModified, state.InstantValue(s.when(step)))
	c.touched = s.step == step
}

// deleteRecord deletes the record at step 1.
func (s *scene) deleteRecord() {
	s.deleted = s.step == 1
	s.hidden = true
}

// deleteCopy deletes an item from a mailbox at a step.
func (s *scene) deleteCopy(step, i int) {
	if s.step < step || i >= len(s.copies) {
		return
	}
	if s.step > step {
		s.copies = slices.Delete(s.copies, i, i+1)
		return
	}
	s.copies[i].gone = true
}

// renamed is another id for an item, for when it comes again.
func renamed(it *state.Item, suffix string) *state.Item {
	it = it.Clone()
	it.ID += suffix
	return it
}

// newItem is an item in somebody's mailbox.
func (s *scene) newItem(user *person, name string) *itemCopy {
	it := state.NewItem(s.kind, state.Mailbox, itemID(user, s.kind, s.id36()+name))
	it.Set(state.AttrCreated, state.InstantValue(s.made()))
	it.Set(state.AttrModified, state.InstantValue(s.made()))
	it.Set(state.AttrCategories, state.TextsValue(nil))
	s.copies = append(s.copies, itemCopy{user: user, item: it})
	return &s.copies[len(s.copies)-1]
}

// made is when the thing was created: some months before the recording begins.
func (s *scene) made() time.Time {
	return s.w.opts.Start.Add(-time.Duration(20+s.dice.roll(3, 300))*24*time.Hour - time.Duration(s.dice.roll(4, 86_400))*time.Second)
}

// itemID is the id of an item in a mailbox.
func itemID(user *person, kind state.Kind, name string) string {
	prefix := "aamkad"
	if kind == state.Contact && user.provider.contact != "" {
		prefix = user.provider.contact
	}
	return prefix + string("0cte"[kind]) + number36(user.n) + "x" + name
}

// day is the owner's date so many days from the first session.
func (s *scene) day(days int) state.Date { return s.owner.today.AddDays(days) }

// clock is an instant on the owner's date so many days from the first session.
func (s *scene) clock(days, hour, minute int) time.Time {
	return s.day(days).Midnight(s.owner.loc).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).UTC()
}

// other is a second person, the owner's neighbour.
func (s *scene) other() *person { return s.w.person(s.owner.n + 1) }
