package generate

import (
	"strings"
	"time"

	"weir/state"
)

func eventCases() []Case {
	list := []Case{
		{Number: 0, Name: "event-moved-in-salesforce", Makes: "An event is moved by an hour in Salesforce; the sync moves the copy a session later.", Every: 20, later: true,
			setup: func(s *scene) { s.soon() },
			act: func(s *scene) {
				s.edit(1, s.owner, shift(time.Hour))
				s.editCopy(2, 0, shift(time.Hour))
			}},
		{Number: 9, Name: "event-reaches-into-window", Makes: "An event started 15 days before the first session and ended 10 days before it.", Every: 100,
			setup: func(s *scene) { s.single(s.clock(-15, 9, 0), 5*24*time.Hour) }},
		{Number: 10, Name: "event-enters-window", Makes: "An event begins 60 days and 3 hours after the first session.", Every: 100,
			setup: func(s *scene) { s.single(s.w.opts.Start.AddDate(0, 0, 60).Add(3*time.Hour), time.Hour) }},
		{Number: 11, Name: "copy-aged-out", Makes: "The copy of an event born in Salesforce leaves the window, and the sync deletes it.", Every: 100, setup: agedOut,
			shape: bornIn("salesforce"), act: func(s *scene) { s.deleteCopy(1, 0) }},
		{Number: 12, Name: "event-released", Makes: "An event born in the mailbox, with attendees, leaves the window, and the sync takes its category off.", Every: 100, Pair: true,
			setup: func(s *scene) { agedOut(s); s.inviteUser(s.other(), "accepted") }, shape: bornIn("mailbox"),
			act: func(s *scene) { s.editCopy(1, 0, setCategories()) }},
		{Number: 13, Name: "event-moved-back-into-window", Makes: "An event outside the window, with a frozen link, is moved into the future in the mailbox.", Every: 150, bare: true,
			setup: func(s *scene) { s.single(s.clock(-30, 10, 0), time.Hour) },
			shape: func(s *scene) {
				c := s.copyTo(s.owner, s.record, "")
				setCategories()(c.item)
				c.link = linkLine{born: "mailbox", state: "frozen"}
			},
			act: func(s *scene) {
				s.editCopy(1, 0, func(it *state.Item) { s.timed(it, s.clock(3, 10, 0), time.Hour) })
			}},
		{Number: 14, Name: "old-series", Makes: "A weekly series began two years ago and goes on.", Every: 60,
			setup: func(s *scene) { s.single(s.clock(-728, 10, 0), time.Hour); s.weekly(s.record) }},
		{Number: 15, Name: "all-day-across-zones", Makes: "An all-day event, of people from Los Angeles to Auckland.", Every: 40,
			setup: func(s *scene) { s.single(s.clock(5, 0, 0), time.Hour); s.allDay(s.record, 5, 5) }},
		{Number: 16, Name: "all-day-too-long", Makes: "An all-day event covers 20 days, which cannot be synced.", Every: 200,
			setup: func(s *scene) { s.single(s.clock(2, 0, 0), time.Hour); s.allDay(s.record, 2, 21) }},
		{Number: 16, Name: "series-too-long", Makes: "Each occurrence of a series lasts 26 hours, which cannot be synced.", Every: 200,
			setup: func(s *scene) { s.single(s.clock(2, 8, 0), 26*time.Hour); s.weekly(s.record) }},
		{Number: 17, Name: "event-fifteen-days-ago", Makes: "An event took place exactly 15 days before the first session: inside some products' window, outside others'.", Every: 100,
			setup: func(s *scene) { s.single(s.clock(-15, 9, 0), time.Hour) }},
		{Number: 25, Name: "event-deleted-by-owner", Makes: "A person deletes their own event in the mailbox.", Every: 200,
			setup: func(s *scene) { s.soon() }, act: func(s *scene) { s.deleteCopy(1, 0) }},
		{Number: 25, Name: "event-deleted-by-invitee", Makes: "An invited colleague deletes their copy of a meeting.", Every: 200, Pair: true,
			setup: meeting("accepted"), act: func(s *scene) { s.deleteCopy(1, 1) }},
		{Number: 26, Name: "event-recreated", Makes: "An event is deleted in Salesforce; a sync that gives the mailbox priority makes it again a session later, with a new id.", Every: 300, later: true,
			setup: func(s *scene) { s.soon() },
			act: func(s *scene) {
				again := s.record.Clone()
				again.ID = s.w.recordID(s.kind, s.n, 1)
				again.Set(state.AttrCreated, instantValue(s.when(2)))
				again.Set(state.AttrModified, instantValue(s.when(2)))
				again.Set(state.AttrModifiedBy, textValue(s.w.sync.id))
				s.deleteRecord()
				if s.step == 2 {
					s.beside = append(s.beside, again)
					s.editCopy(2, 0, func(it *state.Item) { it.Carries = again.ID })
					s.touched = true
				}
			}},
		{Number: 27, Name: "edit-overwritten", Makes: "An event is renamed in the mailbox; a sync that gives Salesforce priority names it back.", Every: 300, later: true,
			setup: func(s *scene) { s.soon() },
			act: func(s *scene) {
				s.editCopy(1, 0, setText(state.AttrTitle, "My own name for it"))
				s.editCopy(2, 0, setText(state.AttrTitle, s.record.Title()))
			}},
		{Number: 54, Name: "event-made-private", Makes: "A synced event is made private in the mailbox.", Every: 200,
			setup: func(s *scene) { s.soon() },
			act: func(s *scene) {
				s.editCopy(1, 0, func(it *state.Item) { it.Set(state.AttrPrivate, boolValue(true)) })
			}},
		{Number: 55, Name: "attendee-of-subdomain", Makes: "An attendee's address is in a sub-domain of a customer's.", Every: 100,
			setup: func(s *scene) { s.soon() },
			shape: func(s *scene) {
				s.attend(0, state.Attendee{Email: "desk." + s.id36() + "@mail.globex.example", Name: "Desk", Response: "none"})
			}},
		{Number: 57, Name: "invitation-declined", Makes: "An invited colleague has declined.", Every: 80, Pair: true, setup: meeting("declined")},
		{Number: 58, Name: "child-event", Makes: "Salesforce shows an invited colleague's own row of a meeting beside the meeting.", Every: 80, Pair: true,
			setup: func(s *scene) {
				meeting("accepted")(s)
				child := s.record.Clone()
				child.ID = s.w.recordID(s.kind, s.n, 1)
				child.Set(state.AttrOwner, textValue(s.other().id))
				child.Custom = map[string]state.Value{"IsDeleted": boolValue(false), "IsChild": boolValue(true), "IsGroupEvent": boolValue(true)}
				s.beside = append(s.beside, child)
			}},
		{Number: 59, Name: "meeting-deleted-by-organiser", Makes: "The organiser deletes a meeting with attendees in the mailbox, which may send cancellations.", Every: 200, Pair: true,
			setup: meeting("accepted"), act: func(s *scene) { s.deleteCopy(1, 0) }},
		{Number: 60, Name: "attendee-removed", Makes: "An invitation is taken back in Salesforce; the mailbox keeps the attendee.", Every: 150, Pair: true, setup: meeting("none"),
			act: func(s *scene) {
				s.withdrawn, s.invitedTouched = true, s.step == 1
				s.edit(1, s.owner, func(*state.Item) {})
			}},
	}
	own := []Case{
		{Number: 49, Name: "meeting-in-two-mailboxes", Makes: "Two colleagues have the same meeting of a customer, marked, and Salesforce has none.", Every: 40, Pair: true, shape: shapeShared},
		{Number: 53, Name: "private-event-marked", Makes: "A person marks a private event of their own for the sync.", Every: 40,
			act: func(s *scene) {
				s.editCopy(1, 0, setCategories(marker))
				s.editCopy(1, 0, func(it *state.Item) { it.Set(state.AttrPrivate, boolValue(true)) })
			}},
		{Number: 56, Name: "internal-meeting", Makes: "A meeting of colleagues only, one of them by an address with a plus sign and capitals.", Every: 15,
			shape: func(s *scene) {
				name, _, _ := strings.Cut(s.other().address, "@")
				s.attend(0, state.Attendee{Email: strings.ToUpper(name) + "+Cal@Acme.Example", Name: s.other().name(), Response: "accepted"})
			}},
	}
	return append(placed(list, InSalesforce, state.Event), placed(own, InMailbox, state.Event)...)
}

// single makes the event a timed one, not private and no series.
func (s *scene) single(start time.Time, lasts time.Duration) {
	s.record.Series = nil
	s.record.Set(state.AttrRecurring, boolValue(false))
	s.record.Set(state.AttrPrivate, boolValue(false))
	s.timed(s.record, start, lasts)
}

// soon puts the event into the next weeks.
func (s *scene) soon() { s.single(s.clock(2+s.dice.roll(80, 25), 9+s.dice.roll(81, 8), 0), time.Hour) }

// agedOut puts the event on the first day of the window, so that it leaves it.
func agedOut(s *scene) { s.single(s.clock(-14, 9, 0), time.Hour) }

// meeting is an event soon that invites the neighbour.
func meeting(status string) func(*scene) {
	return func(s *scene) {
		s.soon()
		s.inviteUser(s.other(), status)
	}
}

func bornIn(side string) func(*scene) {
	return func(s *scene) {
		for i := range s.copies {
			s.copies[i].link = linkLine{born: side}
		}
	}
}

func shift(by time.Duration) func(*state.Item) {
	return func(it *state.Item) {
		for _, a := range [...]state.Attr{state.AttrStart, state.AttrEnd} {
			it.Set(a, instantValue(it.Value(a).Instant().Add(by)))
		}
	}
}

// attend adds an attendee to an item.
func (s *scene) attend(i int, a state.Attendee) {
	if i < len(s.copies) {
		it := s.copies[i].item
		it.Set(state.AttrAttendees, state.PeopleValue(append(it.Value(state.AttrAttendees).People(), a)))
	}
}

// shapeShared puts one meeting, organised by a customer, into two mailboxes.
func shapeShared(s *scene) {
	mine := s.copies[0].item
	other := s.newItem(s.other(), "").item
	theirs := mine.Clone()
	theirs.ID = other.ID
	s.copies[1] = itemCopy{user: s.other(), item: theirs, own: true}
	for i := range s.copies {
		it := s.copies[i].item
		setCategories(marker)(it)
		it.Organizer = state.False
		it.Set(state.AttrPrivate, boolValue(false))
		it.Set(state.AttrResponse, textValue("accepted"))
		it.Set(state.AttrOrganizerEmail, textValue("host."+s.id36()+"@globex.example"))
		it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{
			{Email: s.owner.address, Name: s.owner.name(), Response: "accepted"}, {Email: s.other().address, Name: s.other().name(), Response: "accepted"}}))
	}
}
