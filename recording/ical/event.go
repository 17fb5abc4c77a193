package ical

import (
	"strings"

	"weir/recording/contentline"
	"weir/recording/wire"
	"weir/state"
)

// event reads a VEVENT.
func (b *builder) event(e *entry) {
	b.begin(state.Event)
	e.item = b.it
	b.it.Set(state.AttrLocation, b.text("LOCATION"))
	b.it.Set(state.AttrPrivate, b.private())
	b.it.Set(state.AttrShowAs, state.TextValue(b.showAs()))
	b.it.Set(state.AttrCancelled, state.BoolValue(b.word("STATUS") == "CANCELLED" || b.f.cal.method == "CANCEL"))
	b.people()
	b.times(e)
	b.recurrence(e)
}

// private reads the classification: whatever is not public is private, as RFC 5545
// (3.8.1.3) has it for words that are not known.
func (b *builder) private() state.Value {
	class := b.word("CLASS")
	if class == "" && b.sparse && b.f.cal.method == "CANCEL" {
		return state.Value{}
	}
	return state.BoolValue(class != "" && class != "PUBLIC")
}

// showAs is Microsoft's word where there is one, else whether the time is taken.
func (b *builder) showAs() string {
	for _, name := range [...]string{"X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS"} {
		switch b.word(name) {
		case "FREE":
			return "free"
		case "TENTATIVE":
			return "tentative"
		case "BUSY", "WORKINGELSEWHERE":
			return "busy"
		case "OOF":
			return "outofoffice"
		}
	}
	switch {
	case b.word("TRANSP") == "TRANSPARENT":
		return "free"
	case b.word("STATUS") == "TENTATIVE":
		return "tentative"
	case b.sparse && b.c.Get("TRANSP") == nil:
		return ""
	}
	return "busy"
}

// people reads the organiser, the attendees and the owner's own answer.
func (b *builder) people() {
	organizer := b.organizer()
	lines := b.c.All("ATTENDEE")
	if len(lines) == 0 && b.sparse {
		return
	}
	var list []state.Attendee
	for _, l := range lines {
		if isResource(l) {
			continue
		}
		address := addressOf(l)
		if address == "" {
			b.it.AttendeesTruncated = true
			b.f.warn(l.ValuePos, "Attendee without address", "This attendee is named by %q and has no e-mail address, so the list counts as incomplete.", wire.Clip(l.Value))
			continue
		}
		a := state.Attendee{Email: address, Name: strings.TrimSpace(wire.Text(l.Param("CN"))), Response: answer(l.Param("PARTSTAT"))}
		if address == b.f.in.Mailbox {
			b.it.Set(state.AttrResponse, state.TextValue(a.Response))
		}
		if address == organizer {
			a.Response = "organizer"
		}
		list = append(list, a)
	}
	if b.c.TooLarge {
		b.it.AttendeesTruncated = true
	}
	b.it.Set(state.AttrAttendees, state.PeopleValue(list))
	if organizer != "" && organizer == b.f.in.Mailbox {
		b.it.Set(state.AttrResponse, state.TextValue("organizer"))
	}
}

// organizer reads who organises the event. Without one nobody is said to, and then
// whether the owner does is not known.
func (b *builder) organizer() string {
	l := b.c.Get("ORGANIZER")
	if l == nil {
		b.it.Set(state.AttrOrganizerEmail, b.missing())
		return ""
	}
	address := addressOf(l)
	if address == "" {
		return ""
	}
	b.it.Set(state.AttrOrganizerEmail, state.TextValue(address))
	b.it.Organizer = state.TruthOf(address == b.f.in.Mailbox)
	return address
}

// addressOf is the e-mail address of an attendee or organiser: of mailto:, else of
// the parameter EMAIL, else the value itself if it is an address.
func addressOf(l *contentline.Line) string {
	v := strings.TrimSpace(l.Value)
	if len(v) > 7 && strings.EqualFold(v[:7], "mailto:") {
		v, _, _ = strings.Cut(v[7:], "?")
		return wire.Address(v)
	}
	if email := wire.Address(l.Param("EMAIL")); strings.Contains(email, "@") {
		return email
	}
	if strings.Contains(v, "@") && !strings.ContainsAny(v, " :/") {
		return wire.Address(v)
	}
	return ""
}

// isResource reports a room, a thing, or somebody who is merely told.
func isResource(l *contentline.Line) bool {
	return l.Has("CUTYPE", "RESOURCE") || l.Has("CUTYPE", "ROOM") || l.Has("ROLE", "NON-PARTICIPANT")
}

func answer(status string) string {
	switch strings.ToUpper(status) {
	case "ACCEPTED":
		return "accepted"
	case "DECLINED":
		return "declined"
	case "TENTATIVE":
		return "tentative"
	}
	return "none"
}

// times reads start and end: the days of an all-day event, the exclusive end made the
// last day; the instants of any other.
func (b *builder) times(e *entry) {
	start := b.f.moment(b.c.Get("DTSTART"))
	if start == nil {
		if b.c.Get("DTSTART") == nil && b.f.cal.method != "CANCEL" {
			b.f.warn(b.c.Pos, "Event without start", "This event has no DTSTART. When it takes place counts as not recorded.")
		}
		return
	}
	end := b.f.end(b.c, "DTEND", start)
	start, end = b.allDay(start, end)
	if end != nil && end.day && !start.day {
		end = &moment{date: end.date, where: start.where, at: end.date.Midnight(start.where.Loc)}
	}
	e.start, e.end = start, spanEnd(start, end)
	b.it.Set(state.AttrAllDay, state.BoolValue(start.day))
	if start.day {
		b.it.Set(state.AttrStartDate, state.DayValue(e.start.date))
		b.it.Set(state.AttrEndDate, state.DayValue(e.end.date))
		return
	}
	b.it.Set(state.AttrStart, e.start.value())
	b.it.Set(state.AttrEnd, e.end.value())
}

// spanEnd is the normalised end: the last day, or the instant; the start if there is
// none or it lies before.
func spanEnd(start, end *moment) *moment {
	switch {
	case end == nil:
		return start
	case start.day && end.date > start.date:
		last := *end
		last.day, last.date = true, end.date.AddDays(-1)
		return &last
	case start.day, end.at.Before(start.at):
		return start
	}
	return end
}

// allDay makes days of the midnights that Exchange writes for an all-day event.
func (b *builder) allDay(start, end *moment) (*moment, *moment) {
	if start.day || b.word("X-MICROSOFT-CDO-ALLDAYEVENT") != "TRUE" {
		return start, end
	}
	own := func(m *moment) *moment {
		if m != nil && m.utc {
			return m.in(b.f.ownZone())
		}
		return m
	}
	first, last := own(start), own(end)
	if first.secs != 0 || last != nil && last.secs != 0 {
		b.f.warn(b.c.Pos, "Doubtful all-day event", "X-MICROSOFT-CDO-ALLDAYEVENT says that this event takes whole days, but it does not begin and end at midnight. It is read as one with times.")
		return start, end
	}
	first = &moment{date: first.date, day: true}
	if last != nil {
		last = &moment{date: last.date, day: true}
	}
	return first, last
}
