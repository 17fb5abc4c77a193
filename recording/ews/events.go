package ews

import (
	"strings"
	"time"

	"weir/recording/wire"
	"weir/recording/xmlstream"
	"weir/state"
	"weir/state/zone"
)

// event reads a calendar item: an event, an occurrence or an exception of a
// series, or a series.
func (e *element) event(id string) wire.Row {
	it, n := e.newItem(state.Event, id), e.n
	it.Set(state.AttrTitle, e.text(n.Get("Subject")))
	it.Set(state.AttrBody, e.body())
	it.Set(state.AttrLocation, e.text(n.Get("Location")))
	it.Set(state.AttrShowAs, e.showAs())
	it.Set(state.AttrCancelled, e.cancelled())
	it.Set(state.AttrResponse, e.response())
	it.ICalUID = n.Get("UID").Word()
	e.people(it)
	z := e.zonesOf()
	e.times(it, z)
	row := e.row(id, it)
	e.series(&row, z)
	return row
}

func (e *element) showAs() state.Value {
	v := e.word("LegacyFreeBusyStatus")
	switch strings.ToLower(v.Text()) {
	case "":
		return v
	case "oof":
		return state.TextValue("outofoffice")
	case "nodata":
		return state.EmptyValue()
	case "workingelsewhere":
		return state.TextValue("busy")
	}
	return state.TextValue(strings.ToLower(v.Text()))
}

// cancelled reads IsCancelled, else the bit for it in AppointmentState.
func (e *element) cancelled() state.Value {
	if v := e.truth("IsCancelled"); v.IsRecorded() {
		return v
	}
	const cancelledBit = 4
	if n, ok := number(e.n.Get("AppointmentState")); ok {
		return state.BoolValue(n&cancelledBit != 0)
	}
	return state.Value{}
}

func (e *element) response() state.Value {
	v := e.word("MyResponseType")
	if !v.IsKnown() {
		return v
	}
	return state.TextValue(answer(v.Text()))
}

// answer maps Exchange's words for a response to the schema's.
func answer(word string) string {
	switch word {
	case "Organizer":
		return "organizer"
	case "Tentative":
		return "tentative"
	case "Accept":
		return "accepted"
	case "Decline":
		return "declined"
	}
	return "none" // Unknown, NoResponseReceived
}

// people reads the organiser and the attendees.
func (e *element) people(it *state.Item) {
	organizer := e.n.Get("Organizer")
	switch a, ok := mailboxAddress(organizer.Get("Mailbox")); {
	case organizer == nil:
		it.Set(state.AttrOrganizerEmail, e.missing(true))
	case organizer.Get("Mailbox") == nil:
		it.Set(state.AttrOrganizerEmail, state.EmptyValue())
	case ok:
		it.Set(state.AttrOrganizerEmail, state.TextValue(a))
	}
	it.Organizer = e.organizes(it)
	e.attendees(it)
}

// organizes: the mailbox's owner organises the event.
func (e *element) organizes(it *state.Item) state.Truth {
	switch e.n.Get("MyResponseType").Word() {
	case "Organizer":
		return state.True
	case "Tentative", "Accept", "Decline", "NoResponseReceived":
		return state.False
	}
	if email := it.Value(state.AttrOrganizerEmail); email.IsKnown() {
		return state.TruthOf(email.Text() == e.in.Mailbox)
	}
	if meeting := e.truth("IsMeeting"); meeting.IsKnown() && !meeting.Bool() {
		return state.True // an appointment has nobody else
	}
	return state.Unknown
}

func mailboxAddress(n *xmlstream.Node) (string, bool) {
	a, ok := smtp(n.Get("EmailAddress").Word(), n.Get("RoutingType").Word())
	return a, ok && a != ""
}

// attendees reads both lists of people; rooms and equipment are none. A list of
// which one half may not have been asked for, or of which a member has no
// address, is cut short.
func (e *element) attendees(it *state.Item) {
	required, optional := e.n.Get("RequiredAttendees"), e.n.Get("OptionalAttendees")
	none := e.missing(true).IsRecorded()
	if required == nil && optional == nil && !none {
		return
	}
	it.AttendeesTruncated = !none && (required == nil || optional == nil)
	var list []state.Attendee
	for _, half := range [...]*xmlstream.Node{required, optional} {
		if half == nil {
			continue
		}
		for i := range half.Kids {
			a := &half.Kids[i]
			if a.Name != "Attendee" {
				continue
			}
			address, ok := mailboxAddress(a.Get("Mailbox"))
			if !ok {
				it.AttendeesTruncated = true
				continue
			}
			list = append(list, state.Attendee{Email: address, Name: wire.Text(a.At("Mailbox", "Name").Word()), Response: answer(a.Get("ResponseType").Word())})
		}
	}
	it.Set(state.AttrAttendees, state.PeopleValue(list))
}

// times reads start and end: dates of all-day events, the exclusive end made the
// last day; instants of any other.
func (e *element) times(it *state.Item, z zones) {
	allDay := e.truth("IsAllDayEvent")
	it.Set(state.AttrAllDay, allDay)
	start, end := e.span()
	if allDay.Bool() {
		first, last := e.days(start, end, z)
		it.Set(state.AttrStartDate, first)
		it.Set(state.AttrEndDate, last)
		return
	}
	wire.SetTimes(it, e.moment(start, e.local(z)), e.moment(end, e.endZone(z)))
}

// span is where the item says when it takes place; a series may say it of its
// first occurrence only.
func (e *element) span() (start, end *xmlstream.Node) {
	if first := e.n.Get("FirstOccurrence"); e.n.Get("Start") == nil && first != nil {
		return first.Get("Start"), first.Get("End")
	}
	return e.n.Get("Start"), e.n.Get("End")
}

// endZone is the zone of an end without an offset.
func (e *element) endZone(z zones) *time.Location {
	end := e.n.Get("EndTimeZone")
	for _, name := range [...]string{end.Attr("Id"), end.Attr("Name")} {
		if loc, _, err := zone.Resolve(name); err == nil {
			return loc
		}
	}
	if p, _ := e.defined(end); p != nil {
		return p.Loc
	}
	return e.local(z)
}

// days are the first and last day that an all-day event covers.
func (e *element) days(start, end *xmlstream.Node, z zones) (first, last state.Value) {
	first = e.dayOf(start, z)
	if !first.IsKnown() {
		return first, first
	}
	n := 1
	from, okFrom := parse(start.Word(), e.local(z))
	to, okTo := parse(end.Word(), e.local(z))
	if okFrom && okTo {
		n = max(1, int((to.Sub(from)+12*time.Hour)/(24*time.Hour)))
	}
	return first, state.DayValue(first.Day().AddDays(n - 1))
}
