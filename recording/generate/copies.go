package generate

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"weir/state"
)

// marker is the category of what is synced.
const marker = "Salesforce"

// mirror makes the copies that the sync has made of a record by the default policy,
// or the item that only a mailbox has.
func (s *scene) mirror() {
	if s.on == InMailbox {
		s.personal()
		return
	}
	if s.part != nil && s.part.bare {
		return
	}
	for _, user := range s.holders() {
		s.copyTo(user, s.record, "")
	}
}

// holders are the people whose mailboxes hold a copy of the record.
func (s *scene) holders() []*person {
	owner := s.record.Owner()
	var out []*person
	if owner == s.owner.id {
		out = append(out, s.owner)
	}
	switch s.kind {
	case state.Contact:
		if before := s.w.person(s.owner.n - 1); before != s.owner && before.part != nil && before.part.wide && s.part == nil {
			out = append(out, before)
		}
	case state.Task:
		if !s.taskInside() {
			return nil
		}
	case state.Event:
		if !s.eventInside() {
			return nil
		}
		for _, inv := range s.invited {
			if inv.user != nil && !slices.Contains(out, inv.user) {
				out = append(out, inv.user)
			}
		}
	}
	return out
}

// taskInside: the task is inside the default window at the first session.
func (s *scene) taskInside() bool {
	it, from := s.record, s.day(-14)
	switch sub := it.Value(state.AttrSubtype).Text(); {
	case !it.Value(state.AttrClosed).Bool():
		return true
	case sub != "Task":
		return false
	}
	if due := it.Value(state.AttrDue); due.IsKnown() && due.Day() >= from {
		return true
	}
	for _, a := range [...]state.Attr{state.AttrCompleted, state.AttrCreated} {
		if v := it.Value(a); v.IsKnown() && state.DateOf(v.Instant(), s.owner.loc) >= from {
			return true
		}
	}
	modified := it.Value(state.AttrModified)
	return state.DateOf(modified.Instant(), s.owner.loc) >= from && it.Value(state.AttrModifiedBy).Text() != s.w.sync.id
}

// eventInside: the event is inside the default window at the first session, and the
// product can sync it.
func (s *scene) eventInside() bool {
	it := s.record
	if it.Series != nil {
		return !it.Series.Lightning && it.Value(state.AttrEnd).Instant().Sub(it.Value(state.AttrStart).Instant()) <= 24*time.Hour
	}
	first, last := it.Value(state.AttrStartDate).Day(), it.Value(state.AttrEndDate).Day()
	if !it.AllDay() {
		first = state.DateOf(it.Value(state.AttrStart).Instant(), s.owner.loc)
		last = state.DateOf(it.Value(state.AttrEnd).Instant().Add(-time.Second), s.owner.loc)
	}
	return last >= s.day(-14) && first <= s.day(60) && !(it.AllDay() && last-first >= 14)
}

// copyTo puts a copy of a record into somebody's mailbox.
func (s *scene) copyTo(user *person, rec *state.Item, suffix string) *itemCopy {
	it := state.NewItem(s.kind, state.Mailbox, itemID(user, s.kind, s.id36()+suffix))
	for _, a := range copied[s.kind] {
		it.Set(a, rec.Value(a))
	}
	born := "mailbox"
	if s.dice.oneIn(40, 2) {
		born = "salesforce"
	}
	made := rec.Value(state.AttrCreated).Instant().Add(time.Hour)
	it.Set(state.AttrCreated, instantValue(made))
	it.Set(state.AttrModified, instantValue(later(made, rec.Value(state.AttrModified).Instant().Add(10*time.Minute))))
	it.Set(state.AttrCategories, state.TextsValue([]string{marker}))
	it.Carries = rec.ID
	switch s.kind {
	case state.Contact:
		it.Set(state.AttrTitle, textValue(rec.Title()))
		it.Set(state.AttrEmail2, state.EmptyValue())
		it.Set(state.AttrEmail3, state.EmptyValue())
	case state.Task:
		it.Set(state.AttrStatus, textValue(mailStatus(rec)))
		it.Set(state.AttrPriority, textValue(mailPriorities[rec.Value(state.AttrPriority).Text()]))
	case state.Event:
		s.copyMeeting(it, user)
	}
	c := itemCopy{user: user, item: it, link: linkLine{born: born}}
	if s.dice.oneIn(41, 3) {
		c.link.born = "" // only the id on the item tells
	}
	s.copies = append(s.copies, c)
	return &s.copies[len(s.copies)-1]
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// copied are the attributes that a copy has from its record as they are.
var copied = [...][]state.Attr{
	state.Contact: {state.AttrFirstName, state.AttrLastName, state.AttrEmail, state.AttrPhone, state.AttrMobile, state.AttrCompany, state.AttrJobTitle},
	state.Task:    {state.AttrTitle, state.AttrBody, state.AttrDue, state.AttrCompleted, state.AttrClosed},
	state.Event: {state.AttrTitle, state.AttrBody, state.AttrLocation, state.AttrPrivate, state.AttrShowAs, state.AttrAllDay, state.AttrStart, state.AttrEnd,
		state.AttrStartDate, state.AttrEndDate, state.AttrRecurring},
}

var mailPriorities = map[string]string{"High": "high", "Normal": "normal", "Low": "low"}

func mailStatus(rec *state.Item) string {
	switch {
	case rec.Value(state.AttrClosed).Bool():
		return "completed"
	case rec.Value(state.AttrStatus).Text() == "In Progress":
		return "inProgress"
	}
	return "notStarted"
}

// copyMeeting adds what only a calendar says: who organises, who comes.
func (s *scene) copyMeeting(it *state.Item, user *person) {
	it.Series = s.record.Series
	it.ICalUID = s.uid(0)
	it.Set(state.AttrCancelled, boolValue(false))
	it.Organizer = state.TruthOf(user == s.owner)
	it.Set(state.AttrOrganizerEmail, textValue(s.owner.address))
	response := "none"
	if len(s.invited) > 0 && user == s.owner {
		response = "organizer"
	}
	var list []state.Attendee
	for _, inv := range s.invited {
		list = append(list, state.Attendee{Email: inv.email, Name: inv.name, Response: inv.status})
		if inv.user == user {
			response = inv.status
		}
	}
	it.Set(state.AttrResponse, textValue(response))
	it.Set(state.AttrAttendees, state.PeopleValue(list))
}

// uid is an event's calendar uid, the same in every mailbox.
func (s *scene) uid(n int) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(s.dice.of(50+n)))
	binary.BigEndian.PutUint64(b[8:], uint64(s.dice.of(60+n)))
	return "040000008200E00074C5B7101A82E008" + hex.EncodeToString(b[:])
}

// personal makes an item that the sync has nothing to do with.
func (s *scene) personal() {
	d, c := s.dice, s.newItem(s.owner, "")
	c.own = true
	it := c.item
	switch s.kind {
	case state.Contact:
		first, last := pick(d, 10, firstNames), pick(d, 11, lastNames)
		s.fill(it, []state.Attr{state.AttrCompany, state.AttrJobTitle, state.AttrEmail2, state.AttrEmail3, state.AttrPhone})
		it.Set(state.AttrTitle, textValue(first+" "+last))
		it.Set(state.AttrFirstName, textValue(first))
		it.Set(state.AttrLastName, textValue(last))
		it.Set(state.AttrMobile, textValue(phone(d, 14)))
		it.Set(state.AttrEmail, textValue(plain(first)+"."+s.id36()+"@home.example"))
	case state.Task:
		s.fill(it, []state.Attr{state.AttrCompleted, state.AttrDue})
		it.Set(state.AttrTitle, textValue("Buy "+pick(d, 10, []string{"milk", "flowers", "a train ticket"})+" "+number36(s.n)))
		it.Set(state.AttrBody, textValue(text(d, 12)))
		it.Set(state.AttrStatus, textValue("notStarted"))
		it.Set(state.AttrClosed, boolValue(false))
		it.Set(state.AttrPriority, textValue("normal"))
		it.Set(state.AttrDue, dayValue(s.day(d.roll(13, 30))))
	case state.Event:
		s.personalEvent(it)
	}
}

func (s *scene) fill(it *state.Item, attrs []state.Attr) {
	for _, a := range attrs {
		it.Set(a, state.EmptyValue())
	}
}

func (s *scene) personalEvent(it *state.Item) {
	d := s.dice
	it.Set(state.AttrTitle, textValue(pick(d, 10, []string{"Dentist", "Lunch", "School play", "Gym"})+" "+number36(s.n)))
	it.Set(state.AttrBody, textValue(text(d, 12)))
	it.Set(state.AttrLocation, state.EmptyValue())
	it.Set(state.AttrPrivate, boolValue(d.oneIn(13, 3)))
	it.Set(state.AttrShowAs, textValue("busy"))
	it.Set(state.AttrRecurring, boolValue(false))
	it.Set(state.AttrCancelled, boolValue(false))
	it.Set(state.AttrResponse, textValue("none"))
	it.Set(state.AttrOrganizerEmail, textValue(s.owner.address))
	it.Organizer = state.True
	it.ICalUID = s.uid(0)
	it.Set(state.AttrAttendees, state.PeopleValue(nil))
	s.timed(it, s.clock(d.roll(14, 50)-5, 12+d.roll(15, 6), 0), time.Hour)
}
