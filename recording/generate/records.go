package generate

import (
	"time"

	"weir/recording/salesforce"
	"weir/state"
)

// prefixes of the ids of records by kind.
var prefixes = [...]string{state.Contact: "003", state.Task: "00T", state.Event: "00U"}

// recordID is the id of a record; beside counts the rows that some cases have beside
// their own.
func (w *world) recordID(kind state.Kind, n, beside int) string {
	return salesforce.ID(prefixes[kind], n+beside*(w.total(InSalesforce, kind)+1))
}

func textValue(s string) state.Value       { return state.TextValue(s) }
func boolValue(b bool) state.Value         { return state.BoolValue(b) }
func dayValue(d state.Date) state.Value    { return state.DayValue(d) }
func instantValue(t time.Time) state.Value { return state.InstantValue(t) }

// newRecord makes a record of ordinary life.
func (s *scene) newRecord() *state.Item {
	it := state.NewItem(s.kind, state.Salesforce, s.w.recordID(s.kind, s.n, 0))
	it.Set(state.AttrOwner, textValue(s.owner.id))
	made := s.made()
	it.Set(state.AttrCreated, instantValue(made))
	it.Set(state.AttrModified, instantValue(made.Add(time.Duration(s.dice.roll(5, 15*24))*time.Hour)))
	author := s.owner
	if s.dice.oneIn(6, 4) {
		author = &s.w.sync
	}
	it.Set(state.AttrModifiedBy, textValue(author.id))
	switch s.kind {
	case state.Contact:
		s.newContact(it)
	case state.Task:
		s.newTask(it)
	case state.Event:
		s.newEvent(it)
	}
	return it
}

// names are a contact's, followed from its number.
func contactNames(d dice, n int) (first, last, company, email string) {
	first, last, company = pick(d, 10, firstNames), pick(d, 11, lastNames), pick(d, 12, companies)
	return first, last, company, plain(first) + "." + plain(last) + "." + number36(n) + "@" + plain(company) + ".example"
}

func (s *scene) newContact(it *state.Item) {
	first, last, company, email := contactNames(s.dice, s.n)
	it.Set(state.AttrFirstName, textValue(first))
	it.Set(state.AttrLastName, textValue(last))
	it.Set(state.AttrEmail, textValue(email))
	it.Set(state.AttrCompany, textValue(company))
	it.Set(state.AttrJobTitle, textValue(pick(s.dice, 13, titles)))
	it.Set(state.AttrPhone, textValue(phone(s.dice, 14)))
	it.Set(state.AttrMobile, textValue(phone(s.dice, 16)))
	it.Custom = map[string]state.Value{"IsDeleted": boolValue(false), "MasterRecordId": state.EmptyValue(),
		"Rating__c": textValue(pick(s.dice, 18, []string{"", "Cold", "Warm", "Hot"}))}
	if p := s.owner.part; p != nil && p.small && s.n/len(s.w.people) >= 4 {
		it.Set(state.AttrOwner, textValue(s.w.former.id))
	}
}

func (s *scene) newTask(it *state.Item) {
	d := s.dice
	it.Set(state.AttrTitle, textValue(pick(d, 10, verbs)+" "+pick(d, 11, topics)+" "+number36(s.n)))
	it.Set(state.AttrBody, textValue(text(d, 12)))
	it.Set(state.AttrPriority, textValue(pick(d, 13, []string{"Normal", "Normal", "High", "Low"})))
	it.Set(state.AttrSubtype, textValue("Task"))
	it.Custom = map[string]state.Value{"IsDeleted": boolValue(false), "IsArchived": boolValue(false)}
	switch n := d.roll(14, 10); {
	case n < 6:
		s.open(it)
		if !d.oneIn(15, 6) {
			it.Set(state.AttrDue, dayValue(s.day(d.roll(16, 90)-30)))
		}
	case n < 8:
		s.close(it, s.day(-d.roll(16, 9)), s.clock(-d.roll(17, 9)-1, 10, d.roll(18, 60)))
	default:
		age := 30 + d.roll(16, 300)
		s.close(it, s.day(-age), s.clock(-age, 11, d.roll(18, 60)))
	}
}

func (s *scene) open(it *state.Item) {
	it.Set(state.AttrStatus, textValue(pick(s.dice, 19, []string{"Not Started", "In Progress", "Waiting on someone else"})))
	it.Set(state.AttrClosed, boolValue(false))
	it.Set(state.AttrDue, state.EmptyValue())
	it.Set(state.AttrCompleted, state.EmptyValue())
}

// close makes a task one that was done, and not touched since.
func (s *scene) close(it *state.Item, due state.Date, done time.Time) {
	it.Set(state.AttrStatus, textValue("Completed"))
	it.Set(state.AttrClosed, boolValue(true))
	it.Set(state.AttrDue, dayValue(due))
	it.Set(state.AttrCompleted, instantValue(done))
	s.touchedLast(it, done)
}

// touchedLast dates a record whose last change was long ago.
func (s *scene) touchedLast(it *state.Item, at time.Time) {
	it.Set(state.AttrModified, instantValue(at))
	it.Set(state.AttrModifiedBy, textValue(s.owner.id))
	if made := it.Value(state.AttrCreated).Instant(); made.After(at) {
		it.Set(state.AttrCreated, instantValue(at.Add(-48*time.Hour)))
	}
}

func (s *scene) newEvent(it *state.Item) {
	d := s.dice
	it.Set(state.AttrTitle, textValue(pick(d, 10, verbs)+" "+pick(d, 11, topics)+" "+number36(s.n)))
	it.Set(state.AttrBody, textValue(text(d, 12)))
	it.Set(state.AttrLocation, textValue(pick(d, 13, places)))
	it.Set(state.AttrPrivate, boolValue(d.oneIn(14, 40)))
	it.Set(state.AttrShowAs, textValue(pick(d, 15, []string{"busy", "busy", "busy", "free", "outofoffice"})))
	it.Set(state.AttrRecurring, boolValue(false))
	it.Custom = map[string]state.Value{"IsDeleted": boolValue(false), "IsChild": boolValue(false), "IsGroupEvent": boolValue(false)}
	days := d.roll(16, 67) - 12
	switch d.roll(17, 10) {
	case 0:
		days = -25 - d.roll(16, 175)
	case 1:
		days = 70 + d.roll(16, 130)
	}
	if d.oneIn(18, 12) {
		s.allDay(it, days, days+d.roll(19, 3))
		return
	}
	s.timed(it, s.clock(days, 8+d.roll(20, 9), 15*d.roll(21, 4)), time.Duration(30*(1+d.roll(22, 4)))*time.Minute)
	if days >= 0 && d.oneIn(23, 20) {
		s.weekly(it)
	}
}

func (s *scene) timed(it *state.Item, start time.Time, lasts time.Duration) {
	it.Set(state.AttrAllDay, boolValue(false))
	it.Set(state.AttrStart, instantValue(start))
	it.Set(state.AttrEnd, instantValue(start.Add(lasts)))
	it.Set(state.AttrStartDate, state.Value{})
	it.Set(state.AttrEndDate, state.Value{})
}

// allDay makes an event one of the owner's days, counted from the first session.
func (s *scene) allDay(it *state.Item, first, last int) {
	it.Set(state.AttrAllDay, boolValue(true))
	it.Set(state.AttrStartDate, dayValue(s.day(first)))
	it.Set(state.AttrEndDate, dayValue(s.day(last)))
	it.Set(state.AttrStart, state.Value{})
	it.Set(state.AttrEnd, state.Value{})
}

var shortDays = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// weekly makes a timed event a series, on its own day of the week.
func (s *scene) weekly(it *state.Item) {
	day := it.Value(state.AttrStart).Instant().In(s.owner.loc).Weekday()
	it.Set(state.AttrRecurring, boolValue(true))
	it.Series = &state.Series{Rule: "FREQ=WEEKLY;BYDAY=" + shortDays[day] + ";WKST=SU", Zone: s.owner.zone}
}

// mostInvited is how many neighbours an event may invite.
const mostInvited = 3

// invitesNeighbour says whether an event invites the owner's neighbour at a distance,
// without making the event. One in eight invites one, two or three.
func (t *thing) invitesNeighbour(distance int) bool {
	if t.part != nil {
		return t.part.Pair && distance == 1
	}
	return distance < len(t.w.people) && distance <= t.dice.roll(30, 24)%8%(mostInvited+1) && t.dice.roll(30, 24) < mostInvited+1
}

// invite adds the people that an event of ordinary life invites: neighbours, and
// one in four a contact.
func (s *scene) invite() {
	for distance := 1; distance <= mostInvited; distance++ {
		if s.part == nil && s.invitesNeighbour(distance) {
			s.inviteUser(s.w.person(s.owner.n+distance), pick(s.dice, 31+distance, []string{"none", "accepted", "accepted", "tentative"}))
		}
	}
	if s.part == nil && s.dice.oneIn(35, 4) {
		s.inviteContact(s.dice.roll(36, max(1, s.w.opts.Contacts)), "none")
	}
}

func (s *scene) inviteUser(p *person, status string) {
	s.invited = append(s.invited, invitation{user: p, email: p.address, name: p.name(), status: status})
	s.record.Custom["IsGroupEvent"] = boolValue(true)
}

// inviteContact invites a contact of ordinary life.
func (s *scene) inviteContact(n int, status string) {
	if n >= s.w.opts.Contacts {
		return
	}
	c := s.w.thing(InSalesforce, state.Contact, n)
	if c.part != nil {
		return
	}
	first, last, _, email := contactNames(c.dice, n)
	s.invited = append(s.invited, invitation{contact: n, email: email, name: first + " " + last, status: status})
	s.record.Custom["IsGroupEvent"] = boolValue(true)
}
