package google

import (
	"slices"
	"strings"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// Losses are what an item loses by being written in Google's terms and read back.
var Losses = []wire.Loss{
	{What: "What was not recorded of an event or task reads as empty, where an empty one is left out; a person field that no contact of the answer has reads as not recorded.", Apply: fillIn},
	{What: "Times are whole seconds. When a contact or task was created is lost.", Apply: trim},
	{What: "Events and tasks have no categories, tasks no priority and no place for a record's id.", Apply: placeless},
	{What: "A contact's folder is a group, and so one of the categories.", Apply: asGroups},
	{What: "Addresses have an order but no gaps, and each stands once.", Apply: closeGaps},
	{What: "A task's status is needsAction or completed.", Apply: twoStates},
	{What: "An event is free, busy or tentative: an absence becomes busy.", Apply: freeOrBusy},
	{What: "The owner's answer is that of the attendee with the owner's address; without one it is lost. The owner organises an event that names the owner as organiser.", Apply: ownAnswer},
	{What: "Text that looks like formatting is read as a person reads it, its line ends and outer white space tidied.", Apply: plainBody},
	{What: "Events have an end: without one it is the start. A timed series takes place in the calendar's zone where it names none, an all-day one in none.", Apply: times},
	{What: "An added occurrence of a series lasts as long as the others. That a series is in Salesforce's Lightning form is lost.", Apply: added},
	{What: "A cancelled event is a deleted one.", Apply: func(*state.Item, *wire.Payload) {}},
}

// isMissing: the attribute has no text.
func isMissing(v state.Value) bool { return !v.IsKnown() || v.Type() == state.Text && v.Text() == "" }

func fillIn(it *state.Item, p *wire.Payload) {
	if it.Kind == state.Contact {
		for _, c := range contents {
			fillField(it, c.attrs, asks(p, c.attrs))
		}
		return
	}
	for _, a := range [...]state.Attr{state.AttrTitle, state.AttrBody, state.AttrLocation, state.AttrDue, state.AttrCompleted} {
		if isMissing(it.Value(a)) {
			it.Set(a, state.EmptyValue())
		}
	}
	if it.Kind == state.Event {
		it.Set(state.AttrPrivate, state.BoolValue(it.Value(state.AttrPrivate).Bool()))
		it.Set(state.AttrCancelled, state.BoolValue(it.Value(state.AttrCancelled).Bool()))
		it.Set(state.AttrRecurring, state.BoolValue(it.Series != nil))
		it.Set(state.AttrAttendees, state.PeopleValue(it.Value(state.AttrAttendees).People()))
		if isMissing(it.Value(state.AttrOrganizerEmail)) {
			it.Set(state.AttrOrganizerEmail, state.Value{})
		}
	}
	for _, a := range [...]state.Attr{state.AttrCreated, state.AttrModified} {
		if !it.Value(a).IsKnown() {
			it.Set(a, state.Value{})
		}
	}
}

// asks reports that some contact of the payload has one of the attributes.
func asks(p *wire.Payload, attrs []state.Attr) bool {
	for it := range p.Items {
		for _, a := range attrs {
			if a == state.AttrCategories && groupsOf(it) != nil || a != state.AttrCategories && !isMissing(it.Value(a)) {
				return true
			}
		}
	}
	return false
}

func fillField(it *state.Item, attrs []state.Attr, asked bool) {
	for _, a := range attrs {
		switch {
		case !asked:
			it.Set(a, state.Value{})
		case a == state.AttrCategories:
			it.Set(a, state.TextsValue(it.Value(a).Texts()))
		case isMissing(it.Value(a)):
			it.Set(a, state.EmptyValue())
		}
	}
}

func trim(it *state.Item, _ *wire.Payload) {
	for _, a := range state.Schema() {
		if v := it.Value(a.Attr); v.IsKnown() && a.Type == state.Instant {
			it.Set(a.Attr, state.InstantValue(v.Instant().Truncate(time.Second)))
		}
	}
	if it.Kind != state.Event {
		it.Set(state.AttrCreated, state.Value{})
	}
	if it.Kind == state.Contact && !it.Value(state.AttrModified).IsKnown() {
		it.Set(state.AttrModified, state.Value{})
	}
}

func placeless(it *state.Item, _ *wire.Payload) {
	if it.Kind != state.Contact {
		it.Set(state.AttrCategories, state.TextsValue(nil))
	}
	if it.Kind == state.Task {
		it.Set(state.AttrPriority, state.Value{})
		it.Carries = ""
	}
}

func asGroups(it *state.Item, p *wire.Payload) {
	if it.Kind == state.Contact && asks(p, []state.Attr{state.AttrCategories}) {
		it.Set(state.AttrCategories, state.TextsValue(Categories(it)))
	}
}

func closeGaps(it *state.Item, p *wire.Payload) {
	slots := []state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3}
	if it.Kind != state.Contact || !asks(p, slots) {
		return
	}
	var list []string
	for _, a := range slots {
		if email := it.Value(a).Text(); email != "" && !slices.Contains(list, email) {
			list = append(list, email)
		}
		it.Set(a, state.EmptyValue())
	}
	for i, email := range list {
		it.Set(slots[i], state.TextValue(email))
	}
}

func twoStates(it *state.Item, _ *wire.Payload) {
	if it.Kind != state.Task {
		return
	}
	word := statusWord(it)
	if word == "" {
		it.Set(state.AttrStatus, state.Value{})
		return
	}
	it.Set(state.AttrStatus, state.TextValue(word))
	it.Set(state.AttrClosed, state.BoolValue(word == "completed"))
}

func freeOrBusy(it *state.Item, _ *wire.Payload) {
	if it.Kind != state.Event {
		return
	}
	it.FreeOrBusy = true
	if word := it.Value(state.AttrShowAs).Text(); word != "free" && word != "tentative" {
		it.Set(state.AttrShowAs, state.TextValue("busy"))
	}
}

func ownAnswer(it *state.Item, p *wire.Payload) {
	if it.Kind != state.Event {
		return
	}
	switch email := it.Value(state.AttrOrganizerEmail); {
	case it.Organizer == state.True:
	case email.IsKnown():
		it.Organizer = state.TruthOf(email.Text() == p.Mailbox)
	default:
		it.Organizer = state.Unknown
	}
	own := it.Value(state.AttrResponse)
	answer := state.Value{}
	people := slices.Clone(it.Value(state.AttrAttendees).People())
	for i := range people {
		people[i].Response = answers[responseStatus(people[i].Response)]
		if people[i].Email == p.Mailbox && it.Organizer != state.True {
			if own.IsKnown() {
				people[i].Response = answers[responseStatus(own.Text())]
			}
			answer = state.TextValue(people[i].Response)
		}
	}
	if it.Organizer == state.True {
		answer = state.TextValue("organizer")
	}
	it.Set(state.AttrAttendees, state.PeopleValue(people))
	it.Set(state.AttrResponse, answer)
}

func plainBody(it *state.Item, _ *wire.Payload) {
	if body := it.Value(state.AttrBody); it.Kind == state.Event && body.IsKnown() && markup.MatchString(body.Text()) {
		lines := strings.Split(body.Text(), "\n")
		for i := range lines {
			lines[i] = strings.Join(strings.Fields(lines[i]), " ")
		}
		it.Set(state.AttrBody, state.TextValue(strings.Trim(strings.Join(lines, "\n"), "\n")))
	}
}

func times(it *state.Item, p *wire.Payload) {
	if it.Kind != state.Event {
		return
	}
	start, end, first, last := it.Value(state.AttrStart), it.Value(state.AttrEnd), it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	for _, a := range [...]state.Attr{state.AttrStart, state.AttrEnd, state.AttrStartDate, state.AttrEndDate} {
		it.Set(a, state.Value{})
	}
	switch allDay := it.AllDay(); {
	case allDay && first.IsKnown():
		it.Set(state.AttrStartDate, first)
		it.Set(state.AttrEndDate, first)
		if last.IsKnown() && last.Day() > first.Day() {
			it.Set(state.AttrEndDate, last)
		}
	case !allDay && start.IsKnown():
		it.Set(state.AttrAllDay, state.BoolValue(false))
		it.Set(state.AttrStart, start)
		it.Set(state.AttrEnd, start)
		if end.IsKnown() && end.Instant().After(start.Instant()) {
			it.Set(state.AttrEnd, end)
		}
	default:
		it.Set(state.AttrAllDay, state.Value{})
	}
	if it.Series != nil {
		s := *it.Series
		switch {
		case it.AllDay():
			s.Zone = ""
		case s.Zone == "" && p.Zone != nil:
			s.Zone = p.Zone.String()
		case s.Zone == "":
			s.Zone = "UTC"
		}
		it.Series = &s
	}
}

func added(it *state.Item, _ *wire.Payload) {
	if it.Series == nil {
		return
	}
	s := *it.Series
	s.Lightning = false
	s.Occurrences = slices.Clone(s.Occurrences)
	for i := range s.Occurrences {
		o := &s.Occurrences[i]
		switch {
		case !noOriginal(*o):
		case it.AllDay():
			o.OriginalDate = o.StartDate
			o.EndDate = o.StartDate + it.Value(state.AttrEndDate).Day() - it.Value(state.AttrStartDate).Day()
		default:
			o.Original = o.Start
			o.End = o.Start.Add(it.Value(state.AttrEnd).Instant().Sub(it.Value(state.AttrStart).Instant()))
		}
	}
	wire.SortOccurrences(s.Occurrences)
	it.Series = &s
}
