package refmodel

import (
	"slices"

	"weir/state"
)

// Remembered is what a simulated sync knows of a link once a session has ended (5.3).
type Remembered struct {
	Kind             state.Kind
	RecordID, ItemID string // "" for what the session itself made
	State            string
	Born             state.Side
	Adopted          bool        // found in the calendar, neither marked nor edited since
	Base             *state.Base // nil: nothing was kept yet, the versions tell
}

// Done tells what became of an act: it was carried out. Limits, faults and what
// forestalls creations and deletions are no part of the model.
type Done func(u *state.User, d Decision, a Act) bool

// Remember lists what has to be remembered of everybody's links, by address, after
// the session in which the decisions were made: on every field the last agreement,
// which is what the session found equal, and what it wrote. What was held or stopped
// leaves it.
func (m *Model) Remember(decided map[string][]Decision, done Done) map[string][]Remembered {
	out := map[string][]Remembered{}
	written := &upward{map[upwardField]int64{}, map[upwardField]upwardSpan{}}
	for _, u := range m.Snap.Users {
		box, _ := m.Snap.Mailboxes.Mailbox(u)
		for _, l := range box.Links.All() {
			out[u.Address] = append(out[u.Address], asIs(l))
		}
		for _, d := range decided[u.Address] {
			if l := d.of.link; l != nil {
				out[u.Address] = slices.DeleteFunc(out[u.Address], func(r Remembered) bool { return r.Kind == l.Kind && r.RecordID == l.RecordID })
			}
		}
		for _, d := range decided[u.Address] {
			c := d.of
			if c.link != nil { // a winner has the link of the record that was merged into it, and no other
				out[u.Address] = slices.DeleteFunc(out[u.Address], func(r Remembered) bool { return r.Kind == c.kind && r.RecordID == c.recordID })
			}
			if r := c.after(d, written, func(a Act) bool { return done(u, d, a) }); r != nil {
				out[u.Address] = put(out[u.Address], *r)
			}
		}
	}
	return out
}

// put adds a link; it takes the place of one of the same record or item.
func put(all []Remembered, r Remembered) []Remembered {
	same := func(a, b string) bool { return a != "" && a == b }
	all = slices.DeleteFunc(all, func(o Remembered) bool {
		return o.Kind == r.Kind && (same(o.RecordID, r.RecordID) || same(o.ItemID, r.ItemID))
	})
	return append(all, r)
}

func asIs(l *state.Link) Remembered {
	return Remembered{l.Kind, l.RecordID, l.ItemID, l.State.String(), l.Born, l.Adopted != nil, l.Base}
}

// upward is what the session wrote to Salesforce, by when the edits were made (8): the
// later of two edits of a field wins. Two spans of which one is a whole day are one
// field: start, end and flag stand together.
type upward struct {
	fields map[upwardField]int64
	spans  map[upwardField]upwardSpan
}

type upwardField struct {
	kind   state.Kind
	record string
	attr   state.Attr // none for a span
}

type upwardSpan struct {
	modified int64
	allDay   bool
}

// later reports that somebody's later edit of the field was written already; else it
// notes this one.
func (w *upward) later(key upwardField, modified int64) bool {
	by, ok := w.fields[key]
	if ok && by > modified {
		return true
	}
	w.fields[key] = modified
	return false
}

// laterSpan is later for an event's start, end and flag, if they are of different sorts.
func (w *upward) laterSpan(key upwardField, modified int64, allDay bool) bool {
	by, ok := w.spans[key]
	if ok && by.allDay != allDay && by.modified > modified {
		return true
	}
	if ok && by.allDay == allDay {
		modified = max(modified, by.modified)
	}
	w.spans[key] = upwardSpan{modified, allDay}
	return false
}

// after is what is remembered of the case's link, nil where there is none.
func (c *oneCase) after(d Decision, written *upward, done func(Act) bool) *Remembered {
	var r *Remembered
	if c.link != nil {
		as := asIs(c.link)
		as.RecordID = c.recordID
		if c.rec != nil && c.itm != nil {
			as.Base = base(c.agreed)
		}
		r = &as
	}
	var lists guestLists
	if c.rec != nil && c.itm != nil {
		record, item := c.comparable(c.rec, c.itm, state.AttrAttendees)
		lists = guestLists{record.Texts(), item.Texts()}
	}
	for _, a := range d.Acts {
		switch {
		case a.Op == "skip" || a.Held != "" || !done(a):
		case a.Op == "create" && a.On == "mailbox":
			r = &Remembered{Kind: c.kind, RecordID: c.rec.ID, State: "active", Born: state.Salesforce, Base: c.copied(c.rec)}
		case a.Op == "create":
			r = &Remembered{Kind: c.kind, ItemID: c.itm.ID, State: "active", Born: state.Mailbox, Base: c.copied(c.itm)}
		case a.Op == "restore":
			r = &Remembered{Kind: c.kind, RecordID: c.recordID, State: "active", Born: c.link.Born, Base: c.copied(c.rec)}
		case a.Op == "link":
			_, agreed := c.differences(bases{}, c.rec, c.itm)
			r = &Remembered{c.kind, c.rec.ID, c.itm.ID, a.Link, state.Mailbox, a.Link == "active" && c.facts.item == "unmarked", base(agreed)}
		case a.Op == "update":
			c.wrote(r, a, &lists, written)
		case a.Link == "none":
			r = nil
		default:
			r.State = a.Link
		}
	}
	return r
}

// wrote notes that a field which was written agrees: down, what the session saw in
// Salesforce; up, what it saw in the mailbox.
func (c *oneCase) wrote(r *Remembered, a Act, lists *guestLists, written *upward) {
	modified := c.itm.Value(state.AttrModified).UnixNano()
	span, theirSpan := []string{"start", "end", "all_day"}, false
	if a.On == "salesforce" && slices.ContainsFunc(a.Fields, func(f string) bool { return slices.Contains(span, f) }) {
		allDay := c.rec.AllDay()
		if slices.Contains(a.Fields, "all_day") {
			allDay = c.itm.AllDay()
		}
		theirSpan = written.laterSpan(upwardField{kind: c.kind, record: c.rec.ID}, modified, allDay)
	}
	any := false
	for _, attr := range compared[c.kind] {
		if !slices.Contains(a.Fields, attr.String()) {
			continue
		}
		record, item := c.comparable(c.rec, c.itm, attr)
		if a.On == "salesforce" && (theirSpan && slices.Contains(span, attr.String()) || written.later(upwardField{c.kind, c.rec.ID, attr}, modified)) {
			continue
		}
		any = true
		switch {
		case attr == state.AttrAttendees:
			c.write(lists, a.On)
			record, item = c.guestsAgreed(*lists)
		case a.On == "mailbox":
			item = c.written(a, attr, record, c.rec, c.itm)
		default:
			record = c.written(a, attr, item, c.itm, c.rec)
		}
		r.Base.Agree(attr, record, item)
	}
	if any {
		r.State = a.Link
		if a.On == "salesforce" && c.link != nil {
			r.Adopted = false // edited since
		}
	}
}

// written is what a side holds after a value of the other was written to it. A missing
// end is written as missing: the event then ends when it begins there (5.1).
func (c *oneCase) written(a Act, attr state.Attr, v state.Value, from, onto *state.Item) state.Value {
	missing := from.Value(state.AttrEnd).Presence() == state.Empty
	if from.AllDay() {
		missing = !from.Value(state.AttrEndDate).IsKnown()
	}
	if attr == state.AttrEnd && missing && !slices.Contains(a.Fields, "start") {
		return startOrEnd(onto, state.AttrStart)
	}
	return v
}

// guestLists are whom the two sides list, as the session found them and goes on.
type guestLists struct{ record, item []string }

// write carries one half of the attendees' differences over (5.5): additions go both
// ways, removals only up, and only from the organiser's copy.
func (c *oneCase) write(lists *guestLists, on string) {
	was := c.agreed[state.AttrAttendees]
	here, there, onceHere := &lists.record, lists.item, was.item.Texts()
	if on == "mailbox" {
		here, there, onceHere = &lists.item, lists.record, slices.Concat(was.record.Texts(), was.item.Texts())
	}
	list := []string{}
	for _, a := range *here {
		takenOff := on == "salesforce" && c.isOwn(c.rec, c.itm) && !slices.Contains(there, a) && slices.Contains(was.item.Texts(), a)
		if !takenOff {
			list = append(list, a)
		}
	}
	for _, a := range there {
		if !slices.Contains(list, a) && !slices.Contains(onceHere, a) {
			list = append(list, a)
		}
	}
	*here = list
}

// agreement of a set is one about each address: whoever both list is agreed, who is on
// neither list is forgotten; of the others the other half is still to be written, or
// never will be, and what was agreed stays.
func (c *oneCase) guestsAgreed(lists guestLists) (record, item state.Value) {
	was := c.agreed[state.AttrAttendees]
	one := func(before []string) state.Value {
		out := []string{}
		for _, a := range slices.Concat(lists.record, lists.item) {
			both := slices.Contains(lists.record, a) && slices.Contains(lists.item, a)
			if (both || slices.Contains(before, a)) && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
		slices.Sort(out)
		return state.TextsValue(out)
	}
	return one(was.record.Texts()), one(was.item.Texts())
}

// copied is the agreement about a copy that the session made: on everything that
// both sides have a place for.
func (c *oneCase) copied(from *state.Item) *state.Base {
	agreed := bases{}
	for _, attr := range compared[c.kind] {
		here, there := attr.Describe().On(from.Side), attr.Describe().On(otherSide(from.Side))
		var v state.Value
		switch {
		case attr == state.AttrResponse:
			if inv := c.copyOfInvitation(from); inv != nil {
				v = answer(inv.Response)
			}
		case here != state.Stored || there != state.Stored:
		case attr == state.AttrAttendees:
			v = c.guestsOfCopy(from)
		case from.Side == state.Salesforce:
			v, _ = c.comparable(from, state.NewItem(c.kind, state.Mailbox, ""), attr)
		default:
			_, v = c.comparable(state.NewItem(c.kind, state.Salesforce, ""), from, attr)
		}
		if v.IsRecorded() {
			agreed[attr] = pairOf{v, v}
		}
	}
	return base(agreed)
}

func otherSide(s state.Side) state.Side {
	if s == state.Salesforce {
		return state.Mailbox
	}
	return state.Salesforce
}

// copyOfInvitation: only somebody else's meeting has an answer to keep.
func (c *oneCase) copyOfInvitation(from *state.Item) *state.Invitee {
	if from.Side == state.Mailbox || from.Owner() == c.user.ID {
		return nil
	}
	return c.invitation(from)
}

// guestsOfCopy: a copy lists whom the other lists.
func (c *oneCase) guestsOfCopy(from *state.Item) state.Value {
	record, item := from, state.NewItem(c.kind, state.Mailbox, "")
	if from.Side == state.Mailbox {
		record, item = state.NewItem(c.kind, state.Salesforce, ""), from
		record.Set(state.AttrOwner, state.TextValue(c.user.ID))
	}
	return c.guests(from, record, item)
}

// base is an agreement as the plain data of a link.
func base(agreed bases) *state.Base {
	out := state.NewBase()
	for a, v := range agreed {
		out.Agree(a, v.record, v.item)
	}
	return out
}

// kept is a link's agreement as the model has it: what the sync kept, else what the
// versions tell.
func (c *oneCase) kept() bases {
	if c.link.Base == nil {
		return c.agreement(c.record, c.item)
	}
	out := bases{}
	for a, v := range c.link.Base.Record {
		out[a] = pairOf{v, c.link.Base.Item[a]}
	}
	return out
}
