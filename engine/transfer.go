package engine

import (
	"slices"
	"strings"

	"weir/state"
)

// This file says what one side holds after a value of the other was written to
// it: the mapping behind create, restore and update.

// copyFields writes the fields of from to a copy of onto (or to a new item of
// the other side when onto is nil) and returns it.
func (c *comparer) copyFields(from, onto *state.Item, fields []fieldDiff) *state.Item {
	out := onto.Clone()
	for _, f := range fields {
		c.copyField(from, out, f)
	}
	return out
}

func (c *comparer) copyField(from, out *state.Item, f fieldDiff) {
	switch f.attr {
	case state.AttrStart:
		out.Set(state.AttrStart, from.Value(state.AttrStart))
		out.Set(state.AttrStartDate, from.Value(state.AttrStartDate))
	case state.AttrEnd:
		out.Set(state.AttrEnd, from.Value(state.AttrEnd))
		out.Set(state.AttrEndDate, from.Value(state.AttrEndDate))
	case state.AttrStatus:
		out.Set(state.AttrStatus, c.statusFor(from, out))
	case state.AttrPriority:
		out.Set(f.attr, mapText(from.Value(f.attr), casing(out.Side, priorityClass)))
	case state.AttrShowAs:
		out.Set(f.attr, mapText(from.Value(f.attr), showAsFor(out.Side)))
	case state.AttrResponse:
		c.copyResponse(from, out)
	case state.AttrAttendees:
		c.copyAttendees(from, out, f)
	default:
		out.Set(f.attr, from.Value(f.attr))
	}
}

// statusFor words a task's status for the side it is written to.
func (c *comparer) statusFor(from, to *state.Item) state.Value {
	if from.Value(state.AttrClosed).Bool() {
		return state.TextValue(map[state.Side]string{state.Salesforce: "Completed", state.Mailbox: "completed"}[to.Side])
	}
	if to.Side == state.Mailbox && c.inGoogle() {
		return state.TextValue("needsAction")
	}
	text := from.Value(state.AttrStatus).Text()
	for _, pair := range openStatuses {
		if to.Side == state.Mailbox && strings.EqualFold(text, pair[0]) {
			return state.TextValue(pair[1])
		}
		if to.Side == state.Salesforce && strings.EqualFold(text, pair[1]) {
			return state.TextValue(pair[0])
		}
	}
	return state.TextValue(map[state.Side]string{state.Salesforce: openStatuses[0][0], state.Mailbox: openStatuses[0][1]}[to.Side])
}

// inGoogle reports a user whose mailbox is Google's: tasks there are open or completed
// and have no priority, and events are free or busy.
func (c *comparer) inGoogle() bool { return c.user.Value(state.UserProvider).Text() == "gmail" }

// openStatuses pairs Salesforce's standard open statuses with To Do's, then with what
// others call them; anything else is the first. Of several the first pair counts.
var openStatuses = [...][2]string{
	{"Not Started", "notStarted"},
	{"In Progress", "inProgress"},
	{"Waiting on someone else", "waitingOnOthers"},
	{"Deferred", "deferred"},
	{"In Progress", "IN-PROCESS"}, // iCalendar's word
}

func casing(side state.Side, class func(string) string) func(string) string {
	return func(s string) string {
		s = class(s)
		if side == state.Salesforce {
			return strings.ToUpper(s[:1]) + s[1:]
		}
		return s
	}
}

func showAsFor(side state.Side) func(string) string {
	return func(s string) string {
		class := showAsClass(s)
		if side == state.Salesforce {
			return map[string]string{"free": "Free", "oof": "OutOfOffice", "busy": "Busy"}[class]
		}
		return class
	}
}

func (c *comparer) copyResponse(from, out *state.Item) {
	if out.Side != state.Salesforce {
		return
	}
	out.Invitees = slices.Clone(out.Invitees)
	for i := range out.Invitees {
		if out.Invitees[i].UserID == c.user.ID {
			out.Invitees[i].Response = from.Value(state.AttrResponse).Text()
		}
	}
}

// copyAttendees carries the additions and removals of one direction over; a new
// item gets the whole list.
func (c *comparer) copyAttendees(from, out *state.Item, f fieldDiff) {
	add := f.addUp
	if out.Side == state.Mailbox {
		add = f.addDown
	}
	list := slices.Clone(out.Value(state.AttrAttendees).People())
	if out.Side == state.Salesforce {
		list = slices.DeleteFunc(list, func(p state.Attendee) bool { return slices.Contains(f.removeUp, strings.ToLower(p.Email)) })
	}
	for _, address := range add {
		for _, p := range from.Value(state.AttrAttendees).People() {
			if strings.ToLower(p.Email) == address {
				list = append(list, state.Attendee{Email: p.Email, Name: p.Name, Response: "none"})
			}
		}
	}
	out.Set(state.AttrAttendees, state.PeopleValue(list))
	if out.Side == state.Salesforce {
		c.inviteUsers(out, add, f.removeUp)
	}
}

// inviteUsers keeps a record's invited users in step with its attendees.
func (c *comparer) inviteUsers(record *state.Item, add, remove []string) {
	invitees := slices.Clone(record.Invitees)
	for _, address := range add {
		if p, ok := c.dir.ByEmail(address); ok {
			if _, already := record.Invitee(p.ID); !already && p.ID != record.Owner() {
				invitees = append(invitees, state.Invitee{UserID: p.ID, Response: "none"})
			}
		}
	}
	record.Invitees = slices.DeleteFunc(invitees, func(inv state.Invitee) bool {
		p, ok := c.dir.Person(inv.UserID)
		return ok && slices.Contains(remove, strings.ToLower(p.Email))
	})
}

// newItem is the mailbox item a create or restore leaves: every compared field
// of the record, nothing else known.
func (c *comparer) newItem(record *state.Item, markers state.Markers) *state.Item {
	it := c.newSide(record, state.Mailbox)
	it.Set(state.AttrCategories, state.TextsValue([]string{markers.Category}))
	it.Folder, it.FolderKnown = markers.Folder(record.Kind), true
	it.Organizer = state.False
	if c.inGoogle() {
		it.FreeOrBusy = true
		it.Set(state.AttrPriority, state.Value{})
	}
	if record.Kind == state.Event {
		it.Organizer = state.TruthOf(record.Owner() == c.user.ID)
		it.Set(state.AttrCancelled, state.BoolValue(false))
		it.Set(state.AttrRecurring, record.Value(state.AttrRecurring))
		response := "organizer"
		if inv, ok := record.Invitee(c.user.ID); ok {
			response = orNone(inv.Response)
		}
		it.Set(state.AttrResponse, state.TextValue(response))
		if owner, ok := c.dir.Person(record.Owner()); ok {
			it.Set(state.AttrOrganizerEmail, state.TextValue(strings.ToLower(owner.Email)))
		}
	}
	it.Carries = record.ID
	return it
}

// newRecord is the Salesforce record an upload leaves, owned by the user.
func (c *comparer) newRecord(item *state.Item) *state.Item {
	rec := c.newSide(item, state.Salesforce)
	rec.Set(state.AttrOwner, state.TextValue(c.user.ID))
	rec.Invitees = slices.DeleteFunc(rec.Invitees, func(inv state.Invitee) bool { return inv.UserID == c.user.ID })
	if item.Kind == state.Task {
		rec.Set(state.AttrSubtype, state.TextValue("Task"))
		rec.Set(state.AttrCompleted, item.Value(state.AttrCompleted))
	}
	if item.Kind == state.Event {
		rec.Set(state.AttrRecurring, item.Value(state.AttrRecurring))
		if !rec.Value(state.AttrPrivate).IsRecorded() {
			rec.Set(state.AttrPrivate, state.BoolValue(false))
		}
		rec.InviteesKnown = state.True
	}
	return rec
}

func (c *comparer) newSide(from *state.Item, side state.Side) *state.Item {
	it := state.NewItem(from.Kind, side, "")
	it.Series = from.Series
	it.ICalUID = from.ICalUID
	it.BySync = state.True
	for _, a := range comparedFields[from.Kind] {
		f := fieldDiff{attr: a}
		if a == state.AttrAttendees {
			for _, p := range from.Value(a).People() {
				address := strings.ToLower(p.Email)
				if c.isParty(address, from) || side == state.Salesforce && !c.knows(address) {
					continue
				}
				f.addUp, f.addDown = append(f.addUp, address), append(f.addDown, address)
			}
			if !from.Value(a).IsRecorded() {
				continue
			}
		}
		if a.Describe().On(side) == state.Stored || a == state.AttrResponse {
			c.copyField(from, it, f)
		}
	}
	return it
}

// CopyOf is the mailbox item that a session makes of a record for a user, without an
// id: the world that a test describes has copies as the sync would have left them.
func CopyOf(record *state.Item, u *state.User, dir *state.Directory, markers state.Markers) *state.Item {
	c := &comparer{user: u, dir: dir, knows: func(string) bool { return true }}
	return c.newItem(record, markers)
}

// ComparedFields lists the fields the sync compares and writes, by kind.
func ComparedFields(k state.Kind) []state.Attr { return comparedFields[k] }

// CopyWritten sets on rec, while it is being built, what an update wrote to one
// field of written.
func CopyWritten(rec, written *state.Item, a state.Attr) {
	switch a {
	case state.AttrStart:
		rec.Set(state.AttrStartDate, written.Value(state.AttrStartDate))
	case state.AttrEnd:
		rec.Set(state.AttrEndDate, written.Value(state.AttrEndDate))
	case state.AttrAttendees, state.AttrResponse:
		rec.Invitees = written.Invitees
	}
	rec.Set(a, written.Value(a))
}
